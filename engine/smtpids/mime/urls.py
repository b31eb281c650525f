"""Finds URLs with a scheme in decoded text, as it comes.

What people can click on: the schemes of the table, `://`, and what follows up to a blank, a quote
or an angle bracket. It is written down as it stands but for two things: character references of
HTML are resolved, and a password in front of the host becomes asterisks.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from smtpids.mime.domains import organisation
from smtpids.pattern import Pattern
from smtpids.text import bounded

if TYPE_CHECKING:
    from codecs import IncrementalDecoder

    from smtpids.config import Limits

MARK: Final = b"://"
#: The longer one first where one ends in another.
SCHEMES: Final = (b"https", b"http", b"sftp", b"ftps", b"ftp", b"file", b"smb")
#: What stands before the URL of a link in HTML.
HREF: Final = (b'href="', b"href='", b'HREF="', b"HREF='")
HREF_OCTETS: Final = 6
#: The longest scheme with all but the last octet of the mark, and what makes it a link.
SEAM: Final = 7 + HREF_OCTETS
#: Octets behind the URL of a link in which the text of the link must begin.
MOST_AHEAD: Final = 768
#: Behind the URL of a link: a text that begins with a host, or with what people take for one.
LINK_TEXT: Final = Pattern(
    rb"""[^<>]{0,512}> (?:\s|&nbsp;|<(?!/)[^<>]{0,256}>){0,16} (?:
    (?:https?://|(?=www\.)) ((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})
    | ((?:[a-z0-9-]{1,63}\.){1,8}(?:biz|com|edu|gov|info|mil|net|org))
    ) (?![a-z0-9.@-])""",
    re.VERBOSE | re.IGNORECASE,
)
#: The host in a URL without its scheme.
HOST_OF_URL: Final = Pattern(rb"(?:[^/?#]*@)?([a-z0-9.-]*)", re.IGNORECASE)
#: How a link to what a client fetches begins, and the attributes that make it one.
OPENINGS: Final = (b'="http', b"='http")
MOST_ATTRIBUTE: Final = 10
FETCHED: Final = (b"src", b"href", b"background", b"action")
#: Octets of the end of HTML in which that is looked for.
END_OCTETS: Final = 1_024
#: Octets looked at of one URL; browsers take twice as many, people's links have some hundred.
MOST_URL: Final = 4_096
REST: Final = Pattern(rb"[^\x00-\x20\x7f<>\"`]{0,%d}" % MOST_URL)
#: In HTML an apostrophe ends an attribute.
REST_OF_HTML: Final = Pattern(rb"[^\x00-\x20\x7f<>\"`']{0,%d}" % MOST_URL)
#: RFC 3986 3.2.1: `user:password@` in front of the host.
USERINFO: Final = Pattern(r"\A([a-z]+://[^/?#:@]*:)[^/?#@]+(?=@)", re.IGNORECASE)
#: What ends a sentence rather than a URL.
TRAILING: Final = b".,;:!?'*_|"
MOST_TRAILING: Final = 32
BRACKETS: Final = {b")": b"(", b"]": b"[", b"}": b"{"}
#: A host begins so: a letter, a digit, `[`, `%`, `_`, or any character beyond ASCII.
HOST: Final = Pattern(rb"[A-Za-z0-9\[%_\x80-\xff]")
#: RFC 3986 3: no host need follow these.
WITHOUT_HOST: Final = (b"file", b"smb")
#: A numeric character reference, and what may become one.
REFERENCE: Final = Pattern(rb"&#([0-9]{1,5}|[xX][0-9A-Fa-f]{1,4});")
REFERENCE_START: Final = Pattern(rb"&(?:#(?:[0-9]{0,5}|[xX][0-9A-Fa-f]{0,4}))?\Z")
MOST_REFERENCE: Final = 8
#: Marks looked at for each URL that may be listed, and references resolved: in honest text most
#: marks are URLs, and in some languages every letter is a reference.
MARKS_PER_URL: Final = 40
REFERENCES_PER_URL: Final = 200
#: Named ones: those that end a URL, and any other.
END_REFERENCE: Final = Pattern(rb"&(?:quot|lt|gt|nbsp|apos);")
NAMED_REFERENCE: Final = Pattern(r"&[A-Za-z]{2,31};")
#: Character sets in which a URL is not written in the octets of ASCII.
WIDE: Final = frozenset({"utf-16le", "utf-16be", "utf-32le", "utf-32be"})
#: Those whose first octets say in which order the others come.
MARKED: Final = frozenset({"utf-16", "utf-32"})


class Urls:
    """The URLs of one message, in order of first appearance, within its limits."""

    __slots__ = (
        "_chars",
        "_most",
        "listed",
        "marks_left",
        "overflowed",
        "references_left",
        "text_left",
        "text_mismatch",
    )

    def __init__(self, limits: Limits) -> None:
        self._most = limits.urls
        self._chars = limits.text_chars
        self.listed: dict[str, None] = {}
        self.overflowed = False
        """There were more of them than could be listed or looked at."""
        self.text_mismatch = False
        """The text of a link names the host of another organisation."""
        self.marks_left = MARKS_PER_URL * limits.urls
        self.references_left = REFERENCES_PER_URL * limits.urls
        self.text_left = limits.text_octets
        """Octets of text that may still be looked at; below 0 if there were more."""

    def add(self, text: str) -> None:
        """List a URL if it is new."""
        text = bounded(text, self._chars)
        if text in self.listed:
            return
        if len(self.listed) >= self._most:
            self.overflowed = True
            return
        self.listed[text] = None

    def shed(self, kept: int) -> None:
        """Keep the first URLs and look for no more."""
        if len(self.listed) > kept:
            self.listed = dict.fromkeys([*self.listed][:kept])
            self.overflowed = True


class UrlReader:
    """Reads one text into `urls`; `codec` is that of its character set."""

    __slots__ = (
        "_decoder",
        "_end",
        "_held",
        "_html",
        "_reference",
        "_rest",
        "_urls",
        "quote_open",
    )

    def __init__(self, urls: Urls, codec: str, *, html: bool) -> None:
        self._urls = urls
        self._html = html
        self._rest = REST_OF_HTML if html else REST
        self._held = b""
        self._reference = b""
        self._end = b""
        self.quote_open = False
        """The HTML ended in the middle of a link to what a client fetches."""
        self._decoder: IncrementalDecoder | None = None
        if codec in WIDE:
            self._decoder = codecs.getincrementaldecoder(codec)("replace")

    def feed(self, octets: bytes) -> None:
        """Take decoded octets of the text."""
        urls = self._urls
        urls.text_left -= len(octets)
        if urls.text_left < 0:
            octets = octets[: max(urls.text_left + len(octets), 0)]
            urls.text_left = -1
        if self._html:
            self._end = octets if len(octets) >= END_OCTETS else (self._end + octets)[-END_OCTETS:]
        if urls.overflowed:
            return
        if self._decoder is not None:
            octets = self._decoder.decode(octets).encode("utf-8", "replace")
        if self._html:
            octets = self._without_references(octets)
        # a single octet is found fifty times as fast, and is not in most blocks of prose
        if len(octets) >= SEAM and octets.find(b":") < 0 and self._held.find(b":") < 0:
            self._held = octets[-SEAM:]
            return
        window = self._held + octets
        # the search from behind is three times as fast, and most often finds nothing
        if window.rfind(MARK) >= 0:
            self._scan(window, window.find(MARK), last=False)
        else:
            self._held = window[-SEAM:]

    def end(self) -> None:
        """Nothing more comes: a URL that reaches to the end is whole."""
        window = self._held + self._reference
        self._held = self._reference = b""
        if self._end:
            self.quote_open = _breaks_off(self._end[-END_OCTETS:])
            self._end = b""
        at = window.find(MARK)
        if at >= 0 and not self._urls.overflowed:
            self._scan(window, at, last=True)

    def gap(self) -> None:
        """Forget what a lost octet may have cut."""
        self._held = self._reference = self._end = b""
        if self._decoder is not None:
            self._decoder.reset()

    def _scan(self, window: bytes, at: int, *, last: bool) -> None:
        """Find the URLs of a window that begins where the one before was undecided.

        `at` is where its first mark is.
        """
        done = 0
        while at >= 0:
            scheme = _scheme_before(window, done, at)
            begin = at - len(scheme)
            after = at + len(MARK)
            if scheme:
                rest = self._rest.match(window, after)
                assert rest is not None  # it may be empty
                after = rest.end()
                if after == len(window) and after - at < MOST_URL + len(MARK) and not last:
                    self._held = window[max(begin - HREF_OCTETS, done) :]
                    return
                link = begin - HREF_OCTETS
                if self._html and link >= done and window.startswith(HREF, link):
                    ahead = len(window) - after
                    if ahead < MOST_AHEAD and not last and window.find(b"</", after) < 0:
                        self._held = window[max(begin - HREF_OCTETS, done) :]
                        return
                    text = LINK_TEXT.match(window, after, after + MOST_AHEAD)
                    if text is not None and _names_another(text, rest.group()):
                        self._urls.text_mismatch = True
                self._keep(scheme, rest.group())
            done = after
            self._urls.marks_left -= 1
            if self._urls.marks_left < 0 or self._urls.overflowed:
                self._urls.overflowed = True
                self._held = b""
                return
            at = window.find(MARK, after)
        self._held = window[max(len(window) - SEAM, done) :]

    def _keep(self, scheme: bytes, rest: bytes) -> None:
        if self._html:
            rest = END_REFERENCE.split(rest, 1)[0]
        rest = _trimmed(rest)
        if rest and (HOST.match(rest) or scheme.lower() in WITHOUT_HOST):
            self._urls.add(_shown(scheme + MARK + rest, html=self._html))

    def _without_references(self, octets: bytes) -> bytes:
        """Resolve numeric references, behind which the scheme itself may hide."""
        if self._reference:
            octets = self._reference + octets
            self._reference = b""
        last = octets.rfind(b"&", max(len(octets) - MOST_REFERENCE, 0))
        if last >= 0 and REFERENCE_START.match(octets, last):
            self._reference = octets[last:]
            octets = octets[:last]
        urls = self._urls
        if urls.references_left > 0 and octets.find(b"&#") >= 0:
            octets, count = REFERENCE.subn(_character, octets, urls.references_left)
            urls.references_left -= count
        return octets


def codec_of(codec: str, head: bytes) -> str:
    """Return the codec of a text that begins with `head`: the order of octets is seen in it.

    Without a mark the text is taken to begin with ASCII, which programs do, and not RFC 2781 4.3.
    """
    if codec not in MARKED:
        return codec
    return f"{codec}be" if head[:1] in {b"\0", b"\xfe"} else f"{codec}le"


def _breaks_off(end: bytes) -> bool:
    """Return whether HTML that ends so breaks off in what it lets the client fetch (EFAIL)."""
    tail = end[max(end.rfind(b">") - MOST_ATTRIBUTE, 0) :]
    at = max(map(tail.rfind, OPENINGS))
    if at < 0 or tail.find(tail[at + 1 : at + 2], at + 2) >= 0 or b">" in tail[at:]:
        return False
    return tail[max(at - MOST_ATTRIBUTE, 0) : at].lower().endswith(FETCHED)


def _names_another(text: re.Match[bytes], url: bytes) -> bool:
    """Return whether the text of a link begins with the host of another organisation."""
    host = HOST_OF_URL.match(url)
    assert host is not None  # it may be empty
    named = (text[1] or text[2]).decode("ascii").lower()
    linked = host[1].decode("ascii").lower()
    return bool(linked) and organisation(named) != organisation(linked)


def _shown(url: bytes, *, html: bool) -> str:
    text = url.decode("utf-8", "backslashreplace")
    if html and "&" in text:
        text = NAMED_REFERENCE.sub(_named, text)
    return USERINFO.sub(r"\1***", text) if "@" in text else text


def _named(found: re.Match[str]) -> str:
    from html import unescape  # its table is large, and needed only where there is HTML

    return unescape(found.group())


def _scheme_before(window: bytes, done: int, at: int) -> bytes:
    before = window[max(at - 5, done) : at]
    if before == b"https":
        return before
    before = before.lower()
    for scheme in SCHEMES:
        if before.endswith(scheme):
            return window[at - len(scheme) : at]
    return b""


def _trimmed(rest: bytes) -> bytes:
    """Take away what follows a URL in a sentence; a bracket belongs to it if it opened in it."""
    for _ in range(MOST_TRAILING):
        last = rest[-1:]
        opening = BRACKETS.get(last)
        surplus = opening is not None and rest.count(last) > rest.count(opening)
        if not last or (last not in TRAILING and not surplus):
            break
        rest = rest[:-1]
    return rest


def _character(found: re.Match[bytes]) -> bytes:
    digits = found[1]
    code = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    return chr(code).encode("utf-8", "replace")
