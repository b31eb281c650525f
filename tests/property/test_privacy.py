"""With addresses and subjects veiled, no line of any format holds one, whatever the dialogue."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtpids.alerts.encode import RECORD_OCTETS
from smtpids.alerts.layout import PLAIN
from smtpids.alerts.record import Observer
from smtpids.alerts.veil import Mode, Veil
from smtpids.cli.delivery import FORMATS, Table
from smtpids.config import Config
from tests.support.engine import shipped_rules_unheld, told_of_frames
from tests.support.wire import Conversation

VEILS: Final = {
    "mask": Veil(Mode.MASK, Mode.MASK),
    "hash": Veil(Mode.HASH, Mode.HASH, b"sixteen octets .."),
}
#: Names that are no words, so that what is found of them is a leak.
NAMES = st.text("qxzjkwvüé0", min_size=6, max_size=12).map(lambda text: f"q{text}z")
FORMS = st.sampled_from(["{}", '"{}"', "{}+tag", "{}.x", "x_{}", "{}=y.example", "bounce-{}"])
PATHS = st.builds(lambda form, name: form.format(name), FORMS, NAMES)


@dataclass(frozen=True)
class Letter:
    """What is private in a dialogue, and how it goes."""

    sender: str
    recipient: str
    refused: str
    asked: str
    user: str
    writer: str
    subject: str
    bare: bool
    """The recipient that is refused has no domain."""
    ending: str
    """How the server words a refusal."""


LETTERS = st.builds(
    Letter,
    sender=PATHS,
    recipient=PATHS,
    refused=PATHS,
    asked=NAMES,
    user=NAMES,
    writer=NAMES,
    subject=NAMES,
    bare=st.booleans(),
    ending=st.sampled_from(
        ["<{}> unknown", "{} is unknown", "sorry, no mailbox for {}.", "({}) refused", "'{}': no"]
    ),
)


def secrets_of(letter: Letter) -> list[str]:
    """Return the parts that must not be found, in the form in which they were made."""
    told = [letter.sender, letter.recipient, letter.refused, letter.asked, letter.user]
    cores = [path.strip('"').partition("+")[0] for path in told]
    for mark in ("x_", "bounce-", ".x", "=y.example"):
        cores = [core.removeprefix(mark).removesuffix(mark) for core in cores]
    return [core.casefold() for core in (*cores, letter.writer, letter.subject)]


def talk(letter: Letter) -> Conversation:
    """Return the dialogue as packets."""
    refused = letter.refused if letter.bare else f"{letter.refused}@example.net"
    plain = base64.b64encode(f"\0{letter.user}\0secret".encode())
    header = "".join(
        f"{field}\r\n"
        for field in (
            f"Received: by b.example for <{letter.recipient}@example.net>; Mon, 2 Mar 2026",
            f"From: {letter.writer} <{letter.sender}@example.org>",
            f"To: <{letter.recipient}@example.net>",
            f"Cc: {letter.asked}@example.net",
            f"Reply-To: {letter.writer}@example.com",
            f"Message-ID: <{letter.writer}@client.example>",
            f"Subject: {letter.subject}",
        )
    )
    lines = [
        ("EHLO client.example", "250-mx.example hello\r\n250 AUTH PLAIN"),
        (f"VRFY {letter.asked}", f"250 {letter.asked} <{letter.asked}@example.net>"),
        (f"EXPN {letter.asked}", f"550 {letter.asked}?"),
        (f"AUTH PLAIN {plain.decode()}", f"235 2.7.0 welcome {letter.user}"),
        (f"MAIL FROM:<{letter.sender}@example.org> AUTH={letter.user}", "250 ok"),
        (f"RCPT TO:<{refused}>", f"550 5.1.1 {letter.ending.format(refused)}"),
        (f"rcpt to: <{letter.recipient}@example.net>", "250 ok"),
        ("DATA", "354 go on"),
        (
            header + f"\r\nsee https://x.example/?for={letter.user}@example.org\r\n.",
            f"250 queued for {letter.recipient}@example.net",
        ),
        (f"Subject: {letter.subject}", f"500 what is {letter.sender}@example.org"),
        ("QUIT", "221 bye"),
    ]
    said = Conversation(server=("198.51.100.2", 587)).open()
    said.server(b"220 mx.example ESMTP\r\n")
    for line, answer in lines:
        said.client(f"{line}\r\n".encode()).server(f"{answer}\r\n".encode())
    return said.close()


def written(letter: Letter, veil: Veil | None) -> str:
    """Return all lines of all formats about the dialogue."""
    told = told_of_frames(talk(letter).frames, shipped_rules_unheld(), Config(strict=True))
    observer = Observer(veil=veil)
    lines: list[bytes] = []
    whole = Table(PLAIN, verbose=True, veil=veil)  # with every line of the dialogue
    for renderer in (whole, *(make(observer, RECORD_OCTETS, PLAIN) for make in FORMATS.values())):
        lines += [renderer.alert(one) for one in told.alerts]
        lines += [renderer.record(one) for one in told.records]
    assert len(told.alerts) > 1
    return b"".join(lines).decode().casefold()


@pytest.mark.slow
@pytest.mark.parametrize("veil", VEILS)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=LETTERS)
def test_no_line_holds_a_name_or_a_subject_in_clear(veil: str, letter: Letter) -> None:
    text = written(letter, VEILS[veil])
    assert [secret for secret in secrets_of(letter) if secret in text] == []
    assert "@example.org" in text


@pytest.mark.slow
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=LETTERS)
def test_without_a_veil_they_are_there(letter: Letter) -> None:
    text = written(letter, None)
    assert [secret for secret in secrets_of(letter) if secret not in text] == []
