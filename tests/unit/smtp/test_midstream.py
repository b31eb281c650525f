"""Sessions that the capture shows from the middle, or from behind a hole."""

from __future__ import annotations

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Event, Tracker
from smtpids.tcp.events import CLIENT, SERVER

DATA_RECORD = b"\x17\x03\x03\x00\x20" + b"+" * 32
CHANGE_RECORD = b"\x14\x03\x03\x00\x01\x01"
FINISHED_RECORD = b"\x16\x03\x03\x00\x28" + b"+" * 40
SERVER_HELLO = b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + b"." * 32 + b"\x00\x00\x2f\x00"


def joined(*said: tuple[int, bytes], port: int = 587) -> list[Event]:
    """Feed octets of sides to a tracker that begins in mid-stream; return all events."""
    ends = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", port, 0, midstream=True)
    tracker = Tracker(ends, Config(strict=True))
    events: list[Event] = []
    for number, (side, octets) in enumerate(said):
        events += tracker.octets(side, octets, number, number, -1)
    return events + tracker.closed("fin", len(said), len(said))


def anomalies(events: list[Event]) -> list[object]:
    return [event.fields["smtp.anomaly.kind"] for event in events if event.action == "anomaly"]


def verbs(events: list[Event]) -> list[object]:
    return [event.fields["smtp.command.verb"] for event in events if event.action == "command"]


@pytest.mark.parametrize(("port", "mode"), [(465, "implicit"), (587, "starttls"), (25, "starttls")])
def test_a_session_that_is_joined_amid_tls_is_one_in_tls(port: int, mode: str) -> None:
    events = joined((CLIENT, DATA_RECORD), (SERVER, DATA_RECORD), (CLIENT, DATA_RECORD), port=port)
    (tls,) = (event for event in events if event.action == "tls")
    assert tls.fields["tls.outcome"] == "established"
    assert events[-1].fields["tls.established"] is True
    assert events[-1].fields["tls.mode"] == (mode if port == 465 else "implicit")
    assert anomalies(events) == []


def test_the_server_may_be_the_first_who_is_heard_in_tls() -> None:
    events = joined((SERVER, DATA_RECORD), (CLIENT, DATA_RECORD), (SERVER, DATA_RECORD))
    assert events[-1].fields["tls.established"] is True
    assert anomalies(events) == []


def test_a_piece_of_a_record_is_nothing_at_all() -> None:
    events = joined((CLIENT, b"\n\0\xff\r\n\n" * 20), (SERVER, b"\n\0\xfe\n" * 20))
    assert [event.action for event in events] == ["session_end"]


def test_lines_of_a_letter_are_no_commands() -> None:
    letter = b"help me, Ann\r\nmail is data\r\nnoop, said he\r\n\0\n" + b"x" * 2000 + b"\r\n.\r\n"
    events = joined((CLIENT, letter), (SERVER, b"250 queued\r\n"), (CLIENT, b"QUIT\r\n"))
    assert verbs(events) == ["QUIT"]
    assert anomalies(events) == []
    assert events[-1].fields["smtp.dialogue"] == [
        {"verb": "END_OF_DATA", "code": 250},
        {"verb": "QUIT", "code": None},
    ]


def test_behind_the_first_command_every_line_counts() -> None:
    events = joined((CLIENT, b"dear Ann\r\nRSET\r\nWRONG\r\n"))
    assert verbs(events) == ["RSET", ""]
    assert "unknown_command" in anomalies(events)


def test_a_client_hello_in_mid_stream_is_no_mistake_of_the_client() -> None:
    hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
    events = joined((SERVER, b"220 go\r\n"), (CLIENT, hello))
    assert anomalies(events) == []
    assert events[-1].fields["tls.mode"] == "starttls"


def test_tls_whose_first_record_is_lost_is_tls() -> None:
    ends = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 587, 0)
    tracker = Tracker(ends, Config(strict=True))
    events = tracker.octets(SERVER, b"220 mx\r\n", 1, 1, 0)
    events += tracker.octets(CLIENT, b"STARTTLS\r\n", 2, 2, 8)
    events += tracker.octets(SERVER, b"220 go\r\n", 3, 3, 10)
    events += tracker.gap(CLIENT, 200, 4, 4)
    events += tracker.octets(CLIENT, CHANGE_RECORD + FINISHED_RECORD, 5, 5, 16)
    hello = SERVER_HELLO + CHANGE_RECORD + FINISHED_RECORD
    events += tracker.octets(SERVER, hello, 6, 6, 250)
    events += tracker.octets(CLIENT, DATA_RECORD, 7, 7, 116)
    events += tracker.closed("fin", 7, 7)
    assert anomalies(events) == ["gap"]
    assert events[-1].fields["smtp.starttls.state"] == "established"
