"""What events say of commands, by whole dialogues."""

from __future__ import annotations

from smtpids.config import Config
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.commandfacts import EXTENSIONS
from smtpids.smtp.states import VERBS
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)
EHLO = "250-mx.example\r\n250-CHUNKING\r\n250-AUTH=LOGIN\r\n250 STARTTLS\r\n"


def commands(*talk: str, config: Config | None = None) -> list[dict[str, object]]:
    """Return the fields of the commands of a dialogue: a greeting, then client and server."""
    tracker = Tracker(ENDS, config or Config())
    events = tracker.octets(SERVER, b"220 mx.example ESMTP\r\n", 1, 1, -1)
    for number, said in enumerate(talk, 2):
        side = SERVER if number % 2 else CLIENT
        events += tracker.octets(side, said.encode("utf-8"), number, number, -1)
    return [dict(event.fields) for event in events if event.action == "command"]


def named(field: str, *talk: str, config: Config | None = None) -> list[object]:
    name = f"smtp.command.{field}"
    return [fields.get(name) for fields in commands(*talk, config=config)]


def test_every_extension_is_that_of_a_verb() -> None:
    assert EXTENSIONS.keys() <= VERBS.keys()


def test_a_command_says_whether_its_extension_was_offered() -> None:
    talk = ("EHLO a.example\r\n", EHLO, "AUTH LOGIN\r\n", "501 no\r\n", "BDAT 1\r\na", "503 no\r\n")
    assert named("offered", *talk, "ETRN x\r\n") == [None, True, True, False]


def test_nothing_is_offered_before_ehlo_and_after_helo() -> None:
    assert named("offered", "STARTTLS\r\n") == [False]
    assert named("offered", "HELO a\r\n", "250 mx\r\n", "STARTTLS\r\n") == [None, False]


def test_nobody_knows_what_is_offered_while_the_reply_is_awaited() -> None:
    assert named("offered", "EHLO a.example\r\nSTARTTLS\r\n") == [None, None]


def test_octets_beyond_ascii_need_smtputf8() -> None:
    mail = ("EHLO a.example\r\n", EHLO)
    ok = ("MAIL FROM:<é@x> SMTPUTF8\r\n", "250 ok\r\n", "RCPT TO:<ü@x>\r\n", "250 ok\r\n")
    assert named("non_ascii", *mail, *ok) == [False, False, False]
    odd = ("MAIL FROM:<é@x>\r\n", "250 ok\r\n", "RCPT TO:<ü@x>\r\n", "250 ok\r\n")
    assert named("non_ascii", *mail, *odd, "VRFY ü SMTPUTF8\r\n") == [False, True, True, False]
    assert named("non_ascii", "EHLO é\r\n") == [True]


def test_the_path_is_told_in_parts_and_with_its_form() -> None:
    talk = ("HELO a\r\n", "250 mx\r\n", "MAIL FROM:<>\r\n", "250 ok\r\n")
    _, mail, rcpt = commands(*talk, "RCPT TO:<bob%victim.example@Own.Example>\r\n")
    assert mail["smtp.command.path_form"] == "null"
    assert rcpt["smtp.command.local_part"] == "bob%victim.example"
    assert rcpt["smtp.command.domain"] == "own.example"
    assert rcpt["smtp.command.path_form"] == "percent"
    assert "smtp.command.domain_own" not in rcpt


def test_a_domain_is_ours_where_the_configuration_says_so() -> None:
    config = Config(own_domains=("own.example",))
    talk = ("MAIL FROM:<a@x.own.example>\r\n", "250 ok\r\n", "MAIL FROM:<>\r\n", "250 ok\r\n")
    said = named("domain_own", *talk, "RCPT TO:<b@other.example>\r\n", config=config)
    assert said == [True, None, False]


def test_the_command_behind_a_chunk_is_marked_and_no_other() -> None:
    talk = ("EHLO a.example\r\n", EHLO, "BDAT 2\r\nhiRCPT TO:<b@c>\r\nNOOP\r\n")
    assert named("after_chunk", *talk) == [False, False, True, False]


def test_a_second_starttls_is_told_by_the_state() -> None:
    talk = ("EHLO a.example\r\n", EHLO, "STARTTLS\r\n", "454 no\r\n", "STARTTLS now\r\n")
    states = [fields["smtp.starttls.state"] for fields in commands(*talk)]
    assert states == ["none", "offered", "refused"]
    assert commands(*talk)[-1]["smtp.command.argument"] == "now"


def test_nobody_knows_what_is_offered_amid_a_flood() -> None:
    talk = ("EHLO a.example\r\n", EHLO, "BDAT 0\r\n" * 150)
    assert named("offered", *talk) == [None, *[True] * 101, *[None] * 49]
