"""What the rules have cost, for the summary of `--profile-rules`: the dearest ones as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smtpids.cli.words import counted
from smtpids.config import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.rules import Cost

#: Rules in the table.
TOP: Final = 10
MICROSECOND: Final = 1000
_HEAD: Final = ("rule", "events", "matches", "seconds", "us/event")


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What one rule, or all of them, has cost."""

    rule: str
    events: int
    """How many it was asked of."""
    matches: int
    seconds: float
    microseconds_per_event: float


@dataclass(frozen=True, slots=True)
class Costs:
    """The rules that took most of the time, and all together."""

    dearest: list[RuleCost]
    """At most `TOP`, the dearest first."""
    together: RuleCost
    """All rules, those included that were asked of nothing."""


def costs_of(costs: Mapping[str, Cost]) -> Costs | None:
    """Return what the rules have cost; None if no times were taken."""
    if not costs:
        return None
    every = costs.values()
    ordered = sorted(costs.items(), key=lambda each: (-each[1].ns, each[0]))
    return Costs(
        [_cost(name, cost.events, cost.matches, cost.ns) for name, cost in ordered[:TOP]],
        _cost(
            f"all {counted(len(costs), 'rule')}",
            sum(cost.events for cost in every),
            sum(cost.matches for cost in every),
            sum(cost.ns for cost in every),
        ),
    )


def _cost(rule: str, events: int, matches: int, ns: int) -> RuleCost:
    each = ns / events / MICROSECOND if events else 0.0
    return RuleCost(rule, events, matches, round(ns / SECOND, 6), round(each, 3))


def cost_lines(costs: Costs) -> list[str]:
    """Return the table as lines of text."""
    rows = [_HEAD, *map(_row, (*costs.dearest, costs.together))]
    first, *others = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["the dearest rules, each asked by itself:"]
    for name, *numbers in rows:
        cells = [f"{number:>{width}}" for number, width in zip(numbers, others, strict=True)]
        lines.append(f"  {name:<{first}}  {'  '.join(cells)}")
    return lines


def _row(cost: RuleCost) -> tuple[str, ...]:
    each = f"{cost.microseconds_per_event:,.2f}"
    return cost.rule, f"{cost.events:,}", f"{cost.matches:,}", f"{cost.seconds:,.4f}", each
