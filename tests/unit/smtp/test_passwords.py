from __future__ import annotations

import pytest

from smtpids.smtp.passwords import COMMON_PASSWORDS, is_common


@pytest.mark.parametrize("secret", [b"123456", b"Password", b"QWERTY", b"letmein"])
def test_what_everybody_tries_is_common_in_any_case(secret: bytes) -> None:
    assert is_common(secret)


@pytest.mark.parametrize("secret", [b"", b"correct horse battery staple", b"123456 "])
def test_anything_else_is_not(secret: bytes) -> None:
    assert not is_common(secret)


def test_the_table_can_match_whatever_it_holds() -> None:
    assert {word.lower() for word in COMMON_PASSWORDS} == COMMON_PASSWORDS
    assert len(COMMON_PASSWORDS) >= 100
