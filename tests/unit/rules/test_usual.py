"""What is known of usual events, held against events of all sorts and against the rules."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Config
from smtpids.rules.interpreter import evaluate
from smtpids.rules.matcher import Matcher
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import FALSE, TRUE
from smtpids.rules.usual import USUAL, usual
from smtpids.smtp import Ends, Event, Tracker
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.engine import (
    captures,
    every_rule,
    shipped_rules,
    told_of_capture,
    told_of_frames,
)
from tests.support.plain_mails import mails
from tests.support.played import frames_of
from tests.support.rules import selection
from tests.support.transcript import load

if TYPE_CHECKING:
    from smtpids.rules.tree import Node

SCRIPTS = [
    load(path) for path in sorted((Path(__file__).parents[2] / "transcripts").glob("*.smtp"))
]
ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 0)


@cache
def seen() -> list[Event]:
    """Return the usual events of all captures and transcripts."""
    told = [told_of_capture(path) for path in captures()]
    told += [told_of_frames(frames_of(script), config=script.config) for script in SCRIPTS]
    return [event for one in told for event in one.events if event.usual]


def is_as_known(event: Event) -> bool:
    """Tell whether an event is as the table says of its kind."""
    known, fields = USUAL[event.usual], event.fields
    return (
        event.action == known.action
        and all(fields.get(name) == value for name, value in known.fields.items())
        and known.absent.isdisjoint(fields)
        and all(fields[name] <= most for name, most in known.most.items())  # type: ignore[operator]
    )


@pytest.mark.slow
def test_all_that_was_ever_recorded_is_as_known() -> None:
    assert [event for event in seen() if not is_as_known(event)] == []
    assert min(Counter(event.usual for event in seen())[kind] for kind in USUAL) > 20


@pytest.mark.slow
def test_what_is_left_of_a_rule_says_what_the_rule_says() -> None:
    conditions = [source.condition for source in every_rule().sources]
    left = {
        kind: [usual(specialise(node, known.action), kind) for node in conditions]
        for kind, known in USUAL.items()
    }
    for event in seen():
        for node, rest in zip(conditions, left[event.usual], strict=True):
            assert evaluate(rest, event.fields) == evaluate(node, event.fields)


@pytest.mark.slow
def test_the_shorter_functions_say_what_the_longer_ones_say() -> None:
    matcher, plain = Matcher(shipped_rules()), Matcher(shipped_rules())
    for event in seen():
        kind, event.usual = event.usual, ""
        found = plain.match(event)
        event.usual = kind
        assert matcher.match(event) == found


LINES = st.sampled_from(
    [
        *(b"EHLO a.example", b"EHLO [192.0.2.1] x", b"HELO a", b"ehlo a", b"EHLO \xff", b"EHLO"),
        *(b"MAIL FROM:<a@b.example>", b"MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME", b"MAIL FROM:<>"),
        *(b'MAIL FROM:<"a b"@c>', b"MAIL FROM:<a\0@b>", b"MAIL FROM:a", b"MAIL FROM:<a> A=+0A"),
        *(b"RCPT TO:<b@c.example>", b"RCPT TO:<@x:a%b@c>", b"RCPT TO:<b@c> NOTIFY=NEVER", b"RCPT"),
        *(b"DATA", b"DATA ", b"DATA x", b"data", b"QUIT", b"QUIT now", b"RSET", b"NOOP " * 200),
        *(b"BDAT 2\r\nab", b"BDAT 1 LAST\r\na", b"AUTH PLAIN AGEAYg==", b"nonsense"),
    ]
)


@given(st.lists(st.tuples(LINES, st.booleans(), st.sampled_from([250, 354, 550, 221]), mails())))
def test_whatever_is_said_usual_events_are_as_known(
    said: list[tuple[bytes, bool, int, bytes]],
) -> None:
    tracker = Tracker(ENDS, Config(strict=True))
    sent = [0, 0]
    events: list[Event] = []

    def say(side: int, octets: bytes) -> None:
        events.extend(tracker.octets(side, octets, 0, 0, sent[1 - side]))
        sent[side] += len(octets)

    say(SERVER, b"220 mx.example ESMTP\r\n")
    for line, answered, code, mail in said:
        say(CLIENT, line + (b"\n" if mail[:1] == b"f" else b"\r\n"))
        if answered:
            say(SERVER, b"%d ok\r\n" % code)
            if code == 354:
                say(CLIENT, mail + b"\r\n.\r\n")
                say(SERVER, b"250 ok\r\n")
    assert [event for event in events if event.usual and not is_as_known(event)] == []


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        ("EHLO", "smtp.command.verb: EHLO", TRUE),
        ("EHLO", "smtp.command.pipelined: true", FALSE),
        ("EHLO", "smtp.command.parameters|exists: false", TRUE),
        ("EHLO", "smtp.command.path_form: null", TRUE),
        ("MAIL", "smtp.command.verb: RCPT", FALSE),
        ("MAIL", "smtp.command.length|gt: 512", FALSE),
        ("MAIL", "smtp.command.length|lte: 512", None),
        ("MAIL", "smtp.command.length|gt: 500", None),
        ("MAIL", "smtp.command.path_form: null", None),
        ("MAIL", "smtp.helo|fieldref: smtp.command.domain", None),
        ("EHLO", "smtp.helo|fieldref: smtp.command.domain", FALSE),
        ("plain mail", "email.attachments.file.name: x", FALSE),
        ("plain mail", "[word]", None),
    ],
)
def test_only_what_is_known_is_answered(kind: str, text: str, left: Node | None) -> None:
    node = selection(text)
    assert usual(node, kind) == (node if left is None else left)
