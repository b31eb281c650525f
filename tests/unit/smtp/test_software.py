from __future__ import annotations

import pytest

from smtpids.smtp.software import software_of


@pytest.mark.parametrize(
    ("greeting", "known"),
    [
        ("mx.example ESMTP Exim 4.97.1 Sun, 01 Mar 2026 10:00:00 +0000", ("exim", "4.97.1")),
        ("mx.example ESMTP Exim 4.99_RC2", ("exim", "4.99_RC2")),
        ("mx.example ESMTP Postfix (Debian/GNU)", ("postfix", "")),
        ("mx.example ESMTP Postfix (3.8.4)", ("postfix", "3.8.4")),
        ("mx.example ESMTP OpenSMTPD", ("opensmtpd", "")),
        ("mx.example ESMTP Sendmail 8.17.1/8.17.1; Sun", ("sendmail", "8.17.1")),
        ("mx.example Microsoft ESMTP MAIL Service ready at Sun", ("exchange", "")),
        ("mx Microsoft ESMTP MAIL Service, Version: 10.0.14393 ready", ("exchange", "10.0.14393")),
        ("mx.example ESMTP Haraka/3.0.3 ready", ("haraka", "3.0.3")),
        ("mx.example Python SMTP 1.4.4", ("aiosmtpd", "1.4.4")),
        ("mx.example Lotus Domino Release 8.5", ("domino", "8.5")),
        ("mx.example HCL Domino", ("domino", "")),
        ("mx.example ESMTP ready", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_program_is_known_by_its_greeting(greeting: str, known: tuple[str, str]) -> None:
    assert known == software_of(greeting)


def test_a_program_that_is_named_late_is_not_looked_for() -> None:
    assert software_of("x" * 300 + " Postfix") == ("", "")
