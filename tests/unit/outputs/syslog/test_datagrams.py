from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.outputs.syslog.datagrams import Datagrams

if TYPE_CHECKING:
    from pathlib import Path


def soon(seconds: float = 10) -> float:
    return time.monotonic() + seconds


def test_each_message_is_a_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as theirs:
        theirs.bind(("127.0.0.1", 0))
        theirs.settimeout(10)
        ours = socket.socket(type=socket.SOCK_DGRAM)
        ours.connect(theirs.getsockname())
        link = Datagrams(ours)
        assert link.send([b"one", b"x" * 70_000, b"two"], soon()) == (3, 6)
        assert link.too_long == {1: 70_000}
        assert [theirs.recv(100), theirs.recv(100)] == [b"one", b"two"]
        assert link.send([b"three"], soon()) == (1, 5)
        assert link.too_long == {}
        assert link.settled()
        assert link.finish(soon())
        link.check()
        link.close()


def test_a_receiver_that_is_not_there_is_noticed_at_the_next_record() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as theirs:
        theirs.bind(("127.0.0.1", 0))
        address = theirs.getsockname()
    ours = socket.socket(type=socket.SOCK_DGRAM)
    ours.connect(address)
    link = Datagrams(ours)
    with pytest.raises(ConnectionRefusedError):
        link.send([b"one", b"two"], soon())
    link.close()


def test_a_receiver_on_this_machine_that_is_behind_is_waited_for(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as theirs:
        theirs.bind(str(tmp_path / "log"))
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ours.connect(str(tmp_path / "log"))
        link = Datagrams(ours)
        start = time.monotonic()
        count, _ = link.send([b"x" * 20_000] * 10_000, soon(0.1))
        assert 0 < count < 10_000
        with pytest.raises(TimeoutError):
            link.send([b"x"], soon(0.1))
        assert time.monotonic() - start < 5
        link.close()
