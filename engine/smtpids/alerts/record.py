"""An event as a nested ECS mapping: what `inspect --json` and `--events` print.

The names of an event's fields are already ECS where ECS has a name, so nothing is renamed here:
the dots become objects, nanoseconds become RFC 3339 text, and what ECS wants beside them (kind,
category, observer, related) is added. Names that this module has never heard of go through.
`alert.py` builds on the same mapping; the octets of the line are made by `encode.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.moment import rfc3339
from smtpids.alerts.nesting import Record, arrange, fill, nest
from smtpids.alerts.outcome import outcome, sentence
from smtpids.alerts.text import digits
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.events import Action
from smtpids.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.alerts.veil import Veil
    from smtpids.smtp.events import Event

ECS_VERSION = "9.4.0"
"""The release of the Elastic Common Schema whose field list the records are held against."""
SCHEMA_VERSION = 1
"""`smtpids.schema`: rises when a name goes or changes its meaning, not when one is added."""
TELLING = (
    "smtp.transaction.index",
    "smtp.message.count",
    "smtp.command.count",
    "smtp.command.line",
    "smtp.reply.text",
    "smtp.anomaly.kind",
    "smtp.anomaly.detail",
)
"""Fields, made of the traffic alone, by which events of one packet differ."""
RELATED = 100
"""Values listed under one `related` name."""

HASHES = (
    "smtp.message.hash.md5",
    "smtp.message.hash.sha256",
    "tls.server.hash.sha1",
    "tls.server.hash.sha256",
)
"""Fields that are hashes, beside those of attachments."""
#: To be copied, which costs less than to begin anew with a size of its own.
_DIGEST: Final = blake2b(digest_size=16)


@dataclass(frozen=True, slots=True)
class Observer:
    """The sensor that saw the traffic, and where."""

    name: str = ""
    version: str = __version__
    interface: str = ""
    """The interface of a live capture."""
    file: str = ""
    """The capture file, unless the event names its own in `smtpids.pcap.file`."""
    ruleset: str = "smtpids"
    """What the rules in use are called together (`rule.ruleset`)."""
    veil: Veil | None = None
    """What rewrites addresses, names and subjects before they are written."""
    compact: bool = False
    """Alerts show what `detail.KEPT` names, not all."""
    clock: Callable[[], int] | None = None
    """Wall clock in nanoseconds, for `event.created`, where packets are from now."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """How ECS classifies one kind of record."""

    name: str
    category: tuple[str, ...]
    type: tuple[str, ...]
    """Each value is one that ECS expects for one of the categories."""


DATASETS: dict[str, Dataset] = {
    Action.MESSAGE: Dataset("smtpids.message", ("email", "network"), ("info",)),
    Action.SESSION_END: Dataset("smtpids.session", ("network",), ("connection", "end")),
    Action.ANOMALY: Dataset("smtpids.anomaly", ("network",), ("protocol", "info")),
}
"""The actions that are recorded of themselves, without any rule."""


def record(event: Event, observer: Observer) -> Record:
    """Return the record of a message, session_end or anomaly event.

    KeyError if events of this action are not recorded (`DATASETS` lists those that are).
    """
    dataset = DATASETS[event.action]
    facts: Record = {"kind": "event", "id": identity(event)}
    if observer.veil is not None:
        event = observer.veil.event(event)
    said = reason_of(event.fields)
    if said is not None:
        facts["reason"] = said
    body = mapping(event, observer, dataset, facts)
    first: Record = {
        "@timestamp": body.pop("@timestamp"),
        "ecs": body.pop("ecs"),
        "message": sentence(event.action, event.fields),
    }
    return first | body


def reason_of(fields: dict[str, Any]) -> str | None:
    """Return the sentence of an anomaly with its source; None for other events."""
    known = ANOMALIES.get(str(fields.get("smtp.anomaly.kind")))
    if known is None:
        return None
    return f"{known.sentence} ({known.spec})" if known.spec else known.sentence


def mapping(event: Event, observer: Observer, dataset: Dataset, facts: Record) -> Record:
    """Return the event's fields nested, with all that every record has.

    `facts` are further `event.*` values. The order of names is made for reading: when, what, who.
    """
    fields = event.fields
    clock = observer.clock
    result: Record = {
        "@timestamp": rfc3339(event.ts_ns),
        "ecs": {"version": ECS_VERSION},
        "event": of_event(
            dataset,
            str(event.action),
            facts,
            span(fields),
            outcome(event.action, fields),
            None if clock is None else rfc3339(clock()),
        ),
    }
    fill(result, fields)
    arrange(result, leading(fields), added(event, observer, mails="email" in result))
    result["observer"] = observed(observer)
    return result


def of_event(
    dataset: Dataset, action: str, facts: Record, times: Record, ended: str | None, made: Any
) -> Record:
    """Return `event`: `facts` and what is true of all events. `made` is when the record was."""
    said: Record = {
        **facts,
        "category": list(dataset.category),
        "type": list(dataset.type),
        "module": "smtpids",
        "dataset": dataset.name,
        "action": action,
        **times,
    }
    if ended is not None:
        said["outcome"] = ended
    if made is not None:
        said["created"] = made
    return said


def identity(event: Event, rule: str = "") -> str:
    """Return `event.id`: the same for the same rule and event on every run, else different.

    Several events of one action may come from one packet (pipelined commands, their replies,
    anomalies), so the last line of the dialogue counts too, and what tells those apart.
    """
    fields = event.own_fields()
    told = ", ".join([_repr(fields.get(name)) for name in TELLING])
    # what `repr` says of a tuple of all this, at a fifth of its price
    text = (
        f"({_name(rule)}, {_repr(fields.get('session.id'))}, {event.ts_ns}, {event.packet}, "
        f"{_name(event.action)}, {digits(event.last_line())}, [{told}])"
    )
    digest = _DIGEST.copy()
    digest.update(text.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _repr(value: Any) -> str:
    if value is None:
        return "None"
    return digits(value) if type(value) is int else repr(value)


#: What `repr` says of the names of rules and actions, and how many of these are kept.
_NAMES: Final[dict[str, str]] = {}
_MOST_NAMES: Final = 4096


def _name(text: str) -> str:
    """Return the `repr` of a name, of which there are few."""
    said = _NAMES.get(text)
    if said is None:
        if len(_NAMES) >= _MOST_NAMES:  # correlations name their groups
            _NAMES.clear()
        said = _NAMES[str(text)] = repr(str(text))
    return said


def span(fields: dict[str, Any]) -> Record:
    """Say when the session began and ended in ECS's words, if the event knows."""
    start, duration = fields.get("session.start"), fields.get("session.duration")
    if not isinstance(start, int) or not isinstance(duration, int):
        return {}
    return {"start": rfc3339(start), "end": rfc3339(start + duration), "duration": duration}


