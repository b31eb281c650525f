"""Correlations, and the rules that they count, for tests: as objects and as files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtpids.config import SECOND, Limits
from smtpids.rules.correlation import Correlation, Kind, Threshold
from smtpids.rules.correlator import Correlator
from smtpids.rules.rule import Level, Rule, Suppress
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.tree import TRUE
from tests.support.rules import event, written

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.rules.correlation import Wanted
    from smtpids.rules.rule import Match
    from smtpids.smtp import Event

BLOCK = """\
title: {title}
id: {id}
name: {name}
description: Counts for correlations.
logsource: {{product: smtpids, category: smtp}}
detection:
    selection:
        event.action: auth
        smtp.auth.outcome: {outcome}
    condition: selection
level: informational
"""
FAILED = BLOCK.format(
    title="Login Failed",
    id="0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c01",
    name="login_failed",
    outcome="failure",
)
PASSED = BLOCK.format(
    title="Login Passed",
    id="0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c02",
    name="login_passed",
    outcome="success",
)
GUESSING = """\
title: Password Guessing
id: 0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c03
name: guessing
description: Ten logins fail.
correlation:
    type: event_count
    rules: [login_failed]
    group-by: [source.ip, destination.ip]
    timespan: 5m
    condition: {gte: 10}
level: medium
smtpids:
    message: '{smtpids.correlation.count} failed logins from {source.ip}'
"""
GUESSED = """\
title: Password Guessed
id: 0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c04
name: guessed
description: Ten logins fail, then one does not.
correlation:
    type: temporal_ordered
    rules: [guessing, login_passed]
    group-by: [source.ip]
    timespan: 15m
    generate: true
level: critical
"""


def files(folder: Path, **changed: str) -> Path:
    """Write the four documents of this module into a folder, some of them changed; empty: none."""
    texts = {
        "login_failed": FAILED,
        "login_passed": PASSED,
        "guessing": GUESSING,
        "guessed": GUESSED,
        **changed,
    }
    for name, text in texts.items():
        if text:
            written(folder, f"{name}.yml", text)
    return folder


def rule(name: str, level: Level = Level.INFORMATIONAL, **settings: Any) -> Rule:
    """Return a rule."""
    return Rule(name, name.title(), level, **settings)


def made(
    name: str = "many",
    kind: Kind = Kind.EVENT_COUNT,
    rules: tuple[str, ...] = ("a",),
    span_s: int = 10,
    *,
    by: tuple[str, ...] = ("source.ip",),
    ask: tuple[str, int | float] | None = None,
    field: str = "",
    min_values: int = 1,
    wanted: Wanted | None = None,
    level: Level = Level.HIGH,
) -> Correlation:
    """Return a correlation; times are in seconds."""
    threshold = None if ask is None else Threshold(*ask)
    span = span_s * SECOND
    of = rule(name, level, suppress=Suppress(by, span))
    return Correlation(
        of,
        kind,
        rules,
        span,
        by,
        threshold=threshold,
        value_field=field,
        min_values=min_values,
        wanted=wanted,
    )


def set_of(*correlations: Correlation) -> RuleSet:
    """Return a rule set with the correlations and, for each other name in them, a rule."""
    own = {correlation.rule.name for correlation in correlations}
    names = {name for correlation in correlations for name in correlation.rules} - own
    sources = tuple(RuleSource(rule(name), TRUE) for name in sorted(names))
    return RuleSet(sources, correlations=correlations)


def correlator_of(*correlations: Correlation, limits: Limits | None = None) -> Correlator:
    """Return a correlator of some correlations."""
    return Correlator(set_of(*correlations), limits)


def auth(at_s: float, ip: Any = "192.0.2.1", /, **fields: Any) -> Event:
    """Return an event of a client at a time in seconds; `__` in names stands for a dot."""
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return event("auth", {"source.ip": ip, **named}, ts_ns=int(at_s * SECOND))


def told(correlator: Correlator, *matches: tuple[str, Event], end: bool = True) -> list[Match]:
    """Feed matches of rules by name; return those of correlations."""
    found = [match for name, of in matches for match in correlator.matched(rule(name), of)]
    return [*found, *correlator.finish()] if end else found


def times(matches: list[Match]) -> list[tuple[str, float]]:
    """Return name and time in seconds of each match."""
    return [
        (match.rule.name, match.correlated.last_ns / SECOND)
        for match in matches
        if match.correlated is not None
    ]


def silent(ruleset: RuleSet, *names: str) -> RuleSet:
    """Return the set with some rules silenced."""
    return replace(ruleset, silenced=frozenset(names))
