"""The rules of a run: what the files hold, as the site's configuration wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpids.rules import RuleSet
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
