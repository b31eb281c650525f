"""Holds what came of a trial against what was expected, and says the difference."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from smtpids.alerts.reason import reason
from smtpids.rules.explain import nearest
from smtpids.rules.interpreter import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.rules.rule import Match
    from smtpids.smtp.events import Event
    from smtpids.trial.bench import Bench, Outcome
    from smtpids.trial.trials import Trial

#: What an event lacks that is told.
MOST_TOLD = 4


def differences(trial: Trial, outcome: Outcome, bench: Bench) -> list[str]:
    """Return what is not as the trial expects it, a sentence each."""
    counts = Counter(match.rule.name for match in outcome.alerts)
    told: list[str] = []
    names = sorted({*counts, *trial.expect} if trial.alone else {trial.rule, *trial.expect})
    for name in names:
        wanted, found = trial.expect.get(name, 0), counts[name]
        if wanted == found:
            continue
        said = f"{name}: expected {_alerts(wanted)}, got {_alerts(found)}"
        if found > wanted:
            last = [match for match in outcome.alerts if match.rule.name == name][-1]
            why = f"the last one at {_event(last.event)}: {_message(last)}"
        else:
            why = "; ".join(missing(name, outcome.events, bench))
        told.append(f"{said}; {why}" if why else said)
    for name, part in trial.messages.items():
        messages = [_message(match) for match in outcome.alerts if match.rule.name == name]
        if messages and not any(part in message for message in messages):
            told.append(f"{name}: no message holds '{part}', such as '{messages[0]}'")
    return told


def missing(name: str, events: Sequence[Event], bench: Bench) -> Iterator[str]:
    """Yield why a rule did not alert, or not more often."""
    correlation = bench.correlations.get(name)
    if correlation is not None:
        yield f"matches of its rules: {matches_of(correlation.rules, events, bench)}"
        for part in correlation.rules:
            if part in bench.sources and not _hits(part, events, bench):
                yield from missing(part, events, bench)
        return
    condition = bench.sources[name].condition
    hits = _hits(name, events, bench)
    if hits:
        yield f"it was true of {hits} events, but 'suppress' or 'once_per' holds alerts back"
        return
    near = nearest(condition, events)
    if near is None:
        yield "there was no event"
        return
    lacks = ", ".join(one.text for one in near.failures[:MOST_TOLD])
    yield f"the nearest event of {name} was {_event(near.event)}, which lacks: {lacks}"


def matches_of(rules: Sequence[str], events: Sequence[Event], bench: Bench) -> str:
    """Return how often each rule is true, in words."""
    return ", ".join(
        f"{rule} {_hits(rule, events, bench)}" for rule in rules if rule in bench.sources
    )


def _hits(name: str, events: Sequence[Event], bench: Bench) -> int:
    condition = bench.sources[name].condition
    return sum(evaluate(condition, event.fields) for event in events)


def _alerts(count: int) -> str:
    if not count:
        return "no alert"
    return "1 alert" if count == 1 else f"{count} alerts"


def _event(event: Event) -> str:
    return f"{event.action} in packet {event.packet}"


def _message(match: Match) -> str:
    return reason(match.rule, match.event.fields, match.correlated)
