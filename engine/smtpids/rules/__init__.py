"""Sigma rules: YAML into compiled predicates, and events into matches.

`load` reads rule files; `Matcher` asks the rules of each event; `Correlator` counts matches
together; `Suppressor` holds back what was said already.
"""

from smtpids.rules.correlator import Correlator
from smtpids.rules.loading import load
from smtpids.rules.matcher import Matcher
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.suppress import Suppressor

__all__ = ["Correlator", "Matcher", "RuleSet", "RuleSource", "Suppressor", "load"]
