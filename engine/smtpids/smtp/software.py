"""Which program a server is, by its own greeting.

One row is one program: a pattern whose group is the version, if it says one. What a greeting says
may be false, and distributions mend old versions; it is a hint.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from smtpids.pattern import Pattern

_VERSION: Final = r"v?(\d+(?:\.\d+)*[a-z]?(?:[-_.]?(?:rc|p|beta|alpha)\d+)?)"
#: name -> pattern; the first that is found counts
_PROGRAMS: Final[dict[str, Pattern[str]]] = {
    name: Pattern(pattern, re.IGNORECASE)
    for name, pattern in {
        "exim": rf"\bExim(?:[ /]{_VERSION})?\b",
        "postfix": rf"\bPostfix(?:[ (/-]+{_VERSION})?",
        "opensmtpd": rf"\bOpenSMTPD(?:[ /-]{_VERSION})?",
        "sendmail": rf"\bSendmail(?:[ /]{_VERSION})?",
        "exchange": rf"Microsoft ESMTP MAIL Service(?:, Version: {_VERSION})?",
        "haraka": rf"\bHaraka(?:[ /]{_VERSION})?",
        "qmail": rf"\b(?:net)?qmail(?:[ -]{_VERSION})?",
        "courier": r"\bCourier\b()",
        "james": rf"\bJAMES SMTP Server(?: {_VERSION})?",
        "hmailserver": rf"\bhMailServer(?: {_VERSION})?",
        "mailenable": rf"\bMailEnable Service(?:, Version: {_VERSION})?",
        "mdaemon": rf"\bMDaemon(?: {_VERSION})?",
        "kerio": rf"\bKerio (?:Connect|MailServer)(?: {_VERSION})?",
        "icewarp": rf"\bIceWarp(?: {_VERSION})?",
        "axigen": r"\bAxigen\b()",
        "smartermail": rf"\bSmarterMail(?: Enterprise)?(?: {_VERSION})?",
        "domino": rf"\bLotus Domino(?: Release {_VERSION})?|\bHCL Domino\b",
        "communigate": rf"\bCommuniGate Pro(?: {_VERSION})?",
        "powermta": rf"\bPowerMTA\(?(?:TM)?\)?(?: {_VERSION})?",
        "stalwart": rf"\bStalwart(?:[ /]{_VERSION})?",
        "zimbra": rf"\bZimbra(?:[ /]{_VERSION})?",
        "maddy": r"\bmaddy\b()",
        "aiosmtpd": rf"\bPython SMTP (?:proxy )?(?:version )?{_VERSION}",
        "mailhog": r"\bMailHog\b()",
        "mailpit": r"\bMailpit\b()",
    }.items()
}
SOFTWARE: Final = frozenset(_PROGRAMS)
#: Characters of a greeting that are looked at; a program is named early.
_LOOKED_AT: Final = 256


@lru_cache(maxsize=1024)
def software_of(greeting: str) -> tuple[str, str]:
    """Return program and version, each empty where the greeting does not say it."""
    greeting = greeting[:_LOOKED_AT]
    for name, pattern in _PROGRAMS.items():
        found = pattern.search(greeting)
        if found is not None:
            return name, found[1] or ""
    return "", ""
