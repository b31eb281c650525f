"""Words without which an expression cannot be found in a text.

A search by RE2 costs some hundred times a look for a word, and nearly all of what mail says holds
none of the words that rules search for. So the words are looked for first, and RE2 is asked where
one of them is there. They are read from the expression by this small parser, which gives up at
whatever it does not know: an expression without words is asked as it is, or of texts that are long
enough for it.

They hold for texts of ASCII alone: beyond it a letter has more forms than two (U+017F is an `s`,
U+212A a `k`), and what RE2 does not take is asked as its escape.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Words = frozenset[str]

#: More words cost as much to look for as they spare.
MOST_WORDS: Final = 16
#: What has so many parts is asked for no more of them, beside a sign.
MOST_ASKED: Final = 2
#: So many are cheaper than RE2 in a text of any length, more in texts of so many characters.
FEW_WORDS: Final = 4
SHORT_CHARS: Final = 512
#: Longer parts of an expression are no better words than their beginning.
MOST_CHARS: Final = 24
#: Characters that nearly every line of mail holds; others say more.
_COMMON: Final = frozenset(" .:<>@=-_")
#: Words that many lines of mail hold, so others are better.
_EVERYDAY: Final = frozenset({"from:", "to:", "cc:", "subject:", "size="})
#: How much more a character says that is neither common, a letter nor a digit.
_RARE: Final = 4
#: Characters that mail seldom holds: words that share one are looked for by it alone, since one
#: character is found many times as fast as a word.
SIGNS: Final = "$`\\|{}"
_SIGN: Final = re.compile(r"[ -/:-@\[\]-`{-~]+")
#: Characters that are the same in any case.
_CASELESS: Final = re.compile("[^A-Za-z ]+")
#: Shorter texts are not searched for an expression without words that needs so many characters.
LEAST_CHARS: Final = 32

_REPEATED: Final = re.compile(r"(?:([*?])|\+|\{([0-9]+)(?:,[0-9]*)?\})\??")
#: Characters without a meaning of their own, the last of them not repeated.
_PLAIN: Final = re.compile(r"[^\\\[(){.*+?|^$\x80-\U0010ffff]+(?![*+?{])")
_FLAGS: Final = re.compile(r"\(\?([imsU]*)(?:-[imsU]+)?([:)])")
_NAMED: Final = re.compile(r"\(\?P?<\w+>")
_CODE: Final = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")
_PROPERTY: Final = re.compile(r"\\[pP](?:\{\^?\w+\}|\w)")
#: A set of characters, which may begin with its closing bracket.
_SET: Final = re.compile(r"\[(\^?)(\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*)\]", re.DOTALL)
#: A set that is nothing but a few characters, none of them with a meaning of its own.
_FEW: Final = re.compile(r"[^\\\[\]^-]{1,4}")
_CONTROLS: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BETWEEN: Final = frozenset("bBAz")
_CLASSES: Final = frozenset("dDwWsSC")


class _UnknownError(Exception):
    """The expression has something of which the parser knows nothing."""


def needed(pattern: str) -> Words | None:
    """Return words one of which stands, in any case, in each text of ASCII with `pattern` in it.

    They are in lower case. None if there are none, or too many.
    """
    return _read(pattern)[0]


def further(pattern: str) -> tuple[Words, ...]:
    """Return what else stands there beside the words that are `needed`, the rarest first."""
    return _read(pattern)[1]


def shortest(pattern: str) -> int:
    """Return how many characters a text has at least in which `pattern` is found."""
    return _read(pattern)[2]


@lru_cache(maxsize=4096)
def _read(pattern: str) -> tuple[Words | None, tuple[Words, ...], int]:
    parser = _Parser(pattern)
    try:
        words = parser.whole()
    except _UnknownError:
        return None, (), 0
    return words, parser.further, parser.least


def sieve(
    patterns: Collection[str],
    name: str,
    *,
    lower: bool = False,
    is_long: bool = True,
) -> str:
    """Return an expression of Python that is false of texts in which none of `patterns` is found.

    `name` is the variable that holds a text, in lower case already if `lower`. Unless texts
    `is_long` they are put in lower case rather than looked at for parts of many words. The
    expression is empty if there is nothing to look for.
    """
    beyond = f"not {name}.isascii()"
    found: set[str] = set()
    if len(patterns) > MOST_WORDS:
        return ""
    for pattern in patterns:
        words = needed(pattern)
        if words is None:
            return _long_enough(patterns, name, beyond)
        found |= words
    if not _one_of(found, name, lower=lower, is_long=is_long):
        return ""
    others = further(next(iter(patterns))) if len(patterns) == 1 else ()
    every = [frozenset(found), *others]
    sign = sign_among(every)
    rest = [words for words in every if words != {sign}][:MOST_ASKED]
    asked = [_one_of(set(words), name, lower=lower, is_long=is_long) for words in rest]
    parts = [question for question in asked if question]
    told = parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)
    # what goes beyond ASCII is dear to put in lower case
    question = f"({beyond} or {told})" if parts else ""
    if not sign:
        return question
    # it is found in a long body many times as fast as a word
    first = f"{sign!r} in {name}"
    return f"({first} and {question})" if question else f"({first})"


def _one_of(words: set[str], name: str, *, lower: bool, is_long: bool) -> str:
    """Return the question whether one of the words is in a text; empty if they are too many."""
    fewest = _without_longer(_by_signs(words))
    if len(fewest) > MOST_WORDS:
        return ""
    cased = [] if lower else sorted(filter(_has_cases, fewest))
    parts = _by_shared(sorted(word for word in fewest if word not in cased), name)
    parts += _in_any_case(cased, name, is_long=is_long)
    if sum(len(word) > 1 for word in fewest) > FEW_WORDS:
        parts.insert(0, f"len({name}) > {SHORT_CHARS}")
    return " or ".join(parts)


def _by_shared(words: list[str], name: str) -> list[str]:
    """Return questions for words, those that share a rare character under the look for it."""
    for char in dict.fromkeys("".join(words)):
        sharing = [word for word in words if char in word]
        if len(sharing) > 1 and _rarity(char) == _RARE:
            found = " or ".join(f"{word!r} in {name}" for word in sharing)
            others = [word for word in words if char not in word]
            return [f"{char!r} in {name} and ({found})", *_by_shared(others, name)]
    return [f"{word!r} in {name}" for word in words]


def _in_any_case(words: list[str], name: str, *, is_long: bool) -> list[str]:
    """Return questions for words in any case; the text is put in lower case once.

    To put a body in lower case is dear, so it is first looked at for parts of the words that have
    one letter at most, if each has such a part.
    """
    texts = [f"(w := {name}.lower())", *["w"] * len(words)]
    found = [f"{word!r} in {text}" for word, text in zip(words, texts, strict=False)]
    edges = [_edge(word) for word in words]
    if not words or "" in edges or (len(edges) > 1 and not is_long):
        return found
    first = " or ".join(_of_edge(edge, name) for edge in sorted(set(edges)))
    return [f"({first}) and ({' or '.join(found)})"]


def _edge(word: str) -> str:
    """Return the longest part of a word without letters, with a letter beside it; empty if none."""
    runs = [*_CASELESS.finditer(word)]
    if not runs:
        return ""
    run = max(runs, key=lambda each: len(each[0]))
    first = max(run.start() - 1, 0)
    return word[first : max(run.end(), first + len(run[0]) + 1)]


def _of_edge(edge: str, name: str) -> str:
    sign = max(_CASELESS.findall(edge)[0], key=_rarity)
    forms = " or ".join(f"{form!r} in {name}" for form in sorted({edge, edge.upper()}))
    return f"{sign!r} in {name} and ({forms})"


def _long_enough(patterns: Collection[str], name: str, beyond: str) -> str:
    """Return the question whether a text is as long as what is searched; empty if that is short."""
    least = min(map(shortest, patterns))
    return f"({beyond} or len({name}) >= {least})" if least >= LEAST_CHARS else ""


class _Parser:
    """Reads an expression in the syntax of RE2."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self.least = 0
        """How many characters take what was read last, at least."""
        self.further: tuple[Words, ...] = ()
        """What else that needs beside its best words."""

    def whole(self) -> Words | None:
        """Return the words of the whole expression."""
        words = self._alternatives()
        if self._at < len(self._pattern):
            raise _UnknownError
        return words

    def _alternatives(self) -> Words | None:
        """Return the words of what stands between bars: those of each alternative."""
        every: Words | None = self._sequence()
        least = self.least
        while self._pattern.startswith("|", self._at):
            self._at += 1
            words = self._sequence()
            least = min(least, self.least)
            self.further = ()
            every = None if every is None or words is None else every | words
        self.least = least
        return every if every is not None and len(every) <= MOST_WORDS * 2 else None

    def _sequence(self) -> Words | None:
        """Return the best words of what stands one after the other."""
        found: list[Words] = []
        word = ""
        least = 0
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            plain = _PLAIN.match(self._pattern, self._at)
            if plain is not None:
                self._at = plain.end()
                word += plain[0].lower()
                least += len(plain[0])
                continue
            is_set = self._pattern[self._at] == "["
            words, is_char = self._atom()
            repeated = _REPEATED.match(self._pattern, self._at)
            may_lack = False
            if repeated is not None:
                self._at = repeated.end()
                may_lack = repeated[1] is not None or repeated[2] == "0"
                self.least *= 0 if may_lack else int(repeated[2] or 1)
            if is_set and words is not None and self.least > 1:
                words = frozenset(one + other for one in words for other in words)
            least += self.least
            if words == frozenset({""}):
                continue  # a place between two characters
            if is_char and words is not None and not may_lack:
                word += "".join(words)
                if repeated is None:
                    continue
            elif words is not None and not may_lack:
                found.append(words)
            found, word = _with(found, word), ""
        self.least = least
        best = sorted(_with(found, word), key=_worth, reverse=True)
        self.further = tuple(best[1:])
        return best[0] if best else None

    def _atom(self) -> tuple[Words | None, bool]:
        """Return the words of the next thing, and whether it is one character.

        An empty word stands for a place between characters.
        """
        pattern, at = self._pattern, self._at
        char = pattern[at]
        self.least = 0
        if char == "(":
            return self._group(), False
        if char == "[":
            return self._set(), False
        if char == "\\":
            return self._escape()
        if char in "*+?":
            raise _UnknownError
        self._at += 1
        if char in "^$":
            return frozenset({""}), False
        self.least = 1
        return (None, False) if char == "." else _char(char)

    def _group(self) -> Words | None:
        pattern = self._pattern
        flags, named = _FLAGS.match(pattern, self._at), _NAMED.match(pattern, self._at)
        if flags is not None and flags[2] == ")":
            self._at = flags.end()
            return frozenset({""})
        begin = flags or named
        if begin is None and pattern.startswith("(?", self._at):
            raise _UnknownError
        self._at = begin.end() if begin is not None else self._at + 1
        words = self._alternatives()
        if not pattern.startswith(")", self._at):
            raise _UnknownError
        self._at += 1
        return words

    def _set(self) -> Words | None:
        found = _SET.match(self._pattern, self._at)
        if found is None:
            raise _UnknownError
        self._at = found.end()
        self.least = 1
        if found[1] or not _FEW.fullmatch(found[2]) or not found[2].isascii():
            return None
        return frozenset(found[2].lower())

    def _escape(self) -> tuple[Words | None, bool]:
        pattern, at = self._pattern, self._at
        self.least = 1
        code, kind = _CODE.match(pattern, at), pattern[at + 1 : at + 2]
        if code is not None:
            self._at = code.end()
            return _char(chr(min(int(code[1] or code[2], 16), 0x10FFFF)))
        if (known := _PROPERTY.match(pattern, at)) is not None:
            self._at = known.end()
            return None, False
        self._at += 2
        if kind in _CONTROLS:
            return _char(_CONTROLS[kind])
        if kind in _BETWEEN:
            self.least = 0
            return frozenset({""}), False
        if kind in _CLASSES:
            return None, False
        if not kind or kind.isalnum():
            raise _UnknownError
        return _char(kind)


