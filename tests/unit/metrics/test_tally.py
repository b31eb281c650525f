"""What each event raises, and that nothing of the traffic becomes a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import SECOND
from smtpids.metrics import Counts, count_alert, count_event, count_match, count_opened
from smtpids.metrics.families import FAMILIES
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.often import MOST_ENHANCED
from smtpids.rules.rule import Level, Rule
from smtpids.smtp.events import Action, Event
from smtpids.tcp.events import CloseReason

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields, Value

RULE = Rule(name="any", title="Any", level=Level.LOW)
#: Every field that a count may read.
READ = (
    "smtp.command.verb",
    "smtp.reply.code",
    "smtp.reply.enhanced",
    "smtp.reply.verb",
    "smtp.auth.mechanism",
    "smtp.auth.outcome",
    "smtp.starttls.state",
    "smtp.starttls.offered",
    "smtp.ehlo.keywords",
    "smtp.message.accepted",
    "smtp.message.size",
    "smtp.anomaly.kind",
    "email.attachments",
    "tls.version",
    "tls.outcome",
    "tls.mode",
    "destination.port",
    "session.duration",
    "session.close_reason",
)


def counted(action: str, fields: Fields) -> Counts:
    counts = Counts()
    count_event(counts, Event(action, 0, 1, fields))
    return counts


def raised(counter: dict[str, int]) -> dict[str, int]:
    """Leave out what is 0."""
    return {key: number for key, number in counter.items() if number}


def test_of_figures_that_nobody_reads_only_what_a_summary_tells_is_counted() -> None:
    events: list[tuple[str, Fields]] = [
        ("command", {"smtp.command.verb": "MAIL"}),
        ("reply", {"smtp.reply.code": 250, "smtp.reply.verb": "RCPT"}),
        ("anomaly", {"smtp.anomaly.kind": "bare_lf"}),
        ("message", {"smtp.message.accepted": True, "smtp.message.size": 5}),
        ("session_end", {"destination.port": 25, "tls.mode": "none", "session.duration": 7}),
    ]
    counts = Counts()
    counts.is_read = False
    count_opened(counts, 25)
    for action, fields in events:
        count_event(counts, Event(action, 0, 1, fields))
    count_match(counts, RULE)
    count_alert(counts, RULE)
    assert (raised(counts.messages), counts.sessions["25", "none"]) == ({"accepted": 1}, 1)
    assert not any(
        number
        for counter in (counts.connections_opened, counts.commands, counts.replies)
        for number in counter.values()
    )
    assert (counts.message_size.total, counts.session_duration.total) == (0, 0)
    assert (raised(counts.anomalies), counts.matches, counts.alerts) == ({}, {}, {})


def test_connections_are_counted_by_the_service_they_go_to() -> None:
    counts = Counts()
    for port in (25, 4000, 25):
        count_opened(counts, port)
    assert raised(counts.connections_opened) == {"25": 2, "other": 1}


def test_a_command_is_counted_by_its_verb() -> None:
    assert raised(counted("command", {"smtp.command.verb": "MAIL"}).commands) == {"MAIL": 1}


def test_a_command_that_nobody_knows_is_other() -> None:
    assert raised(counted("command", {"smtp.command.verb": "XHACK"}).commands) == {"other": 1}


def test_a_reply_is_counted_by_both_its_codes() -> None:
    fields: Fields = {"smtp.reply.code": 550, "smtp.reply.enhanced": "5.7.1"}
    assert counted("reply", fields).replies == {("5xx", "x.7"): 1}


@pytest.mark.parametrize(("code", "outcome"), [(250, "accepted"), (452, "rejected")])
def test_a_recipient_is_counted_when_its_rcpt_is_answered(code: int, outcome: str) -> None:
    fields: Fields = {"smtp.reply.code": code, "smtp.reply.verb": "RCPT"}
    assert {outcome: 1} == raised(counted("reply", fields).recipients)


def test_a_reply_to_another_command_is_no_recipient() -> None:
    fields: Fields = {"smtp.reply.code": 250, "smtp.reply.verb": "MAIL"}
    assert raised(counted("reply", fields).recipients) == {}


@pytest.mark.parametrize(
    ("mechanism", "expected"),
    [("PLAIN", "PLAIN"), ("SCRAM-SHA-256", "SCRAM-SHA-256"), ("X-MINE", "other"), (None, "other")],
)
def test_an_auth_exchange_is_counted_by_mechanism_and_outcome(
    mechanism: Value, expected: str
) -> None:
    fields: Fields = {"smtp.auth.mechanism": mechanism, "smtp.auth.outcome": "failure"}
    assert {(expected, "failure"): 1} == counted("auth", fields).auth


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("accepted", "accepted"),
        ("established", "accepted"),
        ("refused", "refused"),
        ("requested", "unanswered"),
        ("?", "other"),
    ],
)
def test_starttls_is_counted_by_its_answer(state: str, outcome: str) -> None:
    counts = counted("starttls", {"smtp.starttls.state": state})
    assert {outcome: 1} == raised(counts.starttls)


def test_a_handshake_is_counted_by_version_and_outcome() -> None:
    fields: Fields = {"tls.version": "1.3", "tls.outcome": "established"}
    assert counted("tls", fields).handshakes == {("1.3", "established"): 1}


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"smtp.message.accepted": True}, "accepted"),
        ({"smtp.message.accepted": False}, "rejected"),
        ({"smtp.message.complete": True}, "aborted"),
        ({}, "aborted"),
    ],
)
def test_a_message_is_counted_by_the_reply_to_it(fields: Fields, outcome: str) -> None:
    assert raised(counted("message", fields).messages) == {outcome: 1}


def test_the_size_of_a_message_is_observed() -> None:
    counts = counted("message", {"smtp.message.size": 5000})
    assert counts.message_size.total == 5000
    assert counts.message_size.cumulative()[-1] == 1


def test_an_attachment_is_counted_by_what_its_name_says() -> None:
    names = ["PDF", "exe", "", "pdf"]
    files: list[Value] = [{"file": {"extension": name}} for name in names]
    counts = counted("message", {"email.attachments": [*files, "no object", {"file": None}]})
    assert counts.attachments == {"document": 2, "executable": 1, "other": 3}


def test_an_anomaly_is_counted_by_its_kind() -> None:
    counts = counted("anomaly", {"smtp.anomaly.kind": "bare_lf"})
    assert raised(counts.anomalies) == {"bare_lf": 1}


def test_a_session_is_counted_when_it_ends() -> None:
    fields: Fields = {
        "destination.port": 587,
        "tls.mode": "starttls",
        "session.duration": 3 * SECOND,
        "session.close_reason": CloseReason.RST,
    }
    counts = counted("session_end", fields)
    assert counts.sessions["587", "starttls"] == 1
    assert sum(counts.sessions.values()) == 1
    assert raised(counts.sessions_closed) == {"rst": 1}
    assert counts.session_duration.total == 3


@pytest.mark.parametrize(
    ("keywords", "offered", "mode", "number"),
    [
        (["PIPELINING"], False, "none", 1),
        (["STARTTLS"], True, "none", 0),
        ([], False, "none", 0),
        (["PIPELINING"], False, "implicit", 0),
    ],
)
def test_a_server_that_lists_no_starttls_is_counted_once_a_session(
    keywords: list[Value], offered: bool, mode: str, number: int
) -> None:
    fields: Fields = {
        "smtp.ehlo.keywords": keywords,
        "smtp.starttls.offered": offered,
        "smtp.starttls.state": "none",
        "tls.mode": mode,
    }
    assert number == counted("session_end", fields).starttls["not_offered"]


def test_a_greeting_raises_nothing() -> None:
    assert numbers(Counts()) == numbers(counted("greeting", {"smtp.reply.code": 220}))


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(
    st.sampled_from([*Action, "unheard_of"]),
    st.dictionaries(st.sampled_from(READ), HOSTILE, max_size=8),
)
@settings(max_examples=100)
def test_no_event_raises_or_makes_a_key_that_is_not_known(action: str, fields: Fields) -> None:
    counts = counted(action, fields)
    for family in FAMILIES.values():
        reading = family.read(counts)
        if reading is None or isinstance(reading, int | float | Histogram):
            continue
        for key in dict(reading):
            values = (key,) if isinstance(key, str) else key
            for label, value in zip(family.labels, values, strict=True):
                assert label.values is None or value in label.values | {"other"}


def numbers(counts: Counts) -> dict[str, object]:
    """Return all readings, histograms as their buckets."""
    return {
        name: reading.cumulative() if isinstance(reading, Histogram) else reading
        for name, family in FAMILIES.items()
        for reading in (family.read(counts),)
    }


def test_replies_are_counted_by_their_classes_however_many_codes_come() -> None:
    counts = Counts()
    for number in range(MOST_ENHANCED * 3):
        for subject in (1, 7):
            fields: Fields = {
                "smtp.reply.code": 550,
                "smtp.reply.enhanced": f"5.{subject}.{number}",
                "smtp.reply.verb": "RCPT",
            }
            count_event(counts, Event(Action.REPLY, 0, 1, fields))
    assert counts.replies == {("5xx", f"x.{subject}"): MOST_ENHANCED * 3 for subject in (1, 7)}
    assert raised(counts.recipients) == {"rejected": MOST_ENHANCED * 6}
