from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from smtpids.alerts.alert import alert
from smtpids.alerts.record import ECS_VERSION, Observer
from tests.support import ecs
from tests.unit.alerts.samples import match


def made() -> dict[str, Any]:
    return deepcopy(alert(match("message"), Observer(name="tap1")))  # what is of the rule is shared


def test_the_list_of_fields_is_that_of_the_version_that_records_name() -> None:
    head = ecs.FILE.read_text(encoding="utf-8").partition("\n")[0]
    assert f"Elastic Common Schema {ECS_VERSION} " in head
    assert len(ecs.fields()) > 200


def test_what_we_make_has_no_fault() -> None:
    assert ecs.faults_of(made()) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("event", "severity"), "73", "event.severity: '73' is no long"),
        (("event", "severity"), True, "event.severity: True is no long"),
        (("event", "kind"), "signals", "event.kind: 'signals' is not allowed"),
        (("event", "type"), ["connection", "user"], "event.type: 'user' is not expected"),
        (("event", "start"), "today", "event.start: 'today' is no date"),
        (("source", "ip"), "192.0.2", "source.ip: '192.0.2' is no ip"),
        (("source", "ports"), [1], "source.ports: ECS has no such field"),
        (("rule", "author"), "A. Nother", "rule.author: is a list in ECS"),
        (("rule", "name"), ["a"], "rule.name: is no list in ECS"),
        (("tls", "server"), "mx", "tls.server: is an object in ECS"),
    ],
)
def test_a_value_that_is_not_as_ecs_wants_it_is_a_fault(
    path: tuple[str, str], value: object, fault: str
) -> None:
    spoiled = made()
    spoiled.setdefault(path[0], {})[path[1]] = value
    assert fault in ecs.faults_of(spoiled)


def test_what_is_ours_beside_ecs_is_none_of_its_names() -> None:
    known = [name for name in ecs.fields() if name in ecs.BESIDE]
    assert known == []
