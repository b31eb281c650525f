from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.alerts.layout import Style
from smtpids.alerts.table import (
    LEVEL_COLOURS,
    alert_lines,
    anomaly_lines,
    event_lines,
    message_lines,
    session_lines,
)
from smtpids.rules.correlation import Kind
from smtpids.rules.rule import Level, Match
from smtpids.smtp.events import Event, Evidence, Line
from tests.unit.alerts.samples import MS, NOON, RULE, event, match, together

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


def test_an_alert_is_a_block_for_people() -> None:
    assert alert_lines(match(suppressed=3)) == (
        "2026-11-23 12:00:00.000  HIGH      auth_before_tls"
        "  192.0.2.10:51234 → 198.51.100.25:587\n"
        "  192.0.2.10 authenticated as alice@example.net by PLAIN without TLS\n"
        "  │ #4  S  220 mx.example.net ESMTP\n"
        "  │ #5  C  EHLO laptop.example\n"
        "  │ #6  S  250-mx.example.net\n"
        "  │ #6  S  250 AUTH PLAIN\n"
        "  │ #7  C  AUTH PLAIN <redacted>\n"
        "  3 more like this were held back since the last alert\n"
        "\n"
    )


def test_a_correlation_shows_what_was_counted_and_of_whom() -> None:
    block = alert_lines(together()).splitlines()
    assert block[2] == "  3 values in 1.5 s · source.ip 192.0.2.10 · ann, bob\\x1b"


@pytest.mark.parametrize(
    ("kind", "measure", "words"),
    [
        (Kind.EVENT_COUNT, 10, "10 events"),
        (Kind.VALUE_SUM, 7, "sum 7"),
        (Kind.VALUE_AVG, 10 / 3, "average 3.33333"),
        (Kind.TEMPORAL, 2, "2 rules"),
        (Kind.TEMPORAL_ORDERED, 2, "2 rules in order"),
    ],
)
def test_each_kind_has_its_words(kind: Kind, measure: float, words: str) -> None:
    match = together(kind=kind, measure=measure, values=(), group=())
    assert alert_lines(match).splitlines()[2] == f"  {words} in 1.5 s"


@pytest.mark.parametrize("level", list(Level))
def test_each_level_has_its_colour(level: Level) -> None:
    block = alert_lines(Match(replace(RULE, level=level), event()), Style(colour=True))
    assert f"\x1b[{LEVEL_COLOURS[level]}m{level.value.upper()}" in block


def test_an_alert_on_a_narrow_terminal_is_folded() -> None:
    block = alert_lines(match(), Style(width=60)).splitlines()
    assert block[:4] == [
        "2026-11-23 12:00:00.000  HIGH      auth_before_tls",
        "  192.0.2.10:51234 → 198.51.100.25:587",
        "  192.0.2.10 authenticated as alice@example.net by PLAIN",
        "  without TLS",
    ]


def test_an_ipv6_end_stands_in_brackets() -> None:
    block = alert_lines(match(source__ip="2001:db8::1"))
    assert "[2001:db8::1]:51234 → 198.51.100.25:587" in block


def test_an_alert_on_an_event_without_ends_is_still_a_block() -> None:
    block = alert_lines(Match(RULE, Event("auth", NOON, 1, {})))
    assert block == (
        "2026-11-23 12:00:00.000  HIGH      auth_before_tls\n"
        "  unknown authenticated as unknown by unknown without TLS\n"
        "\n"
    )


def test_a_session_is_told_in_four_lines() -> None:
    assert session_lines(event("session_end", at=NOON + 1_500 * MS)) == (
        "2026-11-23 12:00:00.000  session   192.0.2.10:51234 → 198.51.100.25:587  1.5 s\n"
        "  laptop.example → mx.example.net ESMTP\n"
        "  cleartext, STARTTLS offered · AUTH alice@example.net succeeded · 1 message\n"
        "  EHLO 250 · RCPT 250 x2 · QUIT -\n"
        "\n"
    )


def test_a_line_that_was_no_command_is_a_question_mark() -> None:
    seen = event("session_end", smtp__dialogue=[{"verb": None, "code": 500}])
    assert "  ? 500\n" in session_lines(seen)


