"""What an AUTH exchange does to the session: what the transcripts do not show."""

from __future__ import annotations

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Event, Tracker
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 587, 0, midstream=True)


def talk(*said: bytes) -> list[Event]:
    """Server and client in turn, the server first, from the middle of a session."""
    tracker = Tracker(ENDS, Config(strict=True))
    events: list[Event] = []
    sent = [0, 0]
    for index, octets in enumerate(said):
        side = CLIENT if index % 2 else SERVER
        events += tracker.octets(side, octets, index, index, sent[1 - side])
        sent[side] += len(octets)
    return events + tracker.closed("fin", len(said), len(said))


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [(b"235 ok\r\n", "success"), (b"535 no\r\n", "failure"), (b"454 later\r\n", "tempfail")],
)
def test_a_login_that_is_joined_in_the_middle_has_an_outcome_and_no_names(
    reply: bytes, outcome: str
) -> None:
    events = talk(b"334 UGFzc3dvcmQ6\r\n", b"aHVudGVyMg==\r\n", reply)
    (auth,) = (event for event in events if event.action == "auth")
    names = {"smtp.auth.user", "smtp.auth.authzid", "smtp.auth.mechanism"}
    assert auth.fields["smtp.auth.outcome"] == outcome
    assert names & set(auth.fields) == set()
    assert auth.fields["smtp.auth.attempts"] == 1


def test_the_mechanisms_that_are_listed_are_bounded() -> None:
    said = [b"220 mx\r\n"]
    for number in range(40):
        said += [b"AUTH X-%d AAAA\r\n" % number, b"504 no\r\n"]
    events = talk(*said)
    assert events[-1].fields["smtp.auth.attempts"] == 40
    mechanisms = events[-1].fields["smtp.auth.mechanisms"]
    assert isinstance(mechanisms, list)
    assert len(mechanisms) == 16
