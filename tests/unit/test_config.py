from __future__ import annotations

import pytest

from smtpids.config import MAIL_PORTS, Config, Limits


def test_settings_do_not_change_during_a_run() -> None:
    config = Config()
    with pytest.raises(AttributeError):
        config.any_port = False  # type: ignore[misc]


def test_every_limit_is_positive() -> None:
    limits = Limits()
    assert min(limits) > 0


def test_one_stream_may_hold_less_than_all_together() -> None:
    limits = Limits()
    assert limits.stream_octets < limits.total_octets
    assert limits.command_octets <= limits.held_octets


def test_implicit_tls_is_expected_on_a_mail_port() -> None:
    assert 465 in MAIL_PORTS  # RFC 8314 3.3
