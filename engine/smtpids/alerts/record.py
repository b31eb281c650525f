"""An event as a nested ECS mapping: what `inspect --json` and `--events` print.

The names of an event's fields are already ECS where ECS has a name, so nothing is renamed here:
the dots become objects, nanoseconds become RFC 3339 text, and what ECS wants beside them (kind,
category, observer, related) is added. Names that this module has never heard of go through.
`alert.py` builds on the same mapping; the octets of the line are made by `encode.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from smtpids.alerts.outcome import outcome, sentence
from smtpids.config import SECOND
from smtpids.rules.fields import FIELDS, HIDDEN, Type
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.events import Action
from smtpids.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from smtpids.alerts.veil import Veil
    from smtpids.smtp.events import Event

Record: TypeAlias = dict[str, Any]

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

#: Values that are no objects and hold none.
_PLAIN = frozenset({str, int, bool, float})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # seconds: the years 1 and 9999


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
    known = ANOMALIES.get(str(event.fields.get("smtp.anomaly.kind")))
    if known is not None:
        facts["reason"] = f"{known.sentence} ({known.spec})" if known.spec else known.sentence
    body = mapping(event, observer, dataset, facts)
    said: Record = {
        "@timestamp": body.pop("@timestamp"),
        "ecs": body.pop("ecs"),
        "message": sentence(event.action, event.fields),
    }
    return said | body


def mapping(event: Event, observer: Observer, dataset: Dataset, facts: Record) -> Record:
    """Return the event's fields nested, with all that every record has.

    `facts` are further `event.*` values. The order of names is made for reading: when, what, who.
    """
    fields = event.fields
    said: Record = {
        **facts,
        "category": list(dataset.category),
        "type": list(dataset.type),
        "module": "smtpids",
        "dataset": dataset.name,
        "action": str(event.action),
        **_span(fields),
    }
    ended = outcome(event.action, fields)
    if ended is not None:
        said["outcome"] = ended
    if observer.clock is not None:
        said["created"] = rfc3339(observer.clock())
    result: Record = {
        "@timestamp": rfc3339(event.ts_ns),
        "ecs": {"version": ECS_VERSION},
        "event": said,
    }
    _fill(result, fields)
    _add_network(result, fields)
    _add_place(result, event, observer)
    related = _related(fields)
    if related:
        result["related"] = related
    result["observer"] = observed(observer)
    result.setdefault("smtpids", {})["schema"] = SCHEMA_VERSION
    return result


def nest(fields: Mapping[str, Any]) -> Record:
    """Turn dotted names into nested objects; a name without value (None) is left out.

    Where one name is both a value and an object, the object stands, for an index could hold only
    one; a list of objects stands above both, for rules read its columns under longer names.
    """
    result: Record = {}
    for name, value in fields.items():
        if type(value) in _PLAIN and name not in result and "." not in name:
            result[name] = value
        else:
            place(result, name, value)
    return result


def place(node: Record, name: str, value: Any) -> None:
    """Put `value` where the dotted name leads, in the manner of `nest`."""
    if value is None:
        return
    way = _way(name)
    found, last = _object(node, way.parents), way.last
    if found is None:
        return
    node = found
    if isinstance(value, dict):
        for inner, its_value in value.items():
            place(node, f"{last}.{inner}", its_value)
    elif isinstance(value, list) and _has_objects(value):
        node[last] = [nest(item) if isinstance(item, dict) else item for item in value]
    elif not isinstance(node.get(last), dict):
        node[last] = value


def _fill(result: Record, fields: Mapping[str, Any]) -> None:
    """Put the fields of an event where their names lead, in the manner of `place`.

    An object that was found is kept at hand for the fields beside it.
    """
    known: dict[str, Record] = {}
    for name, value in fields.items():
        parents, where, last, special, hidden, idle, time = _way(name)
        if value is None or (special and (hidden or (idle and not value))):
            continue
        kind = type(value)
        if kind is dict or (kind is list and _has_objects(value)):
            place(result, name, value)
            known.clear()  # it may stand where an object stood
            continue
        node = known.get(where)
        if node is None:
            found = _object(result, parents)
            if found is None:
                continue
            node = known[where] = found
        if last not in node or type(node[last]) is not dict:
            node[last] = rfc3339(value) if time and kind is int else value


def _object(node: Record, parents: tuple[str, ...]) -> Record | None:
    """Return the object to which `parents` lead, made if need be; None if a list is in the way."""
    for part in parents:
        child = node.get(part)
        if not isinstance(child, dict):
            if _has_objects(child):
                return None
            child = node[part] = {}
        node = child
    return node


class _Way(NamedTuple):
    """Where a field's name leads, and what is to know of its values."""

    parents: tuple[str, ...]
    place: str
    """The parents in one text."""
    last: str
    special: bool
    """One of the next three is so."""
    hidden: bool
    idle: bool
    time: bool


