"""What a correlation is made of."""

from __future__ import annotations

from smtpids.rules.correlation import Correlation, Kind
from smtpids.rules.rule import Level, Rule


def test_a_correlation_without_settings_groups_nothing_and_silences_its_rules() -> None:
    rule = Rule("many", "Many", Level.LOW)
    made = Correlation(rule, Kind.EVENT_COUNT, ("one",), 60)
    assert (
        made.group_by,
        made.aliases,
        made.threshold,
        made.value_field,
        made.wanted,
        made.generate,
    ) == ((), {}, None, "", None, False)
