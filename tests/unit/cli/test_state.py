"""`--state`: what one run learnt is known to the next, and no mistake costs what was kept."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.cli import main
from smtpids.cli.state import CORRELATIONS, SUPPRESSED, State
from smtpids.config import Config, Limits
from smtpids.errors import ExitCode, StateError
from smtpids.history import Memory
from smtpids.history.store import Store
from smtpids.rules import Suppressor
from smtpids.rules.shipped_rules import folder
from tests.support.command import login, started, wait_until
from tests.support.correlations import GUESSING, files
from tests.support.engine import PCAPS
from tests.support.visits import NO_STARTTLS, Visit, told_with_history
from tests.support.wire import pcap_bytes, write_pcap

if TYPE_CHECKING:
    from pathlib import Path


def ran(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["run", "--events", "session,message,anomaly", "-q", *arguments])
    text = capfd.readouterr()
    return code, text.out, text.err


def histories(text: str) -> list[dict[str, Any]]:
    return [json.loads(line)["history"] for line in text.splitlines()]


def captures(folder: Path) -> list[str]:
    """Write two captures of the same ends at different times."""
    visits = [
        Visit(at=n * 3600, client=f"192.0.2.{n % 3}", client_port=50000 + n, mail=n % 2 == 0,
              logins=((f"user{n % 4}", n % 5 != 0),),
              keywords=NO_STARTTLS if n % 7 == 6 else ("STARTTLS", "AUTH PLAIN"))
        for n in range(24)
    ]  # fmt: skip
    parts = visits[:11], visits[11:]
    return [
        str(write_pcap(folder / name, [frame for visit in part for frame in visit.frames]))
        for name, part in zip(("a.pcap", "b.pcap"), parts, strict=True)
    ]


RECORDED = [
    "failed-logins-587.pcap",
    "starttls-auth-587.pcap",
    "tls11-465.pcap",
    "xoauth2-587.pcap",
]


@pytest.mark.parametrize("recorded", [False, True], ids=["made", "recorded"])
def test_two_runs_with_a_state_equal_one_run_over_both(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recorded: bool
) -> None:
    files = [str(PCAPS / name) for name in RECORDED] if recorded else captures(tmp_path)
    whole = ran(capfd, *(word for file in files for word in ("-r", file)))
    state = str(tmp_path / "state")
    parts = [ran(capfd, "-r", file, "--state", state) for file in files]
    assert whole[0] == 0
    assert histories(whole[1])[-1]["server"]["known"] is True
    # what correlations say is two seconds late, or as late as the end
    said = [line for part in parts for line in part[1].splitlines()]
    assert sorted(whole[1].splitlines()) == sorted(said)


def test_without_state_every_run_begins_anew(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, _ = captures(tmp_path)
    assert ran(capfd, "-r", first) == ran(capfd, "-r", first)


def test_a_rule_of_the_history_alerts_by_what_an_earlier_run_learnt(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rule = (folder() / "transport" / "starttls_capability_vanished.yml").read_text()
    (tmp_path / "starttls_capability_vanished.yml").write_text(
        rule.replace("enabled: false", "enabled: true")
    )
    offers = [
        Visit(at=n * 5000, client=f"192.0.2.{n % 2}", client_port=50000 + n) for n in range(20)
    ]
    gone = Visit(at=100_000, client="192.0.2.9", keywords=NO_STARTTLS)
    files = [
        str(write_pcap(tmp_path / "offers.pcap", [f for visit in offers for f in visit.frames])),
        str(write_pcap(tmp_path / "gone.pcap", gone.frames)),
    ]
    common = ("-R", str(tmp_path), "--state", str(tmp_path / "state"))
    told = [main(["run", "-q", "-r", file, *common]) for file in files]
    (alert,) = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert told == [0, 0]
    assert alert["rule"]["id"] == "starttls_capability_vanished"
    assert alert["history"]["server"]["starttls_seen"] == 20
    assert alert["event"]["reason"].startswith(
        "198.51.100.2:25 offered STARTTLS 20 times, the last"
    )


@pytest.mark.slow
def test_no_password_is_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secrets = (PCAPS / "secrets.txt").read_text(encoding="utf-8").split()
    state = tmp_path / "state"
    ran(capfd, "-r", str(PCAPS / "*.pcap"), "--state", str(state))
    kept = state.read_bytes()
    assert b"alice@example.org" in kept
    assert [secret for secret in secrets if secret.encode() in kept] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no database at all", "is no state file of smtpids; name another file"),
        (b"SQLite format 3\0" + bytes(84), "is no state file of smtpids; name another file"),
    ],
)
def test_a_file_that_is_not_ours_ends_the_run_before_it_begins(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    code, out, err = ran(capfd, "-r", captures(tmp_path)[0], "--state", str(path))
    assert (code, out, err) == (ExitCode.USAGE, "", f"smtpids: {path}: {said}\n")
    assert path.read_bytes() == content


def test_a_folder_is_no_state_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capfd, "-r", captures(tmp_path)[0], "--state", str(tmp_path))
    assert (code, out) == (ExitCode.USAGE, "")
    assert "is a directory" in err


@pytest.mark.slow
def test_two_runs_at_once_need_two_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state"
    with started("run", "-r", "-", "--state", str(path), "-q") as first:
        wait_until(lambda: path.exists() and path.stat().st_size > 0, "the first run has the file")
        code, _, err = ran(capfd, "-r", captures(tmp_path)[0], "--state", str(path))
        assert (code, err) == (
            ExitCode.USAGE, f"smtpids: {path}: is in use by another run; name another file\n",
        )  # fmt: skip
        assert first.stdin is not None
        first.stdin.write(pcap_bytes(login().frames))
        first.stdin.close()
        assert first.wait() == 0
    assert clients_in(path) == 1


def clients_in(path: Path) -> int:
    database = sqlite3.connect(path)
    (count,) = database.execute("SELECT count(*) FROM clients").fetchone()
    database.close()
    return int(count)


class Sessions:
    """A memory with a state file, and sessions at chosen seconds."""

    def __init__(self, path: Path, *, live: bool, batch: int) -> None:
        self.memory = Memory(Limits())
        self.state = State(str(path), self.memory, live=live, batch=batch)

    def at(self, *times: float) -> None:
        frames = [Visit(at=time, client=f"192.0.2.{int(time) % 250}").frames for time in times]
        told_with_history(*frames, memory=self.memory, config=Config(strict=True))


@pytest.mark.parametrize(
    ("live", "batch", "unsaved"), [(True, 10_000, 2), (False, 10_000, 4), (False, 4, 2)]
)
def test_what_changed_is_written_in_batches(
    tmp_path: Path, live: bool, batch: int, unsaved: int
) -> None:
    """A batch is written when a session begins; what the session then shows waits for the next."""
    sessions = Sessions(tmp_path / "state", live=live, batch=batch)
    sessions.at(1, 2, 62)
    assert sessions.memory.unsaved == unsaved
    sessions.state.close()
    assert clients_in(tmp_path / "state") == 3


def test_a_batch_that_cannot_be_written_is_said_once_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state"
    sessions = Sessions(path, live=False, batch=10_000)
    sessions.at(1)
    sessions.state.close()
    sessions.at(2)
    with caplog.at_level(logging.ERROR, "smtpids"):
        sessions.state.save()
        sessions.state.save()
    assert sessions.state.lost
    assert len(caplog.messages) == 1
    assert f"{path}: cannot be written" in caplog.messages[0]
    assert sessions.memory.unsaved > 0
    assert clients_in(path) == 1


def test_a_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no such file or directory"):
        State(str(tmp_path / "none" / "state"), Memory(Limits()), live=False)


def guesses(folder: Path) -> list[str]:
    """Write a capture in which eight logins of a client fail, and one in which two more do."""
    parts = {"a.pcap": range(4), "b.pcap": range(4, 5)}
    return [
        str(
            write_pcap(
                folder / name,
                [
                    frame
                    for n in numbers
                    for frame in Visit(
                        at=n * 10, client_port=50000 + n, logins=(("ann", False), ("bob", False))
                    ).frames
                ],
            )
        )
        for name, numbers in parts.items()
    ]


def guessed(capfd: pytest.CaptureFixture[str], folder: Path, capture: str) -> tuple[int, str]:
    state = str(folder / "state")
    rules = str(folder / "rules")
    code = main(["run", "--rules", rules, "--state", state, "-r", capture])
    text = capfd.readouterr()
    assert code == ExitCode.DONE, text.err
    return text.out.count('"id":"guessing"'), text.err


def test_what_correlations_counted_is_known_to_the_next_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path / "rules")
    first, second = guesses(tmp_path)
    assert guessed(capfd, tmp_path, first)[0] == 0
    assert guessed(capfd, tmp_path, second)[0] == 1


def test_a_correlation_that_changed_between_runs_begins_anew_and_that_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path / "rules")
    first, second = guesses(tmp_path)
    guessed(capfd, tmp_path, first)
    files(tmp_path / "rules", guessing=GUESSING.replace("5m", "6m"))
    alerts, told = guessed(capfd, tmp_path, second)
    assert alerts == 0
    assert "what guessing counted is dropped, the rules have changed" in told


@pytest.mark.parametrize("text", ["", "[]", '{"rule": ["", [["a"]]]}', '{"rule": 1}'])
def test_damaged_notes_of_what_was_held_back_are_refused(tmp_path: Path, text: str) -> None:
    path = str(tmp_path / "state")
    store = Store(path)
    store.keep(SUPPRESSED, text)
    store.close()
    state = State(path, Memory(Limits()), live=False)
    with pytest.raises(StateError, match=r"is damaged .what was held back"):
        state.keep(Suppressor())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "correlations": {"x": 1}}'])
def test_damaged_counts_are_refused(tmp_path: Path, text: str) -> None:
    path = str(tmp_path / "state")
    store = Store(path)
    store.keep(CORRELATIONS, text)
    store.close()
    with pytest.raises(StateError, match=r"is damaged .what correlations counted"):
        State(path, Memory(Limits()), live=False)


@pytest.mark.slow
def test_sqlite_is_not_loaded_for_those_who_keep_nothing(tmp_path: Path) -> None:
    first, _ = captures(tmp_path)
    code = (
        "import sys\nfrom smtpids.cli import main\n"
        f"main(['run', '-q', '-o', '/dev/null', '-r', {first!r}])\n"
        "sys.exit('sqlite3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
