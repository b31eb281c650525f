"""Test files and benches for the tests of the test bench."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from smtpids.faults import Faults
from smtpids.rules import Correlator
from smtpids.trial.bench import Bench
from smtpids.trial.reading import read_text
from tests.support.rules import ruleset, said

if TYPE_CHECKING:
    from smtpids.trial.desk import Counters
    from smtpids.trial.trials import Trial, TrialFile

LOGIN = """\
S: 220 mx.example ESMTP
C: EHLO client.example
S: 250-mx.example
S: 250 AUTH PLAIN
C: AUTH PLAIN {base64:\\0alice\\0secret}
S: 235 2.7.0 ok
"""
"""A login in the clear."""

CLEAR = "{event.action: auth, tls.established: false}"
"""A rule, as the selection that it is, that sees LOGIN."""


def judged_file(
    text: str, *names: str, path: str = "clear.test.yml"
) -> tuple[TrialFile, list[str]]:
    """Read a test file about rules of these names; return it and what was said."""
    faults = Faults()
    (file,) = read_text(dedent(text), path, frozenset({"clear", *names}), faults)
    return file, said(faults)


def file_of(text: str, *names: str, path: str = "clear.test.yml") -> TrialFile:
    """Read a test file that has no fault."""
    file, told = judged_file(text, *names, path=path)
    assert told == []
    return file


def trial_of(text: str, *names: str) -> Trial:
    """Read the only test of a file."""
    (trial,) = file_of(text, *names).trials
    return trial


def bench_of(counters: Counters = Correlator, /, **rules: str) -> Bench:
    """Return a bench of rules by name, whose conditions are selections as YAML."""
    return Bench(ruleset(**(rules or {"clear": CLEAR})), counters)
