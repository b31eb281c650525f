from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.cli import main
from smtpids.errors import ExitCode
from tests.support.command import (
    COMMAND,
    PATIENCE,
    SECRET,
    login,
    login_pcap,
    login_rule,
    smtpids,
    started,
    wait_until,
)
from tests.support.wire import pcap_bytes, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rule(tmp_path: Path) -> str:
    folder = tmp_path / "rules"
    folder.mkdir()
    return str(login_rule(folder))


@pytest.fixture
def pcap(tmp_path: Path) -> str:
    return str(login_pcap(tmp_path))


@pytest.fixture
def busy_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def ran(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["run", *arguments])
    text = capfd.readouterr()
    return code, text.out, text.err


def alerts(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def rules_of(text: str) -> list[str]:
    return [alert["rule"]["id"] for alert in alerts(text)]


def test_a_capture_gives_alerts_on_stdout_and_a_summary_on_stderr(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capfd, "-R", rule, "-r", pcap)
    assert (code, rules_of(out)) == (0, ["login_without_tls"])
    summary = err.splitlines()
    assert summary[0].startswith(
        f"1 file, {len(login().frames)} packets (0 lost), 1 session, 1 mes"
    )
    assert summary[1] == "1 alert: 1 high"
    assert summary[2] == "  1  login_without_tls  Login without TLS"


def test_no_password_is_written(rule: str, pcap: str, capfd: pytest.CaptureFixture[str]) -> None:
    for form in ("ecs", "eve", "table"):
        _, out, err = ran(capfd, "-R", rule, "-r", pcap, "--events", "--format", form, "-v")
        assert SECRET not in out + err
        assert "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5" not in out + err  # the end of its base64


def test_two_runs_give_the_same_octets(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ("-R", rule, "-r", pcap, "--events", "session,message,anomaly")
    assert ran(capfd, *arguments)[1] == ran(capfd, *arguments)[1] != ""


def test_the_shipped_rules_run_without_being_asked_for(
    pcap: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(capfd, "-r", pcap)
    assert code == 0
    assert "auth_before_tls" in rules_of(out)


def test_people_get_a_table(rule: str, pcap: str, capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capfd, "-R", rule, "-r", pcap, "--format", "table")
    assert "HIGH" in out
    assert "login_without_tls" in out


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("session", {"smtpids.alert", "smtpids.session"}),
        ("message,anomaly", {"smtpids.alert", "smtpids.message"}),
        ("all", {"smtpids.alert", "smtpids.message", "smtpids.session", "smtpids.stats"}),
    ],
)
def test_records_come_beside_the_alerts_as_asked(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str], events: str, expected: set[str]
) -> None:
    _, out, _ = ran(capfd, "-R", rule, "-r", pcap, "--events", events)
    assert {alert["event"]["dataset"] for alert in alerts(out)} == expected


def test_alerts_go_to_files_which_grow(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "alerts.json"
    for _ in range(2):
        _, out, _ = ran(capfd, "-R", rule, "-r", pcap, "-o", str(target))
        assert out == ""
    assert rules_of(target.read_text()) == ["login_without_tls"] * 2
    assert target.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize(
    ("level", "expected"), [("low", 1), ("high", 1), ("critical", ExitCode.DONE)]
)
def test_fail_on_ends_with_one_from_that_level_on(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str], level: str, expected: int
) -> None:
    assert ran(capfd, "-R", rule, "-r", pcap, "--fail-on", level)[0] == expected


