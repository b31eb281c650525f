"""Measures how many events a second the rules take, with 50, 500 and 2 000 of them.

Rules and events are made up, the same for the same seed: rules as the shipped families write them
(equal words and numbers, lists of `contains`, expressions, networks, filters, content of mail),
events of all kinds in the proportions of a session, of which few match. Time is that of the
processor, the sum of the least of each chunk, since other work on the machine only ever adds.
"""

from __future__ import annotations

import argparse
import json
import random  # noqa: TID251 -- seeded: the same options make the same rules and events
import sys
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from smtpids.fields import ALL
from smtpids.rules.compiler import compile_rules
from smtpids.rules.guard import UNGUARDED
from smtpids.rules.interpreter import evaluate
from smtpids.rules.matcher import Matcher
from smtpids.rules.rule import Level, Rule
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.specialise import actions_of, specialise
from smtpids.rules.tree import FALSE, conjoin, negate
from tests.bench.commands import load
from tests.bench.made_events import made_events
from tests.bench.made_rules import made_rules
from tests.support.rules import selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.smtp.events import Event

#: Events of one measurement; the least of several measurements counts.
CHUNK = 2000
#: The interpreter is asked of so few: it takes a millisecond for each with 500 rules.
PLAIN_EVENTS = 300


class Row(NamedTuple):
    """One line of the table."""

    rules: int
    way: str
    compile_s: float
    events_per_s: float
    us_per_event: float
    matches: int


def main() -> int:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=int, nargs="+", default=[50, 500, 2000])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3, help="measurements of each chunk")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", action="store_true", help="a line for each event.action, too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    events = made_events(options.events, random.Random(options.seed))
    rows: list[Row] = []
    for count in options.rules:
        rows += _measured(count, events, options)
    if options.json:
        print(json.dumps({"machine": load(), "rows": [row._asdict() for row in rows]}))
        return 0
    print(f"{len(events):,} events, {len(next(iter(events)).fields)} fields; {load()}")
    print(
        f"{'rules':>6} {'way':26} {'compile s':>9} {'events/s':>10} {'us/event':>9} {'matches':>8}"
    )
    for row in rows:
        print(
            f"{row.rules:6} {row.way:26} {row.compile_s:9.3f} {row.events_per_s:10,.0f}"
            f" {row.us_per_event:9.2f} {row.matches:8,}"
        )
    return 0


def _measured(count: int, events: Sequence[Event], options: argparse.Namespace) -> list[Row]:
    ruleset = _ruleset(made_rules(count, random.Random(options.seed)))
    plain = [source.condition for source in ruleset.sources]
    rows = []

    def ask_plainly(event: Event) -> Sequence[object]:
        return [node for node in plain if evaluate(node, event.fields)]

    rows.append(_row(count, "interpreter", 0.0, ask_plainly, events[:PLAIN_EVENTS], 2))
    begun = process_time()
    asks = {}
    for action in sorted(ALL):
        special = [specialise(node, action) for node in plain]
        nodes = {number: node for number, node in enumerate(special) if node != FALSE}
        asks[action] = compile_rules(action, nodes, guard_from=UNGUARDED).match
    took = process_time() - begun
    rows.append(
        _row(
            count,
            "compiled without guard",
            took,
            lambda event: asks[event.action](event.fields),
            events,
            options.times,
        )
    )
    begun = process_time()
    matcher = Matcher(ruleset)
    took = process_time() - begun
    rows.append(_row(count, "compiled", took, matcher.match, events, options.times))
    assert not matcher.fallbacks, matcher.fallbacks
    if options.kinds:
        for action in sorted(ALL):
            some = [event for event in events if event.action == action]
            rows.append(_row(count, f"  {action}", took, matcher.match, some, options.times))
    return rows


def _row(
    count: int,
    way: str,
    compile_s: float,
    ask: Callable[[Event], Sequence[object]],
    events: Sequence[Event],
    times: int,
) -> Row:
    seconds, matches = 0.0, 0
    for start in range(0, len(events), CHUNK):
        chunk = events[start : start + CHUNK]
        least = float("inf")
        found = 0
        for _ in range(times):
            begun = process_time()
            found = sum(len(ask(event)) for event in chunk)
            least = min(least, process_time() - begun)
        seconds += least
        matches += found
    each = seconds / len(events)
    return Row(count, way, compile_s, 1 / each, each * 1e6, matches)


def _ruleset(written: Sequence[tuple[dict[str, Any], dict[str, Any] | None]]) -> RuleSet:
    sources = []
    for number, (wanted, unless) in enumerate(written):
        node = selection(json.dumps(wanted))
        if unless is not None:
            node = conjoin([node, negate(selection(json.dumps(unless)))])
        rule = Rule(f"rule_{number:05}", "A Rule", Level.HIGH, actions=actions_of(node))
        sources.append(RuleSource(rule, node))
    return RuleSet(tuple(sources))


if __name__ == "__main__":
    sys.exit(main())