def leading(fields: dict[str, Any]) -> Record:
    """Return what ECS wants of a TCP connection that carries SMTP; fields overrule it."""
    source, destination = fields.get("source.ip"), fields.get("destination.ip")
    lead: Record = {
        "network.transport": "tcp",
        "network.iana_number": "6",
        "network.protocol": "smtp",
        "network.type": "ipv6" if ":" in str(source) else "ipv4",
    }
    if source is not None:
        lead["source.address"] = source
    if destination is not None:
        lead["destination.address"] = destination
    return lead


def added(event: Event, observer: Observer, *, mails: bool) -> Record:
    """Return by dotted name what is concluded from the fields and from where they were seen.

    `mails`: the event has fields of a mail.
    """
    fields = event.fields
    more: Record = {}
    domain = fields.get("tls.client.server_name")
    if domain:  # ECS asks for the copy
        more["destination.domain"] = domain
    if "source.bytes" in fields or "destination.bytes" in fields:
        more["network.bytes"] = sent_octets(fields)
    packets = fields.get("session.packets")
    if packets is not None:
        more["network.packets"] = packets
    direction = fields.get("network.direction", "unknown")
    if direction != "unknown" and mails:
        more["email.direction"] = direction
    file = fields.get("smtpids.pcap.file") or observer.file
    more["smtpids.pcap.packet"] = event.packet
    if file:
        more["smtpids.pcap.file"] = file
        if file != "-":
            more["log.file.path"] = file
    for kind, values in _related(fields).items():
        more["related." + kind] = values
    more["smtpids.schema"] = SCHEMA_VERSION
    return more


def sent_octets(fields: dict[str, Any]) -> Any:
    """Return the octets of both sides."""
    return fields.get("source.bytes", 0) + fields.get("destination.bytes", 0)


def _related(fields: dict[str, Any]) -> Record:
    """Gather what an analyst pivots on: addresses, users, host names, hashes."""
    helo, name = fields.get("smtp.helo"), fields.get("tls.client.server_name")
    if str(helo).startswith("["):  # an address literal, RFC 5321 4.1.3
        helo = None
    found: Record = {
        "ip": _unique([fields.get("source.ip"), fields.get("destination.ip")]),
        "user": _unique([fields.get("smtp.auth.user")]),
        "hosts": _unique([helo, name]),
        "hash": related_hashes(fields),
    }
    return {kind: values for kind, values in found.items() if values}


def related_hashes(fields: dict[str, Any]) -> list[Any]:
    """Return the hashes of what an event has seen: of the message, a certificate, attachments."""
    hashes = [fields.get(one) for one in HASHES]
    if "email.attachments" in fields:
        hashes += _of_attachments(fields["email.attachments"])
    return _unique(hashes)


def _unique(values: list[Any]) -> list[Any]:
    """Return the values that there are, each once."""
    unique: list[Any] = []
    for value in values:
        if value and value not in unique and len(unique) < RELATED:
            unique.append(value)
    return unique


def _of_attachments(attachments: Any) -> list[str]:
    found: list[str] = []
    for attachment in attachments if isinstance(attachments, list) else ():
        if isinstance(attachment, dict):
            hashes = nest(attachment).get("file", {}).get("hash", {})
            found += [value for _, value in sorted(hashes.items())]
    return found


def observed(observer: Observer) -> Record:
    """Return `observer`: which sensor saw it."""
    result: Record = {"vendor": "smtpids", "product": "smtpids", "type": "ids"}
    result["version"] = observer.version
    if observer.name:
        result["name"] = observer.name
    if observer.interface:
        result["ingress"] = {"interface": {"name": observer.interface}}
    return result
