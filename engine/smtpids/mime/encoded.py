"""Reads encoded words (RFC 2047) as mail clients do.

A word that cannot be decoded stays as it is; the others are decoded all the same. The names of
character sets come from a closed table, because Python's look-up imports modules by the name it
is given and remembers every name it ever failed to find.
"""

from __future__ import annotations

import binascii
from typing import Final

from smtpids.pattern import Pattern
from smtpids.text import bounded, readable

#: `=?charset*language?encoding?` (RFC 2047 2, RFC 2231 5); what follows runs to the next `?=`.
START: Final = Pattern(rb"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,40})?\?([QqBb])\?")
NOT_BASE64: Final = Pattern(rb"[^A-Za-z0-9+/]+")

_SAME_NAME: Final = (
    "utf-8 utf-7 utf-16 utf-16le utf-16be utf-32 ascii latin1 koi8-r koi8-u koi8-t gbk gb18030 "
    "big5 big5-hkscs shift_jis euc-jp euc-kr iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-kr "
    "johab cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp862 cp866 cp874 cp932 cp949 cp950 "
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258"
)
#: Character set as mails name it, in lower case -> codec of the standard library.
CHARSETS: Final[dict[str, str]] = {
    **{name: name for name in _SAME_NAME.split()},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in range(1, 17) if part != 12},
    **{f"windows-125{part}": f"cp125{part}" for part in range(9)},
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "latin-1": "latin1",
    "iso8859-1": "latin1",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-i": "iso8859-8",
    "windows-874": "cp874",
    "windows-31j": "cp932",
    "windows-949": "cp949",
    "tis-620": "tis-620",
    # clients send GB 18030 and Windows' Korean under the names of their subsets
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "hz-gb-2312": "hz",
    "ks_c_5601-1987": "cp949",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
}


def decoded(value: bytes, most: int) -> str:
    """Return an unfolded header value as text of at most `most` characters.

    Of the value no more is read than can fill them.
    """
    if value.find(b"=?") < 0:
        return readable(value, most)
    return bounded(words(value[: 8 * most + 80]), most)


def words(value: bytes) -> str:
    """Return an unfolded header value as text that is not yet safe to show (see text.py)."""
    if value.find(b"=?") < 0:
        return _raw(value)
    parts: list[str] = []
    charset = ""
    pending = b""
    at = 0
    while True:
        word = START.search(value, at)
        end = value.find(b"?=", word.end()) if word else -1
        between = value[at : word.start()] if word and end >= 0 else value[at:]
        if charset and (between.strip(b" \t\r\n") or end < 0):
            parts.append(_text(pending, charset))
            charset, pending = "", b""
            parts.append(_raw(between))
        elif not charset:
            parts.append(_raw(between))
        if word is None or end < 0:
            return "".join(parts)
        at = end + 2
        codec = CHARSETS.get(word[1].decode("ascii").lower(), "")
        if codec != charset and charset:
            parts.append(_text(pending, charset))
            pending = b""
        charset = codec
        if codec:
            pending += _octets(word[2], value[word.end() : end])
        else:
            parts.append(_raw(value[word.start() : at]))


def in_charset(octets: bytes, charset: bytes) -> str:
    """Return octets as text that is not yet safe to show; an unknown character set is UTF-8."""
    codec = CHARSETS.get(charset.decode("ascii", "replace").lower(), "")
    return _text(octets, codec) if codec else _raw(octets)


def _octets(encoding: bytes, encoded: bytes) -> bytes:
    """RFC 2047 4: B is base64, Q is quoted-printable with underscores for blanks."""
    if encoding in b"Qq":
        return binascii.a2b_qp(encoded, header=True)
    digits = NOT_BASE64.sub(b"", encoded)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _text(octets: bytes, codec: str) -> str:
    try:
        return octets.decode(codec, "backslashreplace")
    except UnicodeError:
        # some codecs refuse a damaged beginning whatever the error handler says
        return _raw(octets)


def _raw(octets: bytes) -> str:
    """RFC 6532 3.2: without encoded words a header is UTF-8."""
    return octets.decode("utf-8", "backslashreplace")
