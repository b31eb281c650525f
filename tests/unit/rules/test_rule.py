from __future__ import annotations

import pytest

from smtpids.rules.rule import Level


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (Level.INFORMATIONAL, 0),
        (Level.LOW, 21),
        (Level.MEDIUM, 47),
        (Level.HIGH, 73),
        (Level.CRITICAL, 99),
    ],
)
def test_a_level_has_a_severity(level: Level, severity: int) -> None:
    assert severity == level.severity
