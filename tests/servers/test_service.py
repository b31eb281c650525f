"""smtpids as a service: the unit before systemd's own tools, and a run as the unit confines it.

systemd itself is not started: what the unit forbids is put on the process by the test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.house.tree import ROOT
from tests.support.command import PATIENCE, login, login_rule, smtpids, wait_until
from tests.support.loopback import need_permission, send
from tests.support.sandbox import confined, directives
from tests.support.service_manager import ServiceManager
from tests.support.unprivileged import NOBODY, environment, open_folder, python

if TYPE_CHECKING:
    from collections.abc import Iterator

UNIT = ROOT / "engine" / "service" / "smtpids.service"
#: systemd's own measure, from 0 to 10: the lower, the less a captured service could do.
MOST_EXPOSED = 2.0

pytestmark = pytest.mark.server
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze"
)
needs_confinement = pytest.mark.skipif(
    None in {shutil.which("systemd-analyze"), shutil.which("setpriv"), find_library("seccomp")},
    reason="there is no systemd-analyze, setpriv or libseccomp",
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(shutil.which("systemd-analyze")), "--no-pager", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@needs_systemd
def test_the_unit_leaves_little_to_whoever_captures_the_service() -> None:
    done = analyze("security", "--offline=yes", str(UNIT))
    level = re.search(r"Overall exposure level for smtpids\.service: ([\d.]+)", done.stdout)
    assert level is not None, done.stdout + done.stderr
    assert float(level[1]) <= MOST_EXPOSED


@needs_systemd
@pytest.mark.slow
def test_the_unit_of_this_installation_is_one_that_systemd_understands(tmp_path: Path) -> None:
    path = tmp_path / "smtpids.service"
    path.write_bytes(smtpids("service", "unit").stdout)
    done = analyze("verify", str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_unit_asks_for_what_the_program_does() -> None:
    said = directives(UNIT)
    assert (said["Type"], said["Restart"], said["RestartPreventExitStatus"]) == (
        ["notify"], ["on-failure"], ["2 3"],
    )  # fmt: skip
    assert said["AmbientCapabilities"] == said["CapabilityBoundingSet"] == ["CAP_NET_RAW"]
    sysusers = UNIT.with_suffix(".sysusers").read_text()
    assert f"\nu {said['User'][0]} - " in sysusers


class Sensor:
    """A process that captures on loopback, with what it writes."""

    def __init__(self, process: subprocess.Popen[bytes], alerts: Path) -> None:
        self.process = process
        self.alerts = alerts

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.alerts.read_text().splitlines()]

    def status(self) -> dict[str, list[str]]:
        """Return /proc/PID/status, its values as words."""
        return status_of(self.process.pid)

    def others(self) -> list[dict[str, list[str]]]:
        """Return the same of the processes that it has started, and those have."""
        nurseries = children_of(self.process.pid)
        workers = [pid for nursery in nurseries for pid in children_of(nursery)]
        return [status_of(pid) for pid in (*nurseries, *workers)]


def status_of(pid: int) -> dict[str, list[str]]:
    text = Path(f"/proc/{pid}/status").read_text()
    return {line.split(":")[0]: line.split(":")[1].split() for line in text.splitlines()}


def children_of(pid: int) -> list[int]:
    found = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(number) for text in found for number in text.split()]


@contextmanager
def sensor(command: list[str], alerts: Path, **added: str) -> Iterator[Sensor]:
    process = subprocess.Popen(
        command, env={**environment(), **added}, stderr=subprocess.PIPE, cwd="/"
    )
    try:
        yield Sensor(process, alerts)
    finally:
        process.kill()
        assert process.stderr is not None
        process.stderr.close()
        process.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    need_permission()
    with open_folder() as made:
        login_rule(made)
        (made / "out").mkdir()
        os.chown(made / "out", NOBODY, NOBODY)
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_command(folder: Path, *arguments: str) -> list[str]:
    return [
        python(), "-m", "smtpids", "run", "-i", "lo", "-R", str(folder / "login_without_tls.yml"),
        "-o", str(folder / "out" / "alerts.json"), "--state", str(folder / "out" / "state.db"),
        "--metrics", f"127.0.0.1:{free_port()}", *arguments,
    ]  # fmt: skip


def talk(port: int) -> None:
    """Put a session in which somebody logs in on the loopback interface."""
    send([data for _, _, data in login(port).frames])


#: The number of workers, and of processes beside the first that these make.
each_number_of_workers = pytest.mark.parametrize(("workers", "others"), [("1", 0), ("2", 3)])


@pytest.mark.live
@pytest.mark.slow
@each_number_of_workers
def test_root_is_given_up_and_all_goes_on(folder: Path, workers: str, others: int) -> None:
    alerts = folder / "out" / "alerts.json"
    with (
        ServiceManager(str(folder / "notify")) as manager,
        sensor(
            run_command(folder, "--user", "nobody", "-j", workers),
            alerts,
            NOTIFY_SOCKET=manager.address,
        ) as running,
    ):
        Path(manager.address).chmod(0o777)
        assert manager.next().startswith("READY=1\nSTATUS=lo: 0 packets")
        wait_until(lambda: len(running.others()) == others, "the workers")
        for status in (running.status(), *running.others()):
            assert status["Uid"] == status["Gid"] == [str(NOBODY)] * 4
            rights = [status[f"Cap{name}"] for name in ("Prm", "Eff", "Bnd", "Amb")]
            assert rights == [["0" * 16]] * 4
            assert status["NoNewPrivs"] == ["1"]

        talk(50001)
        wait_until(lambda: alerts.stat().st_size > 0, "the first alert")
        assert (alerts.stat().st_uid, (folder / "out" / "state.db").stat().st_uid) == (
            NOBODY,
            NOBODY,
        )
        old = alerts.rename(alerts.with_suffix(".1"))
        running.process.send_signal(signal.SIGHUP)
        assert manager.next().startswith("RELOADING=1\n")
        assert manager.next() == "READY=1"
        talk(50002)
        wait_until(lambda: alerts.exists() and alerts.stat().st_size > 0, "the second alert")
        assert [line["source"]["port"] for line in running.lines()] == [50002]
        assert old.read_text().count("\n") == 1

        running.process.send_signal(signal.SIGTERM)
        assert manager.until(lambda text: "STOPPING=1" in text)
        assert running.process.wait(PATIENCE) == 0


@needs_confinement
@pytest.mark.live
@pytest.mark.slow
@each_number_of_workers
def test_a_run_that_is_confined_as_the_unit_says_captures_and_alerts(
    folder: Path, workers: str, others: int
) -> None:
    alerts = folder / "out" / "alerts.json"
    with (
        ServiceManager(str(folder / "notify")) as manager,
        sensor(
            confined(UNIT, *run_command(folder, "--events", "-j", workers)),
            alerts,
            NOTIFY_SOCKET=manager.address,
            WATCHDOG_USEC="1000000",
        ) as running,
    ):
        Path(manager.address).chmod(0o777)
        assert manager.next().startswith("READY=1\nSTATUS=lo: 0 packets")
        status = running.status()
        wait_until(lambda: len(running.others()) == others, "the workers")
        filtered = "2"
        net_raw = f"{1 << 13:016x}"
        assert (status["Seccomp"], status["NoNewPrivs"], status["CapBnd"], status["CapEff"]) == (
            [filtered],
            ["1"],
            [net_raw],
            [net_raw],
        )
        talk(50003)
        wait_until(lambda: alerts.stat().st_size > 0 and len(running.lines()) > 1, "the records")
        assert "login_without_tls" in [line.get("rule", {}).get("id") for line in running.lines()]
        assert manager.next() == "WATCHDOG=1"
        running.process.send_signal(signal.SIGHUP)
        manager.until(lambda text: text.startswith("RELOADING=1"))
        manager.until(lambda text: text == "READY=1")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0
        assert running.process.stderr is not None
        assert b"Traceback" not in running.process.stderr.read()


ATTEMPTS = """
import mmap, os, socket
def attempt(name, act):
    try:
        act()
    except PermissionError:
        print(name, "refused")
    else:
        print(name, "permitted")
