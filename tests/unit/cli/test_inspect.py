from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from smtpids.cli import main
from smtpids.errors import ExitCode
from tests.support.command import SECRET, login, login_pcap
from tests.support.transcript import FOLDER, frames_of, load
from tests.support.wire import Conversation, write_pcap

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def inspected(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["inspect", *arguments])
    text = capfd.readouterr()
    return code, text.out, text.err


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def datasets(text: str) -> list[str]:
    return [record["event"]["dataset"] for record in records(text)]


def test_a_session_and_its_message_are_recorded(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = inspected(capfd, "--json", "-r", str(login_pcap(tmp_path)))
    assert (code, err) == (0, "")
    assert datasets(out) == ["smtpids.message", "smtpids.session"]
    message, session = records(out)
    assert message["smtp"]["mail_from"] == "ann@example.org"
    assert message["email"]["subject"] == "hello"
    assert session["smtp"]["auth"]["user"] == "ann"
    assert session["source"]["port"] == 50000


def test_no_password_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = str(login_pcap(tmp_path))
    for arguments in (["--json"], ["-v"], []):
        _, out, err = inspected(capfd, *arguments, "-r", path)
        assert SECRET not in out + err
        assert "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5" not in out + err  # the end of its base64


def test_people_see_the_dialogue_with_v(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = str(login_pcap(tmp_path))
    plain = inspected(capfd, "-r", path)[1]
    verbose = inspected(capfd, "-v", "-r", path)[1]
    assert "192.0.2.1:50000 → 198.51.100.2:25" in plain
    assert "EHLO client.example" not in plain
    assert "EHLO client.example" in verbose


def test_mail_is_found_on_any_port(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    talk = Conversation(server=("198.51.100.2", 2626)).open()
    talk.server(b"220 mx.example ESMTP\r\n").client(b"EHLO c\r\n").server(b"250 mx\r\n")
    talk.client(b"QUIT\r\n").server(b"221 bye\r\n").close()
    path = str(write_pcap(tmp_path / "odd.pcap", talk.frames))
    assert "smtpids.session" in datasets(inspected(capfd, "--json", "-r", path)[1])
    assert datasets(inspected(capfd, "--json", "-p", "25", "-r", path)[1]) == []


def test_a_cut_capture_shows_what_came_before(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = login_pcap(tmp_path)
    path.write_bytes(path.read_bytes()[:-7])
    code, out, err = inspected(capfd, "--json", "-r", str(path))
    assert code == ExitCode.INPUT
    assert "smtpids.message" in datasets(out)
    assert err.startswith(f"smtpids: {path}: offset ")
    assert len(err.splitlines()) == 1


def test_sessions_go_on_from_file_to_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frames = login().frames
    for number, part in enumerate((frames[:10], frames[10:])):
        write_pcap(tmp_path / f"{number}.pcap", part)
    code, out, _ = inspected(capfd, "--json", "-r", str(tmp_path))
    assert (code, datasets(out)) == (0, ["smtpids.message", "smtpids.session"])


def test_a_missing_file_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = inspected(capfd, "-r", str(tmp_path / "gone.pcap"))
    assert (code, out, len(err.splitlines())) == (ExitCode.USAGE, "", 1)
    assert "gone.pcap: no such file" in err


def test_behind_a_tls_inspection_tap_cleartext_after_starttls_counts_as_tls(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tap.pcap"
    write_pcap(path, frames_of(load(FOLDER / "starttls_plaintext_after.smtp")))
    plain = records(inspected(capfd, "--json", "-r", str(path))[1])
    tapped = records(inspected(capfd, "--json", "--tls-inspection-tap", "-r", str(path))[1])
    assert [record["event"]["dataset"] for record in plain] == [
        "smtpids.anomaly",
        "smtpids.session",
    ]
    assert [record["event"]["dataset"] for record in tapped] == ["smtpids.session"]
    assert (plain[-1]["tls"]["established"], tapped[-1]["tls"]["established"]) == (False, True)
