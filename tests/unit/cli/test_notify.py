from __future__ import annotations

import os
import uuid
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from smtpids.capture import TICK
from smtpids.cli.measures import turns_of
from smtpids.cli.notify import LOOKS, Attendance, Notifier
from smtpids.cli.reading import Reading
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from tests.support.service_manager import ServiceManager

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smtpids.capture.frames import Frame

#: Seconds after which the manager of these tests gives a run up.
WATCHDOG = 0.2


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServiceManager]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@smtpids-{uuid.uuid4()}"
    with ServiceManager(address) as listening:
        yield listening


@pytest.fixture
def told(tmp_path: Path) -> Iterator[ServiceManager]:
    with ServiceManager(str(tmp_path / "notify")) as listening:
        yield listening


def stands() -> str:
    return "lo: 0 packets, 0 alerts"


def test_states_arrive_as_one_datagram(manager: ServiceManager) -> None:
    assert Notifier(manager.address).tell("READY=1", "STATUS=listening") is True
    assert manager.next() == "READY=1\nSTATUS=listening"


def test_a_state_cannot_bring_in_another(manager: ServiceManager) -> None:
    Notifier(manager.address).tell("STATUS=a\nSTOPPING=1\udcff")
    assert manager.next() == "STATUS=a STOPPING=1\\udcff"


def test_nobody_is_told_without_a_manager() -> None:
    notifier = Notifier.of({"WATCHDOG_USEC": "1000000"}, os.getpid())
    assert (notifier.listens, notifier.watchdog, notifier.tell("READY=1")) == (False, 0.0, False)


@pytest.mark.parametrize("address", ["vsock:2:1234", "notify", "\0x"])
def test_what_is_no_socket_of_this_machine_is_no_manager(address: str) -> None:
    assert Notifier(address).listens is False


@pytest.mark.parametrize("address", ["/nowhere/notify", "/a\0b", "@" + "a" * 200])
def test_a_manager_that_is_not_there_is_warned_of_once(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier(address)
    assert [notifier.tell("READY=1"), notifier.tell("READY=1")] == [False, False]
    assert len(caplog.records) == 1
    assert "cannot be told" in caplog.text


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({"WATCHDOG_USEC": "-5"}, 0.0),
        ({"WATCHDOG_USEC": "9" * 400}, 0.0),
    ],
)
def test_the_watchdog_is_that_of_the_environment_and_of_this_process(
    environment: dict[str, str], expected: float
) -> None:
    notifier = Notifier.of({"NOTIFY_SOCKET": "/run/notify", **environment}, 7)
    assert notifier.watchdog == expected


def test_a_reload_is_told_when_it_begins_and_when_it_is_over(told: ServiceManager) -> None:
    with Notifier(told.address).reloading():
        state, since = told.next().split("\n")
        assert (state, since.startswith("MONOTONIC_USEC=")) == ("RELOADING=1", True)
        assert since.removeprefix("MONOTONIC_USEC=").isdigit()
        assert told.is_silent(0.01)
    assert told.next() == "READY=1"


def test_a_reload_that_fails_is_over_too(told: ServiceManager) -> None:
    with pytest.raises(RuntimeError), Notifier(told.address).reloading():
        raise RuntimeError
    told.next()
    assert told.next() == "READY=1"


def test_nothing_is_said_before_all_is_ready(told: ServiceManager) -> None:
    with Attendance(Notifier(told.address, WATCHDOG), None, stands):
        assert told.is_silent(WATCHDOG / 2)


def test_a_run_says_that_it_is_ready_and_how_it_stands(told: ServiceManager) -> None:
    with Attendance(Notifier(told.address), None, stands) as attendance:
        attendance.ready()
        assert told.next() == "READY=1\nSTATUS=lo: 0 packets, 0 alerts"


def test_how_it_stands_is_said_again_when_it_has_changed(told: ServiceManager) -> None:
    standing = ["one", "one", "one", "two", "two", "three"]
    with Attendance(
        Notifier(told.address), None, lambda: standing.pop(0) if standing else "three", 0.005
    ) as attendance:
        attendance.ready()
        assert [told.next() for _ in range(3)] == [
            "READY=1\nSTATUS=one", "STATUS=two", "STATUS=three",
        ]  # fmt: skip
        assert told.is_silent(0.05)


def test_no_sign_of_life_is_given_without_a_watchdog(told: ServiceManager) -> None:
    with Attendance(Notifier(told.address), None, stands, 0.01) as attendance:
        attendance.ready()
        told.next()
        assert told.is_silent(0.05)


def test_a_run_whose_input_may_be_silent_gives_signs_of_life(told: ServiceManager) -> None:
    with Attendance(Notifier(told.address, WATCHDOG), None, stands) as attendance:
        attendance.ready()
        told.next()
        assert [told.next(), told.next()] == ["WATCHDOG=1"] * 2


def test_the_end_is_told_and_its_length_is_no_hang(told: ServiceManager) -> None:
    with Attendance(Notifier(told.address, WATCHDOG), lambda: 7, stands) as attendance:
        attendance.ready()
        told.next()
        attendance.stopping()
        assert told.next().startswith("STOPPING=1\n")
        assert told.next() == "WATCHDOG=1"
    assert told.is_silent(WATCHDOG)


class Quiet:
    """An interface on which nothing comes: ticks, until `hang` is set, and then not even these."""

    name = "quiet0"
    received = dropped = 0

    def __init__(self) -> None:
        self.hang = Event()
        self._over = Event()

    def __iter__(self) -> Iterator[Frame]:
        now = 0
        while not self.hang.wait(WATCHDOG / LOOKS / 4):
            now += 1
            yield now, TICK, b""
        self._over.wait(20)

    def stop(self) -> None:
        self.hang.set()
        self._over.set()

    def close(self) -> None:
        """Do nothing: nothing is open."""


@pytest.mark.slow
def test_a_loop_that_hangs_gives_no_sign_of_life(told: ServiceManager) -> None:
    source = Quiet()
    pipeline = Pipeline(Config(), counts=Counts())
    reading = Reading([source])
    loop = Thread(target=reading.feed, args=(pipeline,))
    with Attendance(
        Notifier(told.address, WATCHDOG), lambda: turns_of(pipeline, reading), stands
    ) as attendance:
        attendance.ready()
        told.next()
        loop.start()
        assert [told.next(), told.next()] == ["WATCHDOG=1"] * 2
        source.hang.set()
        told.is_silent(WATCHDOG)  # the last turn may have been after the last look
        assert told.is_silent(2 * WATCHDOG)
        reading.stop()
        loop.join(20)
