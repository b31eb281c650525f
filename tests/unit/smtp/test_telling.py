"""What is said of a message that ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.config import Limits
from smtpids.smtp.ends import Ends
from smtpids.smtp.message import DATA, Message
from smtpids.smtp.session import Session
from smtpids.smtp.telling import say_message, weigh

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)


def test_a_message_is_weighed_against_what_was_declared_and_allowed() -> None:
    session = Session(ENDS, Limits())
    session.context["smtp.message.declared_size"] = 200
    session.context["smtp.size_limit"] = 250
    said: Fields = {"smtp.message.size": 300, "smtp.message.complete": True}
    weigh(session, said)
    assert said["smtp.message.size_excess"] == 100
    assert said["smtp.message.size_percent"] == 150
    assert said["smtp.message.over_limit"] is True


def test_of_a_message_that_broke_off_nobody_knows_the_size() -> None:
    session = Session(ENDS, Limits())
    session.context["smtp.message.declared_size"] = 200
    said: Fields = {"smtp.message.size": 3, "smtp.message.complete": False}
    weigh(session, said)
    assert said == {"smtp.message.size": 3, "smtp.message.complete": False}


def test_a_declared_size_of_0_is_no_share_of_anything() -> None:
    session = Session(ENDS, Limits())
    session.context["smtp.message.declared_size"] = 0
    said: Fields = {"smtp.message.size": 3, "smtp.message.complete": True}
    weigh(session, said)
    assert said["smtp.message.size_excess"] == 3
    assert "smtp.message.size_percent" not in said


def test_what_is_told_of_a_message_holds_the_sender_of_the_envelope_against_from() -> None:
    session = Session(ENDS, Limits())
    session.context["smtp.mail_from_domain"] = "example.com"
    message = Message(DATA, Limits())
    message.feed_data(b"From: a@example.org\r\n\r\nx\r\n.\r\n")
    message.end()
    say_message(session, message, 250, 7, 8)
    told = session.events[-1]
    assert (told.action, told.ts_ns, told.packet) == ("message", 7, 8)
    assert told.fields["email.from.aligned"] is False
