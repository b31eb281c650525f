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


def logins(*said: bytes, ip: str = "192.0.2.1") -> list[dict[str, object]]:
    """Return the fields of the attempts in a session that was seen whole."""
    tracker = Tracker(Ends("id", "1:x", ip, 50000, "198.51.100.2", 587, 0), Config(strict=True))
    events: list[Event] = []
    sent = [0, 0]
    hello = (b"220 mx\r\n", b"EHLO a.example\r\n", b"250-mx\r\n250 AUTH CRAM-MD5 PLAIN\r\n")
    for index, octets in enumerate((*hello, *said)):
        side = CLIENT if index % 2 else SERVER
        events += tracker.octets(side, octets, index, index, sent[1 - side])
        sent[side] += len(octets)
    events += tracker.closed("fin", 99, 99)
    return [dict(event.fields) for event in events if event.action == "auth"]


GIVEN_UP = (b"AUTH CRAM-MD5\r\n", b"334 PDFAYj4=\r\n", b"*\r\n", b"501 cancelled\r\n")
#: NUL ann@Example.ORG NUL x
PLAIN = b"AGFubkBFeGFtcGxlLk9SRwB4"


def test_another_mechanism_behind_one_that_was_given_up_is_told() -> None:
    first, second, third = logins(
        *GIVEN_UP,
        b"AUTH PLAIN " + PLAIN + b"\r\n",
        b"535 no\r\n",
        b"AUTH PLAIN " + PLAIN + b"\r\n",
        b"535 no\r\n",
    )
    assert "smtp.auth.cancelled_before" not in first
    assert second["smtp.auth.cancelled_before"] == "CRAM-MD5"
    assert "smtp.auth.cancelled_before" not in third


def test_the_same_mechanism_again_is_nothing_to_tell() -> None:
    assert "smtp.auth.cancelled_before" not in logins(*GIVEN_UP, *GIVEN_UP)[1]


def test_a_mechanism_that_was_not_offered_is_told() -> None:
    said = logins(b"AUTH PLAIN\r\n", b"535 no\r\n", b"AUTH NTLM\r\n", b"504 no\r\n")
    assert [fields["smtp.auth.mechanism_offered"] for fields in said] == [True, False]


def test_the_domain_of_the_user_and_the_networks_of_the_client_are_told() -> None:
    (said,) = logins(b"AUTH PLAIN " + PLAIN + b"\r\n", b"235 ok\r\n")
    assert said["smtp.auth.user_domain"] == "example.org"
    assert said["smtp.auth.responses"] == 1
    assert said["source.network"] == "192.0.2.0/24"
    assert said["source.wide_network"] == "192.0.0.0/16"


def test_a_user_without_domain_has_none_of_the_one_before() -> None:
    other = b"AUTH PLAIN AGFubgB4\r\n"  # NUL ann NUL x
    said = logins(b"AUTH PLAIN " + PLAIN + b"\r\n", b"535 no\r\n", other, b"535 no\r\n")
    assert "smtp.auth.user_domain" not in said[1]
