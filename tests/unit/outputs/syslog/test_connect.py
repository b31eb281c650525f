from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.config import OutputConfig
from smtpids.errors import OutputError
from smtpids.outputs.syslog import faults
from smtpids.outputs.syslog.address import parse
from smtpids.outputs.syslog.connect import Connector
from smtpids.outputs.syslog.datagrams import Datagrams
from smtpids.outputs.syslog.link import Link
from tests.support.certificates import make
from tests.support.receiver import Receiver, tls_server

if TYPE_CHECKING:
    from pathlib import Path


def connector(target: str, **more: str) -> Connector:
    config = OutputConfig(
        type="syslog",
        target=target,
        name="syslog",
        ca_file=more.get("ca_file", ""),
        server_name=more.get("server_name", ""),
    )
    return Connector(parse(target), config)


def soon(seconds: float = 10) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_receiver_is_reached_by_either_protocol(host: str) -> None:
    with Receiver(host) as receiver:
        literal = f"[{host}]" if ":" in host else host
        way = connector(f"tcp://{literal}:{receiver.port}").connect(soon())
        way.send([b"one"], soon())
        assert way.finish(soon())
        way.close()
        assert receiver.octets == b"3 one"


def test_of_several_addresses_the_one_that_answers_is_taken() -> None:
    """`localhost` is ::1 as well in most places, where nobody listens here."""
    with Receiver("127.0.0.1") as receiver:
        way = connector(f"tcp://localhost:{receiver.port}").connect(soon())
        assert isinstance(way, Link)
        way.close()


def test_a_socket_of_this_machine_is_of_datagrams_or_of_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "log"
    target = f"unix://{path}"
    with pytest.raises(FileNotFoundError):
        connector(target).connect(soon())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as theirs:
        theirs.bind(str(path))
        way = connector(target).connect(soon())
        assert isinstance(way, Datagrams)
        way.send([b"one"], soon())
        assert theirs.recv(100) == b"one"
        way.close()
    path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as theirs:
        theirs.bind(str(path))
        theirs.listen()
        way = connector(target).connect(soon())
        assert isinstance(way, Link)
        way.send([b"one"], soon())
        near, _ = theirs.accept()
        with near:
            assert near.recv(100) == b"one\n"
        way.close()


def test_udp_is_of_datagrams() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as theirs:
        theirs.bind(("127.0.0.1", 0))
        way = connector(f"udp://127.0.0.1:{theirs.getsockname()[1]}").connect(soon())
        assert isinstance(way, Datagrams)
        way.close()


def test_tls_delivers_what_was_sent(tmp_path: Path) -> None:
    own = make(names=("127.0.0.1", "log.example.net")).save(tmp_path / "own.pem")
    with Receiver(context=tls_server(own)) as receiver:
        for name in ("", "log.example.net"):
            target = f"tls://127.0.0.1:{receiver.port}"
            way = connector(target, ca_file=str(own), server_name=name).connect(soon())
            way.send([b"one"], soon())
            assert way.finish(soon())
            way.close()
        assert receiver.octets == b"3 one3 one"
        assert receiver.errors == []


def test_a_receiver_of_another_name_gets_nothing(tmp_path: Path) -> None:
    own = make(names=("other.example.net",)).save(tmp_path / "own.pem")
    with Receiver(context=tls_server(own)) as receiver:
        reaching = connector(f"tls://127.0.0.1:{receiver.port}", ca_file=str(own))
        with pytest.raises(ssl.SSLCertVerificationError):
            reaching.connect(soon())
        assert receiver.octets == b""


def test_a_receiver_that_wants_our_certificate_says_so_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    """In TLS 1.3 it says so behind the handshake, when we might have sent already."""
    own = make(names=("127.0.0.1",)).save(tmp_path / "own.pem")
    with Receiver(context=tls_server(own, clients=own)) as receiver:
        reaching = connector(f"tls://127.0.0.1:{receiver.port}", ca_file=str(own))
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            reaching.connect(soon())


def test_a_receiver_that_never_shakes_hands_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reaching = connector(f"tls://127.0.0.1:{server.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            reaching.connect(soon(0.1))
        assert time.monotonic() - start < 5
        assert reaching.doing == faults.SHAKING_HANDS


def test_a_file_that_cannot_be_used_is_told_at_once_and_at_each_connection(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"ca_file .* cannot be read"):
        connector("tls://127.0.0.1:1", ca_file=str(tmp_path / "gone.pem"))
    own = make(names=("127.0.0.1",)).save(tmp_path / "own.pem")
    with Receiver(context=tls_server(own)) as receiver:
        reaching = connector(f"tls://127.0.0.1:{receiver.port}", ca_file=str(own))
        own.unlink()
        with pytest.raises(OutputError, match=r"ca_file .* cannot be read"):
            reaching.connect(soon())
