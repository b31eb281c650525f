"""Which connections are mail, and which end is the client."""

from __future__ import annotations

import pytest

from smtpids.smtp.detect import MOST_EVENTS, Detector, Verdict
from smtpids.tcp.events import CLIENT, SERVER

C, S = CLIENT, SERVER


def verdict(*said: tuple[int, bytes], midstream: bool = False) -> Verdict:
    detector = Detector(midstream=midstream)
    known = Verdict.MORE
    for side, octets in said:
        assert known is Verdict.MORE
        known = detector.octets(side, octets)
    return known


@pytest.mark.parametrize(
    "said",
    [
        [(S, b"220 mx.example ESMTP Postfix\r\n")],
        [(S, b"220 mx.example\r\n"), (C, b"EHLO x\r\n")],
        [(S, b"220-mx\r\n220 mx\r\n"), (C, b"hel"), (C, b"o x\r\n")],
        [(C, b"EHLO x\r\n")],
        [(C, b"LHLO x\r\n")],
        [(S, b"554 no smtp service here\r\n")],
    ],
)
def test_mail_is_known_by_its_first_octets(said: list[tuple[int, bytes]]) -> None:
    assert verdict(*said) is Verdict.SMTP


@pytest.mark.parametrize(
    "said",
    [
        [(C, b"GET / HTTP/1.1\r\n")],
        [(C, b"\x16\x03\x01\x02\x00\x01")],
        [(S, b"SSH-2.0-OpenSSH_9.2\r\n")],
        [(S, b"+OK POP3 ready\r\n")],
        [(S, b"220 ftp.example FTP\r\n"), (C, b"USER anonymous\r\n")],
        [(S, b"200 news.example NNTP\r\n")],
        [(C, b"CAP LS\r\n")],
        [(C, b"STARTTLS\r\n")],
    ],
)
def test_other_protocols_are_let_go(said: list[tuple[int, bytes]]) -> None:
    assert verdict(*said) is Verdict.OTHER


def test_in_mid_stream_the_envelope_tells() -> None:
    assert verdict((C, b"MAIL FROM:<a@b>\r\n"), midstream=True) is Verdict.SMTP
    assert verdict((S, b"250 Ok\r\n"), (C, b"RCPT TO:<a@b>\r\n"), midstream=True) is Verdict.SMTP


def test_in_mid_stream_the_envelope_tells_who_is_the_client() -> None:
    assert verdict((S, b"MAIL FROM:<a@b>\r\n"), midstream=True) is Verdict.SWAPPED


def test_a_connection_that_never_decides_is_let_go() -> None:
    detector = Detector(midstream=False)
    verdicts = [detector.octets(SERVER, b"220 x\r\n") for _ in range(MOST_EVENTS)]
    assert verdicts[-1] is Verdict.OTHER
