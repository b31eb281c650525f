"""Command lines, and what of them may be shown."""

from __future__ import annotations

import pytest

from smtpids.smtp.commands import (
    COMMAND_LINE_OCTETS,
    KEPT_OCTETS,
    MOST_KEPT,
    Command,
    bdat_size,
    is_plausible,
    ordinary,
)

PASSWORD = "U3VuZmxvd2VyLTQ3MTE="


@pytest.mark.parametrize(
    ("line", "verb", "argument", "known"),
    [
        (b"EHLO client.example\r\n", "EHLO", b"client.example", True),
        (b"mail from:<a@b>\r\n", "MAIL", b"from:<a@b>", True),
        (b"RSET\n", "RSET", b"", True),
        (b"NOOP\tx\r\n", "NOOP", b"x", True),
        (b" \tNOOP  x \r\n", "NOOP", b"x", True),
        (b" \r\n", "", b"", False),
        (b"GET / HTTP/1.1\r\n", "GET", b"/ HTTP/1.1", False),
        (b"\r\n", "", b"", False),
        (b"\xff\xfe\r\n", "\\XFF\\XFE", b"", False),
    ],
)
def test_a_line_is_read(line: bytes, verb: str, argument: bytes, known: bool) -> None:
    command = Command(line)
    assert (command.verb, command.argument, command.known) == (verb, argument, known)
    assert command.length == len(line)


@pytest.mark.parametrize("blank", [" ", "  ", "\t", " \t", "\v"])
def test_the_response_in_auth_is_never_shown(blank: str) -> None:
    command = Command(f"AUTH{blank}PLAIN{blank}{PASSWORD}\r\n".encode())
    for trusted in (True, False):
        assert command.shown(trusted=trusted) == ("AUTH", "AUTH PLAIN [redacted]")


@pytest.mark.parametrize(
    "beginning", ["AUTH=PLAIN", "XAUTH PLAIN", "a1 auth plain", "\0AUTH PLAIN"]
)
def test_what_may_have_been_meant_for_auth_is_not_shown(beginning: str) -> None:
    command = Command(f"{beginning} {PASSWORD}\r\n".encode())
    assert not command.known
    assert command.shown(trusted=True) == ("", f"[{command.length} octets]")


def test_a_reply_must_not_repeat_what_is_not_shown() -> None:
    for line in (b"AUTH PLAIN x", b"PASS hunter2", b"AUTH=PLAIN x", b"a1 login u p auth"):
        assert Command(line).may_be_secret(trusted=True)
    for line in (b"EHLO c", b"MAIL FROM:<a@b> AUTH=<>", b"XYZZY"):
        assert not Command(line).may_be_secret(trusted=True)
    assert Command(b"XYZZY").may_be_secret(trusted=False)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (b"AUTH PLAIN AGEAYg==", b"AGEAYg=="),
        (b"AUTH CRAM-MD5", b""),
        (b"AUTH", b""),
        (b"AUTH=PLAIN x", b"AUTH=PLAIN x"),
        (b"NOOP x", b""),
    ],
)
def test_a_reply_may_repeat_the_mechanism_but_not_the_response(line: bytes, secret: bytes) -> None:
    assert Command(line).secret(trusted=True) == secret


def test_auth_without_a_mechanism_is_shown_as_it_stands() -> None:
    assert Command(b"AUTH\r\n").shown(trusted=True) == ("AUTH", "AUTH")


def test_an_unknown_line_is_shown_only_where_it_cannot_be_a_secret() -> None:
    command = Command(f"{PASSWORD}\r\n".encode())
    assert command.shown(trusted=False) == ("", f"[{len(PASSWORD) + 2} octets]")
    assert Command(b"GET /\r\n").shown(trusted=True) == ("GET", "GET /")


@pytest.mark.parametrize("line", [b"PASS hunter2\r\n", b"Authorization: Basic aHVudGVyMg==\r\n"])
def test_secrets_of_other_protocols_are_not_shown(line: bytes) -> None:
    shown = " ".join(Command(line).shown(trusted=True))
    assert "[redacted]" in shown
    assert "hunter2" not in shown
    assert "aHVudGVyMg" not in shown


@pytest.mark.parametrize(
    ("argument", "size"),
    [
        (b"10", (10, False)),
        (b"0 LAST", (0, True)),
        (b"10 last", (10, True)),
        (b"", None),
        (b"ten", None),
        (b"-1", None),
        (b"+1", None),
        (b"10 MORE", None),
        (b"10 LAST x", None),
        (b"99999999999999999999", None),
        (b"9223372036854775808", None),
        (b"\xef\xbc\x91", None),
    ],
)
def test_the_size_of_a_chunk_is_a_decimal_number_in_range(
    argument: bytes, size: tuple[int, bool] | None
) -> None:
    assert bdat_size(argument) == size