attempt("chroot", lambda: os.chroot("/"))
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, 0, 5))
attempt("bluetooth", lambda: socket.socket(31, socket.SOCK_RAW, 0))
attempt("code", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC))
attempt("capture", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
"""


@needs_confinement
@pytest.mark.slow
def test_what_the_unit_forbids_is_refused() -> None:
    done = subprocess.run(
        confined(UNIT, python(), "-c", ATTEMPTS),
        capture_output=True, text=True, check=False, timeout=60, cwd="/",
    )  # fmt: skip
    assert (done.stdout.splitlines(), done.stderr) == (
        ["chroot refused", "priority refused", "bluetooth refused", "code refused",
         "capture permitted"], "",
    )  # fmt: skip


@needs_confinement
@pytest.mark.slow
def test_nothing_that_a_run_does_with_captures_is_forbidden() -> None:
    """They hold certificates, attachments and compressed files, which libraries in C read."""
    command = [python(), "-m", "smtpids", "run", "-q", "-r", str(ROOT / "pcaps")]
    command += ["--events", "session,message,anomaly"]
    free, bound = (
        subprocess.run(
            one, env=environment(), capture_output=True, check=False, timeout=120, cwd="/"
        )
        for one in (command, confined(UNIT, *command))
    )
    assert (bound.returncode, bound.stderr) == (free.returncode, free.stderr)
    assert bound.stdout == free.stdout != b""


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("-o", "{closed}/b.json"), "cannot write {closed}/b.json: permission denied; give", 2),
        (("--state", "{closed}/b.db"), "{closed}/b.db", 2),
        (("--extract", "{closed}"), "{closed}", 2),
        (("--metrics-textfile", "{closed}/a.prom"), "no right to write in {closed}", 2),
        (("-R", "{closed}/login_without_tls.yml"), "Permission denied; let the user that", 3),
        (("-R", "{closed}"), "{closed}: error: cannot be read: Permission denied; let", 3),
        (("-c", "{closed}/site.yml"), "{closed}/site.yml: user 'nobody' may not read it", 2),
    ],
)
def test_what_the_user_may_not_use_is_told_at_the_start(
    folder: Path, arguments: tuple[str, ...], said: str, code: int
) -> None:
    closed = folder / "closed"
    closed.mkdir(0o700)
    login_rule(closed)
    (closed / "site.yml").touch()
    added = [argument.format(closed=closed) for argument in arguments]
    with sensor(run_command(folder, "--user", "nobody", *added), folder / "none") as running:
        assert running.process.stderr is not None
        text = running.process.stderr.read().decode()
        assert running.process.wait(PATIENCE) == code, text
    assert said.format(closed=closed) in text
    assert "Traceback" not in text
