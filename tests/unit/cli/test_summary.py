from __future__ import annotations

import json

from smtpids.cli.costs import Costs, RuleCost, cost_lines
from smtpids.cli.delivery import RuleTally
from smtpids.cli.summary import OutputTally, Summary, as_json, as_text
from smtpids.rules.rule import Level

FIGURES = Summary(
    files=3,
    packets=12_345,
    packets_lost=0,
    sessions=21,
    messages=1,
    seconds=0.5,
    rules=[
        RuleTally("port_25_no_tls", "Mail without TLS", Level.LOW, 4),
        RuleTally("auth_before_tls", "Login without TLS", Level.HIGH, 12),
    ],
)


def test_the_summary_fits_on_a_few_lines() -> None:
    assert as_text(FIGURES).splitlines() == [
        "3 files, 12,345 packets (0 lost), 21 sessions, 1 message in 0.5 s (24,690 packets/s)",
        "16 alerts: 12 high, 4 low",
        "  12  auth_before_tls  Login without TLS",
        "   4  port_25_no_tls   Mail without TLS",
    ]


def test_a_quiet_live_run_has_two_lines() -> None:
    quiet = Summary(files=0, packets=0, packets_lost=7, sessions=0, messages=0, seconds=0.0)
    assert as_text(quiet).splitlines() == [
        "0 packets (7 lost), 0 sessions, 0 messages in 0.0 s (0 packets/s)",
        "0 alerts",
    ]


def test_only_the_busiest_rules_are_named() -> None:
    rules = [RuleTally(f"rule_{n}", "t", Level.LOW, n) for n in range(1, 9)]
    many = Summary(1, 1, 0, 1, 1, 1.0, rules=rules)
    assert as_text(many).splitlines()[2:] == [
        *(f"  {n}  rule_{n}  t" for n in (8, 7, 6, 5, 4)),
        "  and 3 more rules",
    ]


def test_lost_events_are_said() -> None:
    lossy = Summary(1, 1, 0, 1, 1, 1.0, events_lost=2)
    assert as_text(lossy).splitlines()[-1] == "2 events lost: an output did not take them"


def test_the_summary_for_programs_is_one_line() -> None:
    text = as_json(FIGURES)
    assert "\n" not in text
    assert json.loads(text) == {
        "files": 3,
        "packets": 12345,
        "packets_lost": 0,
        "sessions": 21,
        "messages": 1,
        "seconds": 0.5,
        "alerts": {"total": 16, "high": 12, "low": 4},
        "rules": {"auth_before_tls": 12, "port_25_no_tls": 4},
        "events_lost": 0,
    }


def test_attachments_in_files_are_said() -> None:
    some = Summary(1, 1, 0, 1, 1, 1.0, attachments=2, attachments_skipped=1)
    assert as_text(some).splitlines()[-1] == "2 attachments written to files, 1 not"
    assert json.loads(as_json(some))["attachments_skipped"] == 1
    none = Summary(1, 1, 0, 1, 1, 1.0, attachments=0)
    assert as_text(none).splitlines()[-1] == "0 attachments written to files"


def test_what_became_of_each_output_is_said() -> None:
    outputs = [
        OutputTally("alerts.json", 12),
        OutputTally("siem", 1_000, lost=2, waiting=30),
    ]
    several = Summary(1, 1, 0, 1, 1, 1.0, events_lost=2, outputs=outputs)
    assert as_text(several).splitlines()[-3:] == [
        "alerts.json: 12 delivered",
        "siem: 1,000 delivered, 2 lost, 30 wait for the next run",
        "2 events lost: an output did not take them",
    ]
    assert json.loads(as_json(several))["outputs"] == [
        {"name": "alerts.json", "delivered": 12, "lost": 0, "waiting": 0},
        {"name": "siem", "delivered": 1_000, "lost": 2, "waiting": 30},
    ]


def test_what_the_rules_have_cost_is_said_at_last() -> None:
    costs = Costs(
        [RuleCost("a", 2, 1, 0.5, 250_000.0)], RuleCost("all 1 rule", 2, 1, 0.5, 250_000.0)
    )
    profiled = Summary(1, 1, 0, 1, 1, 1.0, costs=costs)
    assert as_text(profiled).splitlines()[-3:] == cost_lines(costs)[-3:]
    assert json.loads(as_json(profiled))["costs"] == {
        "dearest": [
            {
                "rule": "a",
                "events": 2,
                "matches": 1,
                "seconds": 0.5,
                "microseconds_per_event": 250_000.0,
            }
        ],
        "together": {
            "rule": "all 1 rule",
            "events": 2,
            "matches": 1,
            "seconds": 0.5,
            "microseconds_per_event": 250_000.0,
        },
    }
