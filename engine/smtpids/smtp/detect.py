"""Is this connection SMTP, and which end is the client?

On the ports of mail nobody asks. Elsewhere the first octets decide: a greeting that names SMTP, a
client's EHLO, HELO or LHLO, in an HTTP CONNECT tunnel too. A greeting alone is not enough, since
FTP greets with 220 too. In mid-stream the envelope commands decide, and they tell which end is the
client, whatever the ports made TCP guess. What is looked at is bounded; a connection that is no
mail is let go within its first packets.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from smtpids.pattern import Pattern
from smtpids.smtp.preamble import MOST_OCTETS, tunnel

#: Octets of each side that are looked at.
LOOKED_AT: Final = 512
#: Events of a connection that wait for the verdict: a client may send single octets, and a request
#: for a tunnel has some hundred.
MOST_EVENTS: Final = 1024

_GREETING: Final = Pattern(rb"(?:220|421|554)[ -]")
_NAMED: Final = Pattern(rb"(?:220|421|554)[ -][^\n]*\b(?:E?SMTP|LMTP)", re.IGNORECASE)
_REPLY: Final = Pattern(rb"[2-5][0-5]\d[ -]")
_HELLO: Final = Pattern(rb"(?:EHLO|HELO|LHLO) ", re.IGNORECASE)
_ENVELOPE: Final = Pattern(rb"(?:MAIL FROM:|RCPT TO:|(?:EHLO|HELO|LHLO) )", re.IGNORECASE)
#: Words of which a slow typist may have sent the beginning.
_FIRST_WORDS: Final = (b"EHLO ", b"HELO ", b"LHLO ", b"MAIL FROM:", b"RCPT TO:")
#: Commands that SMTP shares with others: they decide nothing.
_SHARED: Final = frozenset({b"QUIT", b"NOOP", b"HELP", b"RSET"})


class Verdict(Enum):
    """What the first octets say."""

    SMTP = "smtp"
    SWAPPED = "swapped"
    """SMTP, and the end taken for the server is the client."""
    OTHER = "other"
    MORE = "more"


class Detector:
    """Looks at the first octets of a connection on a port that is not known for mail."""

    __slots__ = ("_events", "_midstream", "_octets", "skip")

    def __init__(self, *, midstream: bool) -> None:
        self._midstream = midstream
        self._octets = [b"", b""]
        self._events = 0
        self.skip = (0, 0)
        """Octets of client and server that stand before the session: an HTTP tunnel."""

    def octets(self, side: int, data: bytes) -> Verdict:
        """Take the next octets of a side and say what is known."""
        self._events += 1
        known = self._octets[side]
        if len(known) < MOST_OCTETS:
            self._octets[side] = known + data[: MOST_OCTETS - len(known)]
        client, server = self._octets
        inside = tunnel(client, server)
        if isinstance(inside, tuple):
            self.skip = inside
            client, server = client[inside[0] :], server[inside[1] :]
        waits = inside is None and bool(client)
        verdict = (
            Verdict.MORE
            if waits or not (client or server)
            else _judge(client[:LOOKED_AT], server[:LOOKED_AT], midstream=self._midstream)
        )
        if verdict is Verdict.OTHER and self._midstream:
            swapped = _judge(server[:LOOKED_AT], client[:LOOKED_AT], midstream=True)
            if swapped is Verdict.SMTP:
                return Verdict.SWAPPED
            verdict = swapped if swapped is Verdict.MORE else verdict
        if verdict is Verdict.MORE and self._events >= MOST_EVENTS:
            return Verdict.OTHER
        return verdict


def _judge(client: bytes, server: bytes, *, midstream: bool) -> Verdict:
    """Judge the octets of both ends, given who is who."""
    if server and not _may_begin(server, _REPLY if midstream else _GREETING):
        return Verdict.OTHER
    if _NAMED.match(server) and (not client or not midstream):
        return Verdict.SMTP
    if not client:
        return Verdict.MORE
    if (_ENVELOPE if midstream else _HELLO).match(client):
        return Verdict.SMTP
    word = client.split(None, 1)[0].upper() if client.strip() else b""
    if any(first.startswith(client.upper()) for first in _FIRST_WORDS) or word in _SHARED:
        return Verdict.MORE
    return Verdict.OTHER


def _may_begin(octets: bytes, pattern: Pattern[bytes]) -> bool:
    """Tell whether octets match a pattern of four, or may yet."""
    if len(octets) >= 4:
        return pattern.match(octets) is not None
    return octets.isdigit()
