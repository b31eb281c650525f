"""Who may read the metrics, at which price."""

from __future__ import annotations

import base64
import subprocess
import sys
from time import perf_counter

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.metrics.basicauth import (
    PASSWORD_OCTETS,
    PAUSE_SECONDS,
    WRONG_AT_ONCE,
    Answer,
    BasicAuth,
    cost,
    credentials,
)


def hashed(password: bytes, rounds: int = 4) -> str:
    return bcrypt.hashpw(password, bcrypt.gensalt(rounds)).decode()


USERS = {"ann": hashed(b"open sesame"), "jörg": hashed("schlüssel".encode())}


def header(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        ("ann", "open sesame", Answer.RIGHT),
        ("jörg", "schlüssel", Answer.RIGHT),
        ("ann", "open", Answer.WRONG),
        ("ann", "", Answer.WRONG),
        ("bob", "open sesame", Answer.WRONG),
        ("", "", Answer.WRONG),
        ("ann", "a\0b", Answer.WRONG),
    ],
)
def test_a_name_needs_its_own_password(name: str, password: str, expected: Answer) -> None:
    assert BasicAuth().answer(header(name, password), USERS, "192.0.2.1") is expected


@pytest.mark.parametrize(
    "field",
    ["", "Basic", "Basic ", "Basic !!!", "Bearer abc", "Basic YW5u", "Digest x=y", "Basic ü"],
)
def test_a_field_without_credentials_costs_nothing_and_opens_nothing(field: str) -> None:
    auth = BasicAuth(Clock())
    for _ in range(WRONG_AT_ONCE * 2):
        assert auth.answer(field, USERS, "192.0.2.1") is Answer.WRONG


@given(st.text(max_size=40))
def test_no_field_raises(field: str) -> None:
    assert credentials(field) is None or ":" in base64.b64decode(field.split()[1]).decode("latin-1")


def test_the_scheme_may_be_written_in_any_case() -> None:
    token = header("ann", "open sesame").removeprefix("Basic ")
    assert credentials(f"bAsIc {token}") == ("ann", b"open sesame")


def test_a_colon_belongs_to_the_password() -> None:
    assert credentials(header("ann", "a:b")) == ("ann", b"a:b")


def test_a_password_counts_as_far_as_bcrypt_reads_it() -> None:
    users = {"ann": hashed(b"x" * PASSWORD_OCTETS)}
    long = header("ann", "x" * (PASSWORD_OCTETS + 20))
    assert BasicAuth().answer(long, users, "192.0.2.1") is Answer.RIGHT


def test_an_address_that_was_wrong_waits_and_others_do_not() -> None:
    clock = Clock()
    auth = BasicAuth(clock)
    right, wrong = header("ann", "open sesame"), header("ann", "no")
    assert auth.answer(wrong, USERS, "192.0.2.1") is Answer.WRONG
    assert auth.answer(right, USERS, "192.0.2.1") is Answer.LATER
    assert auth.answer(right, USERS, "192.0.2.2") is Answer.RIGHT
    clock.now += PAUSE_SECONDS
    assert auth.answer(header("ann", "no"), USERS, "192.0.2.1") is Answer.WRONG


def test_a_network_of_ipv6_is_one_guesser() -> None:
    auth = BasicAuth(Clock())
    assert auth.answer(header("ann", "no"), USERS, "2001:db8::1") is Answer.WRONG
    assert auth.answer(header("ann", "no"), USERS, "2001:db8::ffff:2") is Answer.LATER
    assert auth.answer(header("ann", "no"), USERS, "2001:db8:0:1::1") is Answer.WRONG


def test_all_guessers_together_are_held_to_a_rate() -> None:
    clock = Clock()
    auth = BasicAuth(clock)
    answers = [auth.answer(header("ann", "no"), USERS, f"192.0.2.{n}") for n in range(100)]
    assert answers.count(Answer.WRONG) == WRONG_AT_ONCE
    assert answers.count(Answer.LATER) == 100 - WRONG_AT_ONCE


def test_who_was_right_once_is_not_checked_again_though_all_is_used_up() -> None:
    auth = BasicAuth(Clock())
    right = header("ann", "open sesame")
    assert auth.answer(right, USERS, "192.0.2.1") is Answer.RIGHT
    for number in range(50):
        auth.answer(header("ann", "no"), USERS, f"198.51.100.{number}")
    assert auth.answer(right, USERS, "198.51.100.1") is Answer.RIGHT


def test_a_password_that_was_changed_is_not_remembered() -> None:
    auth = BasicAuth(Clock())
    right = header("ann", "open sesame")
    assert auth.answer(right, USERS, "192.0.2.1") is Answer.RIGHT
    assert auth.answer(right, {"ann": hashed(b"another")}, "192.0.2.1") is Answer.WRONG
    assert auth.answer(right, {"bob": USERS["ann"]}, "192.0.2.2") is Answer.WRONG


@pytest.mark.slow
def test_a_name_that_nobody_has_takes_as_long_as_one_that_is_known() -> None:
    users = {"ann": hashed(b"open sesame", 8), "old": hashed(b"x", 4)}

    def seconds(name: str) -> float:
        begun = perf_counter()
        BasicAuth().answer(header(name, "no"), users, "192.0.2.1")
        return perf_counter() - begun

    known = min(seconds("ann") for _ in range(5))
    unknown = min(seconds("nobody") for _ in range(5))
    # the cheapest hash among the users would be sixteen times as fast
    assert 0.25 < unknown / known < 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze", 10),
        ("$2$05$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze", 5),
        ("$2y$10$short", None),
        ("$1$salt$0123456789", None),
        ("$2y$03$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze", None),
        ("open sesame", None),
        ("", None),
    ],
)
def test_a_hash_tells_its_cost(text: str, expected: int | None) -> None:
    assert cost(text) == expected


@pytest.mark.slow
def test_bcrypt_is_imported_for_the_first_password_only() -> None:
    code = "import sys, smtpids.metrics.exporter; sys.exit('bcrypt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
