from __future__ import annotations

from typing import Any

import pytest

from smtpids.alerts.outcome import outcome, sentence


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("auth", {"smtp.auth.outcome": "success"}, "success"),
        ("auth", {"smtp.auth.outcome": "tempfail"}, "failure"),
        ("auth", {"smtp.auth.outcome": "aborted"}, "unknown"),
        ("starttls", {"smtp.starttls.state": "established"}, "success"),
        ("starttls", {"smtp.starttls.state": "refused"}, "failure"),
        ("starttls", {}, "unknown"),
        ("tls", {"tls.outcome": "failed"}, "failure"),
        ("message", {"smtp.message.accepted": True, "smtp.reply.code": 250}, "success"),
        ("message", {"smtp.message.accepted": False, "smtp.reply.code": 550}, "failure"),
        ("message", {"smtp.message.accepted": False}, "unknown"),
        ("command", {"smtp.auth.outcome": "success"}, None),
        ("session_end", {}, None),
    ],
)
def test_an_event_ended_as_the_server_said(
    action: str, fields: dict[str, Any], said: str | None
) -> None:
    assert outcome(action, fields) == said


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("message", {"smtp.message.accepted": True}, "Mail accepted"),
        ("message", {"smtp.reply.code": 550}, "Mail not accepted"),
        ("message", {}, "Mail whose acceptance was not seen"),
        ("session_end", {"tls.established": True}, "SMTP session in TLS"),
        ("session_end", {}, "SMTP session in cleartext"),
        ("anomaly", {"smtp.anomaly.kind": "no such"}, "Anomaly"),
    ],
)
def test_a_record_says_what_it_is_in_our_own_words(
    action: str, fields: dict[str, Any], said: str
) -> None:
    assert sentence(action, fields) == said
