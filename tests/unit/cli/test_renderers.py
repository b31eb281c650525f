"""Each format makes lines of its own of the same alert."""

from __future__ import annotations

import json

import pytest

from smtpids.alerts.layout import PLAIN
from smtpids.alerts.record import Observer
from smtpids.alerts.stats import Stats
from smtpids.cli.renderers import FORMATS
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event

EVENT = Event("message", 1_000_000_000, 3, {"source.ip": "192.0.2.1", "email.subject": "x" * 9000})
MATCH = Match(Rule(name="r", title="Title", level=Level.HIGH, sid=7), EVENT)


@pytest.mark.parametrize(
    ("form", "name"), [("ecs", ("rule", "id")), ("eve", ("alert", "signature"))]
)
def test_a_line_of_json_is_within_the_octets_that_it_may_have(
    form: str, name: tuple[str, str]
) -> None:
    renderer = FORMATS[form](Observer(), 4096, PLAIN)
    lines = [
        renderer.alert(MATCH),
        renderer.record(EVENT),
        renderer.stats(Stats(ts_ns=2, started_ns=1)),
    ]
    assert [line.count(b"\n") for line in lines] == [1, 1, 1]
    assert [len(line) <= 4096 for line in lines] == [True, True, True]
    alert = json.loads(lines[0])
    assert alert[name[0]][name[1]] in {"r", "Title"}


def test_a_table_tells_people_the_title_of_the_rule_and_the_figures() -> None:
    renderer = FORMATS["table"](Observer(), 4096, PLAIN)
    assert b"Title" in renderer.alert(MATCH)
    assert b"7 packets" in renderer.stats(Stats(ts_ns=2, started_ns=1, packets=7))
