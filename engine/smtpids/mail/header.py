"""The header of a message: its fields, and what of them goes into an event.

RFC 5322 2.2 for the syntax, 3.6 for the fields. Lines that are no field (an mbox `From ` line,
text without a colon) are passed over, as most clients do. A table says which field is read how;
where a field is repeated against 3.6, addresses are taken from all, other values from the first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.mail.address import mailboxes
from smtpids.mail.date import utc
from smtpids.mail.encoded import decoded
from smtpids.text import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.config import Limits

#: The values of events as smtp/events.py has them, which this layer does not know.
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Facts: TypeAlias = "dict[str, Value]"
#: Fields of a header as FIELD finds them.
RawFields: TypeAlias = "list[tuple[bytes, bytes]]"

#: A field with its folded lines (RFC 5322 2.2.3); blanks before the colon are obsolete, 4.5.
FIELD: Final = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
#: RFC 5321 6.3: a server that counts trace fields to find loops allows at least 100.
MOST_RECEIVED: Final = 100
#: Authors named of one message; there is one, or somebody plays.
MOST_NAMES: Final = 10


def header_fields(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (name, unfolded value) of each field in order, the value without outer blanks."""
    for name, value in FIELD.findall(header):
        yield name, unfolded(value)


def raw_fields(header: bytes | bytearray) -> RawFields:
    """Return (name, value) of each field in order, the value as it stands with its folds."""
    return FIELD.findall(header)


def header_facts(header: bytes, limits: Limits) -> Facts:
    """Return what a header says by the names of ECS; what it does not say is absent."""
    return facts_of_fields(raw_fields(header), limits)


def facts_of_fields(fields: RawFields, limits: Limits) -> Facts:
    """Return the same of the fields of a header."""
    values: dict[bytes, list[bytes]] = {}
    for written, value in fields:
        name = written.lower()
        if name in READ_FIELDS:
            kept = values.setdefault(name, [])
            if len(kept) < limits.recipients:
                kept.append(unfolded(value))
    facts: Facts = {}
    for name, field, read in READERS:
        said = read(values[name], limits) if name in values and field not in facts else None
        if said:
            facts[field] = said
    if any(len(kept) > 1 for name, kept in values.items() if name != b"received"):
        repeated: list[Value] = [name.decode() for name in SINGLE if len(values.get(name, ())) > 1]
        if repeated:
            facts["email.repeated_fields"] = repeated
    return facts


def unfolded(value: bytes) -> bytes:
    """Return the value of a field as one line, without outer blanks."""
    return (FOLD.sub(b"", value) if b"\n" in value else value).strip(b" \t\r\n")


def _single_blanks(value: bytes) -> bytes:
    """Return `value` with each run of blanks as one."""
    value = value.replace(b"\t", b" ")
    return b" ".join(filter(None, value.split(b" "))) if b"  " in value else value


def _addresses(values: list[bytes], limits: Limits) -> Value:
    members = mailboxes(b",".join(values), limits.recipients, limits.text_chars)
    return [address for _, address in members]


def _names(values: list[bytes], limits: Limits) -> Value:
    members = mailboxes(b",".join(values), MOST_NAMES, limits.text_chars)
    return [name for name, _ in members if name]


def _address(values: list[bytes], limits: Limits) -> Value:
    members = mailboxes(values[0], 1, limits.text_chars)
    return members[0][1] if members else ""


def _text(values: list[bytes], limits: Limits) -> Value:
    return decoded(_single_blanks(values[0]), limits.text_chars)


def _trace(values: list[bytes], limits: Limits) -> Value:
    listed = values[:MOST_RECEIVED]
    return [readable(_single_blanks(value), limits.text_chars) for value in listed]


def _message_id(values: list[bytes], limits: Limits) -> Value:
    """RFC 5322 3.6.4: the identifier without its angle brackets."""
    value = values[0]
    if value.startswith(b"<"):
        value = value[1:].partition(b">")[0]
    return readable(value.strip(b"<> \t"), limits.text_chars)


def _media_type(values: list[bytes], limits: Limits) -> Value:
    """RFC 2045 5.1: type and subtype, in lower case, without parameters."""
    return readable(values[0].partition(b";")[0].strip().lower(), limits.text_chars)


def _date(values: list[bytes], limits: Limits) -> Value:
    return utc(values[0])


Reader: TypeAlias = "Callable[[list[bytes], Limits], Value]"

#: (field name in lower case, name in events, reader of its values). Where two fields stand for
#: one name, the first that says something is taken.
READERS: Final[tuple[tuple[bytes, str, Reader], ...]] = (
    (b"from", "email.from.address", _addresses),
    (b"from", "email.from.name", _names),
    (b"sender", "email.sender.address", _address),
    (b"reply-to", "email.reply_to.address", _addresses),
    (b"to", "email.to.address", _addresses),
    (b"cc", "email.cc.address", _addresses),
    (b"bcc", "email.bcc.address", _addresses),
    (b"subject", "email.subject", _text),
    (b"message-id", "email.message_id", _message_id),
    (b"date", "email.origination_timestamp", _date),
    (b"x-mailer", "email.x_mailer", _text),
    (b"user-agent", "email.x_mailer", _text),
    (b"content-type", "email.content_type", _media_type),
    (b"received", "email.received", _trace),
)
READ_FIELDS: Final = frozenset(name for name, _, _ in READERS)
#: RFC 5322 3.6: at most one of each.
SINGLE: Final = (
    b"from",
    b"sender",
    b"reply-to",
    b"to",
    b"cc",
    b"bcc",
    b"subject",
    b"message-id",
    b"date",
)
