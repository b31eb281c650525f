from __future__ import annotations

import logging
import socket

import pytest

from smtpids.cli.greeting import greet
from smtpids.config import OutputConfig
from smtpids.errors import OutputError
from smtpids.outputs.http import HttpTransport
from smtpids.outputs.syslog import SyslogTransport
from tests.support.transports import Fake, away

PATIENCE = 10.0


def syslog(target: str = "tcp://h:601") -> OutputConfig:
    return OutputConfig(type="syslog", target=target, name="siem")


def said(
    caplog: pytest.LogCaptureFixture, config: OutputConfig, way: Fake | type | Exception
) -> list[tuple[int, str]]:
    """Return what is logged of a look at a receiver, `way` being there or made."""
    caplog.set_level(logging.INFO, "smtpids")

    def make(config: OutputConfig) -> Fake:
        if isinstance(way, Exception):
            raise way
        made: Fake = way(config, "sensor") if isinstance(way, type) else way
        return made

    thread = greet(config, make)
    assert thread is not None
    thread.join(PATIENCE)
    return [(record.levelno, record.getMessage()) for record in caplog.records]


def test_a_receiver_that_is_there_is_told_and_let_go(caplog: pytest.LogCaptureFixture) -> None:
    fake = Fake()
    assert said(caplog, syslog(), fake) == [(logging.INFO, "output siem: the receiver is there")]
    assert (fake.batches, fake.closed) == ([[]], 1)


def test_a_receiver_that_is_away_is_told_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    fake = Fake(away("nobody listens there"))
    assert said(caplog, syslog(), fake) == [(logging.ERROR, "output siem: nobody listens there")]
    assert fake.closed == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (OutputError("ca.pem is gone"), "ca.pem is gone"),
        (KeyError("x"), "internal error: KeyError"),
    ],
)
def test_a_way_that_cannot_be_made_is_told(
    fault: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert said(caplog, syslog(), fault) == [(logging.ERROR, f"output siem: {told}")]


def test_nobody_is_asked_who_could_not_answer() -> None:
    kafka = OutputConfig(type="kafka", target="h:9092", name="bus")
    file = OutputConfig(type="file", target="a.json", name="a.json")
    udp = syslog("udp://h:514")
    assert [greet(config, lambda _: Fake()) for config in (kafka, file, udp)] == [None] * 3


@pytest.mark.parametrize("kind", ["syslog", "http"])
def test_a_real_receiver_sees_a_connection_and_no_octet(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        scheme, way = ("tcp", SyslogTransport) if kind == "syslog" else ("http", HttpTransport)
        config = OutputConfig(type=kind, target=f"{scheme}://127.0.0.1:{port}", name="siem")
        assert said(caplog, config, way) == [(logging.INFO, "output siem: the receiver is there")]
        with server.accept()[0] as connection:
            assert connection.recv(1) == b""


def test_no_secret_is_needed_to_look(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = OutputConfig(
            type="http",
            target=f"http://127.0.0.1:{server.getsockname()[1]}",
            name="siem",
            token_file="/nowhere/token",  # a path
        )
        told = said(caplog, config, HttpTransport)
    assert told == [(logging.INFO, "output siem: the receiver is there")]
