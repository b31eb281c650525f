"""What a connection knows of itself, and how it reads odd segments."""

from __future__ import annotations

import gc

from smtpids.capture.frames import ACK, FIN
from smtpids.tcp.connection import Connection
from smtpids.tcp.events import CLIENT, SERVER, Octets
from tests.support.segments import (
    START,
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
TOLD = [f"S {BANNER!r}", f"C {EHLO!r}"]


def greeted(**settings: int | str) -> Talk:
    """Return a talk up to EHLO."""
    return Talk(**settings).handshake().server(BANNER).client(EHLO)  # type: ignore[arg-type]


def connection_of(talk: Talk) -> Connection:
    """Return the connection of a talk."""
    return feed_all(make_table(), talk.segments)[0].connection


def test_a_connection_names_its_ends() -> None:
    connection = connection_of(greeted())
    assert (connection.client, connection.client_port) == ("192.0.2.1", 40_000)
    assert (connection.server, connection.server_port) == ("198.51.100.2", 25)
    assert connection.client_ip == b"\xc0\x00\x02\x01"
    assert connection.server_ip == b"\xc6\x33\x64\x02"


def test_a_connection_counts_what_it_saw_and_gave() -> None:
    connection = connection_of(greeted())
    assert connection.seen == (3, 2)
    assert connection.packets == 5
    assert (len(EHLO), len(BANNER)) == connection.delivered
    assert (connection.start_ns, connection.first_packet) == (START, 1)


def test_gaps_count_as_given() -> None:
    talk = greeted().skip(CLIENT, 100).client(b"x").ack(SERVER)
    events = run_all(talk.segments)
    assert len(EHLO) + 101 == events[0].connection.delivered[CLIENT]


def test_the_community_id_is_that_of_other_tools() -> None:
    talk = greeted(
        client="128.232.110.120", client_port=34_855, server="66.35.250.204", server_port=80
    )
    connection = connection_of(talk)
    assert connection.community_id == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
    assert connection.community_id == connection.community_id


def test_swapped_ends_have_swapped_names_and_sides() -> None:
    talk = greeted(client_port=2_000, server_port=3_000)
    table = make_table()
    first, *_ = feed_all(table, talk.segments[4:])
    assert isinstance(first, Octets)
    assert first.side == SERVER
    first.connection.swap()
    assert (first.connection.client, first.connection.client_port) == ("192.0.2.1", 2_000)
    assert (first.connection.server, first.connection.server_port) == ("198.51.100.2", 3_000)
    assert (len(EHLO), 0) == first.connection.delivered
    later = [*feed_all(table, talk.client(b"x").server(b"y").segments[-2:]), *table.finish()]
    assert tell(later) == ["C b'x'", "S b'y'", "closed eof -"]


def test_ends_swapped_by_what_they_said_keep_their_community_id() -> None:
    talk = greeted(client_port=2_000, server_port=3_000)
    connection = feed_all(make_table(), talk.segments[4:])[0].connection
    before = connection.community_id
    connection.swap()
    assert before == connection.community_id


def test_keep_alives_are_neither_octets_nor_conflicts() -> None:
    talk = greeted()
    for probe in (b"", b"\0", b"?"):
        talk.send(CLIENT, probe, back=1)
        talk.ack(SERVER)
    talk.client(b"QUIT\r\n")
    assert [*TOLD, "C b'QUIT\\r\\n'", "closed eof -"] == tell(run_all(talk.segments))


def test_a_zero_window_probe_is_the_next_octet() -> None:
    talk = greeted()
    talk.client(b"Q").ack(SERVER)
    talk.send(CLIENT, b"QUIT\r\n", back=1)
    assert said_by(run_all(talk.segments), CLIENT) == EHLO + b"QUIT\r\n"


def test_a_probe_that_was_not_taken_is_sent_again() -> None:
    talk = greeted()
    ack = talk.next_seq[CLIENT]
    talk.client(b"Q")
    talk.send(SERVER, ack=ack)
    talk.send(CLIENT, b"Q", back=1)
    talk.send(CLIENT, b"QUIT\r\n", back=1)
    assert said_by(run_all(talk.segments), CLIENT) == EHLO + b"QUIT\r\n"


def test_a_segment_farther_than_any_window_is_nothing() -> None:
    talk = greeted()
    for back in (1 << 30, 1 << 31):
        talk.send(CLIENT, b"wild", back=-back - 1)
    talk.client(b"QUIT\r\n")
    assert [*TOLD, "C b'QUIT\\r\\n'", "closed eof -"] == tell(run_all(talk.segments))


def test_the_first_copy_stands_and_the_second_is_a_conflict() -> None:
    talk = greeted().client(b"RCPT TO:<a@b>\r\n")
    talk.send(CLIENT, b"RCPT TO:<x@y>\r\n", back=15)
    events = run_all(talk.segments)
    expected = [*TOLD, "C b'RCPT TO:<a@b>\\r\\n'", "C conflict 2", "closed eof -"]
    assert expected == tell(events)
    assert events[-2].packet == 7


def test_a_conflict_within_held_octets_is_told_at_once() -> None:
    talk = greeted()
    lost = talk.send(CLIENT, b"one")
    talk.client(b"two").send(CLIENT, b"TWO", back=3)
    talk.segments.remove(lost)
    talk.segments.append(lost)
    expected = [*TOLD, "C conflict 3", "C b'one'", "C b'two'", "closed eof -"]
    assert expected == tell(run_all(talk.segments))


def test_a_retransmission_in_other_pieces_is_no_conflict() -> None:
    talk = greeted().client(b"abc", b"def", b"ghi")
    talk.send(CLIENT, b"bcdefgh", back=8)
    talk.send(CLIENT, b"efghijk", back=5)
    events = run_all(talk.segments)
    assert said_by(events, CLIENT) == EHLO + b"abcdefghijk"
    assert not any("conflict" in line for line in tell(events))


def test_octets_in_the_fin_are_given_before_the_end() -> None:
    talk = greeted()
    talk.send(CLIENT, b"QUIT\r\n", flags=ACK | FIN)
    expected = [*TOLD, "C b'QUIT\\r\\n'", "C ends", "closed eof C"]
    assert expected == tell(run_all(talk.segments))


def test_a_layer_above_may_keep_what_it_knows_with_the_connection() -> None:
    connection = connection_of(greeted())
    assert connection.session is None
    connection.session = "READY"
    assert connection.session == "READY"


def test_a_connection_that_ended_leaves_nothing_to_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        run_all(dialogue().segments)
        left = [thing for thing in gc.get_objects() if isinstance(thing, Connection) and thing.uid]
    finally:
        gc.enable()
    assert left == []
