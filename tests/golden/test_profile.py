"""Asked one by one on the clock, the rules say what they say together: `--profile-rules`."""

from __future__ import annotations

from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smtpids.rules import Profiler
from tests.golden.test_golden import each_capture, golden_of, rendered
from tests.golden.test_transcripts import by_name
from tests.support.engine import PCAPS, every_rule, shipped_rules, told_of_capture, told_of_frames
from tests.support.transcript import Transcript, frames_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.rules import Cost, RuleSet


@cache
def profiled(rules: Callable[[], RuleSet]) -> tuple[Profiler, dict[str, Cost]]:
    """Return a profiler, by whose clock every question takes one nanosecond, and its costs."""
    costs: dict[str, Cost] = {}
    return Profiler(rules(), count().__next__, costs), costs


@each_capture
def test_a_capture_raises_its_golden_alerts(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PCAPS)
    told = told_of_capture(Path(capture.name), matcher=profiled(shipped_rules)[0])
    assert "".join(map(rendered, told.alerts)) == golden_of(capture).read_text(encoding="utf-8")


@by_name
def test_a_transcript_raises_the_same_alerts(script: Transcript) -> None:
    frames, (profiler, _) = list(frames_of(script)), profiled(every_rule)
    told = told_of_frames(frames, every_rule(), script.config, profiler)
    plain = told_of_frames(frames, every_rule(), script.config)
    assert [rendered(match) for match in told.alerts] == [rendered(match) for match in plain.alerts]
    assert (profiler.errors, profiler.fallbacks, profiler.disabled) == ({}, {}, ())


@pytest.mark.parametrize("rules", [shipped_rules, every_rule])
def test_every_rule_that_is_asked_has_a_cost(rules: Callable[[], RuleSet]) -> None:
    _, costs = profiled(rules)
    assert [source.rule.name for source in rules().asked] == list(costs)
    assert [name for name, cost in costs.items() if cost.ns != cost.events] == []
