"""Octets that the capture lost, and what must not be made of the rest."""

from __future__ import annotations

from base64 import b64encode

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Event, Tracker
from smtpids.smtp.states import State
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 587, 0)
SECRET = "correct-horse"
LOST = b""


def talk(*said: bytes) -> list[Event]:
    """Server and client in turn, the server first; what is empty is lost, 30 octets of it."""
    tracker = Tracker(ENDS, Config(strict=True))
    events: list[Event] = []
    sent = [0, 0]
    for index, octets in enumerate(said):
        side = CLIENT if index % 2 else SERVER
        if octets:
            events += tracker.octets(side, octets, index, index, sent[1 - side])
        else:
            events += tracker.gap(side, 30, index, index)
        sent[side] += len(octets) or 30
    return events + tracker.closed("fin", len(said), len(said))


def of(events: list[Event], action: str) -> Event:
    (event,) = (event for event in events if event.action == action)
    return event


LOGIN = (
    b"220 mx\r\n",
    b"AUTH LOGIN\r\n",
    b"334 VXNlcm5hbWU6\r\n",
    b64encode(b"ann@example.org") + b"\r\n",
    b"334 UGFzc3dvcmQ6\r\n",
    b64encode(SECRET.encode()) + b"\r\n",
    b"235 ok\r\n",
    b"QUIT\r\n",
)


@pytest.mark.parametrize("lost", range(1, len(LOGIN)))
def test_a_password_never_passes_for_the_user_whatever_is_lost(lost: int) -> None:
    events = talk(*LOGIN[:lost], LOST, *LOGIN[lost + 1 :])
    users = {event.fields.get("smtp.auth.user") for event in events} - {None}
    assert users <= {"ann@example.org"}
    assert SECRET not in str([event.fields for event in events])


def test_a_login_whose_user_is_lost_still_has_its_outcome() -> None:
    auth = of(talk(*LOGIN[:3], LOST, *LOGIN[4:]), "auth")
    assert auth.fields["smtp.auth.outcome"] == "success"
    assert "smtp.auth.secret.empty" not in auth.fields


def test_a_message_of_which_the_beginning_is_lost_is_not_whole() -> None:
    events = talk(
        b"220 mx\r\n",
        b"MAIL FROM:<a@b>\r\n",
        b"250 Ok\r\n",
        b"RCPT TO:<c@d>\r\n",
        b"250 Ok\r\n",
        b"DATA\r\n",
        LOST,
        LOST,
        b"",
        b"rest\r\n.\r\n",
        b"250 queued\r\n",
    )
    message = of(events, "message").fields
    assert (message["smtp.message.complete"], message["smtp.message.accepted"]) == (False, True)
    assert "smtp.message.hash.sha256" not in message


def test_only_one_side_is_said_of_tls_too() -> None:
    hello = b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03" + bytes(32)
    hello += b"\x00\x00\x02\x00\x2f\x01\x00"
    data = b"\x17\x03\x03\x00\x20" + b"+" * 32
    tracker = Tracker(ENDS, Config(strict=True))
    events: list[Event] = []
    for number, octets in enumerate((hello, data, data, data)):
        events += tracker.octets(CLIENT, octets, number, number, -1, alone=True)
    events += tracker.closed("fin", 9, 9)
    assert [event.fields["smtp.anomaly.kind"] for event in events if event.action == "anomaly"] == [
        "one_sided"
    ]
    assert of(events, "tls").fields["tls.outcome"] == "established"


def test_what_is_out_of_order_behind_a_hole_is_not_held_against_the_client() -> None:
    events = talk(b"220 mx\r\n", LOST, b"250 Ok\r\n", b"RCPT TO:<c@d>\r\n", b"250 Ok\r\n")
    assert [event.fields["smtp.anomaly.kind"] for event in events if event.action == "anomaly"] == [
        "gap"
    ]


def test_the_octets_of_a_side_are_those_it_sent_and_not_those_captured() -> None:
    end = of(talk(b"220 mx\r\n", LOST, LOST, b"QUIT\r\n"), "session_end")
    counts = (end.fields["source.bytes"], end.fields["destination.bytes"])
    assert counts == (30 + len("QUIT\r\n"), len("220 mx\r\n") + 30)


def test_commands_that_change_nothing_are_given_up_between_those_that_do() -> None:
    tracker = Tracker(ENDS, Config(strict=True))
    for number in range(2, 4):  # no octet of the server was ever captured
        said = b"NOOP\r\nEHLO a\r\nX\r\nNOOP\r\nMAIL FROM:<a@b>\r\nNOOP\r\n"
        tracker.octets(CLIENT, said, number, number, -1, alone=True)
    tracker.octets(CLIENT, b"QUIT\r\n", 9, 9, -1, alone=True)
    assert tracker.pending == []
    assert tracker.state is State.CLOSED
    assert tracker.session.context["smtp.mail_from"] == "a@b"
