from __future__ import annotations

import pytest

from smtpids.cli.run import RunOptions
from smtpids.config import MAIL_PORTS


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (RunOptions(inputs=("a.pcap",)), (True, MAIL_PORTS)),
        (RunOptions(), (False, MAIL_PORTS)),
        (RunOptions(inputs=("a.pcap",), ports=frozenset({26})), (False, frozenset({26}))),
        (RunOptions(inputs=("a.pcap",), any_port=False), (False, MAIL_PORTS)),
        (RunOptions(any_port=True, ports=frozenset({26})), (True, frozenset({26}))),
    ],
)
def test_files_are_searched_on_any_port_and_interfaces_on_mail_ports(
    options: RunOptions, expected: tuple[bool, frozenset[int]]
) -> None:
    config = options.config()
    assert (config.any_port, config.ports) == expected


def test_options_become_settings() -> None:
    config = RunOptions(
        checksums="all", home_nets=("192.0.2.0/24",), sensor="tap1", tls_inspection_tap=True
    ).config()
    assert (
        config.verify_checksums,
        config.home_nets,
        config.sensor,
        config.tls_inspection_tap,
    ) == (True, ("192.0.2.0/24",), "tap1", True)


def test_the_fast_lane_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTPIDS_FAST_LANE", raising=False)
    assert RunOptions().config().fast_lane
    monkeypatch.setenv("SMTPIDS_FAST_LANE", "0")
    assert not RunOptions().config().fast_lane
