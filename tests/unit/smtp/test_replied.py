"""What replies do: what the transcripts do not show."""

from __future__ import annotations

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Event, Tracker
from smtpids.smtp.replied import FOLLOW_UPS, UPDATES
from smtpids.smtp.states import OUTCOMES
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 587, 0)


def talk(*said: bytes) -> list[Event]:
    """Server and client in turn, the server first; then the connection ends."""
    tracker = Tracker(ENDS, Config(strict=True))
    events: list[Event] = []
    sent = [0, 0]
    for index, octets in enumerate(said):
        side = CLIENT if index % 2 else SERVER
        events += tracker.octets(side, octets, index, index, sent[1 - side])
        sent[side] += len(octets)
    return events + tracker.closed("fin", len(said), len(said))


def test_verbs_of_the_tables_are_known() -> None:
    assert set(UPDATES) | set(FOLLOW_UPS) <= set(OUTCOMES)


@pytest.mark.parametrize(
    ("code", "outcome"), [(235, "success"), (454, "tempfail"), (535, "failure"), (504, "failure")]
)
def test_the_class_of_the_reply_is_the_outcome_of_auth(code: int, outcome: str) -> None:
    events = talk(b"220 mx\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"%d x\r\n" % code)
    (auth,) = (event for event in events if event.action == "auth")
    assert auth.fields["smtp.auth.outcome"] == outcome
    assert auth.fields["smtp.auth.succeeded"] is (outcome == "success")
    assert auth.fields["smtp.reply.code"] == code


def test_an_exchange_that_the_connection_cuts_off_is_unknown() -> None:
    events = talk(b"220 mx\r\n", b"AUTH PLAIN AGEAYg==\r\n")
    (auth,) = (event for event in events if event.action == "auth")
    assert auth.fields["smtp.auth.outcome"] == "unknown"


def test_starttls_without_reply_is_told_at_the_end() -> None:
    events = talk(b"220 mx\r\n", b"STARTTLS\r\n")
    (starttls,) = (event for event in events if event.action == "starttls")
    assert starttls.fields["smtp.starttls.state"] == "requested"


def test_an_early_refusal_answers_the_message() -> None:
    events = talk(
        b"220 mx\r\n", b"MAIL FROM:<a@b>\r\n",
        b"250 Ok\r\n", b"RCPT TO:<c@d>\r\n",
        b"250 Ok\r\n", b"DATA\r\n",
        b"354 go\r\n", b"Subject: x\r\n",
        b"552 too large\r\n", b"\r\n.\r\n",
    )  # fmt: skip
    (message,) = (event for event in events if event.action == "message")
    assert message.fields["smtp.reply.code"] == 552
    assert message.fields["smtp.message.accepted"] is False
    assert not [event for event in events if event.action == "anomaly"]


def test_message_text_before_354_is_an_anomaly_and_the_message_all_the_same() -> None:
    events = talk(
        b"220 mx\r\n", b"EHLO x\r\n",
        b"250-mx\r\n250 PIPELINING\r\n",
        b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\ny\r\n.\r\nQUIT\r\n",
        b"250 Ok\r\n250 Ok\r\n354 go\r\n250 queued\r\n221 bye\r\n",
    )  # fmt: skip
    told = [event.fields.get("smtp.anomaly.kind", event.action) for event in events]
    assert "data_before_354" in told
    (message,) = (event for event in events if event.action == "message")
    assert message.fields["smtp.reply.code"] == 250
    assert message.fields["smtp.message.size"] == 17


ALICE = b"AUTH PLAIN AGFsaWNlAHg=\r\n"
HIDDEN = b"AUTH EXTERNAL =\r\n"


@pytest.mark.parametrize(
    ("said", "users"),
    [
        ((ALICE, b"535 no\r\n", HIDDEN, b"235 ok\r\n"), ["alice", None]),
        ((ALICE, b"535 no\r\n", HIDDEN, b"535 no\r\n"), ["alice", None]),
        ((ALICE, b"235 ok\r\n", HIDDEN, b"503 already\r\n"), ["alice", "alice"]),
    ],
    ids=["another succeeds", "another fails", "the first is logged in"],
)
def test_an_attempt_without_a_name_is_not_by_the_user_of_the_one_before(
    said: tuple[bytes, ...], users: list[str | None]
) -> None:
    events = talk(b"220 mx\r\n", *said, b"QUIT\r\n")
    auths = [event for event in events if event.action == "auth"]
    assert [auth.fields.get("smtp.auth.user") for auth in auths] == users
    assert events[-1].fields.get("smtp.auth.user") == users[-1]
