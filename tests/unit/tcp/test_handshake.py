"""Where streams begin, however the handshake was captured."""

from __future__ import annotations

from itertools import permutations

import pytest

from smtpids.capture.frames import ACK, PSH, SYN
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.segments import Talk, feed_all, make_table, run_all, said_by, tell

BANNER = b"220 mx\r\n"
EHLO = b"EHLO a\r\n"
TOLD = [f"S {BANNER!r}", f"C {EHLO!r}"]


def greeted(**settings: int) -> Talk:
    """Return a talk up to EHLO."""
    return Talk(**settings).handshake().server(BANNER).client(EHLO)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("ports", [(40_000, 25), (25, 40_000)])
def test_the_handshake_may_be_captured_in_any_order(
    order: tuple[int, ...], ports: tuple[int, int]
) -> None:
    talk = greeted(client_port=ports[0], server_port=ports[1])
    segments = [*(talk.segments[place] for place in order), *talk.segments[3:]]
    events = run_all(segments)
    assert [*TOLD, "closed eof -"] == tell(events)
    assert not events[0].connection.midstream


@pytest.mark.parametrize("kept", [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_the_handshake_may_be_captured_in_part(kept: tuple[int, ...]) -> None:
    talk = greeted()
    events = run_all([*(talk.segments[place] for place in kept), *talk.segments[3:]])
    assert [*TOLD, "closed eof -"] == tell(events)
    assert (not {0, 1} & set(kept)) == events[0].connection.midstream


def test_a_banner_captured_before_the_handshake_completes_it_later() -> None:
    talk = greeted()
    events = run_all([talk.segments[3], *talk.segments[:3], talk.segments[4]])
    assert [*TOLD, "closed eof -"] == tell(events)
    assert not events[0].connection.midstream


def test_repeated_handshakes_change_nothing() -> None:
    talk = greeted()
    syn, syn_ack, ack = talk.segments[:3]
    segments = [syn, syn, syn_ack, syn, syn_ack, ack, ack, syn_ack, *talk.segments[3:], syn]
    table = make_table()
    assert tell(feed_all(table, segments)) == TOLD
    assert table.opened == 1


def test_a_second_attempt_with_another_number_replaces_the_first() -> None:
    talk = greeted()
    first = (*talk.segments[0][:2], 77_777_777, *talk.segments[0][3:])
    table = make_table()
    assert tell(feed_all(table, [first, *talk.segments])) == TOLD
    assert table.opened == 1


def test_the_syn_ack_decides_which_attempt_is_meant() -> None:
    talk = greeted()
    other = (*talk.segments[0][:2], 77_777_777, *talk.segments[0][3:])
    assert tell(feed_all(make_table(), [talk.segments[0], other, *talk.segments[1:]])) == TOLD


def test_both_ends_may_open_at_once() -> None:
    talk = Talk()
    talk.send(CLIENT, flags=SYN)
    talk.send(SERVER, flags=SYN)
    talk.send(CLIENT, flags=SYN | ACK, back=1)
    talk.send(SERVER, flags=SYN | ACK, back=1)
    talk.server(BANNER).client(EHLO)
    assert [*TOLD, "closed eof -"] == tell(run_all(talk.segments))


def test_octets_in_the_syn_are_given() -> None:
    talk = Talk()
    talk.send(CLIENT, EHLO, flags=SYN)
    talk.send(SERVER, BANNER, flags=SYN | ACK)
    talk.client(b"QUIT\r\n")
    expected = [f"C {EHLO!r}", f"S {BANNER!r}", "C b'QUIT\\r\\n'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


@pytest.mark.parametrize(("again", "conflict"), [(EHLO, []), (b"HELO b\r\n", ["C conflict 3"])])
def test_octets_in_the_syn_may_be_sent_again_behind_the_handshake(
    again: bytes, conflict: list[str]
) -> None:
    talk = Talk()
    talk.send(CLIENT, EHLO, flags=SYN)
    talk.next_seq[CLIENT] -= len(EHLO)
    talk.send(SERVER, flags=SYN | ACK)
    talk.client(again).client(b"QUIT\r\n")
    expected = [*conflict, f"C {again!r}", "C b'QUIT\\r\\n'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


@pytest.mark.parametrize("isn", [(0xFFFF_FFFF, 0xFFFF_FFFE), (0xFFFF_FFFA, 0xFFFF_FFF8), (0, 0)])
def test_sequence_numbers_may_wrap(isn: tuple[int, int]) -> None:
    talk = Talk(isn=isn).handshake().server(BANNER).client(EHLO).server(b"250\r\n").goodbye()
    expected = [*TOLD, "S b'250\\r\\n'", "S ends", "C ends", "closed fin S"]
    assert expected == tell(run_all(talk.segments))


def test_a_challenged_syn_is_forgotten_once_the_session_goes_on() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=SYN, back=-50_000_000)
    talk.client(b"NOOP\r\n")
    wild = (talk.now_ns, talk.keys[SERVER], 3, talk.next_seq[CLIENT] + 49_999_995, ACK, b"x", 0)
    talk.segments.append(wild)
    table = make_table()
    told = tell(feed_all(table, talk.segments))
    assert [*TOLD, "C b'NOOP\\r\\n'"] == told
    assert table.opened == 1


def test_in_a_one_sided_capture_the_client_alone_opens_the_ports_again() -> None:
    one, other = greeted(), greeted(isn=(90_000_000, 7))  # type: ignore[arg-type]
    segments = [
        segment
        for talk in (one, other)
        for segment in talk.segments
        if segment[1] == talk.keys[CLIENT]
    ]
    expected = [f"C {EHLO!r}", "closed timeout -"]
    assert expected == tell(run_all(segments))[:2]
    assert said_by(run_all(segments), CLIENT) == EHLO + EHLO


def test_a_handshake_in_the_middle_of_a_long_connection_is_only_a_claim() -> None:
    talk = greeted()
    for _ in range(20):
        talk.client(b"x")
    talk.segments = talk.segments[4:]
    talk.segments.append((talk.now_ns, talk.keys[SERVER], 99, 88, SYN | ACK, b"", 0))
    talk.server(b"250\r\n").client(b"y")
    events = run_all(talk.segments)
    assert len({event.connection.uid for event in events}) == 1
    assert events[0].connection.midstream


def test_a_push_before_the_handshake_acknowledgement_is_held_until_the_streams_are_known() -> None:
    talk = Talk()
    talk.send(CLIENT, flags=SYN)
    talk.skip(SERVER, 1 + len(BANNER))
    talk.send(CLIENT, EHLO, flags=ACK | PSH)
    talk.next_seq[SERVER] -= 1 + len(BANNER)
    talk.send(SERVER, flags=SYN | ACK, ack=1_001)
    talk.send(SERVER, BANNER, ack=1_001)
    assert tell(feed_all(make_table(), talk.segments)) == TOLD
