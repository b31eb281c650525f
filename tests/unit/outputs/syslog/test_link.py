from __future__ import annotations

import socket
import ssl
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from smtpids.outputs.syslog.link import PIECE, Link
from smtpids.outputs.syslog.message import counted, terminated
from tests.support.certificates import make
from tests.support.receiver import Receiver, tls_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What the two kernels of one machine hold for a connection is less than this.
MUCH = 32 << 20


@pytest.fixture
def ends() -> Iterator[tuple[Link, socket.socket]]:
    """A connection on loopback: ours, and the receiver's end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    theirs.settimeout(10)
    link = Link(ours, counted)
    with theirs:
        yield link, theirs
    link.close()


def soon(seconds: float = 10) -> float:
    return time.monotonic() + seconds


def reset(sock: socket.socket) -> None:
    """Break the connection as the kernel does for a process that was killed."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def fill(link: Link) -> int:
    """Send until nothing more is taken; return the messages on the way."""
    messages = [b"x" * 100_000] * (MUCH // 100_000)
    count, octets = link.send(messages, soon(0.2))
    assert 0 < count < len(messages)
    assert octets == count * len(counted(messages[0]))
    return count


def read(sock: socket.socket, octets: int) -> bytes:
    found = b""
    while len(found) < octets and (more := sock.recv(1 << 20)):
        found += more
    return found


def test_messages_are_framed_and_in_order(ends: tuple[Link, socket.socket]) -> None:
    link, theirs = ends
    assert link.send([b"one", b"three"], soon()) == (2, 12)
    assert read(theirs, 12) == b"3 one5 three"


def test_a_stream_of_this_machine_is_framed_by_line_feeds() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        link = Link(ours, terminated)
        assert link.send([b"one", b"th\nree"], soon()) == (2, 11)
        assert read(theirs, 11) == b"one\nth ree\n"
        link.close()


def test_a_receiver_alive_is_told_from_one_that_closed(ends: tuple[Link, socket.socket]) -> None:
    link, theirs = ends
    link.check()
    theirs.close()
    link.listen(10)
    with pytest.raises(EOFError):
        link.check()


def test_a_connection_that_broke_is_noticed(ends: tuple[Link, socket.socket]) -> None:
    link, theirs = ends
    reset(theirs)
    link.listen(10)
    with pytest.raises(ConnectionResetError):
        link.check()


def test_the_first_words_of_a_receiver_are_kept(ends: tuple[Link, socket.socket]) -> None:
    link, theirs = ends
    theirs.sendall(b"220 mx.example.net ESMTP\r\n")
    link.listen(10)
    link.check()
    theirs.sendall(b"more")
    link.check()
    assert link.heard == b"220 mx.example.net ESMTP\r\n"


def test_a_receiver_that_talks_without_end_does_not_keep_us(
    ends: tuple[Link, socket.socket],
) -> None:
    link, theirs = ends
    theirs.settimeout(0)
    with suppress(BlockingIOError):
        while True:
            theirs.send(b"x" * PIECE)
    start = time.monotonic()
    link.check()
    assert time.monotonic() - start < 5


@pytest.mark.slow
def test_what_is_on_the_way_is_finished_before_anything_else(
    ends: tuple[Link, socket.socket],
) -> None:
    link, theirs = ends
    count = fill(link)
    assert not link.settled()
    whole = counted(b"x" * 100_000) * count
    theirs.settimeout(0.5)
    found = b""
    with suppress(TimeoutError):
        while True:
            found += theirs.recv(1 << 20)
    assert len(found) < len(whole)
    assert link.send([b"next"], soon()) == (1, 6)
    theirs.settimeout(10)
    found += read(theirs, len(whole) + 6 - len(found))
    assert found == whole + b"4 next"


@pytest.mark.slow
def test_a_receiver_that_does_not_read_ends_in_time(ends: tuple[Link, socket.socket]) -> None:
    link, _ = ends
    fill(link)
    for _ in range(50):  # the kernels may find some more room
        start = time.monotonic()
        try:
            link.send([b"x" * 100_000], soon(0.1))
        except TimeoutError:
            break
    else:
        pytest.fail("it takes more and more")
    assert not link.finish(soon(0.1))
    assert time.monotonic() - start < 5


def test_the_receivers_end_shows_that_it_has_read_all() -> None:
    with Receiver() as receiver:
        link = Link(socket.create_connection(receiver.address), counted)
        link.send([b"one"], soon())
        assert link.finish(soon())
        assert receiver.octets == b"3 one"
        link.close()


def test_an_end_that_came_before_ours_shows_nothing(ends: tuple[Link, socket.socket]) -> None:
    link, theirs = ends
    theirs.close()
    link.listen(10)
    with pytest.raises(EOFError):
        link.finish(soon())


def test_a_receiver_that_does_not_end_is_not_waited_for(ends: tuple[Link, socket.socket]) -> None:
    link, theirs = ends
    link.send([b"one"], soon())
    assert not link.finish(soon(0.1))
    assert [theirs.recv(100), theirs.recv(100)] == [b"3 one", b""]


def test_a_receiver_that_dies_with_something_unread_has_not_read_all(
    ends: tuple[Link, socket.socket],
) -> None:
    link, theirs = ends
    link.send([b"one"], soon())
    theirs.close()  # the kernel resets, for something is unread
    link.listen(10)
    with pytest.raises(ConnectionResetError):
        link.finish(soon())


def test_what_the_other_kernel_has_is_settled(ends: tuple[Link, socket.socket]) -> None:
    link, _ = ends
    link.send([b"one"], soon())
    until = soon()
    while not link.settled():
        assert time.monotonic() < until


@pytest.mark.slow
def test_what_is_put_off_over_tls_leaves_the_stream_whole(tmp_path: Path) -> None:
    own = make(names=("127.0.0.1",)).save(tmp_path / "own.pem")
    context = ssl.create_default_context(cafile=own)
    with Receiver(context=tls_server(own)) as receiver:
        receiver.reads.clear()
        sock = socket.create_connection(receiver.address)
        link = Link(context.wrap_socket(sock, server_hostname="127.0.0.1"), counted)
        sent: list[bytes] = []
        others = 0
        while len(sent) < 5000:
            batch = [b"%d " % (len(sent) + number) * 997 for number in range(1000)]
            if others:  # what was put off need not come next
                batch.insert(0, b"other %d" % others)
            try:
                count, _ = link.send(batch, soon(0.1))
            except TimeoutError:
                receiver.reads.set()
                continue
            sent += batch[:count]
            others += count < len(batch)
        assert others
        assert link.finish(soon())
        link.close()
    assert receiver.octets == b"".join(map(counted, sent))
    assert receiver.errors == []
