"""Everything that `smtpids rules test` does between its arguments and its output."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from smtpids import rules
from smtpids.errors import UsageError
from smtpids.rules import shipped_rules
from smtpids.trial.bench import Bench
from smtpids.trial.coverage import uncovered
from smtpids.trial.judging import differences
from smtpids.trial.mutation import Tried, untested, untested_parts
from smtpids.trial.reading import SUFFIXES, find_files, read_files
from smtpids.trial.report import FileResult, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.errors import RuleError
    from smtpids.trial.trials import TrialFile


@dataclass(slots=True)
class Session:
    """The files that are tried, their rules, and what these lack in tests."""

    bench: Bench
    files: list[TrialFile]
    lacking: list[RuleError] = field(default_factory=list)


def prepare(paths: Sequence[str], rule_paths: Sequence[str] = (), only: str = "") -> Session:
    """Load the rules and read the test files in `paths`, none meaning the shipped rules.

    With `only`, tests are chosen whose rule or name holds it, and nothing is said of rules
    without tests. Raises `RuleSetError` with all faults of rules or of test files.
    """
    roots = [_target(Path(path)) for path in paths] or [shipped_rules.folder()]
    for root in roots:
        if not root.exists():
            raise UsageError(f"there is no such file or folder: {root}")
    bench = Bench(rules.load(list(rule_paths) or _rules_for(roots)))
    files = read_files(find_files(roots), bench.ruleset)
    if only:
        chosen = [part for file in files if (part := _chosen(file, only)).trials]
        if not chosen:
            raise UsageError(f"no rule and no test is called '{only}'")
        return Session(bench, chosen)
    covered = [_rule_file(root) for root in roots]
    return Session(bench, files, uncovered(bench.ruleset, files, covered))


def results(session: Session, *, mutate: bool = False) -> Iterator[FileResult]:
    """Run all trials, and yield what became of each file.

    With `mutate`, conditions are looked for that no test misses, where all tests pass.
    """
    bench = session.bench
    order = [file.rule for file in session.files]
    tried: dict[str, Tried] = {}
    for file in session.files:
        result = FileResult(file)
        outcomes = [(trial, bench.run(trial)) for trial in file.trials]
        for trial, outcome in outcomes:
            result.results.append(Result(trial, tuple(differences(trial, outcome, bench))))
        tried[file.rule] = Tried(file, outcomes)
        if mutate and not result.failed:
            result.untested = untested(tried[file.rule], bench)
            result.untested += untested_parts(file, tried, order, bench)
        yield result


def _target(path: Path) -> Path:
    """Return the test file of a rule file that was named; anything else as it is."""
    is_rule = path.name.endswith((".yml", ".yaml")) and not path.name.endswith(SUFFIXES)
    return path.with_suffix(".test.yml") if is_rule else path


def _rule_file(root: Path) -> Path:
    """Return the rule of a test file; a folder as it is."""
    for suffix in SUFFIXES:
        if root.name.endswith(suffix):
            return root.with_name(root.name.removesuffix(suffix) + ".yml")
    return root


def _rules_for(roots: Sequence[Path]) -> list[Path] | None:
    """Return what to load for tests: the shipped rules if all lie there, else what was named."""
    shipped = os.path.realpath(shipped_rules.folder())
    real = [os.path.realpath(root) for root in roots]
    if shipped in real:
        return list(roots)
    if all(path.startswith(shipped + os.sep) for path in real):
        return None
    return [root if root.is_dir() else root.parent for root in roots]


def _chosen(file: TrialFile, only: str) -> TrialFile:
    if only in file.rule:
        return file
    return replace(file, trials=tuple(trial for trial in file.trials if only in trial.name))
