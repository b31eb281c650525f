"""The header of a message: its fields, and what of them goes into an event.

RFC 5322 2.2 for the syntax, 3.6 for the fields. Lines that are no field (an mbox `From ` line,
text without a colon) are passed over, as most clients do. A table says which field is read how;
where a field is repeated against 3.6, addresses are taken from all, other values from the first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.mime.address import mailboxes
from smtpids.mime.date import utc
from smtpids.mime.domains import domain_of, domains_of, is_within
from smtpids.mime.encoded import decoded
from smtpids.mime.senders import add_sender_facts
from smtpids.pattern import Pattern
from smtpids.text import has_only_crlf, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.config import Limits

#: The values of events as smtp/events.py has them, which this layer does not know.
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Facts: TypeAlias = "dict[str, Value]"
#: Fields of a header as FIELD finds them.
RawFields: TypeAlias = "list[tuple[bytes, bytes]]"

#: A field with its folded lines (RFC 5322 2.2.3); blanks before the colon are obsolete, 4.5.
FIELD: Final = re.compile(rb"^([!-9;-~]++)[ \t]*+:(.*+(?:\n[ \t].*+)*+)", re.MULTILINE)
#: All octets that a line shows as they are, and its end.
PLAIN: Final = bytes(range(32, 127)) + b"\n"
COMMENT: Final = Pattern(rb"\([^()]*\)")
#: RFC 5321 6.3: a server that counts trace fields to find loops allows at least 100.
MOST_RECEIVED: Final = 100
#: Servers that judged who sent a message; each relay that does so adds one.
MOST_JUDGED: Final = 20
#: RFC 5322 3.6: what each message must have.
NEEDED: Final = (b"date", b"from")


def header_fields(header: bytes | bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Yield (name, unfolded value) of each field in order, the value without outer blanks."""
    for name, value in FIELD.findall(header):
        yield name, unfolded(value)


def raw_fields(header: bytes | bytearray) -> RawFields:
    """Return (name, value) of each field in order, the value as it stands with its folds."""
    return FIELD.findall(header)


def header_facts(header: bytes, limits: Limits, own_domains: tuple[str, ...] = ()) -> Facts:
    """Return what a header says by the names of ECS; what it does not say is absent."""
    return facts_of_fields([*header_fields(header)], limits, own_domains)


def facts_of_fields(fields: RawFields, limits: Limits, own_domains: tuple[str, ...] = ()) -> Facts:
    """Return the same of unfolded fields; `own_domains` are ours, if that is known."""
    values: dict[bytes, list[bytes]] = {}
    for written, value in fields:
        name = written.lower()
        if name in READ_FIELDS:
            kept = values.get(name)
            if kept is None:
                values[name] = [value]
            elif len(kept) < limits.recipients:
                kept.append(value)
    facts: Facts = {}
    if b"from" in values:
        named = values[b"from"]
        authors = named[0] if len(named) == 1 else b",".join(named)
        members = mailboxes(authors, limits.recipients, limits.text_chars)
        if members:
            add_sender_facts(facts, members, own_domains)
    for name, field, read in READERS:
        if name in values and field not in facts:
            said = read(values[name], limits)
            if said:
                facts[field] = said
    if [name for name, kept in values.items() if len(kept) > 1 and name not in MANY]:
        repeated: list[Value] = [name.decode() for name in SINGLE if len(values.get(name, ())) > 1]
        if repeated:
            facts["email.repeated_fields"] = repeated
    if b"reply-to" in values or b"sender" in values:
        _add_domains(facts)
    if b"authentication-results" in values:
        _add_judges(facts, values[b"authentication-results"], limits, own_domains)
    return facts


def shape_facts(header: bytes | bytearray, fields: RawFields) -> Facts:
    """Return what the octets of a whole header show, `fields` being its fields."""
    facts: Facts = {"email.header.longest": max([len(value) for _, value in fields], default=0)}
    if has_only_crlf(header.decode("latin-1")) and not header.endswith(b"\r"):
        return facts
    pairs = header.count(b"\r\n")
    stray_cr = header.count(b"\r") != pairs
    stray_lf = pairs > 0 and header.count(b"\n") != pairs
    if stray_cr or stray_lf or 0 in header:
        told = (("bare_cr", stray_cr), ("bare_lf", stray_lf), ("nul", 0 in header))
        facts["email.header.faults"] = [name for name, is_there in told if is_there]
    return facts


