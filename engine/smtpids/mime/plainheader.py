"""The ordinary header, read by a short way.

Printable ASCII, no encoded words, no field twice: of such a header nothing is odd, so it is taken
apart once, as text, and what `header.py` finds out field by field is there at once. Whatever
differs is read there, and both say the same: a test holds one against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mime.address import plain_mailboxes
from smtpids.mime.date import utc
from smtpids.mime.declared import plain_codec
from smtpids.mime.header import MOST_RECEIVED
from smtpids.mime.senders import add_sender_facts
from smtpids.text import bounded

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.mime.header import Facts, RawFields, Value

_BLANKS: Final = " \t"
_SPACE: Final = 0x20
_TAB: Final = 0x09
#: What may stand in it, with line ends and folds, is what this leaves as it is.
_PLAIN: Final = bytes(
    [octet if 32 <= octet < 127 or octet in b"\r\n\t" else _SPACE for octet in range(256)]
)
#: Its fields by their places in `PlainHeader`; each a constant, since a range is none to mypyc.
_FROM: Final = 0
_TO: Final = 1
_CC: Final = 2
_MESSAGE_ID: Final = 3
_DATE: Final = 4
_TYPE: Final = 5
_ENCODING: Final = 6
_DISPOSITION: Final = 7
#: Those from here on are told as they are shown, with single blanks.
_SUBJECT: Final = 8
_X_MAILER: Final = 9
_USER_AGENT: Final = 10
_RECEIVED: Final = 11
_FIELDS: Final = 12
#: Those of OF_HEADER.
_REST: Final = (_TO, _CC, _DATE, _TYPE)
#: Any other field, of which nothing is said; a field that takes a closer look.
_OTHER: Final = 12
_UNUSUAL: Final = 13
#: Encodings that change nothing.
_IDENTITIES: Final = frozenset({"7bit", "8bit", "binary", ""})
_NAMES: Final[dict[str, int]] = {
    "from": _FROM,
    "to": _TO,
    "cc": _CC,
    "subject": _SUBJECT,
    "message-id": _MESSAGE_ID,
    "date": _DATE,
    "x-mailer": _X_MAILER,
    "user-agent": _USER_AGENT,
    "content-type": _TYPE,
    "content-transfer-encoding": _ENCODING,
    "content-disposition": _DISPOSITION,
    "received": _RECEIVED,
    "sender": _UNUSUAL,
    "reply-to": _UNUSUAL,
    "bcc": _UNUSUAL,
    "list-id": _UNUSUAL,
    "auto-submitted": _UNUSUAL,
    "authentication-results": _UNUSUAL,
}
#: The same as most programs write them, and some of the others.
_WRITTEN: Final[dict[str, int]] = {
    **{name.title(): place for name, place in _NAMES.items()},
    **dict.fromkeys(("CC", "cc"), _CC),
    **dict.fromkeys(("Message-ID", "Message-id"), _MESSAGE_ID),
    **dict.fromkeys(
        ("MIME-Version", "Mime-Version", "Return-Path", "In-Reply-To", "References"), _OTHER
    ),
}
#: What says how the body is to be read.
_DECLARING: Final = (
    (b"content-type", _TYPE),
    (b"content-transfer-encoding", _ENCODING),
    (b"content-disposition", _DISPOSITION),
)
#: What is said of it that takes some work and that rules seldom ask.
OF_HEADER: Final = frozenset(
    {
        "email.to.address",
        "email.cc.address",
        "email.origination_timestamp",
        "email.content_type",
    }
)
#: What is told of a header in its order, and what is told behind it.
_ORDER: Final = (
    "email.to.address",
    "email.cc.address",
    "email.subject",
    "email.message_id",
    "email.origination_timestamp",
    "email.x_mailer",
    "email.content_type",
    "email.received",
    "smtp.message.size",
)


class PlainHeader:
    """What an ordinary header holds."""

    __slots__ = ("_received", "_values", "lines", "longest")

    def __init__(
        self,
        values: list[str | None],
        received: list[Value],
        lines: list[Value],
        longest: int,
    ) -> None:
        self._values = values
        self._received = received
        self.lines = lines
        """Each field on one line, as `header.lines` has them."""
        self.longest = longest
        """The octets of the longest value, as it stands."""

    def codec(self) -> str | None:
        """Return the codec of a body that is plain text as it stands, "" if it is unknown.

        It is a superset of ASCII. None: the body takes a closer look.
        """
        declared, encoding = self._values[_TYPE], self._values[_ENCODING]
        if encoding is not None and encoding.lower() not in _IDENTITIES:
            return None
        if self._values[_DISPOSITION] is not None:
            return None
        return "" if declared is None else plain_codec(declared)

    def declares(self) -> RawFields:
        """Return the fields that `Declared` reads."""
        found: RawFields = []
        for name, place in _DECLARING:
            value = self._values[place]
            if value is not None:
                found.append((name, value.encode("ascii")))
        return found

    def add_facts(
        self, facts: Facts, limits: Limits, own_domains: tuple[str, ...], *, whole: bool = True
    ) -> None:
        """Add what `header.facts_of_fields` says; if not `whole`, without what is in OF_HEADER."""
        values = self._values
        value = values[_FROM]
        if value:
            members = plain_mailboxes(value, limits.recipients, limits.text_chars)
            if members:
                add_sender_facts(facts, members, own_domains)
        if whole:
            self._add_recipients(facts, limits)
        value = values[_SUBJECT]
        if value:
            facts["email.subject"] = value
        value = values[_MESSAGE_ID]
        if value:
            named = _message_id(value, limits.text_chars)
            if named:
                facts["email.message_id"] = named
        if whole:
            self._add_date(facts)
        value = values[_X_MAILER] or values[_USER_AGENT]
        if value:
            facts["email.x_mailer"] = value
        if whole:
            self._add_type(facts, limits)
        if self._received:
            facts["email.received"] = self._received

    def add_rest(self, facts: Facts, limits: Limits) -> None:
        """Add what is in OF_HEADER."""
        self._add_recipients(facts, limits)
        self._add_date(facts)
        self._add_type(facts, limits)

    def _add_recipients(self, facts: Facts, limits: Limits) -> None:
        value = self._values[_TO]
        if value:
            addresses = _addresses(value, limits)
            if addresses:
                facts["email.to.address"] = addresses
        value = self._values[_CC]
        if value:
            addresses = _addresses(value, limits)
            if addresses:
                facts["email.cc.address"] = addresses

    def _add_date(self, facts: Facts) -> None:
        value = self._values[_DATE]
        if value:
            moment = utc(value.encode("ascii"))
            if moment:
                facts["email.origination_timestamp"] = moment

    def _add_type(self, facts: Facts, limits: Limits) -> None:
        value = self._values[_TYPE]
        if value:
            media_type = value.partition(";")[0].strip().lower()
            if media_type:
                facts["email.content_type"] = bounded(media_type, limits.text_chars)

    def rest(self) -> list[str | None]:
        """Return the values that `add_rest` reads."""
        return [self._values[place] for place in _REST]

    def add_counts(self, facts: Facts) -> None:
        """Add what `header.add_counts` says."""
        facts["email.received_count"] = len(self._received)
        values = self._values
        if values[_FROM] is None or values[_DATE] is None:
            needed = (("date", values[_DATE]), ("from", values[_FROM]))
            facts["email.missing_fields"] = [name for name, value in needed if value is None]


#: That of a message without any octets.
NO_HEADER: Final = PlainHeader([None] * _FIELDS, [], [], 0)


def add_rest(header: PlainHeader, limits: Limits, told: Facts) -> None:
    """Put what was left out of a header where it belongs in what was told.

    Records have their fields in the order in which these were told.
    """
    rest: Facts = {}
    header.add_rest(rest, limits)
    whole: Facts = {}
    for name, value in told.items():
        if name in _ORDER:
            for earlier in _ORDER[: _ORDER.index(name)]:
                if earlier in rest:
                    whole[earlier] = rest.pop(earlier)
        whole[name] = value
    told.clear()
    told.update(whole)


class Rest:
    """What was left out of a header: called, it goes where it belongs in what was `told`."""

    __slots__ = ("_header", "_limits", "_told")

    def __init__(self, header: PlainHeader, limits: Limits, told: Facts) -> None:
        self._header = header
        self._limits = limits
        self._told = told

    def __call__(self) -> None:
        """Put it there."""
        add_rest(self._header, self._limits, self._told)

    def plain(self) -> list[str | None]:
        """Return what it is made of, to be `restored` elsewhere."""
        return self._header.rest()

    @classmethod
    def restored(cls, plain: list[str | None], limits: Limits, told: Facts) -> Rest:
        """Return it from what `plain` gave."""
        values: list[str | None] = [None] * _FIELDS
        for place, value in zip(_REST, plain, strict=True):
            values[place] = value
        return cls(PlainHeader(values, [], [], 0), limits, told)


def plain_header(header: str, octets: bytes, limits: Limits) -> PlainHeader | None:
    """Read a header with the empty line at its end; None if it is not ordinary.

    `octets` are those of `header`. Of one that is read all lines end in CRLF.
    """
    if octets.translate(_PLAIN) != octets or ("?" in header and "=?" in header):
        return None
    split = header.splitlines()
    left = len(header)
    for line in split:
        left -= len(line) + 2
    if left:
        return None  # not all line ends have two octets
    size = len(split) - 1
    tabbed = "\t" in header
    values: list[str | None] = [None] * _FIELDS
    received: list[Value] = []
    lines: list[Value] = []
    longest = at = 0
    written = _WRITTEN
    while at < size:
        line = split[at]
        at += 1
        folds = 0
        while at < size and ord(split[at][0]) in (_SPACE, _TAB):
            line += split[at]
            at += 1
            folds += 1
        colon = line.find(":")
        if colon <= 0:
            return None
        name = line[:colon]
        place = written.get(name, -1)
        if place < 0:
            if " " in name or "\t" in name:
                return None
            place = _NAMES.get(name.lower(), _OTHER)
        longest = max(longest, len(line) - colon + 2 * folds)  # with the CR behind it
        begin = colon + 2
        if (
            not folds
            and len(line) > begin
            and ord(line[colon + 1]) == _SPACE
            and ord(line[begin]) > _SPACE
            and ord(line[-1]) > _SPACE
            and "  " not in line
            and not (tabbed and "\t" in line)
        ):
            lines.append(line)  # as it is to be shown
            if place == _OTHER:
                continue
            value = shown = line[begin:]
        else:
            value = line[colon + 1 :].strip(_BLANKS)
            shown = _single_blanks(value)
            lines.append(name + ": " + shown)
            if place == _OTHER:
                continue
        if place == _RECEIVED:
            received.append(shown)
        elif place == _UNUSUAL or values[place] is not None:
            return None
        else:
            values[place] = shown if place >= _SUBJECT else value
    most = min(limits.recipients, MOST_RECEIVED)
    if longest > limits.text_chars or len(received) > most or len(lines) > limits.header_fields:
        return None
    return PlainHeader(values, received, lines, longest)


def _single_blanks(value: str) -> str:
    """Return `value` with each run of blanks as one."""
    if "\t" in value:
        value = value.replace("\t", " ")
    while "  " in value:  # a run becomes half as long each time
        value = value.replace("  ", " ")
    return value


def _addresses(value: str, limits: Limits) -> list[Value]:
    return [address for _, address in plain_mailboxes(value, limits.recipients, limits.text_chars)]


def _message_id(value: str, chars: int) -> str:
    """RFC 5322 3.6.4: the identifier without its angle brackets."""
    if value.startswith("<"):
        end = value.find(">")
        value = value[1:end] if end > 0 else value[1:]
    value = value.strip("<> \t")
    return bounded(value, chars) if "\t" in value else value
