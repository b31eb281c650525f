from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.config import SECOND, OutputConfig
from smtpids.errors import OutputError
from smtpids.outputs.syslog import SyslogTransport
from smtpids.outputs.transport import Report, Transport, UnavailableError
from tests.support.certificates import make
from tests.support.delivery import entries
from tests.support.receiver import Receiver, tls_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from smtpids.outputs.entry import Entry


def config(target: str, *, timeout: float = 10, ca_file: str = "") -> OutputConfig:
    return OutputConfig(
        type="syslog",
        target=target,
        name="syslog",
        timeout_ns=int(timeout * SECOND),
        ca_file=ca_file,
    )


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


def towards(server: socket.socket, *, timeout: float = 10) -> SyslogTransport:
    port = server.getsockname()[1]
    return SyslogTransport(config(f"tcp://127.0.0.1:{port}", timeout=timeout), "sensor")


def failing(transport: Transport) -> UnavailableError:
    """Deliver until it fails; return what is said."""
    until = time.monotonic() + 20
    try:
        while time.monotonic() < until:
            transport.deliver(entries(1))
    except UnavailableError as error:
        return error
    raise AssertionError("it does not fail")


def test_it_is_what_the_sender_asks_for() -> None:
    transport: Transport = SyslogTransport(config("udp://127.0.0.1:9"), "sensor")
    assert transport.unconfirmed == 0
    transport.confirm(0)
    transport.close()
    transport.close()


def test_a_batch_arrives_in_order_and_is_confirmed() -> None:
    batch = entries(3, 10)
    with Receiver() as receiver:
        transport = SyslogTransport(config(f"tcp://127.0.0.1:{receiver.port}"), "sensor")
        assert transport.deliver(batch) == Report()
        assert transport.deliver([]) == Report()
        assert transport.unconfirmed == 3
        transport.confirm(10)
        assert transport.unconfirmed == 0
        at = [receiver.octets.index(entry.line[:-1]) for entry in batch]
        assert at == sorted(at)
        assert transport.deliver(batch) == Report()  # over a new connection
        transport.confirm(10)
        assert receiver.octets.count(batch[0].line[:-1]) == 2


def test_what_a_lost_connection_may_have_taken_is_known(server: socket.socket) -> None:
    transport = towards(server)
    transport.deliver(entries(3))
    server.accept()[0].close()  # with something unread: the kernel resets
    error = failing(transport)
    assert error.reason == "write"
    lost = transport.unconfirmed
    assert lost >= 3
    assert transport.unconfirmed == lost
    transport.deliver(entries(1))  # a new connection, and a new account
    assert transport.unconfirmed == 1
    transport.close()


@pytest.mark.slow
def test_nothing_is_sent_to_a_receiver_that_has_closed(server: socket.socket) -> None:
    """It read what it got, so it sends FIN: our kernel would take more, and lose it."""
    transport = towards(server)
    transport.deliver(entries(1))
    theirs, _ = server.accept()
    theirs.settimeout(10)
    assert theirs.recv(1 << 16)
    theirs.close()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        assert transport.unconfirmed == 1
    with pytest.raises(UnavailableError, match="the receiver closed the connection"):
        transport.deliver(entries(1))
    assert transport.unconfirmed == 1


@pytest.mark.slow
def test_an_end_that_was_seen_in_between_is_raised_at_the_next_call(server: socket.socket) -> None:
    transport = towards(server)
    transport.deliver(entries(2))
    server.accept()[0].close()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        assert transport.unconfirmed == 2
    with pytest.raises(UnavailableError, match="the receiver broke the connection"):
        transport.confirm(10)
    assert transport.unconfirmed == 2


def test_an_empty_batch_asks_whether_the_receiver_lives(server: socket.socket) -> None:
    transport = towards(server)
    transport.deliver(entries(2))
    theirs, _ = server.accept()
    assert transport.deliver([]) == Report()
    theirs.close()
    until = time.monotonic() + 10
    with pytest.raises(UnavailableError):
        ask_for_ever(transport, until)
    assert transport.unconfirmed == 2


def ask_for_ever(transport: Transport, until: float) -> None:
    while time.monotonic() < until:
        transport.deliver([])