def test_verbose_adds_the_dialogue() -> None:
    block = session_lines(event("session_end"), verbose=True)
    assert "  │ #7  C  AUTH PLAIN <redacted>\n" in block


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tls__mode": "starttls", "tls__version": "1.3"}, "TLS 1.3 (starttls)"),
        ({"tls__mode": "implicit"}, "TLS (implicit)"),
        ({"smtp__starttls__state": "none"}, "  cleartext · "),
        ({"smtp__auth__succeeded": False}, "AUTH alice@example.net did not succeed"),
        ({"smtp__auth__user": None}, "AUTH succeeded"),
        ({"smtp__message__count": 2}, "2 messages"),
        ({"session__midstream": True}, "picked up midstream"),
        ({"session__gap": True}, "octets missing"),
        ({"session__one_sided": True}, "one side only"),
        ({"smtp__quit": False}, "no QUIT"),
        ({"session__close_reason": "rst"}, "1 message · reset\n"),
        ({"session__close_reason": "fin"}, "1 message\n"),
        ({"session__duration": 20 * MS}, "  20 ms\n"),
        ({"session__duration": 600_000 * MS}, "  10 min\n"),
    ],
)
def test_what_a_session_came_to_is_said_in_words(changes: dict[str, Any], words: str) -> None:
    assert words in session_lines(event("session_end", **changes))


def test_a_message_is_told_with_envelope_and_outcome() -> None:
    assert message_lines(event("message")) == (
        "2026-11-23 12:00:00.000  message   192.0.2.10:51234 → 198.51.100.25:587"
        "  accepted (250)\n"
        "  alice@example.net → bob@example.org, carol@example.org\n"
        "  Grüße · 12,345 octets · 1 attachment\n"
        "\n"
    )


def test_many_recipients_are_counted() -> None:
    many = [f"u{n}@example.org" for n in range(9)]
    block = message_lines(event("message", smtp__rcpt_to=many))
    assert "→ u0@example.org, u1@example.org, u2@example.org and 6 more\n" in block


def test_an_incomplete_message_that_nobody_took_says_so() -> None:
    block = message_lines(
        event(
            "message",
            smtp__message__accepted=False,
            smtp__reply__code=None,
            smtp__message__complete=False,
            smtp__rcpt_to=None,
            email__attachments=[{}, {}],
        )
    )
    assert "not accepted\n  alice@example.net → ?\n" in block
    assert "12,345 octets, incomplete · 2 attachments" in block


def test_an_anomaly_is_told_with_its_sentence() -> None:
    assert anomaly_lines(event("anomaly")) == (
        "2026-11-23 12:00:00.000  anomaly   bare_lf  192.0.2.10:51234 → 198.51.100.25:587\n"
        "  a line ends in LF without CR: client line 3\n"
        "\n"
    )


def test_only_what_is_recorded_is_shown() -> None:
    shown = {
        action: event_lines(event(action)).split("  ")[1:2]
        for action in ("message", "anomaly", "session_end", "command", "auth")
    }
    assert shown == {
        "message": ["message"],
        "anomaly": ["anomaly"],
        "session_end": ["session"],
        "command": [],
        "auth": [],
    }


HOSTILE = st.text(st.characters(codec=None, categories=None), max_size=30)


@given(HOSTILE)
def test_no_text_of_a_peer_reaches_the_terminal_raw(text: str) -> None:
    said: Fields = {
        "smtp.helo": text,
        "smtp.greeting.text": text,
        "smtp.auth.user": text,
        "smtp.auth.attempts": 1,
        "smtp.mail_from": text,
        "smtp.rcpt_to": [text],
        "smtp.anomaly.kind": text,
        "smtp.anomaly.detail": text,
        "smtp.dialogue": [{"verb": text, "code": 250}],
        "email.subject": text,
        "tls.version": text,
        "tls.mode": "implicit",
        "source.ip": text,
    }
    line = Line(1, "client", text, 1, NOON)
    for action in ("message", "anomaly", "session_end", "auth"):
        seen = Event(action, NOON, 1, said, Evidence([line], 1))
        shown = event_lines(seen, verbose=True) + alert_lines(Match(RULE, seen))
        assert all(ch == "\n" or not (ch < " " or "\x7f" <= ch < "\xa0") for ch in shown)
        shown.encode()