def test_a_line_whose_beginning_was_not_kept_is_no_command() -> None:
    command = Command(b"QUIT\r\n")
    command.behead(70_000)
    assert (command.verb, command.known, command.length) == ("", False, 70_006)
    assert command.shown(trusted=False) == ("", "[70006 octets]")


@pytest.mark.parametrize(
    "line",
    [
        b"EHLO client.example",
        b"ehlo [192.0.2.1]",
        b"MAIL FROM:<> SIZE=10",
        b"rcpt to: <a@b>",
        b"DATA",
        b"BDAT 10 LAST",
        b"AUTH PLAIN AGEAYg==",
        b"AUTH LOGIN",
        b"XCLIENT NAME=spike.example",
    ],
)
def test_a_line_with_the_form_of_a_command_may_be_one(line: bytes) -> None:
    assert is_plausible(Command(line + b"\r\n"))


@pytest.mark.parametrize(
    "line",
    [
        b"Help yourself",
        b"data follows below",
        b"Mail me",
        b"rcpt",
        b"EHLO",
        b"helo, dear friend",
        b"AUTH is broken",
        b"quit it",
        b"Dear Ann,",
        b"",
    ],
)
def test_a_line_of_a_letter_is_none(line: bytes) -> None:
    assert not is_plausible(Command(line + b"\r\n"))


def test_the_token_of_a_url_is_not_shown() -> None:
    line = b"BURL imap://ann@mx/a;URLAUTH=submit+ann:internal:91354a473744 LAST\r\n"
    command = Command(line)
    shown = "imap://ann@mx/a;URLAUTH=submit+ann:internal:[redacted] LAST"
    assert command.shown(trusted=True) == ("BURL", f"BURL {shown}")
    assert command.shown_argument() == shown
    assert command.may_be_secret(trusted=True)


@pytest.mark.parametrize(
    "line",
    [
        b"EHLO client.example\r\n",
        b"MAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME\r\n",
        b"MAIL FROM:<>\r\n",
        b"MAIL from nobody\r\n",
        b"QUIT \r\n",
        b"AUTH PLAIN\r\n",
    ],
)
def test_an_ordinary_line_needs_no_closer_look(line: bytes) -> None:
    command = ordinary(line)
    assert command is not None
    assert command.plain
    assert command.shown(trusted=False) == Command(line).shown(trusted=True)
    assert command.secret(trusted=False) == b""


@pytest.mark.parametrize(
    "line",
    [
        b"AUTH PLAIN AGEAYg==\r\n",
        b"AUTH PLAIN =\r\n",
        b"AUTH \r\n",
        b"auth PLAIN\r\n",
        b"AUTH XXXXXXXXXX\r\n",
        b"BURL imap://ann@mx/a;URLAUTH=a:internal:91354a473744\r\n",
        b"PASS hunter2\r\n",
        b"QUIT\n",
        b"QUIT\r\nRSET\r\n",
        b"NOOP\tx\r\n",
        b" NOOP\r\n",
        b"MAIL FROM:<\xc3\xa9@x>\r\n",
        b"NOOP \x7f\r\n",
        b"RCPT TO:<a\0@b>\r\n",
        b"NOOP " + b"x" * COMMAND_LINE_OCTETS + b"\r\n",
        b"",
    ],
)
def test_a_line_that_is_odd_or_secret_is_not_ordinary(line: bytes) -> None:
    assert ordinary(line) is None


def test_lines_that_come_again_are_kept_and_bounded() -> None:
    again = ordinary(b"EHLO again.example\r\n")
    assert ordinary(b"EHLO again.example\r\n") is again
    for line in (b"EHLO " + b"x" * KEPT_OCTETS + b"\r\n", b"RCPT TO:<anna@b>\r\n"):
        assert ordinary(line) is not ordinary(line)
    for number in range(MOST_KEPT + 1):
        ordinary(b"EHLO %d.example\r\n" % number)
    assert ordinary(b"EHLO again.example\r\n") is not again


@pytest.mark.parametrize("line", [b"MAIL FROM:<>\r\n", b"RCPT TO:<a@b>\r\n"])
def test_the_path_of_a_line_that_is_kept_is_read_once(line: bytes) -> None:
    first = ordinary(line)
    assert first is not None
    assert ordinary(line) is first
    keyword = b"FROM" if line.startswith(b"MAIL") else b"TO"
    first.read_path(keyword)
    parts = first.parts()
    first.read_path(keyword)
    assert first.parts() is parts
