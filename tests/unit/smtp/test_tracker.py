"""The tracker by example: every transcript, as it stands and cut at every place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.replies import kept
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.transcript import FOLDER, Transcript, events_of, load, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.smtp import Event

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)
EVERY = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
#: What needs TCP is tested in tests/golden/test_network.py.
SCRIPTS = [script for script in EVERY if not script.wire_only]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])


@by_name
def test_a_transcript_tells_what_it_lists(script: Transcript) -> None:
    assert [summary(event) for event in events_of(script)] == script.events


@by_name
def test_events_do_not_depend_on_where_packets_are_cut(script: Transcript) -> None:
    whole = _facts(script, None)
    for index, step in enumerate(script.steps):
        for place in range(1, len(step.octets)):
            assert _facts(script, (index, place)) == whole, f"packet {index} cut at {place}"


@by_name
def test_events_do_not_depend_on_packets_at_all(script: Transcript) -> None:
    def octet_by_octet(index: int, octets: bytes) -> Iterator[bytes]:
        for place in range(len(octets)):
            yield octets[place : place + 1]

    assert _plain(events_of(script, octet_by_octet)) == _plain(events_of(script))


def _facts(script: Transcript, at: tuple[int, int] | None) -> list[dict[str, object]]:
    def cut(index: int, octets: bytes) -> Iterator[bytes]:
        if at is not None and index == at[0]:
            yield octets[: at[1]]
            yield octets[at[1] :]
        else:
            yield octets

    return _plain(events_of(script, cut))


def _plain(events: list[Event]) -> list[dict[str, object]]:
    """All fields but the count of packets."""
    return [
        {name: value for name, value in event.fields.items() if name != "session.packets"}
        for event in events
    ]


@pytest.mark.parametrize(
    ("name", "dialogue"),
    [
        ("plain_mail", "EHLO:250 MAIL:250 RCPT:250 DATA:354 END_OF_DATA:250 QUIT:221"),
        ("auth_login_succeeds", "EHLO:250 AUTH:235 QUIT:221"),
        ("bdat_refused_midway", "EHLO:250 MAIL:250 RCPT:250 BDAT:452 BDAT:503 RSET:250 QUIT:221"),
        ("service_closing_to_rcpt", "EHLO:250 MAIL:250 RCPT:421 DATA:None"),
        ("data_refused", "EHLO:250 MAIL:250 RCPT:250 DATA:554 None:500 QUIT:221"),
        ("tls12_submission", "EHLO:250 STARTTLS:220"),
        ("greeting_421", ""),
    ],
)
def test_a_session_ends_with_its_dialogue(name: str, dialogue: str) -> None:
    end = events_of(load(FOLDER / f"{name}.smtp"))[-1]
    steps = end.fields["smtp.dialogue"]
    assert isinstance(steps, list)
    shown = [f"{step['verb']}:{step['code']}" for step in steps if isinstance(step, dict)]
    assert " ".join(shown) == dialogue


def test_a_reply_that_may_repeat_a_secret_is_not_kept() -> None:
    tracker = Tracker(ENDS, Config())
    for number, (side, said) in enumerate(
        (
            (SERVER, b"220 mx.example ESMTP\r\n"),
            (CLIENT, b"AUTH PLAIN AGFubgBodW50ZXIy\r\n"),
            (SERVER, b"535 not AGFubgBodW50ZXIy\r\n"),
            (CLIENT, b"NOOP\r\n"),
            (SERVER, b"250 not again\r\n"),
        )
    ):
        tracker.octets(side, said, number, number, -1)
    assert kept(b"535 not AGFubgBodW50ZXIy\r\n") is None
    assert kept(b"250 not again\r\n") is not None


def test_a_reply_that_names_a_message_is_not_kept_for_others() -> None:
    tracker = Tracker(ENDS, Config())
    talk = (
        (b"", b"220 mx of this test\r\n"),
        (b"EHLO a\r\n", b"250 hello of this test\r\n"),
        (b"MAIL FROM:<a@b>\r\n", b"250 sender of this test\r\n"),
        (b"RCPT TO:<a@b>\r\n", b"250 recipient of this test\r\n"),
        (b"DATA\r\n", b"354 go on with this test\r\n"),
        (b"a\r\n.\r\n", b"250 queued as 7C3 of this test\r\n"),
    )
    for number, (asked, said) in enumerate(talk):
        if asked:
            tracker.octets(CLIENT, asked, number, number, -1)
        tracker.octets(SERVER, said, number, number, -1)
    assert [kept(said) is not None for _, said in talk] == [True] * 5 + [False]