def _char(char: str) -> tuple[Words | None, bool]:
    """Return one character as a word; a text of ASCII may hold another form of others."""
    return (frozenset({char.lower()}), True) if char.isascii() else (None, False)


def _with(found: list[Words], word: str) -> list[Words]:
    return [*found, frozenset({word[:MOST_CHARS]})] if word else found


def _worth(words: Words) -> int:
    """Return how much is spared by looking for words: the most common one counts, and how many."""
    return 2 * min(map(_rarity, words)) - len(words)


def _rarity(word: str) -> int:
    if word in _EVERYDAY:
        return 0
    return sum(1 if char.isalnum() or char in _COMMON else _RARE for char in word)


def _by_signs(words: set[str]) -> set[str]:
    """Return the words, the sign alone where several hold one."""
    for sign in SIGNS:
        sharing = {word for word in words if sign in word}
        if len(sharing) > 1:
            words = words - sharing | {sign}
    return words


def _without_longer(words: set[str]) -> list[str]:
    """Return the words without those that hold another one."""
    return [word for word in words if not any(w != word and w in word for w in words)]


def sign_among(every: Iterable[Words]) -> str:
    """Return the first word of signs alone of which there is no other; empty if there is none.

    It is in any text then, in those beyond ASCII as it is. A backslash is no such sign: it stands
    in the escapes of what RE2 does not take. Nor is what nearly every text holds.
    """
    for words in every:
        word = next(iter(words)) if len(words) == 1 else ""
        if _rarity(word) > 1 and _SIGN.fullmatch(word) is not None:
            return word
    return ""


def _has_cases(word: str) -> bool:
    return word.lower() != word.upper()
