"""Which conditions of a rule no test misses.

Each condition is dropped in turn, and the rule is asked again of the events that its tests gave
when they ran. If all of them still end as expected, that condition could be wrong and nobody would
know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.alerts.reason import reason
from smtpids.errors import RuleError
from smtpids.rules.explain import words
from smtpids.rules.interpreter import evaluate
from smtpids.rules.places import Places
from smtpids.rules.tree import checks
from smtpids.trial.bench import Desk
from smtpids.trial.mutants import mutants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node
    from smtpids.smtp.events import Event
    from smtpids.trial.bench import Bench, Outcome
    from smtpids.trial.trials import Trial, TrialFile


def untested(
    file: TrialFile, outcomes: Sequence[tuple[Trial, Outcome]], bench: Bench
) -> list[RuleError]:
    """Return each condition of the file's rule that no test misses, with its place.

    What the file calls needless is left out, and told if a test misses it all the same.
    """
    source = bench.sources.get(file.rule)
    if source is None:
        return []
    places = Places(source.rule.path)
    told: list[RuleError] = []
    idle: set[str | None] = set()
    for dropped, left in mutants(source.condition):
        if all(_passes(trial, outcome.events, source.rule, left) for trial, outcome in outcomes):
            fields = {check.field for check in checks(dropped)}
            idle |= fields
            if not fields & set(file.needless):
                told.append(RuleError(places.place(dropped), f"untested: {words(dropped)}"))
    told += [
        RuleError(place, f"needed: a test misses '{name}'; take it out of 'needless'")
        for name, place in file.needless.items()
        if name not in idle
    ]
    return told


def _passes(trial: Trial, events: Sequence[Event], rule: Rule, condition: Node) -> bool:
    """Tell whether a trial ends as expected with another condition of its rule."""

    def ask(event: Event) -> Sequence[Rule]:
        return (rule,) if evaluate(condition, event.fields) else ()

    desk = Desk(ask)
    for event in events:
        desk.tell(event)
    if len(desk.alerts) != trial.expect.get(rule.name, 0):
        return False
    part = trial.messages.get(rule.name, "")
    messages = [reason(rule, match.event.fields) for match in desk.alerts]
    return not messages or any(part in message for message in messages)
