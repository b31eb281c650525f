"""What stands behind a verb or a reply code: paths, ESMTP parameters, EHLO keywords.

The grammar is RFC 5321 4.1.2 and 4.2, read as tolerant servers do: blanks before the path, a path
without brackets, any case. What cannot be read is returned as it stands; nothing raises.
"""

from __future__ import annotations

import re
from typing import Final

from smtpids.pattern import Pattern
from smtpids.text import as_text

#: Path = "<" [ A-d-l ":" ] Mailbox ">" with quoted strings in the local part (RFC 5321 4.1.2)
_PATH: Final = Pattern(rb'\s*<((?:[^<>"\\]|"(?:[^"\\]|\\.)*"|\\.)*)>', re.DOTALL)
#: the same without brackets, up to the first blank
_BARE_PATH: Final = Pattern(rb"\s*([^\s<>]+)")
#: enhanced status code (RFC 3463 2): class "." subject "." detail
_ENHANCED: Final = Pattern(rb"([245]\.\d{1,3}\.\d{1,3})(?=[ \r\n]|$)")
#: Nearly all of them have digits alone.
_SHORT: Final[dict[bytes, str]] = {
    code.encode(): code
    for code in (f"{a}.{b}.{c}" for a in (2, 4, 5) for b in range(10) for c in range(10))
}
_BLANK: Final = frozenset({b" ", b""})
#: a keyword overwritten by a middlebox: letters X, of which the last may have survived
_MASKED: Final = Pattern(r"X{4,}[A-Z]?\Z")
#: more parameters than any registry knows; the rest is dropped
MOST_PARAMETERS: Final = 32


def path_of(argument: bytes, keyword: bytes) -> tuple[bytes, list[str]] | None:
    """Read `FROM:<path> parameters` or `TO:<path> parameters` (`keyword` is b"FROM" or b"TO").

    Returns the path without its brackets (the null path is empty) and the parameters as they
    stand; None if the keyword is missing.
    """
    head, colon, rest = argument.partition(b":")
    if not colon or head.strip().upper() != keyword:
        return None
    found = _PATH.match(rest) or _BARE_PATH.match(rest)
    if found is None:
        return rest.strip(), []
    parameters = rest[found.end() :].split()[:MOST_PARAMETERS]
    return found[1], [as_text(parameter) for parameter in parameters]


def domain_of(path: bytes) -> str:
    """Return the domain of a path in lower case; empty for the null path and local names."""
    _, at, domain = path.rpartition(b"@")
    return as_text(domain).lower() if at else ""


def enhanced_of(reply_text: bytes) -> str:
    """Return the enhanced status code that a reply's text begins with, or nothing."""
    if reply_text[1:2] != b".":
        return ""  # most replies of a session have none
    short = _SHORT.get(reply_text[:5])
    if short is not None and reply_text[5:6] in _BLANK:
        return short
    found = _ENHANCED.match(reply_text)
    return found[1].decode("ascii") if found else ""


def keywords_of(lines: list[bytes]) -> list[str]:
    """Return the EHLO keywords with their parameters: one from each line but the first.

    Many servers close the list with OK, which is no keyword.
    """
    listed = lines[1:-1] if lines[-1:] and lines[-1].strip().upper() == b"OK" else lines[1:]
    return [as_text(line.strip()) for line in listed[: 2 * MOST_PARAMETERS] if line.strip()]


def mechanisms_of(keywords: list[str]) -> list[str]:
    """Return the SASL mechanisms offered: `AUTH PLAIN` (RFC 4954 3) and the old `AUTH=PLAIN`."""
    found: list[str] = []
    for keyword in keywords:
        name, _, rest = keyword.replace("=", " ", 1).partition(" ")
        if name.upper() == "AUTH":
            found += [m for m in rest.upper().split() if m not in found]
    return found[:MOST_PARAMETERS]


def is_masked(keyword: str) -> bool:
    """Tell whether a middlebox wrote over this keyword or verb.

    Some firewalls replace what they do not want by letters X of the same length: STARTTLS becomes
    XXXXXXXX or XXXXXXXA (Durumeric et al., IMC 2015).
    """
    name = keyword.partition(" ")[0].upper()
    if _MASKED.match(name):
        return True
    return len(name) == 8 and name.isalpha() and name.count("X") >= 6


def is_masked_greeting(reply_text: bytes) -> bool:
    """Tell whether a middlebox wrote asterisks over the greeting, a `2` or `0` left at times."""
    shown = reply_text.strip()
    return shown.count(b"*") >= 5 and not shown.strip(b"*20 ")
