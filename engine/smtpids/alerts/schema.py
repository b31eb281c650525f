"""The JSON Schema of every line of ECS that smtpids writes: alerts, records, figures.

It is closed: a name that is not in it is a mistake. What events carry is in the table of fields
(`fields/`); what the alert layer adds is in the table here; `event.schema.json` is made of
both (`python -m smtpids.alerts.schema` prints it), so that receivers and `smtpids schema event`
have it as a file.
"""

from __future__ import annotations

from copy import deepcopy
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from smtpids.alerts.alert import ALERT
from smtpids.alerts.record import DATASETS, SCHEMA_VERSION
from smtpids.alerts.stats import STATS
from smtpids.fields import FIELDS, Type
from smtpids.rules.correlation import Kind
from smtpids.rules.rule import SEVERITIES, Level

if TYPE_CHECKING:
    from smtpids.fields import Field

Schema: TypeAlias = dict[str, Any]

FILE: Final = "event.schema.json"
_DATASETS: Final = (*DATASETS.values(), ALERT, STATS)


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _said(schema: Schema, sentence: str) -> Schema:
    return {**schema, "description": sentence}


def _closed(properties: dict[str, Schema], *required: str) -> Schema:
    result: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**result, "required": list(required)} if required else result


def _one_of(dataset_part: str) -> Schema:
    words = {word for dataset in _DATASETS for word in getattr(dataset, dataset_part)}
    return _list({"enum": sorted(words)})


