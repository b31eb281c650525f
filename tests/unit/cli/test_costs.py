from __future__ import annotations

from smtpids.cli.costs import Costs, RuleCost, cost_lines, costs_of
from smtpids.rules import Cost


def test_without_times_there_is_nothing_to_tell() -> None:
    assert costs_of({}) is None


def test_the_dearest_come_first_and_all_are_added_up() -> None:
    assert costs_of(
        {
            "asked_of_nothing": Cost(),
            "cheap": Cost(events=3, matches=3, ns=1_000),
            "often": Cost(events=1_000, matches=2, ns=2_500_000),
            "dear": Cost(events=10, matches=0, ns=3_000_000_000),
            "also_dear": Cost(events=20, matches=0, ns=3_000_000_000),
        }
    ) == Costs(
        [
            RuleCost("also_dear", 20, 0, 3.0, 150_000.0),
            RuleCost("dear", 10, 0, 3.0, 300_000.0),
            RuleCost("often", 1_000, 2, 0.0025, 2.5),
            RuleCost("cheap", 3, 3, 0.000001, 0.333),
            RuleCost("asked_of_nothing", 0, 0, 0.0, 0.0),
        ],
        RuleCost("all 5 rules", 1_033, 5, 6.002501, 5810.746),
    )


def test_ten_rules_are_named() -> None:
    costs = costs_of({f"rule_{number:02}": Cost(1, 0, number) for number in range(15)})
    assert costs is not None
    assert [cost.rule for cost in costs.dearest] == [f"rule_{n:02}" for n in range(14, 4, -1)]
    assert costs.together.events == 15


def test_the_table_stands_in_columns() -> None:
    costs = Costs(
        [
            RuleCost("smtp_probe", 1_234_567, 12, 1.5, 1.215),
            RuleCost("a", 3, 0, 0.0001, 33.333),
        ],
        RuleCost("all 2 rules", 1_234_570, 12, 1.5001, 1.215),
    )
    assert cost_lines(costs) == [
        "the dearest rules, each asked by itself:",
        "  rule            events  matches  seconds  us/event",
        "  smtp_probe   1,234,567       12   1.5000      1.22",
        "  a                    3        0   0.0001     33.33",
        "  all 2 rules  1,234,570       12   1.5001      1.22",
    ]
