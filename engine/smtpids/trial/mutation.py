"""Which conditions of a rule no test misses.

Each condition is dropped in turn, and the rule is asked again of the events that its tests gave
when they ran. If all of them still end as expected, that condition could be wrong and nobody would
know. A rule that only counts for correlations is changed under the tests of these.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from smtpids.alerts.reason import reason
from smtpids.errors import Location, RuleError
from smtpids.rules.explain import words
from smtpids.rules.interpreter import evaluate
from smtpids.rules.places import Places
from smtpids.rules.tree import checks
from smtpids.trial.mutants import correlation_mutants, mutants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node
    from smtpids.smtp.events import Event
    from smtpids.trial.bench import Bench, Outcome
    from smtpids.trial.trials import Trial, TrialFile


class Tried(NamedTuple):
    """A test file and what came of its trials."""

    file: TrialFile
    outcomes: Sequence[tuple[Trial, Outcome]]


def untested(tried: Tried, bench: Bench) -> list[RuleError]:
    """Return each condition of the file's rule that no test misses, with its place.

    What the file calls needless is left out, and told if a test misses it all the same.
    """
    name, needless = tried.file.rule, tried.file.needless
    if name in bench.correlations:
        return _untested_correlation(tried, bench)
    idle = list(_idle(name, [tried], bench))
    fields = {field for _, found in idle for field in found}
    told = [error for error, found in idle if not found & set(needless)]
    for field, place in needless.items():
        if field not in fields:
            said = f"needed: a test misses '{field}'; take it out of 'needless'"
            told.append(RuleError(place, said))
    return told


def untested_parts(
    last: TrialFile, tried: Mapping[str, Tried], order: Sequence[str], bench: Bench
) -> list[RuleError]:
    """Return what is untested of rules that only count for correlations.

    `order` are the rules of all test files; a rule is judged when the last of those that ask for
    it, which is `last`, was tried.
    """
    told: list[RuleError] = []
    for part in sorted(bench.with_parts(last.rule) - {last.rule}):
        users = [name for name in order if part in bench.with_parts(name) and name != part]
        if part in bench.sources and part not in order and users[-1] == last.rule:
            judges = [tried[name] for name in users]
            needless = {field for judge in judges for field in judge.file.needless}
            told += [error for error, found in _idle(part, judges, bench) if not found & needless]
    return told


def _idle(
    name: str, judges: Sequence[Tried], bench: Bench
) -> Iterator[tuple[RuleError, set[str | None]]]:
    """Yield each condition of a rule that no trial misses, and its fields."""
    source = bench.sources[name]
    places = Places(source.rule.path)
    for dropped, left in mutants(source.condition):
        changed = (
            _passes(one, _with_condition(bench.part(one.file.rule), name, left), bench)
            for one in judges
        )
        if all(changed):
            fields = {check.field for check in checks(dropped)}
            yield RuleError(places.place(dropped), f"untested: {words(dropped)}"), fields


def _untested_correlation(tried: Tried, bench: Bench) -> list[RuleError]:
    correlation = bench.correlations[tried.file.rule]
    whole = bench.part(tried.file.rule)
    told: list[RuleError] = []
    for said, different in correlation_mutants(correlation):
        changed = different._replace(rule=replace(different.rule, enabled=True))
        others = tuple(
            changed if one.rule.name == changed.rule.name else one for one in whole.correlations
        )
        if _passes(tried, replace(whole, correlations=others), bench):
            told.append(RuleError(Location(correlation.rule.path), f"untested: {said}"))
    return told


def _with_condition(ruleset: RuleSet, name: str, condition: Node) -> RuleSet:
    sources = tuple(
        source._replace(condition=condition) if source.rule.name == name else source
        for source in ruleset.sources
    )
    return replace(ruleset, sources=sources)


def _passes(tried: Tried, ruleset: RuleSet, bench: Bench) -> bool:
    """Tell whether all trials end as expected with other rules."""
    return all(_ends(trial, outcome.events, ruleset, bench) for trial, outcome in tried.outcomes)


def _ends(trial: Trial, events: Sequence[Event], ruleset: RuleSet, bench: Bench) -> bool:
    """Tell whether one trial ends as expected, as far as its own rule is concerned."""

    def ask(event: Event) -> list[Rule]:
        return [one.rule for one in ruleset.sources if evaluate(one.condition, event.fields)]

    alerts = [
        match for match in bench.desk(ask, ruleset).take(events) if match.rule.name == trial.rule
    ]
    if len(alerts) != trial.expect.get(trial.rule, 0):
        return False
    part = trial.messages.get(trial.rule, "")
    messages = [reason(match.rule, match.event.fields, match.correlated) for match in alerts]
    return not messages or any(part in message for message in messages)