TEXT: Final[Schema] = {"type": "string"}
INTEGER: Final[Schema] = {"type": "integer"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
BOOLEAN: Final[Schema] = {"type": "boolean"}
IP: Final[Schema] = {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
TIME: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
}

TYPES: Final[dict[Type, Schema]] = {
    Type.TEXT: TEXT,
    Type.KEYWORD: TEXT,
    Type.INTEGER: INTEGER,
    Type.BOOLEAN: BOOLEAN,
    Type.IP: IP,
    Type.TIME: TIME,
}

HASHES: Final[Schema] = _closed({"md5": TEXT, "sha1": TEXT, "sha256": TEXT})
FILE_ATTACHED: Final[Schema] = _closed(
    {"name": TEXT, "extension": TEXT, "mime_type": TEXT, "size": COUNT, "hash": HASHES}
)
MEMBER: Final[Schema] = _closed({})
ATTACHED: Final[Schema] = _closed(
    {
        "file": FILE_ATTACHED,
        "names": _list(TEXT),
        "traces": _list(TEXT),
        "archive": _closed({"members": _list(MEMBER)}),
    },
    "file",
)
OBJECTS: Final[dict[str, Schema]] = {
    "smtp.dialogue": _closed({"verb": TEXT, "code": INTEGER}),
    "email.attachments": ATTACHED,
}
"""Lists of objects. For rules, a part of their objects may be a field by its longer name
(`email.attachments.file.name`); such a field is described here, within the list."""

ADDED: Final[dict[str, Schema]] = {
    "ecs.version": _said(TEXT, "The version of the Elastic Common Schema."),
    "message": _said(TEXT, "Of an alert the title of the rule, else what the record is."),
    "event.kind": {"enum": ["alert", "event", "metric"]},
    "event.id": {
        "type": "string",
        "pattern": "^[0-9a-f]{32}$",
        "description": "The same for the same event on every run over the same packets.",
    },
    "event.category": _one_of("category"),
    "event.type": _one_of("type"),
    "event.module": {"const": "smtpids"},
    "event.dataset": {"enum": [dataset.name for dataset in _DATASETS]},
    "event.code": _said(TEXT, "The rule's `sid`, or its name if it has none."),
    "event.severity": {"enum": sorted(SEVERITIES.values())},
    "event.risk_score": {"type": "number", "minimum": 0, "maximum": 100},
    "event.reason": _said(TEXT, "What happened this time, as a sentence."),
    "event.reference": TEXT,
    "event.outcome": {"enum": ["failure", "success", "unknown"]},
    "event.created": _said(TIME, "When smtpids saw it, by the clock of the sensor; live only."),
    "event.start": TIME,
    "event.end": TIME,
    "event.duration": _said(INTEGER, "Nanoseconds."),
    "rule.id": _said(TEXT, "The rule's name, which is also its file's."),
    "rule.uuid": TEXT,
    "rule.name": _said(TEXT, "The rule's title."),
    "rule.version": TEXT,
    "rule.category": TEXT,
    "rule.ruleset": TEXT,
    "rule.description": TEXT,
    "rule.reference": TEXT,
    "rule.author": _list(TEXT),
    "threat.framework": {"const": "MITRE ATT&CK"},
    "threat.tactic.id": _list({"type": "string", "pattern": r"^TA\d{4}$"}),
    "threat.tactic.name": _list(TEXT),
    "threat.technique.id": _list({"type": "string", "pattern": r"^T\d{4}$"}),
    "threat.technique.name": _list(TEXT),
    "threat.technique.subtechnique.name": _list(TEXT),
    "threat.technique.subtechnique.id": _list({"type": "string", "pattern": r"^T\d{4}\.\d{3}$"}),
    "tags": _list(TEXT),
    "source.address": TEXT,
    "destination.address": TEXT,
    "destination.domain": _said(TEXT, "The host that the client asked for (SNI)."),
    "network.bytes": _said(COUNT, "Octets of both sides."),
    "network.packets": _said(COUNT, "Packets of both sides."),
    "email.direction": _said(TEXT, "That of the connection, where the home networks are known."),
    "network.type": {"enum": ["ipv4", "ipv6"]},
    "network.transport": {"const": "tcp"},
    "network.protocol": {"const": "smtp"},
    "network.iana_number": {"const": "6"},
    "related.ip": _list(IP),
    "related.user": _list(TEXT),
    "related.hosts": _list(TEXT),
    "related.hash": _list(TEXT),
    "observer.vendor": {"const": "smtpids"},
    "observer.product": {"const": "smtpids"},
    "observer.type": {"const": "ids"},
    "observer.version": TEXT,
    "observer.name": TEXT,
    "observer.ingress.interface.name": TEXT,
    "log.file.path": TEXT,
    "smtpids.schema": {"const": SCHEMA_VERSION},
    "smtpids.severity": {"enum": [level.value for level in Level]},
    "smtpids.suppressed": _said(COUNT, "Alerts of this kind held back since the last one."),
    "smtpids.correlation.type": {"enum": [kind.value for kind in Kind]},
    "smtpids.correlation.count": {
        "type": "number",
        "description": "The events, values, sum or average; of temporal kinds, the rules.",
    },
    "smtpids.correlation.group": _list(_closed({"field": TEXT, "value": TEXT}, "field", "value")),
    "smtpids.correlation.rules": _said(_list(TEXT), "The rules whose matches were counted."),
    "smtpids.correlation.values": _said(_list(TEXT), "Some of the distinct values."),
    "smtpids.correlation.start": TIME,
    "smtpids.correlation.end": TIME,
    "smtpids.evidence": _list(
        _closed(
            {"@timestamp": _said(TIME, "Of its packet; not in compact alerts."), "packet": COUNT}
            | {"side": {"enum": ["client", "server"]}}
            | {"line": _said(TEXT, "The line, without secrets, controls made visible.")},
            *("packet", "side", "line"),
        )
    ),
    "smtpids.stats": _closed(
        {
            "packets": _said(COUNT, "Packets read."),
            "octets": _said(COUNT, "Their octets."),
            "dropped": _said(COUNT, "Packets that the kernel or the interface lost."),
            "sessions": _closed(
                {
                    "total": _said(COUNT, "Sessions that are over."),
                    "active": _said(COUNT, "Sessions followed now."),
                }
            ),
            "messages": COUNT,
            "anomalies": COUNT,
            "rules": _said(COUNT, "Rules in use."),
            "alerts": _closed(
                {
                    "total": COUNT,
                    **{level.value: COUNT for level in Level if level.severity},
                }
            ),
            "suppressed": _said(COUNT, "Alerts held back since one like them was given."),
            "lag": _said(COUNT, "Nanoseconds from the last packet to the clock; live only."),
            "outputs": _list(_closed({"name": TEXT, "delivered": COUNT, "lost": COUNT}, "name")),
            "last": _said(BOOLEAN, "The run is over."),
        },
        *("packets", "sessions", "messages", "alerts", "last"),
    ),
    "smtpids.truncated": _said({"const": True}, "Parts were left out to keep the line short."),
}
"""What the alert layer adds to the fields of an event."""

REQUIRED: Final = (
    "@timestamp",
    "ecs.version",
    "message",
    "event.kind",
    "event.id",
    "event.category",
    "event.type",
    "event.module",
    "event.dataset",
    "observer.vendor",
    "observer.product",
    "observer.type",
    "observer.version",
    "smtpids.schema",
)
"""What every line has."""
REQUIRED_OF_SESSIONS: Final = ("event.action", "network.transport", "network.protocol")
"""What all have that are about a session."""
REQUIRED_OF_STATS: Final = ("event.start", "event.duration", "smtpids.stats")
"""What the figures of a run have besides."""
REQUIRED_OF_ALERTS: Final = (
    "event.code",
    "event.severity",
    "event.reason",
    "rule.id",
    "rule.name",
    "smtpids.severity",
    "smtpids.suppressed",
)
"""What an alert has besides."""


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) made of both tables."""
    root = _closed({})
    lists = {name: _list(deepcopy(inner)) for name, inner in OBJECTS.items()}
    written = [row for row in FIELDS.values() if row.name not in OBJECTS and not row.hidden]
    fields = {row.name: _of(row) for row in written}
    for name, inner in (lists | ADDED | fields).items():
        _put(root, name.split("."), inner)
    _require(root, REQUIRED)
    kinds = {
        "alert": REQUIRED_OF_SESSIONS + REQUIRED_OF_ALERTS,
        "event": REQUIRED_OF_SESSIONS,
        "metric": REQUIRED_OF_STATS,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:smtpids:event:{SCHEMA_VERSION}",
        "title": "A line that smtpids writes: an alert, a message, a session, an anomaly, figures",
        **root,
        "allOf": [_of_kind(kind, names) for kind, names in kinds.items()],
    }


def _of_kind(kind: str, names: tuple[str, ...]) -> Schema:
    """Make names required of one kind of records."""
    needed: Schema = {}
    _require(needed, names)
    is_it: Schema = {"properties": {"event": {"properties": {"kind": {"const": kind}}}}}
    return {"if": is_it, "then": needed}


def text() -> str:
    """Return the content of `event.schema.json`."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def load() -> Schema:
    """Return the schema as it was shipped."""
    content = resources.files("smtpids.alerts").joinpath(FILE).read_bytes()
    loaded: Schema = orjson.loads(content)
    return loaded


def _of(field: Field) -> Schema:
    """Return the schema of a field's values."""
    inner: Schema = {"enum": sorted(field.values)} if field.values else TYPES[field.type]
    column = any(field.name.startswith(f"{name}.") for name in OBJECTS)
    return _said(_list(inner) if field.many and not column else inner, field.sentence)


def _put(node: Schema, path: list[str], inner: Schema) -> None:
    """Set the schema of a name, and closed objects on the way to it."""
    for part in path[:-1]:
        node = node["properties"].setdefault(part, _closed({}))
        node = node.get("items", node)
    # a column of lists was named by OBJECTS: there each object has its own list
    known = node["properties"].get(path[-1], {}).get("type")
    is_list = known == "array" and inner.get("type") != "array"
    node["properties"][path[-1]] = _list(inner) if is_list else inner


def _require(root: Schema, names: tuple[str, ...]) -> None:
    """Make the names required, and the objects that they stand in."""
    for name in names:
        node = root
        for part in name.split("."):
            required = node.setdefault("required", [])
            if part not in required:
                required.append(part)
            node = node.setdefault("properties", {}).setdefault(part, {})


if __name__ == "__main__":
    import sys

    sys.stdout.write(text())
