"""What a server echoes of a secret is not shown."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.redact import marks_of, without

SECRET = b"Sunflower-4711"
ENCODED = base64.b64encode(b"\0alice@mx.example\0" + SECRET)


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