@lru_cache(maxsize=4096)
def _way(name: str) -> _Way:
    *parents, last = name.split(".")
    is_so = (name in HIDDEN, is_idle(name), is_time(name))
    return _Way(tuple(parents), ".".join(parents), last, any(is_so), *is_so)


def _has_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def clashes(names: Iterable[str]) -> list[str]:
    """Return the names that are used both for a value and for an object with names in it."""
    known = sorted(set(names))
    objects = {
        ".".join(name.split(".")[:n]) for name in known for n in range(1, name.count(".") + 1)
    }
    return [name for name in known if name in objects]


def rfc3339(ts_ns: int) -> str:
    """Return nanoseconds since 1970 as RFC 3339 text in UTC, cut to microseconds.

    A damaged capture may name a time beyond the calendar; it becomes the nearest that exists.
    """
    seconds, rest = divmod(ts_ns, SECOND)
    return f"{_second(seconds)}.{rest // 1000:06}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    within = min(max(seconds, _FIRST), _LAST)
    return (_EPOCH + timedelta(seconds=within)).isoformat()


def is_time(name: str) -> bool:
    """Whether the field's value is a moment, in nanoseconds since 1970."""
    field = FIELDS.get(name)
    return field is not None and field.type is Type.TIME


def is_idle(name: str) -> bool:
    """Whether 0 and false say nothing: what the history counts and has not seen change.

    That somebody or something is new is said.
    """
    return name.startswith("history.") and not name.endswith("known")


def identity(event: Event, rule: str = "") -> str:
    """Return `event.id`: the same for the same rule and event on every run, else different.

    Several events of one action may come from one packet (pipelined commands, their replies,
    anomalies), so the last line of the dialogue counts too, and what tells those apart.
    """
    fields = event.fields
    lines = event.evidence.lines(1)
    parts = (
        rule,
        fields.get("session.id"),
        event.ts_ns,
        event.packet,
        str(event.action),
        lines[-1].number if lines else 0,
        [fields.get(name) for name in TELLING],
    )
    return blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def _span(fields: Mapping[str, Any]) -> Record:
    """Say when the session began and ended in ECS's words, if the event knows."""
    start, duration = fields.get("session.start"), fields.get("session.duration")
    if not isinstance(start, int) or not isinstance(duration, int):
        return {}
    return {"start": rfc3339(start), "end": rfc3339(start + duration), "duration": duration}


def _add_network(result: Record, fields: Mapping[str, Any]) -> None:
    """Add what ECS wants of a TCP connection that carries SMTP."""
    version = "ipv6" if ":" in str(fields.get("source.ip", "")) else "ipv4"
    about: Record = {"transport": "tcp", "iana_number": "6", "protocol": "smtp", "type": version}
    result["network"] = {**about, **result.get("network", {})}
    for end in ("source", "destination"):
        address = fields.get(f"{end}.ip")
        if address is not None:
            result[end] = {"address": address, **result[end]}
    domain = fields.get("tls.client.server_name")
    if domain:  # ECS asks for the copy
        place(result, "destination.domain", domain)
    sent = [fields[name] for name in ("source.bytes", "destination.bytes") if name in fields]
    if sent:
        place(result, "network.bytes", sum(sent))
    place(result, "network.packets", fields.get("session.packets"))
    direction = fields.get("network.direction", "unknown")
    if direction != "unknown" and "email" in result:
        place(result, "email.direction", direction)


def _add_place(result: Record, event: Event, observer: Observer) -> None:
    """Say where in which capture the event stands."""
    file = event.fields.get("smtpids.pcap.file") or observer.file
    place(result, "smtpids.pcap.packet", event.packet)
    if file:
        place(result, "smtpids.pcap.file", file)
        if file != "-":
            place(result, "log.file.path", file)


def _related(fields: Mapping[str, Any]) -> Record:
    """Gather what an analyst pivots on: addresses, users, host names, hashes."""
    get = fields.get
    helo, name = get("smtp.helo"), get("tls.client.server_name")
    if str(helo).startswith("["):  # an address literal, RFC 5321 4.1.3
        helo = None
    hashes = [get(one) for one in HASHES]
    if "email.attachments" in fields:
        hashes += _hashes(fields["email.attachments"])
    found: Record = {}
    for kind, values in (
        ("ip", [get("source.ip"), get("destination.ip")]),
        ("user", [get("smtp.auth.user")]),
        ("hosts", [helo, name]),
        ("hash", hashes),
    ):
        unique = list(dict.fromkeys([value for value in values if value]))[:RELATED]
        if unique:
            found[kind] = unique
    return found


def _hashes(attachments: Any) -> list[str]:
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
