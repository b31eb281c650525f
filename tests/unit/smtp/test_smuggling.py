"""When the replies tell that a server took an ambiguous end of data for the end."""

from __future__ import annotations

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Event, Tracker
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 0)
ENVELOPE = (
    b"220 mx\r\n",
    b"HELO c\r\n",
    b"250 mx\r\n",
    b"MAIL FROM:<a@c>\r\n",
    b"250 Ok\r\n",
    b"RCPT TO:<b@mx>\r\n",
    b"250 Ok\r\n",
    b"DATA\r\n",
    b"354 go on\r\n",
)
HIDDEN = b"\n.\nMAIL FROM:<x@mx>\nRCPT TO:<y@mx>\nDATA\n"


def talk(*said: bytes, lost: int = 0) -> list[Event]:
    """The envelope, then client and server in turn; `lost` octets are missing in front."""
    tracker = Tracker(ENDS, Config(strict=True))
    events: list[Event] = []
    sent = [0, 0]
    for index, octets in enumerate(ENVELOPE + said):
        side = CLIENT if index % 2 else SERVER
        if lost and index == len(ENVELOPE):
            events += tracker.gap(CLIENT, lost, index, index)
            sent[CLIENT] += lost
        events += tracker.octets(side, octets, index, index, sent[1 - side])
        sent[side] += len(octets)
    return events + tracker.closed("fin", len(said), len(said))


def accepted(events: list[Event]) -> list[Event]:
    return [
        event for event in events if event.fields.get("smtp.anomaly.kind") == "smuggling_accepted"
    ]


def messages(events: list[Event]) -> list[tuple[object, object]]:
    return [
        (
            event.fields["smtp.message.complete"],
            event.fields.get("smtp.message.accepted"),
        )
        for event in events
        if event.action == "message"
    ]


@pytest.mark.parametrize(
    ("replies", "told"),
    [
        (b"250 1\r\n", 0),
        (b"250 1\r\n250 Ok\r\n250 Ok\r\n", 0),
        (b"250 1\r\n250 Ok\r\n250 Ok\r\n354 go\r\n", 1),
        (b"250 1\r\n354 go\r\n", 1),
        (b"250 1\r\n250 Ok\r\n250 Ok\r\n250 2\r\n", 1),
        (b"250 1\r\n550 no\r\n503 no\r\n503 no\r\n", 0),
        (b"250 1\r\n421 bye\r\n", 0),
    ],
)
def test_the_replies_to_a_second_transaction_tell(replies: bytes, told: int) -> None:
    assert len(accepted(talk(b"one" + HIDDEN + b"two\r\n.\r\n", replies))) == told


def test_what_was_hidden_is_told_with_it() -> None:
    (event,) = accepted(talk(b"one" + HIDDEN + b"two\r\n.\r\n", b"250 1\r\n354 go\r\n250 2\r\n"))
    names = ("variant", "verb", "mail_from", "rcpt_to", "strict")
    assert [event.fields[f"smtp.end_of_data.{name}"] for name in names] == [
        "A1",
        "MAIL",
        "x@mx",
        "y@mx",
        False,
    ]


def test_surplus_replies_to_a_plain_message_are_no_smuggling() -> None:
    events = talk(b"one\r\n.\r\n", b"250 1\r\n250 Ok\r\n250 Ok\r\n354 go\r\n250 2\r\n")
    assert accepted(events) == []


def test_a_capture_with_holes_proves_nothing() -> None:
    said = (b"one" + HIDDEN + b"two\r\n.\r\n", b"250 1\r\n250 Ok\r\n354 go\r\n")
    assert accepted(talk(*said, lost=100)) == []


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r"])
def test_a_message_ends_where_both_sides_take_it_for_ended(end: bytes) -> None:
    events = talk(b"text" + end, b"250 queued\r\n", b"QUIT\r\n", b"221 bye\r\n")
    assert messages(events) == [(False, True)]
    assert [event.fields["smtp.command.verb"] for event in events if event.action == "command"][
        -1
    ] == "QUIT"
    assert accepted(events) == []


def test_a_refusal_there_ends_it_too() -> None:
    events = talk(b"text\n.\n", b"550 spam\r\n", b"QUIT\r\n", b"221 bye\r\n")
    assert messages(events) == [(False, False)]


def test_a_reply_elsewhere_in_a_message_ends_nothing() -> None:
    events = talk(b"text\n.\nmore", b"250 odd\r\n", b"\r\n.\r\n", b"250 queued\r\n")
    assert messages(events) == [(True, True)]
