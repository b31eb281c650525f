"""What is remembered of a session, and what an event carries of it."""

from __future__ import annotations

import sys

from smtpids.config import Limits
from smtpids.smtp.commands import Command
from smtpids.smtp.ends import Ends
from smtpids.smtp.events import Action
from smtpids.smtp.offer import offer_of
from smtpids.smtp.session import FIRST_LINES, FREE_STEPS, LAST_LINES, Session
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)


def session(**limits: int) -> Session:
    return Session(ENDS, Limits(**limits))


def mail(line: str) -> Command:
    command = Command(line.encode())
    command.path = line.partition("<")[2].partition(">")[0].encode()
    return command


def test_an_event_carries_the_session_as_it_was() -> None:
    talk = session()
    talk.hello(Command(b"EHLO one\r\n"), offer_of([b"mx", b"STARTTLS", b"AUTH PLAIN"]))
    talk.emit(Action.COMMAND, 1, 2, {"smtp.command.verb": "NOOP"})
    talk.hello(Command(b"HELO two\r\n"), offer_of([b"mx"]))
    talk.emit(Action.COMMAND, 3, 4)
    first, second = (event.fields for event in talk.events)
    assert (first["smtp.helo"], second["smtp.helo"]) == ("one", "two")
    assert first["smtp.starttls.offered"] is True
    assert second["smtp.starttls.offered"] is False
    assert first["smtp.auth.offered"] == ["PLAIN"]
    assert (first["@timestamp"], first["smtpids.pcap.packet"]) == (1, 2)
    assert "smtp.command.verb" not in second


def test_an_accepted_hello_and_a_reset_drop_the_envelope_but_not_the_name() -> None:
    talk = session()
    talk.hello(Command(b"EHLO one\r\n"), offer_of([b"mx"]))
    talk.mail(mail("MAIL FROM:<A@B.example>"))
    talk.rcpt(mail("RCPT TO:<c@d>"), accepted=True, ts_ns=0, packet=0)
    assert talk.context["smtp.mail_from_domain"] == "b.example"
    assert talk.context["smtp.rcpt_to"] == ["c@d"]
    talk.drop()
    assert "smtp.mail_from" not in talk.context
    assert "smtp.rcpt_to" not in talk.context
    assert talk.context["smtp.helo"] == "one"


def test_refused_recipients_are_counted_and_not_listed() -> None:
    talk = session()
    talk.mail(mail("MAIL FROM:<>"))
    talk.rcpt(mail("RCPT TO:<no@d>"), accepted=False, ts_ns=0, packet=0)
    talk.rcpt(mail("RCPT TO:<yes@d>"), accepted=True, ts_ns=0, packet=0)
    context = talk.context
    assert (context["smtp.rcpt.accepted"], context["smtp.rcpt.rejected"]) == (1, 1)
    assert context["smtp.rcpt_to"] == ["yes@d"]
    assert context["smtp.mail_from"] == ""


def test_recipients_are_listed_up_to_the_limit_and_that_is_said_once() -> None:
    talk = session(recipients=3)
    talk.mail(mail("MAIL FROM:<a@b>"))
    for number in range(6):
        talk.rcpt(mail(f"RCPT TO:<{number}@d>"), accepted=True, ts_ns=0, packet=0)
    assert talk.context["smtp.rcpt_to"] == ["0@d", "1@d", "2@d"]
    assert talk.context["smtp.rcpt.accepted"] == 6
    assert [event.fields["smtp.anomaly.detail"] for event in talk.events] == ["recipients"]


def test_anomalies_are_told_up_to_the_limit_and_that_is_said() -> None:
    talk = session(anomalies=3)
    for number in range(9):
        talk.anomaly("unknown_command", CLIENT, str(number), 0, 0)
    kinds = [event.fields["smtp.anomaly.kind"] for event in talk.events]
    assert kinds == ["unknown_command", "unknown_command", "limit_reached"]


def test_how_a_peer_is_is_said_once() -> None:
    talk = session()
    for _ in range(3):
        talk.anomaly("bare_lf", SERVER, "", 0, 0)
    assert len(talk.events) == 1


def test_the_dialogue_is_bounded() -> None:
    talk = session(dialogue=2)
    for _ in range(5):
        talk.step("NOOP").code = 250
    assert [(step.verb, step.code) for step in talk.dialogue] == [("NOOP", 250)] * 2


def test_evidence_is_the_lines_up_to_the_event_and_bounded() -> None:
    talk = session()
    talk.line(SERVER, "220 mx", 1, 1)
    talk.emit(Action.GREETING, 1, 1)
    for number in range(200):
        talk.line(CLIENT, f"NOOP {number}", 2, 2)
    talk.emit(Action.SESSION_END, 3, 3)
    early, late = talk.events
    assert [line.text for line in early.evidence.lines()] == ["220 mx"]
    assert len(talk.lines) <= FIRST_LINES + LAST_LINES
    shown = [line.text for line in late.evidence.lines(6)]
    assert shown == ["220 mx", "NOOP 0", "NOOP 196", "NOOP 197", "NOOP 198", "NOOP 199"]


def test_a_greeting_and_keywords_written_over_are_marked() -> None:
    talk = session()
    talk.hello(Command(b"EHLO x\r\n"), offer_of([b"mx", b"XXXXXXXA", b"SIZE 1"]))
    assert talk.context["smtp.ehlo.masked_keywords"] == ["XXXXXXXA"]


def test_many_letters_leave_the_context_as_small_and_in_the_order_of_the_first() -> None:
    talk = session()
    talk.hello(Command(b"EHLO one\r\n"), offer_of([b"mx"]))
    shown, sizes = [], []
    for _ in range(40):
        talk.mail(mail("MAIL FROM:<a@b>"))
        talk.rcpt(mail("RCPT TO:<c@d>"), accepted=True, ts_ns=1, packet=1)
        shown.append([*talk.tell("message", 1, 1)])
        sizes.append(sys.getsizeof(talk.context))
        talk.drop()
    assert all(fields == shown[0] for fields in shown)
    assert max(sizes[8:]) <= max(sizes[:8])


def test_a_long_session_says_the_same_of_itself() -> None:
    talk = session()
    before = [*talk.context.items()]
    for _ in range(FREE_STEPS + 1):
        talk.step("NOOP")
    assert [*talk.context.items()] == before
