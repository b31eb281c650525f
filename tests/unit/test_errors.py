from __future__ import annotations

import pytest

from smtpids.errors import (
    CaptureError,
    ConfigError,
    ConfigSetError,
    ExitCode,
    Location,
    OutputError,
    RuleError,
    RuleSetError,
    SmtpIdsError,
    UsageError,
)

PLACE = Location("rules/x.yml", 5, 3)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (PLACE, "rules/x.yml:5:3"),
        (Location("x.yml", 5), "x.yml:5"),
        (Location("x.yml"), "x.yml"),
        (Location("x.yml", 0, 3), "x.yml"),
    ],
)
def test_a_place_is_written_as_far_as_it_is_known(place: Location, expected: str) -> None:
    assert str(place) == expected


@pytest.mark.parametrize(
    ("error", "text", "code"),
    [
        (UsageError("eth9: no such interface"), "eth9: no such interface", ExitCode.USAGE),
        (ConfigError("unknown key"), "unknown key", ExitCode.RULES),
        (ConfigError("unknown key", PLACE), "rules/x.yml:5:3: error: unknown key", ExitCode.RULES),
        (RuleError(PLACE, "wrong"), "rules/x.yml:5:3: error: wrong", ExitCode.RULES),
        (
            RuleError(PLACE, "unwise", severity="warning"),
            "rules/x.yml:5:3: warning: unwise",
            ExitCode.RULES,
        ),
        (CaptureError("a.pcap", "is empty"), "a.pcap: is empty", ExitCode.INPUT),
        (CaptureError("a.pcap", "cut", offset=24), "a.pcap: offset 24: cut", ExitCode.INPUT),
        (OutputError("cannot write"), "cannot write", ExitCode.USAGE),
        (OutputError("cannot write", lost=True), "cannot write", ExitCode.OUTPUT),
    ],
)
def test_a_mistake_has_its_sentence_and_its_exit_code(
    error: SmtpIdsError, text: str, code: ExitCode
) -> None:
    assert (str(error), error.exit_code) == (text, code)


def test_a_fault_may_stand_where_a_secret_does() -> None:
    assert ConfigError("wrong", PLACE).secret is False
    assert ConfigError("wrong", PLACE, secret=True).secret is True


def test_a_rule_set_tells_all_its_faults() -> None:
    faults = [RuleError(PLACE, "first"), RuleError(Location("y.yml", 1), "second")]
    error = RuleSetError(faults)
    assert str(error).splitlines() == [
        "rules/x.yml:5:3: error: first",
        "y.yml:1: error: second",
    ]
    assert (error.errors, error.exit_code) == (faults, ExitCode.RULES)


def test_a_configuration_tells_all_its_faults() -> None:
    faults = [ConfigError("first", PLACE), ConfigError("second")]
    error = ConfigSetError(faults)
    assert str(error).splitlines() == ["rules/x.yml:5:3: error: first", "second"]
    assert (error.errors, error.exit_code) == (faults, ExitCode.RULES)
