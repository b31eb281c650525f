"""The rules of a run: what the files hold, as the site's configuration wants it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpids.rules import Cost, Matcher, Profiler, RuleSet
    from smtpids.settings import Settings


def load_rules(settings: Settings) -> RuleSet:
    """Load the rules.

    RuleSetError with all faults if there is one, ConfigSetError if the configuration names a rule
    that there is not.
    """
    from smtpids import rules
    from smtpids.settings import apply

    placeholders = settings["placeholders"]
    return apply(rules.load(settings.rule_paths(), placeholders=placeholders), settings.site())


def matcher_of(ruleset: RuleSet, settings: Settings, costs: dict[str, Cost]) -> Matcher | Profiler:
    """Return what asks the rules; with --profile-rules it adds to `costs` what each takes."""
    from smtpids import rules

    if settings["rules.profile"]:
        return rules.Profiler(ruleset, time.perf_counter_ns, costs)
    return rules.Matcher(ruleset)
