from __future__ import annotations

import pytest

from smtpids.errors import OutputError
from smtpids.outputs.syslog.address import Address, parse


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("udp://log.example.net", Address("udp", "log.example.net", 514)),
        ("tcp://log.example.net/", Address("tcp", "log.example.net", 601)),
        ("tls://log.example.net", Address("tls", "log.example.net", 6514)),
        ("tls://[2001:db8::1]:7000", Address("tls", "2001:db8::1", 7000)),
        ("TCP://192.0.2.1:1", Address("tcp", "192.0.2.1", 1)),
        ("unix:///dev/log", Address("unix", path="/dev/log")),
    ],
)
def test_a_url_says_where_a_receiver_is(target: str, address: Address) -> None:
    assert parse(target) == address


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("log.example.net:514", "is no syslog target; write tls://HOST:6514"),
        ("http://log.example.net", "is no syslog target"),
        ("tcp://:601", "is no syslog target"),
        ("tcp://log.example.net:70000", "no such port or host"),
        ("tcp://log.example.net:syslog", "no such port or host"),
        ("tcp://log.example.net:0", "no port that can be reached"),
        ("tcp://[::1", "no such port or host"),
        ("tcp://log.example.net/path", "goes on behind the port"),
        ("tcp://log.example.net?x=1", "goes on behind the port"),
        ("unix://dev/log", "names no absolute path"),
        ("unix:", "names no absolute path"),
    ],
)
def test_what_is_no_target_is_refused_with_what_to_write(target: str, said: str) -> None:
    with pytest.raises(OutputError, match=said):
        parse(target)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(OutputError, match="no user and no password") as caught:
        parse("tcp://user:s3cret@log.example.net:601")
    assert "s3cret" not in str(caught.value)
