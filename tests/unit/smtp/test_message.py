"""One message while it passes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from smtpids.config import Limits
from smtpids.mime import LATE, Reading
from smtpids.smtp.ends import Ends
from smtpids.smtp.message import BATCH_OCTETS, BDAT, DATA, Message
from smtpids.smtp.session import Session
from tests.support.mails import Keeper, attached, multipart

if TYPE_CHECKING:
    from collections.abc import Callable

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)


def told(message: Message) -> list[object]:
    session = Session(ENDS, Limits())
    message.end()
    message.tell(session, 0, 0)
    return [event.fields["smtp.anomaly.kind"] for event in session.events]


def test_size_and_hash_are_of_the_content_without_dots_and_end() -> None:
    message = Message(DATA, Limits())
    assert message.feed_data(b"Subject: x\r\n\r\n..dot\r\n") is None
    assert message.feed_data(b".\r\nQUIT\r\n") == b"QUIT\r\n"
    message.end()
    content = b"Subject: x\r\n\r\n.dot\r\n"
    fields = message.fields(250)
    assert fields["smtp.message.size"] == len(content)
    assert fields["smtp.message.hash.sha256"] == hashlib.sha256(content).hexdigest()
    assert fields["smtp.message.complete"] is True
    assert fields["smtp.message.accepted"] is True
    assert fields["email.subject"] == "x"


ASKED: dict[str, Callable[[Message], object]] = {
    "size": lambda message: message.size,
    "ambiguous_end": Message.ambiguous_end,
    "hidden_envelope": Message.hidden_envelope,
    "gap": lambda message: message.gap(1),
    "shed": Message.shed,
    "hash_now": Message.hash_now,
    "end": Message.end,
}


@pytest.mark.parametrize("ask", ASKED)
def test_octets_that_wait_to_be_read_together_are_read_when_somebody_asks(ask: str) -> None:
    keeper = Keeper()
    message = Message(DATA, Limits(), Reading(store=keeper))
    message.feed_data(multipart(attached(b"x" * 30)))
    assert keeper.all == []
    ASKED[ask](message)
    assert len(keeper.all) == 1


def test_what_waits_is_bounded() -> None:
    message = Message(DATA, Limits(), Reading(wanted=LATE))
    message.feed_data(b"\r\n")
    for _ in range(100):
        message.feed_data(b"x" * 998 + b"\r\n")
        assert message.held_octets <= BATCH_OCTETS + 1000
    assert message.size == 100_000  # the last line end may belong to the end of data


@pytest.mark.parametrize("cut", range(1, 6))
def test_the_end_is_found_however_it_is_cut(cut: int) -> None:
    message = Message(DATA, Limits())
    raw = b"Subject: x\r\n\r\nline.\r\n.\r\nQUIT\r\n"
    blocks = [raw[at : at + cut] for at in range(0, len(raw), cut)]
    rest = None
    while rest is None:
        rest = message.feed_data(blocks.pop(0))
    assert rest + b"".join(blocks) == b"QUIT\r\n"
    assert message.size == len(b"Subject: x\r\n\r\nline.\r\n")


@pytest.mark.parametrize("cut", range(1, 13))
def test_what_may_belong_to_the_end_is_not_kept(cut: int) -> None:
    octets = b"Subject: x\r\n\r\na\r\n.\r\nQUIT\r\n"
    place = len(octets) - cut
    message, other = Message(DATA, Limits()), Message(DATA, Limits())
    ended = place > octets.index(b".")
    assert message.keep(octets[:place]) is not ended
    assert message.held_octets == (0 if ended else place)
    if not ended:
        assert message.feed_data(octets[place:]) == b"QUIT\r\n"
        assert other.feed_data(octets) == b"QUIT\r\n"
        message.end()
        other.end()
        assert message.fields(250) == other.fields(250)


def test_no_more_is_kept_than_is_read_together() -> None:
    message = Message(DATA, Limits())
    assert message.keep(b"x" * (BATCH_OCTETS - 1)) is True
    assert message.keep(b"x") is False
    assert message.held_octets == BATCH_OCTETS - 1


def test_a_chunk_is_content_as_it_stands() -> None:
    message = Message(BDAT, Limits())
    message.feed_chunk(b"\r\n..\n.\n.\r\n")
    message.complete = True
    assert told(message) == []
    fields = message.fields(550)
    assert fields["smtp.message.size"] == 10
    assert fields["smtp.message.accepted"] is False


def test_a_message_without_end_is_not_complete_and_has_no_verdict() -> None:
    message = Message(DATA, Limits())
    message.feed_data(b"begun\r\n")
    message.end()
    fields = message.fields(None)
    assert fields["smtp.message.size"] == 7
    assert fields["smtp.message.complete"] is False
    assert "smtp.message.accepted" not in fields


def test_lost_octets_count_and_leave_no_hash() -> None:
    message = Message(DATA, Limits())
    message.feed_data(b"Subject: x\r\n\r\none")
    message.gap(100)
    message.feed_data(b"two\r\n.\r\n")
    assert told(message) == ["message_truncated_by_capture"]
    fields = message.fields(250)
    assert fields["smtp.message.size"] == 14 + 3 + 100 + 5
    assert "smtp.message.hash.sha256" not in fields
    assert fields["smtp.message.complete"] is False


def test_what_is_odd_in_a_message_is_told() -> None:
    message = Message(DATA, Limits())
    message.feed_data(b".dot\r\na\nb\rc\0" + b"x" * 2000 + b"\r\n.\r\n")
    assert told(message) == [
        "bare_lf",
        "bare_cr",
        "nul_in_line",
        "line_too_long",
        "dot_stuffing_violation",
    ]


def test_what_is_odd_in_its_parts_is_told() -> None:
    message = Message(DATA, Limits())
    header = b"Content-Transfer-Encoding: base64\r\nContent-Disposition: x; filename="
    message.feed_data(header + b"n" * 300 + b"\r\n\r\n!\r\n.\r\n")
    assert told(message) == ["mime_long_filename", "mime_bad_base64"]
    assert message.fields(250)["email.attachments.file.size"] == [0]


def test_the_attachment_in_which_a_message_breaks_off_is_not_whole() -> None:
    content = multipart(attached(b"one"), attached(b"two" * 9))
    for framing, octets, complete in (
        (DATA, content + b".\r\n", True),
        (DATA, content[:-30], False),
        (BDAT, content, True),
        (BDAT, content[:-30], False),
    ):
        keeper = Keeper()
        message = Message(framing, Limits(), Reading(keeper))
        if framing == DATA:
            message.feed_data(octets)
        else:
            message.feed_chunk(octets)
            message.complete = complete
        message.end()
        assert [kept.whole for kept in keeper.all] == [True, complete]
