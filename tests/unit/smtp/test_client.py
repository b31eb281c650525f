"""How a client's octets are read: what the transcripts do not show."""

from __future__ import annotations

import pytest

from smtpids.config import Config, Limits
from smtpids.smtp import Ends, Event, Tracker
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 0)


class Talk:
    """Feeds a tracker packet by packet."""

    def __init__(self, **limits: int) -> None:
        self.tracker = Tracker(ENDS, Config(limits=Limits(**limits), strict=True))
        self.events: list[Event] = []
        self.sent = [0, 0]

    def say(self, side: int, octets: bytes) -> None:
        self.events += self.tracker.octets(side, octets, 0, 0, self.sent[1 - side])
        self.sent[side] += len(octets)

    def kinds(self) -> list[object]:
        return [
            event.fields["smtp.anomaly.detail"]
            for event in self.events
            if event.fields.get("smtp.anomaly.kind") == "limit_reached"
        ]


def test_a_command_without_end_is_dropped_and_said() -> None:
    talk = Talk(command_octets=1000)
    talk.say(SERVER, b"220 mx\r\n")
    for _ in range(50):
        talk.say(CLIENT, b"x" * 100)
    assert talk.kinds()[0] == "command_octets"
    assert len(talk.tracker.inbox) <= 1000


def test_what_is_held_for_a_reply_is_bounded_and_said() -> None:
    talk = Talk(held_octets=2000)
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"EHLO x\r\n")
    talk.say(SERVER, b"250 mx\r\n")
    talk.say(CLIENT, b"AUTH PLAIN\r\n")
    for _ in range(100):
        talk.say(CLIENT, b"y" * 100)
    assert talk.kinds() == ["held_octets"]
    assert len(talk.tracker.inbox) <= 65_536 + 100


def test_ten_thousand_pipelined_commands_take_linear_time() -> None:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"EHLO x\r\n")
    talk.say(SERVER, b"250-mx\r\n250 PIPELINING\r\n")
    for _ in range(10):
        talk.say(CLIENT, b"RSET\r\n" * 1_000)
        talk.say(SERVER, b"250 Ok\r\n" * 1_000)
    assert [event.action for event in talk.events].count("reply") == 10_001


def test_an_exchange_of_endless_answers_is_bounded() -> None:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"AUTH NTLM\r\n")
    for _ in range(500):
        talk.say(SERVER, b"334 aGVsbG8=\r\n")
        talk.say(CLIENT, b"d29ybGQ=\r\n")
    talk.say(SERVER, b"535 no\r\n")
    (auth,) = (event for event in talk.events if event.action == "auth")
    assert auth.fields["smtp.auth.outcome"] == "failure"


def test_the_name_of_a_hello_is_known_before_it_is_accepted_and_kept_then() -> None:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"EHLO spammer.example\r\n")
    talk.say(SERVER, b"554 no\r\n")
    assert talk.events[-1].fields["smtp.helo"] == "spammer.example"
    talk.say(CLIENT, b"EHLO client.example\r\n")
    talk.say(SERVER, b"250 mx\r\n")
    talk.say(CLIENT, b"EHLO other.example\r\n")
    talk.say(SERVER, b"554 no\r\n")
    assert talk.events[-1].fields["smtp.helo"] == "client.example"


def test_a_secret_that_looked_like_a_command_is_not_repeated_by_its_reply() -> None:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"PASS hunter2-hunter2\r\n")
    talk.say(SERVER, b"500 unknown command PASS hunter2-hunter2\r\n")
    assert talk.events[-1].fields["smtp.reply.text"] == "unknown command [redacted] [redacted]"


def test_the_end_of_a_line_that_was_dropped_is_no_command() -> None:
    talk = Talk(command_octets=1000)
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"x" * 1200)
    talk.say(CLIENT, b"y" * 1200)
    talk.say(CLIENT, b"\r\nQUIT\r\n")
    commands = [event.fields for event in talk.events if event.action == "command"]
    assert [(c["smtp.command.line"], c["smtp.command.length"]) for c in commands] == [
        ("[2402 octets]", 2402),
        ("QUIT", 6),
    ]
    assert talk.kinds() == ["command_octets"]


def test_an_auth_line_may_have_12288_octets() -> None:
    for octets, expected in ((12_288, []), (12_289, ["line_too_long"])):
        talk = Talk()
        talk.say(SERVER, b"220 mx\r\n")
        talk.say(CLIENT, b"EHLO x\r\n")
        talk.say(SERVER, b"250 AUTH XOAUTH2\r\n")
        talk.say(CLIENT, b"AUTH XOAUTH2 ".ljust(octets - 2, b"A") + b"\r\n")
        said = [e.fields["smtp.anomaly.kind"] for e in talk.events if e.action == "anomaly"]
        assert said == expected