def test_a_clean_capture_never_fails(
    rule: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_pcap(tmp_path / "syn.pcap", login().frames[:3])
    code, out, _ = ran(capfd, "-R", rule, "-r", str(path), "--fail-on", "low")
    assert (code, out) == (0, "")


def test_the_summary_is_for_programs_too(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _, _, err = ran(capfd, "-R", rule, "-r", pcap, "--summary", "json")
    told = json.loads(err)
    assert (told["files"], told["sessions"], told["messages"]) == (1, 1, 1)
    assert told["alerts"] == {"total": 1, "high": 1}


@pytest.mark.parametrize("arguments", [("--summary", "none"), ("-q",)])
def test_the_summary_can_be_left_out(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert ran(capfd, "-R", rule, "-r", pcap, *arguments)[2] == ""


def test_a_test_run_only_checks_the_rules(rule: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert ran(capfd, "-T", "-R", rule) == (0, "1 rule, 0 errors\n", "")


def test_metrics_are_written_for_node_exporter(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "smtpids.prom"
    ran(capfd, "-R", rule, "-r", pcap, "--metrics-textfile", str(target))
    text = target.read_text()
    assert (
        'smtpids_alerts_total{category="other",rule_id="login_without_tls",severity="high"} 1'
        in (text)
    )
    assert f'smtpids_capture_packets_total{{source="file"}} {len(login().frames)}.0' in text
    assert "\nsmtpids_config_last_reload_successful 1.0\n" in text
    started, loaded = (
        re.findall(rf"(?m)^smtpids_{name}_timestamp_seconds (.+)$", text)
        for name in ("up_since", "config_last_reload_success")
    )
    assert started == loaded != []


def test_the_time_of_each_rule_is_told_and_counted_if_that_is_asked_for(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "smtpids.prom"
    run = ("-R", rule, "-r", pcap, "--metrics-textfile", str(target))
    series = 'smtpids_rule_evaluation_seconds_total{rule_id="login_without_tls"}'
    _, plain, said = ran(capfd, *run)
    assert "login_without_tls" in plain
    assert (series in target.read_text(), "us/event" in said) == (False, False)
    _, out, said = ran(capfd, *run, "--profile-rules")
    assert out == plain
    assert series in target.read_text()
    assert said.splitlines()[3:5] == [
        "the dearest rules, each asked by itself:",
        "  rule               events  matches  seconds  us/event",
    ]
    assert "costs" in json.loads(ran(capfd, *run, "--profile-rules", "--summary", "json")[2])


# -- what an operator may get wrong ----------------------------------------------------------------


def test_an_empty_file_is_one_line(
    rule: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.pcap"
    path.touch()
    code, out, err = ran(capfd, "-q", "-R", rule, "-r", str(path))
    assert (code, out, err) == (ExitCode.INPUT, "", f"smtpids: {path}: is empty\n")


def test_what_is_no_capture_is_one_line_and_the_others_are_read(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html>")
    code, out, err = ran(capfd, "-q", "-R", rule, "-r", str(path), "-r", pcap)
    assert (code, rules_of(out)) == (ExitCode.INPUT, ["login_without_tls"])
    assert err.startswith(f"smtpids: {path}: is not a pcap or pcapng file")
    assert len(err.splitlines()) == 1


def test_a_cut_file_keeps_what_came_before(
    rule: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = login_pcap(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    code, out, err = ran(capfd, "-q", "-R", rule, "-r", str(path))
    assert (code, rules_of(out)) == (ExitCode.INPUT, ["login_without_tls"])
    assert err.startswith(f"smtpids: {path}: offset ")


@pytest.mark.parametrize(
    ("arguments", "said", "expected"),
    [
        (("-r", "{tmp}/gone.pcap"), "gone.pcap: no such file", ExitCode.USAGE),
        (("-i", "nowhere0"), "nowhere0", ExitCode.USAGE),
        (("-r", "{pcap}", "-o", "{tmp}/no/a.json"), "create the folder", ExitCode.USAGE),
        (("-r", "{pcap}", "--user", "no-such"), "no such user; name one of", ExitCode.USAGE),
        (("-r", "{pcap}", "--user", "root"), "name one that has none", ExitCode.USAGE),
        (("-r", "{pcap}", "-o", "{tmp}"), "name a file", ExitCode.USAGE),
        (("-r", "{pcap}", "--metrics", "{busy}"), "is in use", ExitCode.USAGE),
        (("-r", "{pcap}", "--metrics", "here"), "expected HOST:PORT", ExitCode.USAGE),
        (
            ("-r", "{pcap}", "--metrics-textfile", "{tmp}/no/a.prom"),
            "a.prom",
            ExitCode.USAGE,
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    rule: str,
    pcap: str,
    busy_port: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
    expected: ExitCode,
) -> None:
    places = {"tmp": tmp_path, "pcap": pcap, "busy": busy_port}
    filled = [argument.format(**places) for argument in arguments]
    code, out, err = ran(capfd, "-R", rule, *filled)
    assert (code, out) == (expected, "")
    assert said in err
    assert err.startswith("smtpids: ")
    assert len(err.splitlines()) == 1


def test_faulty_rules_start_nothing(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = Path(rule)
    path.write_text(path.read_text() + "levle: low\n")
    code, out, err = ran(capfd, "-R", rule, "-r", pcap)
    assert (code, out) == (ExitCode.RULES, "")
    assert err.startswith(f"{rule}:")
    assert "levle" in err
    assert err.splitlines()[-1].startswith("smtpids: ")


def give_up_capturing() -> None:
    """Take the capabilities out of the bounding set, which binds root, too (capabilities(7))."""
    for capability in (12, 13):  # CAP_NET_ADMIN, CAP_NET_RAW
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="only root can give up the right to capture")
def test_without_the_right_to_capture_it_says_which_one_is_missing(rule: str) -> None:
    done = subprocess.run(
        [*COMMAND, "run", "-R", rule, "-i", "lo", "--metrics", "off"],
        capture_output=True,
        check=False,
        timeout=60,
        preexec_fn=give_up_capturing,
    )
    text = done.stderr.decode()
    assert done.returncode in {ExitCode.USAGE, ExitCode.INPUT}
    assert "CAP_NET_RAW" in text.upper()
    assert len(text.splitlines()) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_user_of_the_configuration_is_told_with_its_place(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "site.yml"
    path.write_text("# whom\nuser: no-such\n")
    code, out, err = ran(capfd, "-R", rule, "-r", pcap, "-c", str(path))
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.startswith(f"smtpids: {path}:2: user 'no-such': there is no such user; ")


# -- signals and streams ---------------------------------------------------------------------------


def feed(process: subprocess.Popen[bytes], octets: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(octets)


def next_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    told: dict[str, Any] = json.loads(line)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_asked_for_writes_what_is_due(rule: str, number: signal.Signals) -> None:
    """The session is still open when the signal comes; its record is written all the same."""
    with started("run", "-R", rule, "-r", "-", "--events", "session") as process:
        feed(process, pcap_bytes(login().frames[:-3]))
        assert next_line(process)["rule"]["id"] == "login_without_tls"
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == ExitCode.INTERRUPTED
    assert [line["event"]["dataset"] for line in alerts(out.decode())] == ["smtpids.session"]
    assert b"1 alert: 1 high" in err


@pytest.mark.slow
def test_hanging_up_does_not_end_a_run_that_ends_by_itself(rule: str) -> None:
    with started("run", "-R", rule, "-r", "-") as process:
        feed(process, pcap_bytes(login().frames))
        assert next_line(process)["rule"]["id"] == "login_without_tls"
        assert process.stdin is not None
        process.stdin.close()
        end = time.monotonic() + PATIENCE
        while process.poll() is None:
            assert time.monotonic() < end
            process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
    assert process.returncode == ExitCode.DONE


@pytest.mark.slow
def test_hanging_up_begins_a_new_file_and_reloads_the_rules(rule: str, tmp_path: Path) -> None:
    target, old = tmp_path / "alerts.json", tmp_path / "alerts.json.1"
    header, first = pcap_bytes([])[:24], pcap_bytes(login(50001).frames)[24:]
    second = pcap_bytes(login(50002, 1_700_000_100).frames)[24:]
    with started("run", "-R", rule, "-r", "-", "-o", str(target)) as process:
        feed(process, header + first)
        wait_until(lambda: target.exists() and target.stat().st_size > 0, "the first alert")
        target.rename(old)
        path = tmp_path / "rules" / "login_without_tls.yml"
        path.write_text(path.read_text().replace("level: high", "level: low"))
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        assert process.stderr.readline() == b"smtpids: files reopened, 1 rule reloaded\n"
        feed(process, second)
        process.communicate(timeout=20)
    severities = [
        [a["smtpids"]["severity"] for a in alerts(at.read_text())] for at in (old, target)
    ]
    assert severities == [["high"], ["low"]]


@pytest.mark.slow
def test_faulty_rules_are_not_reloaded(rule: str, tmp_path: Path) -> None:
    metrics = tmp_path / "smtpids.prom"
    with started("run", "-R", rule, "-r", "-", "--metrics-textfile", str(metrics)) as process:
        feed(process, pcap_bytes([])[:24])
        feed(process, pcap_bytes(login(50001).frames)[24:])
        next_line(process)
        path = tmp_path / "rules" / "login_without_tls.yml"
        path.write_text(path.read_text() + "levle: low\n")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        assert b"not reloaded" in process.stderr.readline()
        feed(process, pcap_bytes(login(50002, 1_700_000_100).frames)[24:])
        assert next_line(process)["smtpids"]["severity"] == "high"
        process.communicate(timeout=20)
    assert "smtpids_config_last_reload_successful 0.0" in metrics.read_text()
    assert process.returncode == 0


def site_file(folder: Path, text: str) -> Path:
    path = folder / "site.conf"
    path.write_text(text)
    return path


def test_the_configuration_says_who_is_who_and_how_bad_a_rule_is(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = site_file(
        tmp_path,
        "home_nets: [198.51.100.0/24]\n"
        "mail_servers: [{network: 198.51.100.2, role: mx}]\n"
        "sensor: tap1\n"
        "rules: {paths: [rules], level: {login_without_tls: low}}\n",
    )
    code, out, _ = ran(
        capfd, "-c", str(path), "-r", pcap, "--events", "session", "--detail", "full"
    )
    told = alerts(out)
    assert (code, rules_of(out.splitlines()[0]), len(told)) == (0, ["login_without_tls"], 2)
    assert told[0]["smtpids"]["severity"] == "low"
    assert told[0]["observer"]["name"] == "tap1"
    roles = [(one["session"]["client_role"], one["session"]["server_role"]) for one in told]
    assert roles == [("external", "mx")] * 2
    assert Path(rule).exists()


def test_a_rule_that_the_site_turns_off_is_silent(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = site_file(tmp_path, "rules: {disable: [login_without_tls]}\n")
    assert ran(capfd, "-R", rule, "-c", str(path), "-r", pcap)[:2] == (0, "")


def test_a_faulty_configuration_starts_nothing(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = site_file(tmp_path, "home_net: []\nrules: {disable: [nobody]}\n")
    code, out, err = ran(capfd, "-R", rule, "-c", str(path), "-r", pcap)
    assert (code, out) == (ExitCode.RULES, "")
    assert err.startswith(f"{path}:1:1: error: unknown key 'home_net', did you mean 'home_nets'?")
    path.write_text("rules: {disable: [nobody]}\n")
    code, out, err = ran(capfd, "-R", rule, "-c", str(path), "-r", pcap)
    assert (code, out) == (ExitCode.RULES, "")
    assert err.startswith(f"{path}:1:19: error: unknown rule 'nobody'")


def said_by(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.readline().decode()


@pytest.mark.slow
def test_hanging_up_takes_up_the_configuration_whole_or_not_at_all(
    rule: str, tmp_path: Path
) -> None:
    path = site_file(tmp_path, "home_nets: [198.51.100.0/24]\n")
    first = pcap_bytes(login(50001).frames)
    second, third = (pcap_bytes(login(p, 1_700_000_000 + p).frames)[24:] for p in (50002, 50003))
    with started("run", "-R", rule, "-r", "-", "-c", str(path), "--detail", "full") as process:
        feed(process, first)
        told = [next_line(process)]
        # the level is good, the name of a key is not: neither is used
        path.write_text("home_net: []\nrules: {level: {login_without_tls: low}}\n")
        process.send_signal(signal.SIGHUP)
        said = [said_by(process)]
        said += [said_by(process) for _ in range(3)]
        feed(process, second)
        told.append(next_line(process))
        path.write_text(
            "home_nets: [192.0.2.0/24]\nsensor: b\nrules: {level: {login_without_tls: low}}\n"
        )
        process.send_signal(signal.SIGHUP)
        said += [said_by(process) for _ in range(2)]
        feed(process, third)
        told.append(next_line(process))
        process.communicate(timeout=20)
    assert said == [
        "smtpids: files reopened, not reloaded, the old rules and settings stay:\n",
        f"{path}:1:1: error: unknown key 'home_net', did you mean 'home_nets'?\n",
        "    1 | home_net: []\n",
        "      | ^~~~~~~~\n",
        "smtpids: files reopened, 1 rule reloaded\n",
        "smtpids: changed, but for the next start only: sensor\n",
    ]
    assert [
        (one["smtpids"]["severity"], one["network"]["direction"], one["session"]["client_role"])
        for one in told
    ] == [
        ("high", "inbound", "external"),
        ("high", "inbound", "external"),
        ("low", "outbound", "unknown"),
    ]
    assert process.returncode == 0


@pytest.mark.slow
def test_hanging_up_begins_and_ends_taking_the_time_of_rules(rule: str, tmp_path: Path) -> None:
    path = site_file(tmp_path, "")
    captures = [pcap_bytes(login(50001 + n, 1_700_000_000 + n).frames) for n in range(3)]
    target = tmp_path / "smtpids.prom"
    run = ("run", "-R", rule, "-r", "-", "-c", str(path), "--metrics-textfile", str(target))
    with started(*run) as process:
        feed(process, captures[0])
        told = [next_line(process)]
        for capture, profile in zip(captures[1:], ("true", "false"), strict=True):
            path.write_text(f"rules: {{profile: {profile}}}\n")
            process.send_signal(signal.SIGHUP)
            assert said_by(process) == "smtpids: files reopened, 1 rule reloaded\n"
            feed(process, capture[24:])
            told.append(next_line(process))
        _, summary = process.communicate(timeout=20)
    assert [one["rule"]["id"] for one in told] == ["login_without_tls"] * 3
    (row,) = [line for line in summary.decode().splitlines() if line.startswith("  all 1 rule")]
    # of three sessions that are alike, one was looked at on the clock
    assert row.split()[4] == "1"
    assert 'smtpids_rule_evaluation_seconds_total{rule_id="login_without_tls"}' in (
        target.read_text()
    )


@pytest.mark.slow
def test_a_run_that_looks_takes_up_changes_by_itself(rule: str, tmp_path: Path) -> None:
    path = site_file(tmp_path, "rules: {paths: [rules]}\n")
    folder = tmp_path / "captures"
    folder.mkdir()
    arguments = ("run", "-c", str(path), "-r", str(folder), "--follow", "--reload")
    with started(*arguments) as process:
        assert said_by(process).startswith("smtpids: following")
        (folder / "mail0").write_bytes(pcap_bytes(login(50001).frames))
        told = [next_line(process)]
        text = Path(rule).read_text()
        Path(rule).write_text(text.replace("level: high", "level: medium"))
        said = [said_by(process)]
        (folder / "mail1").write_bytes(pcap_bytes(login(50002, 1_700_000_100).frames))
        told.append(next_line(process))
        path.write_text("rules: {paths: [rules], level: {login_without_tsl: low}}\n")
        said += [said_by(process) for _ in range(4)]
        path.write_text("rules: {paths: [rules], level: {login_without_tls: low}}\n")
        said.append(said_by(process))
        (folder / "mail2").write_bytes(pcap_bytes(login(50003, 1_700_000_200).frames))
        told.append(next_line(process))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert [one["smtpids"]["severity"] for one in told] == ["high", "medium", "low"]
    assert [line for line in said if line.startswith("smtpids")] == [
        "smtpids: 1 rule reloaded\n",
        "smtpids: not reloaded, the old rules and settings stay:\n",
        "smtpids: 1 rule reloaded\n",
    ]
    assert process.returncode == 0


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_fault(rule: str, pcap: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "run", "-R", rule, "-r", pcap, "--summary", "none"],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_said_and_ends_with_five(
    rule: str, pcap: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, err = ran(capfd, "-R", rule, "-r", pcap, "-o", "/dev/full")
    assert code == ExitCode.OUTPUT
    assert err.startswith("smtpids: cannot write /dev/full: no space left on device")
    assert "1 event lost" in err


@pytest.mark.slow
def test_the_bar_appears_when_it_is_asked_for_and_stdout_stays_clean(rule: str) -> None:
    with started("run", "-R", rule, "-r", "-", "--progress", "always", "-q") as process:
        feed(process, pcap_bytes(login().frames))
        assert process.stderr is not None
        assert b"\x1b" in process.stderr.read(16)
        out, err = process.communicate(timeout=20)
    assert rules_of(out.decode()) == ["login_without_tls"]
    assert b"packets/s" in err


@pytest.mark.slow
def test_a_run_ends_after_its_time(rule: str) -> None:
    with started("run", "-R", rule, "-r", "-", "--duration", "0.3", "-q") as process:
        feed(process, pcap_bytes([])[:24])
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.mark.slow
def test_a_capture_may_come_through_a_pipe(rule: str) -> None:
    done = smtpids("run", "-R", rule, "-r", "-", stdin=pcap_bytes(login().frames))
    assert rules_of(done.stdout.decode()) == ["login_without_tls"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["SIGINT", "SIGTERM"]
)
def test_a_folder_is_followed_until_a_signal_as_an_interface_is(
    sign: signal.Signals, code: int, rule: str, tmp_path: Path
) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    octets = pcap_bytes(login().frames)
    with started("run", "-R", rule, "-r", str(folder), "--follow") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stderr.readline().decode()
        (folder / "mail0").write_bytes(octets[:1000])
        (folder / "mail1").write_bytes(pcap_bytes([]))
        with (folder / "mail0").open("ab") as file:
            file.write(octets[1000:])
        (alert,) = alerts(process.stdout.readline().decode())
        process.send_signal(sign)
        _, err = process.communicate(timeout=20)
    to = "alerts to standard output"
    assert said == f"smtpids: following {folder} (any port), 1 rule, {to}\n"
    assert alert["smtpids"]["pcap"] == {"file": f"{folder}/mail0", "packet": 8}
    assert err.startswith(f"1 file, {len(login().frames)} packets (0 lost), 1 session".encode())
    assert process.returncode == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--follow"], "--follow needs -r, the folder that a capture fills: see"),
        (["--follow", "-r", "-"], "-: standard input is followed anyway; leave --follow out"),
        (["--follow", "-r", "a", "-r", "b"], "--follow needs one -r: a folder, a pattern or"),
        (["-r", "a", "--extract-quota", "1G"], "--extract-quota needs --extract DIR: see"),
        (["-r", "a", "--extract-quota", "1X"], "'1X' is no size; write 500M or 10G"),
    ],
)
def test_what_does_not_fit_together_is_told(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capfd, *arguments)
    assert (code, out, said in err) == (ExitCode.USAGE, "", True), err


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.skipif(
    os.getuid() != 0 or sys.platform != "linux", reason="capturing on lo needs root on Linux"
)
def test_a_live_run_says_where_it_listens(rule: str) -> None:
    with started(
        "run", "-R", rule, "-i", "lo", "-p", "25,2500-2502", "--metrics", "127.0.0.1:0"
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert line.startswith("smtpids: listening on lo (ports 25, 2500-2502), metrics on http://127.")
    assert line.endswith("/metrics, 1 rule, alerts to standard output\n")
    assert process.returncode == 0


def test_outputs_of_the_configuration_take_their_own_format_and_records(
    rule: str, pcap: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "site.yml"
    config.write_text(
        "outputs:\n  - {type: file, path: a.json, events: all}\n  - {type: stdout, format: table}\n"
    )
    code, out, _ = ran(capfd, "-c", str(config), "-R", rule, "-r", pcap)
    assert (code, out[:1].isspace() or out.startswith("{")) == (0, False)
    kinds = {alert["event"]["kind"] for alert in alerts((tmp_path / "a.json").read_text())}
    assert kinds == {"alert", "event", "metric"}
