"""What a server echoes of a secret is not shown."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.redact import marks_of, without
from smtpids.smtp.sasl import decode_base64

SECRET = b"Sunflower-4711"
ENCODED = base64.b64encode(b"\0alice@mx.example\0" + SECRET)


def _encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def test_the_words_of_a_line_are_replaced_wherever_they_stand() -> None:
    marks = marks_of(b"AUTH PLAIN " + ENCODED)
    shown = without(b"535 bad: '" + ENCODED + b"' (" + SECRET + b")", marks)
    assert SECRET not in shown
    assert ENCODED not in shown
    assert shown.startswith(b"535 bad: '[redacted]'")


def test_without_marks_nothing_changes() -> None:
    assert without(b"250 Ok", frozenset()) == b"250 Ok"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_nothing_raises(line: bytes, reply: bytes) -> None:
    without(reply, marks_of(line))


def test_marks_hold_no_octets() -> None:
    assert all(isinstance(mark, int) for mark in marks_of(ENCODED))


def plain_marks(line: bytes) -> frozenset[int]:
    """What `marks_of` says, word by word."""
    words = line.split()[:32]
    decoded = [
        part
        for word in words
        for octets, valid in [decode_base64(word)]
        if valid
        for part in octets.split(b"\0")[:4]
    ]
    return frozenset(hash(word) for word in (*words, *decoded) if len(word) >= 4)


@given(st.lists(st.text("abA=+/0", max_size=12) | st.binary(max_size=9).map(_encoded), max_size=40))
def test_all_words_that_are_long_enough_are_marked_as_they_stand_and_decoded(
    words: list[str],
) -> None:
    line = " ".join(words).encode()
    assert marks_of(line) == plain_marks(line)


def test_short_words_are_not_marked() -> None:
    assert marks_of(b"a \xff\xff YWJj abc") == frozenset([hash(b"YWJj")])
