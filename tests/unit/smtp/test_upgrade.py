"""What stands between STARTTLS and the handshake."""

from __future__ import annotations

import pytest

from smtpids.smtp.upgrade import classify


@pytest.mark.parametrize(
    ("block", "kind", "verb"),
    [
        (b"RSET\r\n", "verb", "RSET"),
        (b"ehlo x\r\nmail from:<a@b>\r\n", "verb", "EHLO"),
        (b"\r\nNOOP\r\n", "verb", "NOOP"),
        (b"hello there\r\n", "text", ""),
        (b"", "text", ""),
        (b"\x00\x01\x02", "binary", ""),
        (b"\xff\xfe RSET", "binary", ""),
    ],
)
def test_injected_octets_are_classified(block: bytes, kind: str, verb: str) -> None:
    assert classify(block) == (kind, verb)