@pytest.mark.slow
def test_a_receiver_that_never_reads_is_given_up_in_time(server: socket.socket) -> None:
    transport = towards(server, timeout=0.3)
    batch = entries(200, 20_000)
    with pytest.raises(UnavailableError, match="the receiver does not read") as caught:
        deliver_for_ever(transport, batch)
    assert caught.value.reason == "timeout"
    assert transport.unconfirmed > 0


def deliver_for_ever(transport: Transport, batch: Sequence[Entry]) -> None:
    while True:
        start = time.monotonic()
        transport.deliver(batch)
        assert time.monotonic() - start < 5


@pytest.mark.slow
def test_a_receiver_that_reads_slowly_gets_the_rest_later(server: socket.socket) -> None:
    transport = towards(server, timeout=0.3)
    batch = entries(2000, 20_000)
    report = transport.deliver(batch)
    first = min(report.later)
    assert sorted(report.later) == list(range(first, 2000))
    assert "slower than they come" in report.later[first]
    assert transport.unconfirmed == first
    transport.close()


def test_a_confirmation_that_does_not_come_changes_nothing(server: socket.socket) -> None:
    transport = towards(server)
    transport.deliver(entries(2))
    transport.confirm(0.1)
    assert transport.unconfirmed == 2


def test_a_record_too_long_for_a_datagram_is_refused_and_the_others_arrive() -> None:
    batch = [entries(1, 10)[0], entries(1, 70_000)[0], entries(1, 10)[0]]
    with socket.socket(type=socket.SOCK_DGRAM) as theirs:
        theirs.bind(("127.0.0.1", 0))
        theirs.settimeout(10)
        target = f"udp://127.0.0.1:{theirs.getsockname()[1]}"
        transport = SyslogTransport(config(target), "sensor")
        report = transport.deliver(batch)
        assert list(report.refused) == [1]
        assert report.refused[1].endswith(
            "does not fit into a datagram; write tcp:// or tls://, or lower record_size"
        )
        assert report.later == {}
        assert [theirs.recv(9000)[-20:] for _ in range(2)] == [batch[0].line[-21:-1]] * 2
        assert transport.unconfirmed == 0
        transport.close()


def test_nobody_listens_is_said(server: socket.socket) -> None:
    transport = towards(server)
    server.close()
    error = failing(transport)
    port = transport_port(str(error))
    assert str(error) == (
        f"tcp://127.0.0.1:{port}: nobody listens there; start the receiver or mend host and port"
    )
    assert error.reason == "refused"


def transport_port(said: str) -> str:
    return said.split(":")[2]


@pytest.mark.parametrize(
    ("says", "hint"),
    [
        (b"220 mx.example.net ESMTP\r\n", "; this is no syslog port"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "; this is no syslog port"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "; this is a port with TLS: write tls://"),
    ],
)
def test_a_port_of_another_protocol_is_recognised(says: bytes, hint: str) -> None:
    with Receiver(says=says) as receiver:
        transport = SyslogTransport(config(f"tcp://127.0.0.1:{receiver.port}"), "sensor")
        assert str(failing(transport)).endswith(hint)


def test_a_port_without_tls_is_recognised_by_what_it_says() -> None:
    with Receiver(says=b"220 mx.example.net ESMTP\r\n") as receiver:
        transport = SyslogTransport(config(f"tls://127.0.0.1:{receiver.port}"), "sensor")
        assert str(failing(transport)).endswith(
            ": the receiver does not speak TLS; write tcp:// or name its TLS port"
        )


def test_a_file_that_is_gone_makes_the_receiver_unavailable(tmp_path: Path) -> None:
    own = make(names=("127.0.0.1",)).save(tmp_path / "own.pem")
    with Receiver(context=tls_server(own)) as receiver:
        target = f"tls://127.0.0.1:{receiver.port}"
        transport = SyslogTransport(config(target, ca_file=str(own)), "sensor")
        own.unlink()
        assert "cannot be read" in str(failing(transport))


def test_a_configuration_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(OutputError, match="is no syslog target"):
        SyslogTransport(config("log.example.net"), "sensor")
