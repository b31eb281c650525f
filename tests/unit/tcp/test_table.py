"""Segments in, stream events out: whole connections, their two ends, and the budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, URG, Segment
from smtpids.config import KIB, Limits
from smtpids.tcp.events import CLIENT, SERVER, Closed, CloseReason, Octets
from tests.support.segments import (
    MILLISECOND,
    SECOND,
    START,
    Talk,
    dialogue,
    feed_all,
    gap_octets,
    make_key,
    make_table,
    run_all,
    said_by,
    tell,
    turns,
)

if TYPE_CHECKING:
    from smtpids.tcp.table import ConnectionTable

BANNER = b"220 mx\r\n"
EHLO = b"EHLO a\r\n"
OK = b"250 ok\r\n"
GREETED = [f"S {BANNER!r}", f"C {EHLO!r}", f"S {OK!r}"]


def greeted(**settings: object) -> Talk:
    """Return a talk up to the reply to EHLO."""
    return Talk(**settings).handshake().server(BANNER).client(EHLO).server(OK)  # type: ignore[arg-type]


# Plain connections.


def test_a_plain_session_is_given_as_it_was_sent() -> None:
    talk = greeted().goodbye()
    assert [*GREETED, "S ends", "C ends", "closed fin S"] == tell(run_all(talk.segments))


def test_nothing_to_say_is_the_empty_tuple() -> None:
    table = make_table()
    talk = Talk().handshake()
    assert [table.feed(segment, 1) for segment in talk.segments] == [(), (), ()]
    assert table.tick(talk.now_ns) == ()


def test_ipv6_addresses_are_those_of_the_key() -> None:
    events = run_all(greeted(client="2001:db8::1", server="2001:db8::2").segments)
    connection = events[0].connection
    assert (connection.client, connection.server) == ("2001:db8::1", "2001:db8::2")
    assert (connection.client_port, connection.server_port) == (40_000, 25)


def test_a_connection_without_octets_is_counted_and_not_told() -> None:
    table = make_table()
    talk = Talk().handshake().goodbye()
    assert [*feed_all(table, talk.segments), *table.finish()] == []
    assert table.opened == 1
    assert table.closed_by_reason[CloseReason.FIN] == 1


def test_two_connections_are_kept_apart() -> None:
    one, other = greeted(), greeted(client_port=40_001)
    mixed = [segment for pair in zip(one.segments, other.segments, strict=True) for segment in pair]
    events = run_all(mixed)
    by_port = {
        port: tell(event for event in events if event.connection.client_port == port)
        for port in (40_000, 40_001)
    }
    expected = [*GREETED, "closed eof -"]
    assert {40_000: expected, 40_001: expected} == by_port
    assert sorted({event.connection.uid for event in events}) == [1, 2]


def test_a_segment_from_an_end_to_itself_is_nothing() -> None:
    key = make_key("192.0.2.1", 25, "192.0.2.1", 25)
    table = make_table()
    assert table.feed((START, key, 1, 0, SYN, b"", 0), 1) == ()
    assert table.opened == 0


def test_the_end_of_input_closes_connections_in_the_order_in_which_they_began() -> None:
    table = make_table()
    for port in (40_003, 40_001, 40_002):
        feed_all(table, greeted(client_port=port).segments)
    assert [e.connection.client_port for e in table.finish()] == [40_003, 40_001, 40_002]
    assert (table.active, table.closed_by_reason[CloseReason.EOF]) == (0, 3)


def test_a_table_can_be_used_again_after_the_end_of_input() -> None:
    table = make_table()
    segments = greeted().segments
    first = [*feed_all(table, segments), *table.finish()]
    second = [*feed_all(table, segments), *table.finish()]
    assert tell(first) == tell(second)


def test_urgent_octets_are_octets() -> None:
    talk = Talk().handshake()
    talk.send(CLIENT, b"HE", flags=ACK | URG)
    talk.send(CLIENT, b"LO\r\n", flags=ACK | PSH | URG)
    assert said_by(run_all(talk.segments), CLIENT) == b"HELO\r\n"


# Who is the client.


@pytest.mark.parametrize(
    ("client_port", "server_port"),
    [(40_000, 25), (25, 40_000), (25, 25), (587, 25), (1_000, 2_000)],
)
def test_the_sender_of_the_syn_is_the_client(client_port: int, server_port: int) -> None:
    talk = greeted(client_port=client_port, server_port=server_port)
    assert [*GREETED, "closed eof -"] == tell(run_all(talk.segments))


def test_the_receiver_of_the_syn_ack_is_the_client() -> None:
    talk = greeted(client_port=25, server_port=40_000)
    events = run_all(talk.segments[1:])
    assert [*GREETED, "closed eof -"] == tell(events)
    assert not events[0].connection.midstream


@pytest.mark.parametrize(
    ("client_port", "server_port"), [(40_000, 25), (20, 25), (3_000, 2_000), (587, 25)]
)
def test_without_handshake_a_mail_port_or_the_lower_port_is_the_server(
    client_port: int, server_port: int
) -> None:
    talk = greeted(client_port=client_port, server_port=server_port)
    events = run_all(talk.segments[3:])
    assert [*GREETED, "closed eof -"] == tell(events)
    assert events[0].connection.midstream


def test_a_bare_ack_opens_nothing() -> None:
    table = make_table()
    table.feed(Talk().send(CLIENT), 1)
    assert table.opened == 0


def test_a_reset_opens_nothing() -> None:
    table = make_table()
    table.feed(Talk().send(SERVER, flags=RST), 1)
    assert table.opened == 0


# Ports that are used again.


def reopened(step: int = 7_000_000) -> Talk:
    """Return a second session between the same two ends, with other numbers."""
    return greeted(isn=(1_000 + step, 500_000 + step), start_ns=START + SECOND)


@pytest.mark.parametrize("lost", [(), (0,), (1,), (2,)])
def test_ports_used_again_after_fin_open_another_connection(lost: tuple[int, ...]) -> None:
    again = [s for number, s in enumerate(reopened().segments) if number not in lost]
    events = run_all([*greeted().goodbye().segments, *again])
    ends = ["S ends", "C ends", "closed fin S"]
    assert [*GREETED, *ends, *GREETED, "closed eof -"] == tell(events)
    assert sorted({event.connection.uid for event in events}) == [1, 2]
    assert [event.connection.midstream for event in (events[0], events[-1])] == [False, False]


@pytest.mark.parametrize("lost", [(), (0,), (1,), (2,)])
def test_ports_used_again_without_an_end_close_the_old_connection(lost: tuple[int, ...]) -> None:
    again = [s for number, s in enumerate(reopened().segments) if number not in lost]
    events = run_all([*greeted().segments, *again])
    assert [*GREETED, "closed timeout -", *GREETED, "closed eof -"] == tell(events)


def test_a_reopened_connection_begins_with_its_syn() -> None:
    events = run_all([*greeted().segments, *reopened().segments])
    assert events[-1].connection.start_ns == START + SECOND
    assert events[-1].connection.first_packet == 7


def test_a_captured_half_close_is_enough_to_use_the_port_again() -> None:
    events = run_all([*greeted().fin(CLIENT).segments, *reopened().segments])
    assert [*GREETED, "C ends", "closed fin C", *GREETED, "closed eof -"] == tell(events)


def test_a_syn_that_the_server_challenges_does_not_end_the_session() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=SYN, back=-40_000_000)
    talk.ack(SERVER).client(b"QUIT\r\n").server(b"221 bye\r\n")
    expected = [*GREETED, "C b'QUIT\\r\\n'", "S b'221 bye\\r\\n'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


def test_a_syn_at_the_next_number_does_not_end_the_session() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=SYN, back=1)
    talk.ack(SERVER).client(b"QUIT\r\n").server(b"221 bye\r\n")
    expected = [*GREETED, "C b'QUIT\\r\\n'", "S b'221 bye\\r\\n'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


@pytest.mark.parametrize("ack", [1_009, 77_777_777])
def test_a_syn_ack_out_of_nowhere_does_not_end_the_session(ack: int) -> None:
    talk = greeted()
    assert talk.next_seq[CLIENT] == 1_009
    talk.segments.append((talk.now_ns, talk.keys[SERVER], 12_345, ack, SYN | ACK, b"", 0))
    talk.ack(CLIENT).client(b"QUIT\r\n").server(b"221 bye\r\n")
    expected = [*GREETED, "C b'QUIT\\r\\n'", "S b'221 bye\\r\\n'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


def test_a_late_segment_of_a_closed_connection_opens_nothing() -> None:
    talk = greeted().goodbye()
    late = talk.segments[4]
    table = make_table()
    feed_all(table, talk.segments)
    assert table.feed((talk.now_ns, *late[1:]), 99) == ()
    assert (table.opened, table.active) == (1, 0)


def test_a_closed_connection_is_forgotten_after_a_while() -> None:
    talk = greeted().goodbye().wait(6 * SECOND)
    talk.next_seq[CLIENT] += 1
    talk.client(b"more")
    events = run_all(talk.segments)
    assert tell(events)[-2:] == ["C b'more'", "closed eof -"]
    assert events[-1].connection.uid == 2


# Resets.


def test_a_reset_closes_and_names_who_sent_it() -> None:
    events = run_all(greeted().rst(CLIENT).segments)
    assert [*GREETED, "closed rst C"] == tell(events)


def test_a_reset_far_from_the_next_number_is_ignored() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=RST, back=-70_000)
    talk.send(CLIENT, flags=RST, back=70_000)
    talk.client(b"QUIT\r\n")
    assert [*GREETED, "C b'QUIT\\r\\n'", "closed eof -"] == tell(run_all(talk.segments))


def test_a_reset_waits_for_octets_captured_after_it() -> None:
    talk = greeted()
    talk.client(b"QUIT\r\n").rst(CLIENT)
    talk.segments[-2:] = talk.segments[:-3:-1]
    assert [*GREETED, "C b'QUIT\\r\\n'", "closed rst C"] == tell(run_all(talk.segments))


def test_octets_that_lack_before_a_reset_are_not_waited_for_long() -> None:
    talk = greeted().skip(CLIENT, 5).rst(CLIENT)
    table = make_table()
    assert tell(feed_all(table, talk.segments)) == GREETED
    assert tell(table.tick(talk.now_ns + 2 * SECOND)) == ["C gap 5", "closed rst C"]


def test_a_reset_beyond_the_next_number_whose_sender_goes_on_is_none() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=RST, back=-3)
    talk.client(b"QUIT\r\n").server(b"221 bye\r\n")
    expected = [*GREETED, "C b'QUIT\\r\\n'", "S b'221 bye\\r\\n'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


def test_a_connection_goes_on_as_another_if_the_reset_was_not_taken() -> None:
    talk = greeted().rst(CLIENT).client(b"QUIT\r\n").server(b"221 bye\r\n")
    events = run_all(talk.segments)
    expected = [
        *GREETED,
        "closed rst C",
        "C b'QUIT\\r\\n'",
        "S b'221 bye\\r\\n'",
        "closed eof -",
    ]
    assert expected == tell(events)
    assert events[-1].connection.midstream


def test_a_refused_connection_is_closed_and_not_told() -> None:
    talk = Talk()
    talk.send(CLIENT, flags=SYN)
    talk.segments.append((talk.now_ns, talk.keys[SERVER], 0, 1_001, RST | ACK, b"", 0))
    table = make_table()
    assert feed_all(table, talk.segments) == []
    assert (table.active, table.closed_by_reason[CloseReason.RST]) == (0, 1)


def test_a_reset_that_answers_nothing_is_ignored() -> None:
    talk = Talk()
    talk.send(CLIENT, flags=SYN)
    for ack, flags in ((99_999_999, RST | ACK), (0, RST)):
        talk.segments.append((talk.now_ns, talk.keys[SERVER], 0, ack, flags, b"", 0))
    table = make_table()
    feed_all(table, talk.segments)
    assert table.active == 1


# Idle connections.


def test_an_idle_connection_times_out() -> None:
    table = make_table()
    talk = greeted()
    feed_all(table, talk.segments)
    assert table.tick(talk.now_ns + 599 * SECOND) == ()
    assert tell(table.tick(talk.now_ns + 600 * SECOND)) == ["closed timeout -"]
    assert (table.active, table.closed_by_reason[CloseReason.TIMEOUT]) == (0, 1)


def test_a_segment_of_another_connection_lets_time_pass_too() -> None:
    late = greeted(client_port=40_001, start_ns=START + 700 * SECOND)
    events = run_all([*greeted().segments, *late.segments])
    assert [*GREETED, "closed timeout -", *GREETED, "closed eof -"] == tell(events)


def test_a_connection_that_speaks_now_and_then_does_not_time_out() -> None:
    talk = greeted()
    for _ in range(20):
        talk.wait(100 * SECOND).client(b"NOOP\r\n").server(OK)
    events = run_all(talk.segments)
    assert len({event.connection.uid for event in events}) == 1


def test_what_waits_is_given_before_the_timeout_is_told() -> None:
    talk = greeted()
    talk.skip(CLIENT, 10).client(b"QUIT\r\n")
    table = make_table()
    feed_all(table, talk.segments)
    told = tell(table.tick(talk.now_ns + 900 * SECOND))
    assert told == ["C gap 10", "C b'QUIT\\r\\n'", "closed timeout -"]


def test_a_half_open_connection_is_forgotten_soon() -> None:
    table = make_table()
    table.feed(Talk().send(CLIENT, flags=SYN), 1)
    table.tick(START + 30 * SECOND)
    assert table.active == 0


def test_a_late_packet_of_a_timed_out_connection_opens_it_in_the_middle() -> None:
    talk = greeted().wait(700 * SECOND).client(b"NOOP\r\n")
    events = run_all(talk.segments)
    assert [*GREETED, "closed timeout -", "C b'NOOP\\r\\n'", "closed eof -"] == tell(events)
    assert events[-1].connection.midstream


def test_time_that_is_set_back_ends_nothing() -> None:
    early = greeted(client_port=40_001, start_ns=START - 86_400 * SECOND)
    talk = greeted()
    table = make_table()
    feed_all(table, talk.segments)
    feed_all(table, early.segments)
    assert table.active == 2
    assert len(table.tick(START - 86_400 * SECOND + 700 * SECOND)) == 2


def test_time_alone_releases_what_waits_for_a_lost_segment() -> None:
    talk = Talk().handshake().skip(SERVER, len(BANNER)).client(EHLO)
    table = make_table()
    assert feed_all(table, talk.segments) == []
    assert table.tick(talk.now_ns + 900 * MILLISECOND) == ()
    told = tell(table.tick(talk.now_ns + 2 * SECOND))
    assert [f"S gap {len(BANNER)}", f"C {EHLO!r}"] == told


def test_time_alone_tells_that_a_capture_is_one_sided() -> None:
    talk = greeted()
    table = make_table()
    feed_all(table, [segment for segment in talk.segments if segment[1] == talk.keys[CLIENT]])
    assert [f"C {EHLO!r}"] == tell(table.tick(talk.now_ns + 2 * SECOND))


# Budgets.


def test_the_connection_that_was_idle_longest_goes_for_a_new_one() -> None:
    table = make_table(Limits(connections=2))
    feed_all(table, greeted(client_port=40_001).segments)
    feed_all(table, greeted(client_port=40_002, start_ns=START + SECOND).segments)
    events = feed_all(table, greeted(client_port=40_003, start_ns=START + 2 * SECOND).segments)
    assert tell(events)[0] == "closed evicted -"
    assert events[0].connection.client_port == 40_001
    assert (table.active, table.evicted) == (2, 1)
    assert table.limit_hits["connections"] == 1


def test_an_active_connection_outlives_an_idle_one_that_began_later() -> None:
    table = make_table(Limits(connections=2))
    old = greeted(client_port=40_001)
    feed_all(table, old.segments)
    feed_all(table, greeted(client_port=40_002, start_ns=START + SECOND).segments)
    feed_all(table, [old.wait(60 * SECOND).client(b"NOOP\r\n").segments[-1]])
    new = greeted(client_port=40_003, start_ns=START + 61 * SECOND)
    closed = [e for e in feed_all(table, new.segments) if isinstance(e, Closed)]
    assert [event.connection.client_port for event in closed] == [40_002]


def test_a_flood_of_syns_evicts_no_session() -> None:
    table = make_table(Limits(connections=100))
    feed_all(table, greeted().segments)
    for port in range(1_000, 2_000):
        table.feed(Talk(client_port=port, start_ns=START + SECOND).send(CLIENT, flags=SYN), 1)
    assert table.active == 100
    assert tell(table.finish()) == ["closed eof -"]


def test_closed_connections_go_before_living_ones() -> None:
    table = make_table(Limits(connections=2))
    feed_all(table, greeted(client_port=40_001).segments)
    feed_all(table, greeted(client_port=40_002).goodbye().segments)
    feed_all(table, greeted(client_port=40_003).segments)
    assert (table.active, table.evicted) == (2, 0)


def test_what_a_stream_holds_is_bounded() -> None:
    limits = Limits(stream_octets=8 * KIB)
    table = make_table(limits)
    talk = greeted().skip(CLIENT, 1)
    told: list[str] = tell(feed_all(table, talk.segments))
    most = 0
    for number in range(1_000):
        talk.send(CLIENT, bytes(100), back=-2 * number, ack=talk.next_seq[SERVER])
        told += tell(table.feed(talk.segments[-1], number))
        most = max(most, table.held_octets)
    assert 4 * KIB < most <= 8 * KIB
    assert [*GREETED, "limit stream_octets"] == told
    assert table.limit_hits["stream_octets"] > 900


def test_octets_that_fill_the_hole_are_given_after_the_limit_was_met() -> None:
    talk = greeted()
    lost = talk.send(CLIENT, b"DATA\r\n")
    for _ in range(100):
        talk.client(bytes(1_000))
    talk.segments.remove(lost)
    talk.segments.append(lost)
    talk.segments.append(talk.send(SERVER, b"354\r\n"))
    events = run_all(talk.segments, Limits(stream_octets=20_000))
    said = said_by(events, CLIENT)
    assert said[:14] == (EHLO + b"DATA\r\n")
    assert len(said) + gap_octets(events, CLIENT) == 100_000 + 14


def test_what_all_connections_hold_is_bounded_and_the_oldest_pays() -> None:
    table = make_table(Limits(total_octets=64 * KIB))
    told: list[str] = []
    for port in range(1_000, 1_100):
        talk = greeted(client_port=port).skip(CLIENT, 1).client(bytes(1_000), bytes(1_000))
        events = feed_all(table, talk.segments)
        assert table.held_octets <= 64 * KIB
        told += [
            f"{e.connection.client_port} {t}" for e, t in zip(events, tell(events), strict=True)
        ]
    limits = [line for line in told if "limit" in line]
    assert limits[0] == "1000 limit total_octets"
    assert len(limits) == table.limit_hits["total_octets"] > 50
    assert table.closed_by_reason == dict.fromkeys(table.closed_by_reason, 0)


def test_nothing_is_held_after_the_end_of_input() -> None:
    table = make_table()
    for port in range(1_000, 1_020):
        feed_all(table, greeted(client_port=port).skip(CLIENT, 9).client(b"x").segments)
    assert table.held_octets > 0
    table.finish()
    assert table.held_octets == 0


def test_what_is_remembered_of_plain_segments_is_bounded() -> None:
    talk = greeted().client(*[bytes(1_000)] * 100)
    table = make_table()
    stream = feed_all(table, talk.segments)[0].connection.from_client
    assert stream.tail is not None
    assert 4 * KIB < sum(map(len, stream.tail)) < Limits().tail_octets
    table.finish()
    assert stream.tail is None


@pytest.mark.slow
def test_more_connections_than_the_table_holds_are_evicted_in_time() -> None:
    table = make_table(Limits(connections=20_000))
    flags = ACK | PSH
    for number in range(60_000):
        key = number.to_bytes(4, "big") + b"\xc6\x33\x64\x02\x9c\x40\x00\x19"
        table.feed((START + number * 1_000, key, 1, 1, flags, b"EHLO x\r\n", 0), number)
    assert (table.active, table.evicted) == (20_000, 40_000)


# Connections that nobody wants.


def test_an_ignored_connection_says_nothing_more() -> None:
    table = make_table()
    talk = greeted()
    events = feed_all(table, talk.segments)
    events[0].connection.ignore()
    more = greeted()
    more.client(b"QUIT\r\n").skip(CLIENT, 7).client(b"x").goodbye()
    assert [table.feed(segment, 9) for segment in more.segments[6:]] == [()] * 5
    assert events[0].connection.ignored
    assert tuple(table.finish()) == ()


def test_an_ignored_connection_holds_nothing() -> None:
    table = make_table()
    talk = greeted().skip(CLIENT, 10).client(b"QUIT\r\n")
    events = feed_all(table, talk.segments)
    assert table.held_octets > 0
    events[0].connection.ignore()
    assert table.held_octets == 0


@pytest.mark.parametrize("flags", [FIN | ACK, RST])
def test_an_ignored_connection_is_followed_to_its_end(flags: int) -> None:
    table = make_table()
    talk = greeted()
    feed_all(table, talk.segments)[0].connection.ignore()
    for side in (SERVER, CLIENT):
        table.feed(talk.send(side, flags=flags), 9)
    reason = CloseReason.FIN if flags & FIN else CloseReason.RST
    assert (table.active, table.closed_by_reason[reason]) == (0, 1)


def test_ports_of_an_ignored_connection_may_begin_one_that_is_not() -> None:
    table = make_table()
    feed_all(table, greeted().segments)[0].connection.ignore()
    again = Talk(isn=(5, 6), start_ns=START + SECOND).handshake().server(BANNER)
    events = feed_all(table, again.segments)
    assert [f"S {BANNER!r}"] == tell(events)
    assert not events[0].connection.ignored


def test_a_repeated_syn_of_an_ignored_connection_begins_nothing() -> None:
    table = make_table()
    talk = greeted()
    feed_all(table, talk.segments)[0].connection.ignore()
    table.feed(talk.segments[0], 9)
    assert table.opened == 1


def test_ignoring_a_connection_that_has_ended_changes_nothing() -> None:
    table = make_table()
    events = feed_all(table, greeted().goodbye().segments)
    events[0].connection.ignore()
    assert not events[0].connection.ignored


# The counts.


def test_retransmissions_conflicts_and_gaps_are_counted() -> None:
    talk = greeted()
    talk.send(CLIENT, b"QUIT\r\n")
    talk.send(CLIENT, b"QUIT\r\n", back=6)
    talk.send(CLIENT, b"RSET\r\n", back=6)
    talk.skip(SERVER, 9).client(b"x")
    table = make_table()
    feed_all(table, talk.segments)
    table.finish()
    assert (table.retransmissions, table.conflicts) == (2, 1)
    assert table.gap_octets == [0, 9]


def test_a_dialogue_comes_in_order() -> None:
    told = turns(run_all(dialogue().segments))
    assert [*[SERVER, CLIENT] * 4, SERVER] == [side for side, _ in told]


def test_every_event_tells_the_connection_it_belongs_to() -> None:
    for event in run_all(greeted().goodbye().segments):
        assert event.connection.client == "192.0.2.1"


def make_one_way(segments: list[Segment], key: bytes) -> list[Segment]:
    """Return the segments of one direction."""
    return [segment for segment in segments if segment[1] == key]


def test_octets_of_one_captured_side_are_all_given() -> None:
    talk = dialogue()
    for side in (CLIENT, SERVER):
        events = run_all(make_one_way(talk.segments, talk.keys[side]))
        expected = said_by(run_all(talk.segments), side)
        assert expected == said_by(events, side)
        assert gap_octets(events, CLIENT) + gap_octets(events, SERVER) == 0
        assert not events[0].connection.midstream
        assert [0, 0][side] == events[0].connection.seen[1 - side]
        assert all(event.side == side for event in events if isinstance(event, Octets))


def test_fragments_in_each_others_way_are_told_of_a_connection_that_is_followed() -> None:
    table = make_table()
    talk = greeted()
    feed_all(table, talk.segments)
    assert tell(table.overlapped(talk.segments[0][1], talk.now_ns, 9)) == ["C fragments overlap"]
    assert table.overlapped(make_key("192.0.2.9", 1, "192.0.2.8", 2), talk.now_ns, 9) == ()


# -- packets that need not come --------------------------------------------------------------------


def ignored() -> tuple[ConnectionTable, Talk]:
    """Return a table whose one connection is of no interest, and what was said on it."""
    table, talk = make_table(), greeted()
    feed_all(table, talk.segments)[0].connection.ignore()
    return table, talk


def test_both_directions_of_what_is_ignored_need_not_come() -> None:
    table, talk = ignored()
    assert table.ledger.bypass.keys == {segment[1] for segment in talk.segments}


def test_an_ignored_connection_must_show_now_and_then_that_it_lives() -> None:
    table, talk = ignored()
    bypass = table.ledger.bypass
    later = talk.segments[-1][0] + 10 * SECOND
    assert not bypass.believes(later)
    segment = (later, *talk.segments[-1][1:])
    assert table.feed(segment, 9) == ()
    assert bypass.believes(later)
    assert bypass.keys == {segment[1]}


def test_ports_of_an_ignored_connection_that_are_used_again_are_seen_again() -> None:
    table, talk = ignored()
    again = Talk(isn=(5, 6), start_ns=talk.now_ns + SECOND).handshake()
    assert feed_all(table, again.segments) == []
    assert table.ledger.bypass.keys == set()


def test_time_that_packets_were_passed_over_ends_what_is_idle() -> None:
    table, talk = make_table(), greeted()
    feed_all(table, talk.segments)
    last = talk.segments[-1][0]
    assert table.pass_time(last + 1) == ()
    told = [tell(table.pass_time(last + minutes * 60 * SECOND)) for minutes in range(1, 12)]
    assert [events for events in told if events] == [["closed timeout -"]]
