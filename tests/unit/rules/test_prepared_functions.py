"""The prepared functions, beside those that the compiler makes of the same rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smtpids.rules.fields import ALL
from smtpids.rules.matcher import Matcher
from smtpids.rules.prepared import packed, read, unpacked
from smtpids.rules.prepared_functions import PACKAGE, ready
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.shipped_rules import folder
from tests.support.rules import event, selection

if TYPE_CHECKING:
    from collections.abc import Callable

#: A rule that two actions ask, and one that is off.
TWICE, OFF = "sasl_advertised_without_tls", "any_recipient_refused"


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    ruleset = read(folder())
    assert ruleset is not None
    return ruleset


def changed(ruleset: RuleSet, name: str, change: Callable[[RuleSource], RuleSource]) -> RuleSet:
    sources = tuple(change(one) if one.rule.name == name else one for one in ruleset.sources)
    assert sources != ruleset.sources
    return replace(ruleset, sources=sources)


def switched(source: RuleSource) -> RuleSource:
    return replace(source, rule=replace(source.rule, enabled=not source.rule.enabled))


def compiled_anew(ruleset: RuleSet) -> list[str]:
    """Return the actions whose functions were not prepared."""
    return sorted(ALL - ready(ruleset).keys())


def askers(ruleset: RuleSet, name: str) -> list[str]:
    """Return the actions of which a rule can be true."""
    (source,) = [one for one in ruleset.sources if one.rule.name == name]
    return sorted(actions_of(source.condition))
