"""Which rules lack a test that they alert on, or one that they only just leave alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from smtpids.errors import Location, RuleError
from smtpids.rules.rule import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule
    from smtpids.trial.trials import TrialFile


def uncovered(
    ruleset: RuleSet, files: Sequence[TrialFile], roots: Iterable[Path]
) -> list[RuleError]:
    """Return what the rules lie in `roots` lack in tests, each with the place of the rule."""
    inside = [os.path.realpath(root) for root in roots]
    told: list[RuleError] = []
    for rule in ruleset.rules:
        if not _lies_in(rule, inside):
            continue
        names = {rule.name, *_users(rule, ruleset)}
        trials = [trial for file in files if file.rule in names for trial in file.trials]
        test_file = Path(rule.path).with_suffix("").name + ".test.yml"
        if not trials:
            what = f"no tests; write {test_file} beside it"
        elif not any(trial.expect.get(name) for trial in trials for name in names):
            what = "no test expects an alert of it"
        elif not any(not any(trial.expect.get(name) for name in names) for trial in trials):
            what = "no test shows a near miss that it leaves alone"
        else:
            continue
        told.append(RuleError(Location(rule.path), f"{rule.name}: {what}"))
    return told


def _lies_in(rule: Rule, roots: Sequence[str]) -> bool:
    path = os.path.realpath(rule.path)
    return any(path == root or path.startswith(root + os.sep) for root in roots)


def _users(rule: Rule, ruleset: RuleSet) -> Iterator[str]:
    """Yield the correlations that test a rule which does not alert by itself."""
    if rule.level is Level.INFORMATIONAL or rule.name in ruleset.silenced:
        for correlation in ruleset.correlations:
            if rule.name in correlation.rules:
                yield correlation.rule.name
                yield from _users(correlation.rule, ruleset)