def add_counts(facts: Facts, fields: RawFields) -> None:
    """Add what a whole header has not, and how long its way was."""
    names = [name.lower() for name, _ in fields]
    facts["email.received_count"] = names.count(b"received")
    if b"from" not in names or b"date" not in names:
        facts["email.missing_fields"] = [n.decode() for n in NEEDED if n not in names]


def lines(fields: RawFields, limits: Limits) -> list[Value]:
    """Return each unfolded field as one decoded text, `Name: value`."""
    most = limits.text_chars
    # in nearly all headers nothing is to be decoded, escaped or cut: then once for all of them
    whole = _single_blanks(b"\n".join([name + b": " + value for name, value in fields]))
    short = len(whole) <= most or max([len(value) for _, value in fields]) <= most
    if fields and short and whole.find(b"=?") < 0 and not whole.translate(None, PLAIN):
        return [*whole.decode("ascii").split("\n")]
    return [
        f"{name.decode('ascii')}: {decoded(_single_blanks(value), most)}" for name, value in fields
    ]


def _add_domains(facts: Facts) -> None:
    """Add the domains of whom answers go to, and of who sent it for others."""
    replied = facts.get("email.reply_to.address")
    domains = domains_of([("", str(one)) for one in replied]) if isinstance(replied, list) else []
    if domains:
        facts["email.reply_to.domain"] = [*domains]
    sender = domain_of(str(facts.get("email.sender.address", "")))
    if sender:
        facts["email.sender.domain"] = sender


def _add_judges(
    facts: Facts, values: list[bytes], limits: Limits, own_domains: tuple[str, ...]
) -> None:
    """RFC 8601 2.2: the first word names the server that judged, and may have a version."""
    named = (COMMENT.sub(b"", value).partition(b";")[0].split() for value in values[:MOST_JUDGED])
    judges = [readable(words[0].lower(), limits.text_chars) for words in named if words]
    if judges:
        facts["email.authentication_results_id"] = [*dict.fromkeys(judges)]
    if own_domains:
        facts["email.authentication_results_own"] = any(
            is_within(judge.rstrip("."), own_domains) for judge in judges
        )


def unfolded(value: bytes) -> bytes:
    """Return the value of a field as one line, without outer blanks.

    It has line ends before blanks only, as FIELD finds it.
    """
    if value.find(b"\n") >= 0:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    return value.strip(b" \t\r\n")


def _single_blanks(value: bytes) -> bytes:
    """Return `value` with each run of blanks as one."""
    if value.find(b"\t") >= 0:
        value = value.replace(b"\t", b" ")
    while value.find(b"  ") >= 0:  # a run becomes half as long each time
        value = value.replace(b"  ", b" ")
    return value


def _addresses(values: list[bytes], limits: Limits) -> Value:
    members = mailboxes(b",".join(values), limits.recipients, limits.text_chars)
    return [address for _, address in members]


def _address(values: list[bytes], limits: Limits) -> Value:
    members = mailboxes(values[0], 1, limits.text_chars)
    return members[0][1] if members else ""


def _text(values: list[bytes], limits: Limits) -> Value:
    return decoded(_single_blanks(values[0]), limits.text_chars)


def _trace(values: list[bytes], limits: Limits) -> Value:
    listed = values[:MOST_RECEIVED]
    return [readable(_single_blanks(value), limits.text_chars) for value in listed]


def _results(values: list[bytes], limits: Limits) -> Value:
    return _trace(values[:MOST_JUDGED], limits)


def _list_id(values: list[bytes], limits: Limits) -> Value:
    """RFC 2919 3: the identifier stands in angle brackets behind a description."""
    value = values[0]
    if value.find(b"<") >= 0:
        value = value.rpartition(b"<")[2].partition(b">")[0]
    return readable(value.strip().lower(), limits.text_chars)


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


#: What may be wrong with the octets of a header.
SHAPE_FAULTS: Final = frozenset({"bare_cr", "bare_lf", "nul"})

Reader: TypeAlias = "Callable[[list[bytes], Limits], Value]"

#: (field name in lower case, name in events, reader of its values). Where two fields stand for
#: one name, the first that says something is taken.
READERS: Final[tuple[tuple[bytes, str, Reader], ...]] = (
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
    (b"list-id", "email.list_id", _list_id),
    (b"auto-submitted", "email.auto_submitted", _media_type),
    (b"authentication-results", "email.authentication_results", _results),
    (b"received", "email.received", _trace),
)
READ_FIELDS: Final = frozenset({b"from", *(name for name, _, _ in READERS)})
#: Of these each server on the way adds one.
MANY: Final = frozenset({b"received", b"authentication-results"})
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
