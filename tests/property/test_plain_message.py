"""A message that is read at once says what one says that is read as it comes, however it is cut."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mime import HIDDEN, LATE, Reading
from smtpids.smtp.ends import Ends
from smtpids.smtp.message import DATA, Message
from smtpids.smtp.session import Session
from tests.support.plain_mails import mails

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)
BEHIND = (b"", b"", b"QUIT\r\n", b"\0", b".\r\n", b"\r\n.\r\n")


def said(raw: bytes, cuts: list[int], wanted: frozenset[str], *, as_it_comes: bool) -> list[Any]:
    """Feed a message and return all that is known of it then."""
    message = Message(DATA, Limits(), Reading(None, ("example.org",), HIDDEN, wanted))
    if as_it_comes:
        assert not message.size  # who asks has it read from the beginning
    rest = None
    places = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    for begin, end in pairwise(places):
        piece = raw[begin:end]
        if not as_it_comes and message.keep(piece):
            continue
        rest = message.feed_data(piece)
        if rest is not None:
            rest += raw[end:]
            break
    message.end()
    session = Session(ENDS, Limits())
    message.tell(session, 0, 0)
    told = [list(event.fields.items()) for event in session.events]
    session.tell("message", 0, 0)
    event = session.events[-1]
    event.fields.clear()
    event.fields.update(message.fields(250, "b.example"))
    message.put_off(event)
    fields = list(event.fields.items())
    event.complete()
    whole = list(event.fields.items())
    return [rest, message.size, message.complete, told, fields, whole]


@given(
    mails(),
    st.sampled_from([b"\r\n.\r\n", b".\r\n", b""]),
    st.sampled_from(BEHIND),
    st.lists(st.integers(0, 3_000), max_size=6),
    st.sampled_from([frozenset[str](), frozenset({"smtp.message.hash.md5"}), LATE]),
)
@example(b"", b".\r\n", b"", [], LATE)
@example(b"", b".\r\n", b"DATA\r\n.\r\n.\r\n", [], frozenset[str]())
@example(b"\r\n", b".\r\n", b"DATA\r\n.\r\n", [2], LATE)
@example(b"A: b\r\n\r\n.", b"\r\n.\r\n", b"QUIT\r\n", [], LATE)
@example(b"A: b\r\n\r\n", b".\r\n", b"\r\n.\r\n", [8], LATE)
@example(b"A: b\r\n\r\n" + b"x" * 999, b"\r\n.\r\n", b"", [], LATE)
@example(b"A: b\r\n\r\nx", b"\r\n.\r\n", b"", [9, 10, 11, 12], LATE)
def test_a_message_is_the_same_however_it_is_read(
    content: bytes, end: bytes, behind: bytes, cuts: list[int], wanted: frozenset[str]
) -> None:
    raw = content + end + behind
    read = [said(raw, cuts, wanted, as_it_comes=late) for late in (False, True)]
    assert read[0] == read[1]
