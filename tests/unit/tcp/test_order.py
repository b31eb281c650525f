"""The order of what two sides say, and when a hole is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, URG, Segment
from smtpids.config import Limits
from smtpids.tcp.events import CLIENT, SERVER, Gap, Octets
from tests.support.segments import (
    MILLISECOND,
    SECOND,
    Talk,
    dialogue,
    feed_all,
    make_table,
    run_all,
    said_by,
    tell,
)

BANNER = b"220 mx\r\n"
EHLO = b"EHLO a\r\n"
OK = b"250 ok\r\n"
TOLD = [f"S {BANNER!r}", f"C {EHLO!r}", f"S {OK!r}"]


def greeted() -> Talk:
    """Return a talk up to the reply to EHLO."""
    return Talk().handshake().server(BANNER).client(EHLO).server(OK)


def seen(segments: list[Segment]) -> list[tuple[int, int]]:
    """Return side and `seen` of all octets."""
    return [(e.side, e.seen) for e in run_all(segments) if isinstance(e, Octets)]


# Causal order.


def test_a_command_captured_before_the_reply_it_answers_comes_after_it() -> None:
    talk = greeted()
    banner = talk.segments.pop(3)
    talk.segments.insert(4, banner)
    assert tell(run_all(talk.segments))[:3] == TOLD


def test_a_direction_captured_late_as_a_whole_falls_into_place() -> None:
    talk = greeted()
    segments = [*talk.segments[:3], talk.segments[4], talk.segments[5], talk.segments[3]]
    assert tell(run_all(segments))[:3] == TOLD


def test_pipelined_commands_that_acknowledge_nothing_new_do_not_wait() -> None:
    talk = greeted()
    ack = talk.next_seq[SERVER]
    talk.server(b"250 one\r\n")
    talk.send(CLIENT, b"NOOP\r\n", ack=ack)
    assert [*TOLD, "S b'250 one\\r\\n'", "C b'NOOP\\r\\n'"] == tell(run_all(talk.segments))[:5]


def test_octets_tell_how_much_of_the_other_side_was_seen() -> None:
    talk = greeted()
    talk.send(CLIENT, b"NOOP\r\n", ack=talk.next_seq[SERVER] - len(OK))
    assert seen(talk.segments) == [(SERVER, 0), (CLIENT, 8), (SERVER, 8), (CLIENT, 8)]


def test_what_waited_tells_what_it_had_seen_when_it_was_sent() -> None:
    talk = greeted()
    talk.segments.append(talk.segments.pop(3))
    assert seen(talk.segments) == [(SERVER, 0), (CLIENT, 8), (SERVER, 8)]


def test_in_the_middle_of_a_connection_the_other_side_begins_where_the_first_octets_say() -> None:
    assert seen(greeted().client(b"x").segments[4:]) == [(CLIENT, 0), (SERVER, 8), (CLIENT, 8)]


def test_in_the_middle_of_a_connection_replies_in_another_order_are_put_right() -> None:
    talk = Talk().skip(CLIENT, 1).skip(SERVER, 1)
    one = talk.send(CLIENT, b"NOOP\r\n")
    first = talk.send(SERVER, b"250 one\r\n")
    two = talk.send(CLIENT, b"NOOP\r\n")
    second = talk.send(SERVER, b"250 two\r\n")
    assert tell(run_all([one, first, two, second])) == tell(run_all([one, second, two, first]))


def test_what_was_acknowledged_before_the_capture_began_and_never_came_is_no_gap() -> None:
    talk = Talk().skip(CLIENT, 1).skip(SERVER, 1)
    talk.send(CLIENT, b"NOOP\r\n")
    talk.skip(SERVER, 8).client(b"NOOP\r\n").server(b"250 ok\r\n")
    told = tell(run_all(talk.segments))
    assert [data for side, data in spoken(talk.segments) if side == CLIENT] == [b"NOOP\r\n"] * 2
    assert not [line for line in told if "gap" in line]


def spoken(segments: list[Segment]) -> list[tuple[int, bytes]]:
    return [(event.side, event.data) for event in run_all(segments) if isinstance(event, Octets)]


def test_a_syn_ack_behind_two_segments_of_the_greeting_loses_none_of_them() -> None:
    talk = Talk().handshake().server(b"220-mx\r\n", b"220 mx\r\n").client(b"QUIT\r\n")
    syn, synack, ack, first, second, *rest = talk.segments
    whole = tell(run_all(talk.segments))
    assert whole == tell(run_all([syn, second, ack, synack, first, *rest]))
    assert whole == tell(run_all([syn, second, synack, first, ack, *rest]))


def test_without_syn_ack_a_greeting_waits_for_a_moment_only() -> None:
    talk = Talk()
    talk.send(CLIENT, flags=SYN)
    talk.skip(SERVER, 1).server(b"220 mx\r\n")
    table = make_table()
    assert tell(feed_all(table, talk.segments)) == []
    assert tell(table.tick(talk.now_ns + 2 * SECOND)) == ["S b'220 mx\\r\\n'"]


def test_octets_without_ack_saw_nobody_knows_what() -> None:
    talk = Talk().handshake()
    talk.send(CLIENT, b"EHLO a\r\n", flags=PSH)
    assert seen(talk.segments) == [(CLIENT, -1)]


def test_two_chunks_that_wait_for_each_other_are_given_by_age() -> None:
    talk = greeted()
    talk.send(CLIENT, b"one", ack=talk.next_seq[SERVER] + 3)
    talk.send(SERVER, b"two", ack=talk.next_seq[CLIENT])
    assert [*TOLD, "C b'one'", "S b'two'"] == tell(run_all(talk.segments))[:5]


def test_an_acknowledgement_beyond_every_window_is_not_waited_for() -> None:
    talk = greeted()
    talk.send(CLIENT, b"x", ack=talk.next_seq[SERVER] + (1 << 30) + 1)
    assert [*TOLD, "C b'x'"] == tell(feed_all(make_table(), talk.segments))


def test_a_command_captured_before_the_handshake_does_not_wait_for_ever() -> None:
    talk = greeted()
    syn, syn_ack, _, _, ehlo = talk.segments[:5]
    table = make_table()
    assert feed_all(table, [syn, ehlo, syn_ack]) == []
    assert ["S gap 8", f"C {EHLO!r}"] == tell(table.tick(talk.now_ns + 2 * SECOND))


# Holes.


def test_a_hole_that_nobody_acknowledged_waits_for_its_retransmission() -> None:
    talk = greeted()
    ack = talk.next_seq[CLIENT]
    lost = talk.send(CLIENT, b"one")
    for _ in range(100):
        talk.client(b"x")
        talk.send(SERVER, ack=ack)
    talk.segments.remove(lost)
    talk.wait(30 * SECOND).segments.append((talk.now_ns, *lost[1:]))
    told = tell(run_all(talk.segments))
    assert [*TOLD, "C b'one'", *["C b'x'"] * 100, "closed eof -"] == told


@pytest.mark.parametrize(("after", "expected"), [(15, 0), (17, 1)])
def test_a_hole_that_was_acknowledged_is_given_up_after_some_segments(
    after: int, expected: int
) -> None:
    talk = greeted().skip(CLIENT, 5).client(b"x").ack(SERVER)
    for _ in range(after):
        talk.ack(SERVER)
    told = tell(feed_all(make_table(), talk.segments))
    assert [*TOLD, *["C gap 5", "C b'x'"][: 2 * expected]] == told


def test_a_hole_that_was_acknowledged_is_given_up_after_some_time() -> None:
    talk = greeted().skip(CLIENT, 5).client(b"x").ack(SERVER).wait(SECOND).ack(SERVER)
    assert [*TOLD, "C gap 5", "C b'x'"] == tell(feed_all(make_table(), talk.segments))


def test_time_counts_from_the_acknowledgement_and_not_from_the_hole() -> None:
    talk = greeted()
    lost = talk.send(CLIENT, b"one")
    talk.client(b"two").wait(5 * SECOND).ack(SERVER)
    talk.segments.remove(lost)
    talk.segments.append((talk.now_ns, *lost[1:]))
    assert [*TOLD, "C b'one'", "C b'two'"] == tell(feed_all(make_table(), talk.segments))


def test_of_a_hole_only_what_was_acknowledged_is_given_up() -> None:
    talk = greeted().skip(CLIENT, 5)
    ack = talk.next_seq[CLIENT]
    rest = talk.send(CLIENT, b"rest")
    talk.client(b"x")
    talk.segments.remove(rest)
    talk.send(SERVER, ack=ack)
    talk.wait(2 * SECOND).send(SERVER, ack=ack)
    talk.segments.append(rest)
    told = tell(feed_all(make_table(), talk.segments))
    assert [*TOLD, "C gap 5", "C b'rest'", "C b'x'"] == told


def test_a_hole_before_a_reply_is_said_before_the_command_that_saw_it() -> None:
    talk = greeted().client(b"NOOP\r\n").skip(SERVER, 8).client(b"QUIT\r\n").server(b"221\r\n")
    told = tell(run_all(talk.segments))
    expected = ["C b'NOOP\\r\\n'", "S gap 8", "C b'QUIT\\r\\n'", "S b'221\\r\\n'", "closed eof -"]
    assert [*TOLD, *expected] == told


def test_a_gap_has_the_packet_behind_it_and_not_the_one_that_ended_the_waiting() -> None:
    talk = greeted().skip(CLIENT, 5).client(b"x")
    behind = len(talk.segments)
    for _ in range(20):
        talk.ack(SERVER)
    gap, octets = feed_all(make_table(), talk.segments)[-2:]
    assert isinstance(gap, Gap)
    assert isinstance(octets, Octets)
    assert (behind, behind) == (gap.packet, octets.packet)
    assert octets.ts_ns == gap.ts_ns


def test_many_lost_segments_do_not_add_up_their_waits() -> None:
    talk = greeted()
    for _ in range(50):
        talk.skip(CLIENT, 5).client(b"x").ack(SERVER)
    table = make_table()
    told = tell(feed_all(table, talk.segments))
    assert told.count("C gap 5") >= 50 - 8


def test_a_second_hole_gets_its_own_time() -> None:
    talk = greeted().skip(CLIENT, 5).client(b"a").ack(SERVER)
    for _ in range(12):
        talk.ack(SERVER)
    late = talk.send(CLIENT, b"bb")
    talk.client(b"c").ack(SERVER)
    for _ in range(8):
        talk.ack(SERVER)
    talk.segments.remove(late)
    talk.segments.append(late)
    told = tell(feed_all(make_table(), talk.segments))
    assert [*TOLD, "C gap 5", "C b'a'", "C b'bb'", "C b'c'"] == told


def test_the_first_octets_of_a_side_may_be_lost() -> None:
    talk = Talk().handshake().skip(SERVER, 8).client(EHLO).server(OK)
    assert ["S gap 8", *TOLD[1:], "closed eof -"] == tell(run_all(talk.segments))


def test_octets_acknowledged_after_the_last_captured_one_are_a_gap_at_the_end() -> None:
    talk = greeted().skip(SERVER, 9).ack(CLIENT)
    assert [*TOLD, "S gap 9", "closed eof -"] == tell(run_all(talk.segments))


def test_octets_that_come_after_their_gap_are_given_after_all() -> None:
    talk = greeted()
    late = talk.send(SERVER, b"250 late\r\n")
    talk.client(b"QUIT\r\n").wait(2 * SECOND).ack(CLIENT)
    talk.segments.remove(late)
    talk.segments.append(late)
    talk.server(b"221\r\n")
    expected = ["S gap 10", "C b'QUIT\\r\\n'", "S b'250 late\\r\\n'", "S b'221\\r\\n'"]
    assert [*TOLD, *expected] == tell(feed_all(make_table(), talk.segments))


def test_a_forged_acknowledgement_hides_nothing_that_follows() -> None:
    talk = greeted()
    talk.send(CLIENT, b"DATA\r\n", ack=talk.next_seq[SERVER] + 1_000)
    talk.wait(2 * SECOND).ack(CLIENT)
    talk.server(b"354 go\r\n").client(b"x\r\n.\r\n").server(OK)
    events = run_all(talk.segments)
    assert said_by(events, SERVER) == BANNER + OK + b"354 go\r\n" + OK
    assert said_by(events, CLIENT) == EHLO + b"DATA\r\nx\r\n.\r\n"


def test_a_keep_alive_after_a_gap_is_not_taken_for_its_octets() -> None:
    talk = greeted().skip(CLIENT, 5).server(OK).wait(2 * SECOND).ack(SERVER)
    talk.send(CLIENT, b"\0", back=1)
    talk.ack(SERVER).client(b"y")
    told = tell(run_all(talk.segments))
    assert [*TOLD, "C gap 5", f"S {OK!r}", "C b'y'", "closed eof -"] == told


# Ends.


def test_the_end_of_a_side_waits_for_its_octets() -> None:
    talk = greeted()
    lost = talk.send(CLIENT, b"QUIT\r\n")
    talk.fin(CLIENT)
    talk.segments.remove(lost)
    talk.segments.append(lost)
    assert [*TOLD, "C b'QUIT\\r\\n'", "C ends", "closed eof C"] == tell(run_all(talk.segments))


def test_a_lost_fin_is_not_a_gap() -> None:
    talk = greeted().client(b"QUIT\r\n").fin(CLIENT)
    talk.segments.pop()
    talk.server(b"221\r\n").fin(SERVER)
    expected = ["C b'QUIT\\r\\n'", "S b'221\\r\\n'", "S ends", "closed eof S"]
    assert [*TOLD, *expected] == tell(run_all(talk.segments))


def test_a_single_octet_that_lacks_is_a_gap_when_something_follows_it() -> None:
    talk = greeted().skip(CLIENT, 1).server(b"250\r\n").wait(2 * SECOND).client(b"x").server(OK)
    expected = ["S b'250\\r\\n'", "C gap 1", "C b'x'", f"S {OK!r}", "closed eof -"]
    assert [*TOLD, *expected] == tell(run_all(talk.segments))


def test_octets_behind_the_own_fin_that_nobody_acknowledges_were_never_said() -> None:
    talk = greeted().fin(CLIENT)
    talk.client(b"more").send(CLIENT, b"more", back=4)
    assert [*TOLD, "C ends", "closed eof C"] == tell(run_all(talk.segments))


def test_a_fin_that_the_receiver_did_not_take_hides_nothing() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=FIN | ACK)
    talk.next_seq[CLIENT] -= 1
    talk.client(b"QUIT\r\n").ack(SERVER).client(b"RSET\r\n").server(OK)
    more = ["C b'QUIT\\r\\n'", "C b'RSET\\r\\n'", f"S {OK!r}"]
    assert [*TOLD, "C ends", *more, "closed eof -"] == tell(run_all(talk.segments))


def test_the_end_of_a_server_that_never_spoke_is_told_before_the_client_speaks() -> None:
    talk = Talk().handshake().fin(SERVER).ack(CLIENT).client(b"QUIT\r\n")
    assert tell(run_all(talk.segments)) == ["S ends", "C b'QUIT\\r\\n'", "closed eof S"]


def test_the_side_that_ended_first_began_the_end() -> None:
    for side, name in ((CLIENT, "C"), (SERVER, "S")):
        talk = greeted().fin(side).fin(1 - side)
        assert f"closed fin {name}" == tell(run_all(talk.segments))[-1]


# One-sided captures.


def one_side(talk: Talk, side: int) -> list[Segment]:
    """Return the segments of one direction."""
    return [segment for segment in talk.segments if segment[1] == talk.keys[side]]


def test_in_a_one_sided_capture_the_first_octets_wait_and_no_others() -> None:
    talk = greeted().wait(2 * SECOND).client(b"NOOP\r\n").client(b"QUIT\r\n")
    table = make_table()
    *_, last, very_last = one_side(talk, CLIENT)
    told = tell(feed_all(table, one_side(talk, CLIENT)[:-2]))
    assert told == []
    assert [f"C {EHLO!r}", "C b'NOOP\\r\\n'"] == tell(table.feed(last, 8))
    assert tell(table.feed(very_last, 9)) == ["C b'QUIT\\r\\n'"]


def test_in_a_one_sided_capture_octets_still_tell_how_much_was_seen() -> None:
    talk = greeted().client(b"NOOP\r\n")
    assert seen(one_side(talk, CLIENT)) == [(CLIENT, 8), (CLIENT, 16)]


def test_in_a_one_sided_capture_a_hole_is_given_up_after_a_longer_time() -> None:
    talk = greeted()
    lost = talk.send(CLIENT, b"one")
    talk.client(b"two").wait(3 * SECOND).client(b"three")
    talk.segments.remove(lost)
    table = make_table()
    feed_all(table, one_side(talk, CLIENT))
    told = tell(table.tick(talk.now_ns + 2 * SECOND))
    assert told == ["C gap 3", "C b'two'", "C b'three'"]


def test_without_limits_for_reordering_nothing_waits() -> None:
    talk = greeted().skip(CLIENT, 5).client(b"x").ack(SERVER)
    limits = Limits(reorder_segments=0, reorder_ns=0)
    told = tell(feed_all(make_table(limits), talk.segments))
    assert [*TOLD, "C gap 5", "C b'x'"] == told


# Cut packets.


def test_octets_that_the_capture_cut_off_are_a_gap_behind_the_payload() -> None:
    talk = greeted()
    talk.send(CLIENT, b"MAIL ", missing=20)
    talk.server(OK)
    expected = ["C b'MAIL '", "C gap 20", f"S {OK!r}", "closed eof -"]
    assert [*TOLD, *expected] == tell(run_all(talk.segments))


def test_a_capture_without_any_payload_is_gaps() -> None:
    talk = dialogue()
    bare = [(*s[:5], b"", len(s[5])) for s in talk.segments]
    told = tell(run_all(bare))
    assert told[0] == "S gap 14"
    assert all("gap" in line for line in told[:-3])
    assert told[-3:] == ["S ends", "C ends", "closed fin S"]


def test_a_repeated_cut_segment_says_its_gap_once() -> None:
    talk = greeted()
    segment = talk.send(CLIENT, b"MAIL ", missing=20)
    talk.segments.append(segment)
    assert [*TOLD, "C b'MAIL '", "C gap 20", "closed eof -"] == tell(run_all(talk.segments))


def test_what_is_given_late_keeps_the_time_and_packet_of_its_segment() -> None:
    talk = greeted()
    start_ns = talk.segments[3][0]
    talk.segments.append(talk.segments.pop(3))
    events = [e for e in run_all(talk.segments) if isinstance(e, Octets)]
    assert [e.ts_ns - start_ns for e in events] == [0, MILLISECOND, 2 * MILLISECOND]
    assert [e.packet for e in events] == [6, 4, 5]


# Plain ends.

STEPS = st.tuples(
    st.sampled_from([CLIENT, SERVER]),
    st.sampled_from(["says", "acknowledges", "ends", "ends with octets", "breaks"]),
    st.sampled_from([0, 0, 0, 0, 5, 1, -1, -5]),
    st.sampled_from([0, 0, 0, 0, 5, 1, -1, -5]),
)


@given(st.sampled_from(["SYN", "SYN+ACK", "octets"]), st.lists(STEPS, max_size=9))
def test_a_plain_end_is_told_as_one_that_is_looked_at_closely(
    first: str, steps: list[tuple[int, str, int, int]]
) -> None:
    talk = Talk()
    if first == "SYN+ACK":
        talk.send(SERVER, flags=SYN | ACK)
    elif first == "SYN":
        talk.handshake()
    for side, does, back, unseen in [(SERVER, "says", 0, 0), *steps]:
        payload = OK if does in ("says", "ends with octets") else b""
        flags = {"ends": ACK | FIN, "ends with octets": ACK | FIN, "breaks": RST}.get(does, ACK)
        talk.send(side, payload, flags=flags, back=back, ack=talk.next_seq[1 - side] - unseen)
    marked = [
        (ts_ns, key, seq, ack, flags | URG if flags & FIN and not payload else flags, payload, 0)
        for ts_ns, key, seq, ack, flags, payload, _ in talk.segments
    ]  # with URG, no segment is plain; without octets it says nothing else
    assert tell(run_all(marked)) == tell(run_all(talk.segments))
