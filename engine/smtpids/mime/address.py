"""Reads address lists (RFC 5322 3.4) in one pass.

Names, comments, groups, routes and quoted local parts as real mails have them, and whatever
else a hostile one holds: each octet is looked at once or twice, and nothing is an error. What
looks like an address in a name or comment is not one.
"""

from __future__ import annotations

import re
from typing import Final

from smtpids.mime.encoded import decoded
from smtpids.pattern import Pattern
from smtpids.text import readable

#: White space, a quoted string (with a group for its end) or literal, a special, or a run of
#: anything else.
TOKEN: Final = Pattern(
    rb"""[ \t\r\n]+ | "(?:[^"\\]|\\.)*("?) | \[[^\]]*\]? | [(<>,;:)] | [^ \t\r\n"\[(<>,;:)]+""",
    re.VERBOSE | re.DOTALL,
)
#: The form of nearly every field: one mailbox, a plain name or none. What was taken is not given
#: back (`*+`), or blanks within a name could be shared in very many ways.
PLAIN: Final = re.compile(
    rb"""[ \t]*+ (?: (?:"([^"\\]*+)"|([A-Za-z0-9_ '-]*+)) [ \t]*+ <([\w.+-]++@[\w.-]++)>
    | ([\w.+-]++@[\w.-]++) ) [ \t]*+""",
    re.VERBOSE,
)
#: Tokens looked at for each member that may be listed; a name of three words needs ten.
TOKENS_PER_MEMBER: Final = 16
#: Parentheses looked at in one comment; with more it does not end.
MOST_MARKS: Final = 1_000
#: In angle brackets: all but the brackets, quoted strings as a whole.
ANGLE: Final = Pattern(rb"""((?:[^<>"]|"(?:[^"\\]|\\.)*")*)>?""", re.DOTALL)
COMMENT_MARK: Final = Pattern(rb"\\.|[()]", re.DOTALL)
QUOTED_PAIR: Final = Pattern(rb"\\(.)", re.DOTALL)
WHITE_SPACE: Final = Pattern(rb"[ \t\r\n]+")


class _Mailbox:
    """The parts of one list member as they come: words, comments, angle brackets."""

    __slots__ = ("angle", "comments", "glued", "words")

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.comments: list[bytes] = []
        self.angle: bytes | None = None
        self.glued = False

    def add(self, token: bytes) -> None:
        """Add a token to the last word, or begin the next one."""
        if self.glued and self.words:
            self.words[-1] += token
        else:
            self.words.append(token)
        self.glued = True

    def address(self) -> bytes:
        """Return the address: in angle brackets, or the word around an at sign, or alone."""
        if self.angle is not None:
            _, colon, last = self.angle.rpartition(b":")
            routed = bool(colon) and self.angle.startswith(b"@")
            return WHITE_SPACE.sub(b"", last if routed else self.angle)
        for i, word in enumerate(self.words):
            if word.rpartition(b'"')[2].find(b"@") >= 0:
                before = self.words[i - 1] if word.startswith(b"@") and i else b""
                after = b"".join(self.words[i + 1 : i + 2]) if word.endswith(b"@") else b""
                return before + word + after
        return self.words[0] if len(self.words) == 1 else b""

    def name(self) -> bytes:
        """Return the display name, or what stands for it in a comment (RFC 5322 3.4)."""
        if self.angle is None:
            return b" ".join(self.comments)
        return b" ".join(_unquoted(word) for word in self.words)


def mailboxes(value: bytes, most: int, chars: int) -> list[tuple[str, str]]:
    """Return (name, address) of at most `most` members, texts of at most `chars` characters.

    Members without an address are left out.
    """
    if most > 0 and value.find(b'"') < 0:
        listed = value.split(b",", most)[:most] if value.find(b",") >= 0 else [value]
        plain = [PLAIN.fullmatch(member) for member in listed]
    else:
        plain = [PLAIN.fullmatch(value)] if most > 0 else []
    found = [_plain(member, chars) for member in plain if member is not None]
    if found and len(found) == len(plain):
        return found
    return _walk(value, most, chars)


def _plain(found: re.Match[bytes], chars: int) -> tuple[str, str]:
    quoted, name, angle, bare = found.groups()
    shown = quoted if quoted is not None else b" ".join((name or b"").split())
    return decoded(shown, chars), readable(angle or bare, chars)


def _walk(value: bytes, most: int, chars: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    tokens_left = most * TOKENS_PER_MEMBER
    current = _Mailbox()
    at = 0
    end = len(value)
    while at < end and len(found) < most and tokens_left:
        tokens_left -= 1
        token = TOKEN.match(value, at)
        if token is None:
            break
        at = token.end()
        text = token.group()
        first = text[:1]
        if first in b" \t\r\n":
            current.glued = False
        elif first == b"(":
            start = at
            at = _comment_end(value, at)
            current.comments.append(value[start : at - 1])
            current.glued = False
        elif first == b"<":
            angle = ANGLE.match(value, at)
            assert angle is not None
            at = angle.end()
            current.angle = angle.group(1).strip()
        elif first in b",;":
            _flush(current, found, chars)
            current = _Mailbox()
        elif first == b":":
            if current.angle is None and not any(b"@" in word for word in current.words):
                current = _Mailbox()  # that was the name of a group
        elif first not in b">)" and token.group(1) != b"":  # a quote without end says nothing
            current.add(text)
    if len(found) < most:
        _flush(current, found, chars)
    return found


def _flush(mailbox: _Mailbox, found: list[tuple[str, str]], chars: int) -> None:
    address = mailbox.address()
    if address:
        found.append((decoded(mailbox.name(), chars), readable(address, chars)))


def _comment_end(value: bytes, at: int) -> int:
    """Return where the comment that began before `at` ends; comments nest (RFC 5322 3.2.2)."""
    depth = 1
    for _ in range(MOST_MARKS):
        mark = COMMENT_MARK.search(value, at)
        if mark is None:
            break
        at = mark.end()
        if mark.group() == b"(":
            depth += 1
        elif mark.group() == b")":
            depth -= 1
        if not depth:
            return at
    return len(value) + 1


def _unquoted(word: bytes) -> bytes:
    if word.startswith(b'"'):
        return QUOTED_PAIR.sub(rb"\1", word.strip(b'"'))
    return word
