"""The tolerant reader of DATA: where would some other server have ended the message?

Only CRLF . CRLF ends DATA (RFC 5321 4.1.1.4), yet servers have taken LF . LF, CR . CR and more for
it, and a message that holds such octets and then MAIL and RCPT is two messages for them and one for
the rest: SMTP smuggling (SEC Consult 2023, CVE-2023-51764, -51765, -51766; Wang et al., USENIX
Security 2025, whose numbering of the variants is used here, with B for those beyond).

This reader decides nothing. It looks at the raw octets beside the strict one and notes every place.
Mail whose lines all end in CRLF cannot hold one, so nearly all of it costs one look at its lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.pattern import Pattern
from smtpids.text import as_text, has_only_crlf

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

#: Octets behind the place in which a smuggled envelope must begin.
LOOK_AHEAD: Final = 512
#: Octets in front of a dot that its line end may take.
LOOK_BACK: Final = 10
#: Octets behind a dot that must be known before it is judged: the longest line end.
LOOK_ON: Final = 4
#: Places noted in one message; a sender of nothing else would fill the log.
MOST_PLACES: Final = 8

#: a dot between octets of which line ends are made; what begins with a literal is found faster
_DOT: Final = Pattern(rb"\.(?=[\r\n\0])(?<=[\r\n\0]\.)")
#: A command of a smuggled envelope at the start of a line, as the tolerant server reads lines.
_COMMAND: Final = Pattern(
    rb"(?:^|[\r\n])\0*(?:(MAIL) FROM:[ ]*<?([^>\r\n]{0,256})|(RCPT) TO:[ ]*<?([^>\r\n]{0,256})"
    rb"|(EHLO|HELO|AUTH) [^\r\n]|(BDAT) \d|(RSET|DATA|STARTTLS|QUIT)[ ]*(?=[\r\n]))",
    re.IGNORECASE,
)
_CRLF: Final = b"\r\n"

#: (line end before the dot, line end behind it) -> variant
VARIANTS: Final[dict[tuple[bytes, bytes], str]] = {
    (b"\n", b"\n"): "A1",
    (b"\n", b"\r\n"): "A2",
    (b"\r", b"\r"): "A3",
    (b"\r", b"\r\n"): "A4",
    (b"\r\n", b"\n"): "A5",
    (b"\r\n", b"\r"): "A6",
    (b"\0\r\n", b"\r\n"): "A7",
    (b"\r\n\0", b"\r\n"): "A8",
    (b"\r\0\n", b"\r\n"): "A9",
    (b"\r\n", b"\0\r\n"): "A11",
    (b"\r\n", b"\r\0\n"): "A12",
    (b"\r\n", b"\r\n\0"): "A13",
    (b"\n", b"\r"): "B1",
    (b"\r", b"\n"): "B2",
    (b"\r\r\n", b"\r\n"): "B3",
    (b"\r\n", b"\r\r\n"): "B4",
    (b"\r\r\n", b"\r\r\n"): "B5",
}
OTHER: Final = "other"
#: Variants that end the message by the strict rule too: what follows them lies behind its end.
STRICT: Final = frozenset({"A7", "A13", "B3"})
#: What begins an envelope.
ENVELOPE: Final = frozenset({"MAIL", "RCPT"})


class Place(NamedTuple):
    """Octets that some server takes for the end of data, and what follows them."""

    variant: str
    octets: bytes
    """The dot with the line ends around it; nothing of the message beside them."""
    verb: str
    """The envelope command that follows, or nothing. MAIL and RCPT go before others."""
    mail_from: bytes
    rcpt_to: bytes


class EndOfDataReader:
    """Notes ambiguous ends in the raw octets of one message, across any cut."""

    __slots__ = ("_cr", "_judged", "_open", "_tail", "_torn", "bare_cr", "bare_lf", "nul", "places")

    def __init__(self) -> None:
        self.bare_lf = 0
        self.bare_cr = 0
        self.nul = 0
        self.places: list[Place] = []
        # octets before the next block; the message begins behind the CRLF of DATA
        self._tail = _CRLF
        # how many of them were judged
        self._judged = 0
        self._cr = False
        self._torn = False
        # places that wait for the octets behind them: (variant, dot and what follows, the place)
        self._open: list[tuple[str, bytes, bytes]] = []

    def feed(self, data: bytes, text: str = "") -> None:
        """Look at the next raw octets, up to and with the strict end where it is among them.

        `text` may be the same as Latin-1.
        """
        self._count(data, text or data.decode("latin-1"))
        is_clean = not (self.bare_lf or self.bare_cr or self.nul or self._cr)
        if is_clean and len(data) >= LOOK_BACK + LOOK_ON and not self._open:
            self._tail = data[-LOOK_BACK - LOOK_ON :]
            self._judged = LOOK_BACK
            return
        window = self._tail + data
        if self._open:
            self._extend(data)
        limit = max(len(window) - LOOK_ON, self._judged)
        if not is_clean:
            self._search(window, limit)
        start = max(limit - LOOK_BACK, 0)
        self._tail = window[start:]
        self._judged = limit - start

    def gap(self) -> None:
        """Octets are lost: what stands at the edges of the hole cannot be judged."""
        self.places += [_judged(*place) for place in self._open]
        self._open.clear()
        self._tail = b""
        self._judged = 0
        self._cr = False
        self._torn = True

    def end(self, behind: bytes = b"") -> None:
        """The strict end came, with `behind` in the same packet: judge what is open."""
        if behind[:1] == b"\0" or self.bare_lf or self.bare_cr or self.nul:
            self._search(self._tail + behind, len(self._tail))
        self.places += [_judged(*place) for place in self._open]
        self._open.clear()

    def hidden(self) -> Place | None:
        """Return the first place so far with MAIL or RCPT behind it, inside the message."""
        places = [*self.places, *(_judged(*place) for place in self._open)]
        return next(
            (place for place in places if place.verb in ENVELOPE and place.variant not in STRICT),
            None,
        )

    def is_at_one(self) -> bool:
        """Tell whether the last octets are a place, with nothing behind it."""
        dot = self._tail.rfind(b".")
        left = _unit_before(self._tail[:dot]) if dot > 0 else None
        right = self._tail[dot + 1 :]
        return left is not None and bool(right) and _unit_after(right) == right

    def _count(self, data: bytes, text: str) -> None:
        if self._torn:
            # half of a CRLF may be lost
            data = data.removeprefix(b"\n")
            text = text.removeprefix("\n")
            self._cr = self._torn = False
        if self._cr:
            text = "\r" + text
        cr = self._cr
        self._cr = text.endswith("\r")
        if has_only_crlf(text):
            return
        block = b"\r" + data if cr else data
        crlf = block.count(_CRLF)
        self.bare_lf += block.count(b"\n") - crlf
        self.bare_cr += block.count(b"\r") - crlf - self._cr
        self.nul += block.count(b"\0")

    def _search(self, window: bytes, limit: int) -> None:
        """Judge each dot between the last one judged and `limit`."""
        for found in _DOT.finditer(window, self._judged, limit + 1):
            dot = found.start()
            if dot >= limit or len(self.places) + len(self._open) >= MOST_PLACES:
                return
            left = _unit_before(window[max(dot - LOOK_BACK, 0) : dot])
            right = _unit_after(window[dot + 1 : dot + 1 + LOOK_ON])
            if left is None or right is None or (left == _CRLF and right == _CRLF):
                continue
            variant = VARIANTS.get((left, right), OTHER)
            self._open.append((variant, window[dot : dot + LOOK_AHEAD], left + b"." + right))
        self._settle()

    def _extend(self, data: bytes) -> None:
        self._open = [
            (variant, octets + data[: LOOK_AHEAD - len(octets)], place)
            for variant, octets, place in self._open
        ]
        self._settle()

    def _settle(self) -> None:
        """Judge the places that have enough octets behind them."""
        waiting: list[tuple[str, bytes, bytes]] = []
        for place in self._open:
            if len(place[1]) >= LOOK_AHEAD:
                self.places.append(_judged(*place))
            else:
                waiting.append(place)
        self._open = waiting


def _judged(variant: str, octets: bytes, place: bytes) -> Place:
    """Return a place with what follows it in `octets`, which begin with its dot."""
    body = octets[1:]
    if variant not in STRICT:
        # what stands behind the strict end was not smuggled
        body = body.partition(b"\r\n.\r\n")[0]
    verb, mail_from, rcpt_to = envelope_in(body)
    return Place(variant, place, verb, mail_from, rcpt_to)


def envelope_in(octets: bytes) -> tuple[str, bytes, bytes]:
    """Return the first command of an envelope in `octets`, MAIL or RCPT first, and its paths."""
    verb, mail_from, rcpt_to = "", b"", b""
    for found in _COMMAND.finditer(octets):
        if found[1] and not mail_from:
            mail_from = found[2]
            verb = "MAIL"
        elif found[3] and not rcpt_to:
            rcpt_to = found[4]
            verb = verb if verb == "MAIL" else "RCPT"
        elif not verb:
            other = found[5] or found[6] or found[7]
            verb = other.decode("ascii").upper() if other else ""
    return verb, mail_from, rcpt_to


def _unit_before(run: bytes) -> bytes | None:
    """Return the last line end of a run that ends in CR, LF or NUL, with what belongs to it."""
    for unit in (b"\r\n\0", b"\r\0\n", b"\r\r\n", b"\0\r\n", _CRLF):
        if run.endswith(unit):
            return unit
    for unit in (b"\n", b"\r", b"\n\0", b"\r\0"):
        if run.endswith(unit):
            return unit
    return None


def _unit_after(run: bytes) -> bytes | None:
    """Return the first line end of a run; None if it begins with none."""
    for unit in (b"\r\n\0", _CRLF, b"\r\r\n", b"\0\r\n", b"\r\0\n", b"\n", b"\0\n", b"\0\r"):
        if run.startswith(unit):
            return unit
    return b"\r" if run.startswith(b"\r") else None


def place_fields(place: Place) -> Fields:
    """Return what is said of an ambiguous end."""
    fields: Fields = {
        "smtp.end_of_data.variant": place.variant,
        "smtp.end_of_data.strict": place.variant in STRICT,
        "smtp.end_of_data.hex": place.octets.hex(),
        "smtp.end_of_data.verb": place.verb,
    }
    if place.mail_from:
        fields["smtp.end_of_data.mail_from"] = as_text(place.mail_from)
    if place.rcpt_to:
        fields["smtp.end_of_data.rcpt_to"] = as_text(place.rcpt_to)
    return fields
