"""The short way of reading a command line says what the long way says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtpids.smtp.commands import Command
from smtpids.smtp.plain import KEPT_OCTETS, MOST_KEPT, MOST_OCTETS, plainly
from smtpids.smtp.states import VERBS

KEYWORDS = {"MAIL": b"FROM", "RCPT": b"TO", "SEND": b"FROM", "SOML": b"FROM", "SAML": b"FROM"}
#: What lines of the short way are made of, and what only the long way knows.
PLAIN = (
    *("<", ">", "@", '"', "\\", "%", "!", ":", ";URLAUTH=a:b:c", "=", "+", " ", "  ", "x"),
    *("A.Example", "a@b", "> SIZE=10", "> BODY=8BITMIME smtpUTF8", "y" * 210),
)
ODD = ("\t", "\r", "\n", "\0", "\x7f", "\x1c", "é", "\udcff", "z" * 600)


def facts(command: Command) -> list[object]:
    keyword = KEYWORDS.get(command.verb)
    path: list[object] = []
    if keyword is not None:
        command.read_path(keyword)
        parts = command.parts()
        path = [command.path, command.parameters]
        path += [parts.text, parts.local_part, parts.domain, parts.last_domain, parts.form]
    return [
        command.verb,
        command.known,
        command.line,
        command.length,
        command.argument,
        command.shown(trusted=True),
        command.shown(trusted=False),
        command.shown_argument(),
        command.asks_for_utf8(),
        command.secret(trusted=False),
        command.may_be_secret(trusted=False),
        *path,
    ]


@given(
    st.sampled_from(sorted(VERBS)),
    st.sampled_from([" FROM:<", " TO:<", " from:<", " ", "", " FROM:<@a,@b:"]),
    st.lists(st.sampled_from(PLAIN), max_size=8).map("".join),
    st.sampled_from(["", "", *ODD]),
    st.sampled_from(["\r\n", "\r\n", "\r\n", " \r\n", "\n", "\r\r\n", ""]),
)
@example("MAIL", " FROM:<", "a<b> c", "", "\r\n")
@example("MAIL", " FROM:<", "a\\>b> c", "", "\r\n")
@example("MAIL", " FROM:<", '"a>b"@c> d', "", "\r\n")
@example("RCPT", " TO:<", "a!b@c>", "", "\r\n")
@example("RCPT", " TO:<", "a@b@c>", "", "\r\n")
@example("MAIL", " FROM:<", "a@b> smtputf8", "", "\r\n")
@example("AUTH", " ", "A.Example", "", "\r\n")
@example("AUTH", " ", "x+", "", " \r\n")
@example("NOOP", " ", "y" * 210, "", "\r\n")
@example("NOOP", " ", ";URLAUTH=a:b:c", "", "\r\n")
def test_both_ways_say_the_same(verb: str, begin: str, middle: str, odd: str, end: str) -> None:
    line = f"{verb}{begin}{middle}{odd}{end}".encode("utf-8", "surrogateescape")
    command = plainly(line)
    if command is not None:
        assert facts(command) == facts(Command(line))


@pytest.mark.parametrize(
    "line",
    [
        b"EHLO client.example\r\n",
        b"MAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME\r\n",
        b"MAIL FROM:<>\r\n",
        b"RCPT TO:<@relay.example:a@b>\r\n",
        b'RCPT TO:<"a> b"@c>\r\n',
        b"RCPT TO:a@b\r\n",
        b"MAIL from nobody\r\n",
        b"RCPT TO:<bob%victim@Own.Example> NOTIFY=NEVER\r\n",
        b"QUIT \r\n",
    ],
)
def test_the_ordinary_line_takes_the_short_way(line: bytes) -> None:
    command = plainly(line)
    assert command is not None
    assert facts(command) == facts(Command(line))


@pytest.mark.parametrize(
    "line",
    [
        b"AUTH PLAIN AGEAYg==\r\n",
        b"BURL imap://ann@mx/a;URLAUTH=a:internal:91354a473744\r\n",
        b"PASS hunter2\r\n",
        b"QUIT\n",
        b"QUIT\r\nRSET\r\n",
        b"NOOP\tx\r\n",
        b" NOOP\r\n",
        b"MAIL FROM:<\xc3\xa9@x>\r\n",
        b"NOOP \x7f\r\n",
        b"RCPT TO:<a\0@b>\r\n",
        b"NOOP " + b"x" * MOST_OCTETS + b"\r\n",
        b"",
    ],
)
def test_what_is_odd_or_secret_takes_the_long_way(line: bytes) -> None:
    assert plainly(line) is None


def test_lines_that_come_again_are_kept_and_bounded() -> None:
    again = plainly(b"EHLO again.example\r\n")
    assert plainly(b"EHLO again.example\r\n") is again
    for line in (b"EHLO " + b"x" * KEPT_OCTETS + b"\r\n", b"RCPT TO:<anna@b>\r\n"):
        assert plainly(line) is not plainly(line)
    for number in range(MOST_KEPT + 1):
        plainly(b"EHLO %d.example\r\n" % number)
    assert plainly(b"EHLO again.example\r\n") is not again


@pytest.mark.parametrize("argument", [b"PLAIN", b"LOGIN", b"*", b";URLAUTH="])
def test_an_auth_without_response_is_ordinary_and_short(argument: bytes) -> None:
    line = b"AUTH " + argument + b"\r\n"
    command = plainly(line)
    assert command is not None
    assert facts(command) == facts(Command(line))
    assert plainly(line) is command
    for other in (
        b"AUTH PLAIN =\r\n",
        b"AUTH \r\n",
        b"auth PLAIN\r\n",
        b"AUTH " + b"X" * 10 + b"\r\n",
    ):
        assert plainly(other) is None


@pytest.mark.parametrize("line", [b"MAIL FROM:<>\r\n", b"RCPT TO:<a@b>\r\n"])
def test_a_short_line_is_kept_and_its_path_is_read_once(line: bytes) -> None:
    first = plainly(line)
    assert first is not None
    again = plainly(line)
    assert again is first
    keyword = b"FROM" if line.startswith(b"MAIL") else b"TO"
    first.read_path(keyword)
    parts = first.parts()
    again.read_path(keyword)
    assert again.parts() is parts
    assert facts(again) == facts(Command(line))
