from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from smtpids.alerts.encode import encode
from smtpids.alerts.record import Observer
from smtpids.alerts.schema import schema
from smtpids.alerts.stats import OutputFigures, Stats, stats_id, stats_record
from tests.support import ecs
from tests.unit.alerts.samples import NOON

MINUTE = 60_000_000_000
FIGURES = Stats(
    ts_ns=NOON + MINUTE,
    started_ns=NOON,
    packets=1_200,
    octets=90_000,
    dropped=3,
    sessions=12,
    sessions_active=2,
    messages=8,
    anomalies=1,
    rules=140,
    alerts={"low": 2, "medium": 0, "high": 1, "critical": 0},
    suppressed=4,
    lag_ns=2_000_000,
    outputs=[OutputFigures("-", 3, 0), OutputFigures("a.json", 2, 1)],
)
SENSOR = Observer(name="tap1", interface="eth0")


def test_the_figures_stand_under_their_own_name() -> None:
    made = stats_record(FIGURES, SENSOR)
    assert made["smtpids"]["stats"] == {
        "packets": 1_200,
        "octets": 90_000,
        "dropped": 3,
        "sessions": {"total": 12, "active": 2},
        "messages": 8,
        "anomalies": 1,
        "rules": 140,
        "alerts": {"total": 3, "low": 2, "medium": 0, "high": 1, "critical": 0},
        "suppressed": 4,
        "outputs": [
            {"name": "-", "delivered": 3, "lost": 0},
            {"name": "a.json", "delivered": 2, "lost": 1},
        ],
        "last": False,
        "lag": 2_000_000,
    }
    event = made["event"]
    assert (event["kind"], event["dataset"], event["duration"]) == (
        "metric",
        "smtpids.stats",
        MINUTE,
    )
    assert made["observer"]["name"] == "tap1"


def test_figures_are_valid_by_our_schema_and_by_ecs() -> None:
    made = json.loads(encode(stats_record(FIGURES, SENSOR)))
    assert [fault.message for fault in Draft202012Validator(schema()).iter_errors(made)] == []
    assert ecs.faults_of(made) == []


def test_figures_of_another_sensor_or_moment_have_another_id() -> None:
    ids = {
        stats_id(Stats(ts_ns=NOON + minutes * MINUTE, started_ns=NOON, sensor=sensor))
        for minutes in (1, 2)
        for sensor in ("tap1 eth0", "tap1 eth1", "tap2 eth0")
    }
    assert len(ids) == 6


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    assert Stats(ts_ns=NOON, started_ns=NOON + 5).uptime_ns == 0
