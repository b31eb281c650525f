from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import encode
from smtpids.alerts.nesting import clashes, nest
from smtpids.alerts.record import DATASETS, Observer, record
from smtpids.alerts.schema import ADDED, OBJECTS, load, schema, text
from smtpids.fields import FIELDS, Type
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Action, Event
from tests.unit.alerts.samples import NOON, RULE, event, match, together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.fields import Field
    from smtpids.smtp.events import Value

SENSOR = Observer(name="sensor1", interface="eth1", file="mail.pcap")
CHECK = Draft202012Validator(schema(), format_checker=FormatChecker())

VALUES: dict[Type, Value] = {
    Type.TEXT: "some words",
    Type.KEYWORD: "word",
    Type.INTEGER: 3,
    Type.BOOLEAN: True,
    Type.IP: "2001:db8::1",
    Type.TIME: NOON,
}
LISTS: dict[str, Value] = {
    "smtp.dialogue": [{"verb": "EHLO", "code": 250}, {"verb": "QUIT"}],
}
#: Columns of attachments: in the objects themselves each is one value, but for these.
COLUMNS = "email.attachments."
LISTS_OF_ONE = ("names", "traces")


def value_of(row: Field) -> Value:
    if row.type is Type.OBJECT:
        return LISTS[row.name]
    value = min(row.values) if row.values else VALUES[row.type]
    return [value] if row.many else value


def full_attachment() -> dict[str, Any]:
    """Return an attachment with every value that there is a column of."""
    values = {
        name.removeprefix(COLUMNS): min(row.values) if row.values else VALUES[row.type]
        for name, row in FIELDS.items()
        if name.startswith(COLUMNS)
    }
    whole = nest(values)
    for name in LISTS_OF_ONE:
        whole[name] = [whole[name]]
    whole["archive"]["members"] = [whole["archive"]["members"]]
    return whole


def full_event(action: Action) -> Event:
    """Return an event that carries every field it may."""
    fields = {name: value_of(row) for name, row in FIELDS.items() if action in row.actions}
    if action == Action.MESSAGE:
        fields["email.attachments"] = [full_attachment()]
    return Event(action, NOON, 7, fields, event().evidence)


def faults(seen: dict[str, Any]) -> list[str]:
    line = orjson.loads(encode(seen))
    return [f"{fault.json_path}: {fault.message}" for fault in CHECK.iter_errors(line)]


def lines() -> Iterator[dict[str, Any]]:
    for action in Action:
        yield alert(match(action, suppressed=3), SENSOR)
        yield alert(Match(RULE, full_event(action)), SENSOR)
        if action in DATASETS:
            yield record(event(action), SENSOR)
            yield record(full_event(action), SENSOR)
    yield alert(Match(Rule("r", "Title", Level.LOW), event()), Observer())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_file_is_fresh() -> None:
    """Else: python -m smtpids.alerts.schema > engine/smtpids/alerts/event.schema.json."""
    assert load() == orjson.loads(text())


@pytest.mark.parametrize("seen", list(lines()), ids=lambda seen: seen["event"]["dataset"])
def test_what_is_written_is_valid(seen: dict[str, Any]) -> None:
    assert faults(seen) == []


def test_lines_that_were_cut_short_are_valid() -> None:
    many = [f"user{number}@example.org" for number in range(5000)]
    long: dict[str, Any] = {f"smtp__reply__text{number}": "x" * 100 for number in range(1000)}
    cut = record(event("message", smtp__rcpt_to=many), SENSOR)
    core = alert(match(**long), SENSOR)
    assert faults(cut) == []
    assert faults(core) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("new", 1),
        ("smtp.new", 1),
        ("smtpids.evidence", [{"side": "client", "line": "QUIT"}]),
        ("smtp.dialogue", [{"verb": "EHLO", "reply": 250}]),
        ("email", {"attachments": [{"file": {"name": "a.pdf", "text": "body"}}]}),
        ("email", {"attachments": [{"file": {}, "names": "a.pdf"}]}),
        ("@timestamp", "2026-11-23T12:00:00Z"),
        ("event.severity", 50),
        ("event.kind", "signal"),
        ("source.port", "25"),
        ("source.ip", "client"),
        ("tls.established", "no"),
        ("event.id", None),
        ("rule", None),
        ("message", None),
    ],
)
def test_what_is_not_foreseen_is_refused(path: str, value: object) -> None:
    seen = deepcopy(alert(match(), SENSOR))
    *parents, last = path.split(".")
    node = seen
    for part in parents:
        node = node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    assert len(faults(seen)) == 1


def test_a_record_needs_no_rule() -> None:
    assert "rule" not in record(event("message"), SENSOR)
    assert faults(record(event("message"), SENSOR)) == []


def test_every_object_is_closed() -> None:
    def open_objects(node: Any, path: str) -> Iterator[str]:
        if isinstance(node, dict):
            if node.get("type") == "object" and node.get("additionalProperties") is not False:
                yield path
            for name, inner in node.items():
                yield from open_objects(inner, f"{path}/{name}")

    assert list(open_objects(schema(), "")) == []


def test_no_name_is_both_value_and_object() -> None:
    values = {name for name, row in FIELDS.items() if row.type is not Type.OBJECT}
    assert clashes((values | set(ADDED)) - set(OBJECTS)) == []


@pytest.mark.parametrize("changes", [{}, {"measure": 2.5}, {"group": (), "values": ()}])
def test_an_alert_of_a_correlation_is_described(changes: dict[str, Any]) -> None:
    assert faults(alert(together(**changes), SENSOR)) == []
