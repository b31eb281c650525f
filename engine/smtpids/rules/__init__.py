"""Sigma rules: YAML into compiled predicates, and events into matches.

`load` reads rule files; `Matcher` asks the rules of each event, `Profiler` one by one on the clock;
`Correlator` counts matches together; `Suppressor` holds back what was said already.
"""

from smtpids.rules.correlator import Correlator
from smtpids.rules.loading import load
from smtpids.rules.matcher import Asking, Matcher
from smtpids.rules.profile import Cost, Profiler
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.suppress import Suppressor

__all__ = [
    "Asking",
    "Correlator",
    "Cost",
    "Matcher",
    "Profiler",
    "RuleSet",
    "RuleSource",
    "Suppressor",
    "load",
]
