from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtpids.cli.run import RunOptions
from smtpids.config import MAIL_PORTS, Limits, OutputConfig

if TYPE_CHECKING:
    from pathlib import Path


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


def test_the_time_of_rules_is_taken_if_the_option_or_the_configuration_says_so(
    tmp_path: Path,
) -> None:
    path = tmp_path / "site.yml"
    path.write_text("rules: {profile: true}\n")
    profiled = RunOptions(profile_rules=True), RunOptions(config_file=str(path)), RunOptions()
    assert [options.settings()["rules.profile"] for options in profiled] == [True, True, False]


def test_a_quota_is_a_limit() -> None:
    assert RunOptions(extract_quota=5).config().limits == Limits(extract_octets=5)
    assert RunOptions().config().limits == Limits()


def test_options_come_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.yml"
    path.write_text(
        "sensor: file\nports: [26]\ntls_inspection_tap: true\nhome_nets: [10.0.0.0/8]\n"
    )
    monkeypatch.setenv("SMTPIDS_SENSOR", "variable")
    options = RunOptions(
        config_file=str(path), home_nets=("192.0.2.0/24",), tls_inspection_tap=False
    )
    settings = options.settings()
    told = {
        name: settings.setting(name)
        for name in ("sensor", "ports", "tls_inspection_tap", "home_nets", "any_port")
    }
    assert told == {
        "sensor": ("variable", "env SMTPIDS_SENSOR"),
        "ports": (frozenset({26}), f"{path}:2"),
        "tls_inspection_tap": (False, "option"),
        "home_nets": (("192.0.2.0/24",), "option"),
        "any_port": ("auto", "default"),
    }
    assert RunOptions(config_file=str(path), sensor="option").config().sensor == "option"


def test_ports_of_the_file_keep_a_capture_to_them(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_text("ports: [26]\n")
    config = RunOptions(inputs=("a.pcap",), config_file=str(path)).config()
    assert (config.any_port, config.ports) == (False, frozenset({26}))
    path.write_text("ports: [26]\nany_port: true\n")
    assert RunOptions(config_file=str(path)).config().any_port is True


def test_the_fast_lane_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTPIDS_FAST_LANE", raising=False)
    assert RunOptions().config().fast_lane
    monkeypatch.setenv("SMTPIDS_FAST_LANE", "0")
    assert not RunOptions().config().fast_lane


OUTPUTS = """\
spool: /var/spool/smtpids
outputs:
  - {type: file, path: /a.json, format: eve, events: [alert]}
  - {type: syslog, url: 'tls://h'}
"""


def outputs_of(**options: Any) -> list[OutputConfig]:
    run = RunOptions(**options)
    return list(run.output_configs(run.settings()))


def test_without_a_word_all_goes_to_standard_output() -> None:
    assert outputs_of() == [OutputConfig(type="stdout", target="-", name="-")]
    (table,) = outputs_of(form="table", records=frozenset({"message"}))
    assert (table.format, table.events) == ("table", frozenset({"alert", "message"}))


def test_the_configuration_names_outputs_and_the_options_say_what_these_do_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "site.yml"
    path.write_text(OUTPUTS)
    first, second = outputs_of(config_file=str(path), form="ecs", records=frozenset({"anomaly"}))
    assert (first.format, first.events, first.spool) == ("eve", frozenset({"alert"}), "")
    assert (second.format, second.events) == ("ecs", frozenset({"alert", "anomaly"}))
    assert second.spool == "/var/spool/smtpids"


def test_an_option_comes_before_all_outputs_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_text(OUTPUTS)
    words = ("-", "kafka:b1,spool=")
    first, second = outputs_of(config_file=str(path), outputs=words)
    assert (first.target, second.target, second.spool) == ("-", "b1:9092", "")


def test_the_spool_comes_from_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.yml"
    path.write_text(OUTPUTS)
    monkeypatch.setenv("SMTPIDS_SPOOL", "/var/lib/smtpids")
    assert outputs_of(config_file=str(path))[1].spool == "/var/lib/smtpids"
    (own,) = outputs_of(outputs=("syslog:udp://h,spool=own",))
    assert own.spool == "own"
