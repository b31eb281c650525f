from __future__ import annotations

import pytest

from smtpids.config import MAIL_PORTS, Config
from smtpids.rules import shipped_rules
from smtpids.settings.settings import Setting, Settings


def test_without_anything_given_all_is_as_it_comes() -> None:
    assert Settings().config(live=False) == Config()
    assert Settings().rule_paths() is None
    assert Settings().setting("sensor") == ("", "default")


@pytest.mark.parametrize(
    ("given", "live", "expected"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"ports": MAIL_PORTS}, False, False),  # the same ports, but asked for
        ({"any_port": True}, True, True),
        ({"any_port": False}, False, False),
        ({"any_port": "auto"}, False, True),
    ],
)
def test_mail_is_looked_for_on_any_port_as_the_run_and_the_ports_are(
    given: dict[str, object], live: bool, expected: bool
) -> None:
    settings = Settings({name: Setting(value, "site.yml:1") for name, value in given.items()})
    assert settings.config(live=live).any_port is expected


def test_options_that_are_not_given_override_nothing() -> None:
    settings = Settings({"sensor": Setting("a", "site.yml:1")}, "site.yml")
    after = settings.overridden({"sensor": "", "home_nets": (), "ports": None, "any_port": False})
    assert (after["sensor"], after["any_port"], after.path) == ("a", False, "site.yml")
    assert after.setting("any_port").origin == "option"
    assert settings["any_port"] == "auto"


def test_the_word_for_the_shipped_rules_is_a_word_of_the_file_only() -> None:
    paths = ("shipped", "own")
    of_file = Settings({"rules.paths": Setting(paths, "site.yml:1")})
    assert of_file.rule_paths() == [str(shipped_rules.folder()), "own"]
    assert Settings().overridden({"rules.paths": paths}).rule_paths() == ["shipped", "own"]


def test_what_a_run_cannot_take_up_is_named() -> None:
    newer = Settings().overridden(
        {"sensor": "a", "home_nets": ("10.0.0.0/8",), "limits.groups": 5, "rules.paths": ("x",)}
    )
    assert Settings().waiting(newer) == ["sensor", "limits.groups"]
    assert newer.waiting(newer) == []