@pytest.mark.parametrize(
    ("line", "argument"),
    [
        (b"AUTH PLAIN AGFubgBjb3JyZWN0LWhvcnNl", "PLAIN [redacted]"),
        (b"auth LOGIN", "LOGIN"),
        (b"AUTH", ""),
        (b"MAIL FROM:<a@c> SIZE=9", "FROM:<a@c> SIZE=9"),
    ],
)
def test_the_argument_of_a_command_is_there_without_its_secret(line: bytes, argument: str) -> None:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, line + b"\r\n")
    (command,) = (event for event in talk.events if event.action == "command")
    assert argument == command.fields["smtp.command.argument"]


def test_in_a_flood_what_changes_nothing_is_only_counted() -> None:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    for _ in range(20):
        talk.say(CLIENT, b"what\r\n" * 100)
        talk.say(SERVER, b"500 what\r\n" * 100)
    commands = [event for event in talk.events if event.action == "command"]
    assert len(commands) == Limits().dialogue + 1
    talk.say(CLIENT, b"EHLO x\r\n")
    talk.say(SERVER, b"250 mx\r\n")
    hello, reply = talk.events[-2:]
    assert hello.fields["smtp.command.count"] == 2_001
    assert (reply.fields["smtp.reply.verb"], reply.fields["smtp.helo"]) == ("EHLO", "x")


def greeted() -> Talk:
    talk = Talk()
    talk.say(SERVER, b"220 mx\r\n")
    talk.say(CLIENT, b"EHLO x\r\n")
    talk.say(SERVER, b"250-mx\r\n250 PIPELINING\r\n")
    return talk


def test_far_more_commands_than_a_session_has_are_only_counted_if_they_change_nothing() -> None:
    talk = greeted()
    for _ in range(12):
        talk.say(CLIENT, b"VRFY a\r\n" * 1_000)
        talk.say(SERVER, b"252 2.1.5 a\r\n" * 1_000)
    commands = [event for event in talk.events if event.action == "command"]
    replies = [event for event in talk.events if event.action == "reply"]
    assert (len(commands), len(replies)) == (10_001, 10_001)
    talk.say(CLIENT, b"MAIL FROM:<a@b>\r\n")
    talk.say(SERVER, b"421 bye\r\n")
    *_, told, reply = talk.events
    assert told.fields["smtp.command.count"] == 12_002
    assert (reply.fields["smtp.reply.verb"], reply.fields["smtp.reply.code"]) == ("MAIL", 421)


def test_where_nobody_answers_any_more_commands_change_nothing() -> None:
    talk = greeted()
    for _ in range(120):
        talk.say(CLIENT, b"RSET\r\n" * 100)
    talk.say(CLIENT, b"DATA\r\nSubject: x\r\n.\r\nNOOP\r\n" * 10)
    (*_, last) = (event for event in talk.events if event.action == "command")
    assert (last.fields["smtp.command.verb"], last.fields["smtp.command.count"]) == ("RSET", 12_001)
    assert "message" not in {event.action for event in talk.events}
    assert "pending" in talk.kinds()


def test_a_server_that_answers_after_all_is_heard_again() -> None:
    talk = greeted()
    for _ in range(101):
        talk.say(CLIENT, b"RSET\r\n" * 100)
    for _ in range(20):
        talk.say(SERVER, b"250 ok\r\n" * 100)
    talk.say(CLIENT, b"MAIL FROM:<a@b>\r\n")
    assert talk.events[-1].fields["smtp.command.verb"] == "MAIL"


def test_after_very_many_commands_what_is_out_of_order_is_counted_and_what_is_not_is_told() -> None:
    talk = greeted()
    for _ in range(60):
        talk.say(CLIENT, b"BDAT 1 LAST\r\nx" * 200)
        talk.say(SERVER, b"250 ok\r\n" * 200)
    told = [event.action for event in talk.events]
    assert (told.count("command"), told.count("message")) == (10_000, 9_800)
    talk.say(CLIENT, b"MAIL FROM:<a@b>\r\n")
    talk.say(SERVER, b"250 ok\r\n")
    talk.say(CLIENT, b"RCPT TO:<c@d>\r\n")
    talk.say(SERVER, b"250 ok\r\n")
    talk.say(CLIENT, b"BDAT 1 LAST\r\nx")
    talk.say(SERVER, b"250 ok\r\n")
    *_, message = (event for event in talk.events if event.action == "message")
    assert message.fields["smtp.mail_from"] == "a@b"
    assert message.fields["smtp.message.count"] == 12_001
