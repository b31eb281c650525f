"""One stream on its own: what is held, what is new, what disagrees."""

from __future__ import annotations

from smtpids.config import Limits
from smtpids.tcp.chunk import CUT, DATA, FIN_END, PIECE_OCTETS, RST_END, Stamp
from smtpids.tcp.connection import Connection
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.tcp.ledger import Ledger
from smtpids.tcp.stream import WINDOW, Stream

STAMP = Stamp(ts_ns=0, packet=1, ack=-1, arrival=1)


def make_stream(seq: int = 1_000) -> Stream:
    """Return a stream that begins at `seq`, in a connection of its own."""
    stream = Stream(bytes(12), CLIENT)
    Connection(1, stream, Stream(bytes(12), SERVER), Ledger(Limits()), start_ns=0, first_packet=1)
    stream.anchor(seq)
    return stream


def layout(stream: Stream) -> list[tuple[int, bytes]]:
    """Return what is held: offset and octets."""
    return [(chunk.offset, chunk.data) for chunk in stream.held or []]


def held_octets(stream: Stream) -> int:
    """Return what the ledger says is held."""
    return stream.connection.ledger.held_octets


def test_octets_out_of_order_are_held_in_order_of_offset() -> None:
    stream = make_stream()
    stream.put(6, b"gh", STAMP)
    stream.put(2, b"cd", STAMP)
    assert layout(stream) == [(2, b"cd"), (6, b"gh")]


def test_a_segment_over_held_ones_fills_only_the_free_places() -> None:
    stream = make_stream()
    stream.put(2, b"cd", STAMP)
    stream.put(6, b"gh", STAMP)
    assert stream.put(0, b"abcdefghij", STAMP) == (0, True)
    assert layout(stream) == [(0, b"ab"), (2, b"cd"), (4, b"ef"), (6, b"gh"), (8, b"ij")]


def test_the_first_copy_of_held_octets_stands_and_the_disagreement_is_counted() -> None:
    stream = make_stream()
    stream.put(2, b"cd", STAMP)
    assert stream.put(0, b"abcXef", STAMP) == (1, True)
    assert layout(stream) == [(0, b"ab"), (2, b"cd"), (4, b"ef")]


def test_new_octets_disagree_with_nothing() -> None:
    assert make_stream().put(0, b"ab", STAMP) == (0, False)


def test_given_octets_are_compared_with_their_tail() -> None:
    stream = make_stream()
    stream.remember(b"abc")
    stream.remember(b"def")
    assert stream.put(1, b"bXdYf", STAMP) == (2, True)
    assert layout(stream) == []


def test_a_retransmission_with_more_behind_it_gives_the_rest() -> None:
    stream = make_stream()
    stream.remember(b"abc")
    assert stream.put(1, b"bcde", STAMP) == (0, True)
    assert layout(stream) == [(3, b"de")]


def test_the_tail_is_bounded() -> None:
    stream = make_stream()
    for _ in range(1_000):
        stream.remember(bytes(700))
        stream.remember(b"x")
    assert stream.tail is not None
    assert sum(map(len, stream.tail)) + PIECE_OCTETS * len(stream.tail) <= Limits().tail_octets
    assert sum(map(len, stream.tail)) > Limits().tail_octets // 4


def test_the_last_payload_is_remembered_however_large_it_is() -> None:
    stream = make_stream()
    for _ in range(10):
        stream.remember(bytes(65_000))
    assert stream.tail is not None
    assert 1 <= len(stream.tail) <= 2
    assert stream.put(stream.delivered - 3, b"abc", STAMP) == (3, True)


def test_octets_beyond_the_tail_are_not_compared() -> None:
    stream = make_stream()
    stream.remember(b"abc")
    stream.drop_tail()
    assert stream.put(0, b"XYZ", STAMP) == (0, True)


def test_offsets_do_not_wrap_where_sequence_numbers_do() -> None:
    stream = make_stream(seq=0xFFFF_FFFE)
    stream.remember(b"abcd")
    assert stream.next_seq == 2
    assert stream.offset_of(3) == 5
    assert stream.offset_of(0xFFFF_FFFE) == 0
    assert stream.first_seq() == 0xFFFF_FFFE


def test_what_comes_behind_a_fin_waits_behind_it() -> None:
    stream = make_stream()
    assert stream.put_fin(4, STAMP)
    stream.put(0, b"abcdef", STAMP)
    stream.put(4, b"ef", STAMP)
    stream.put_cut(2, 9, STAMP)
    assert [(chunk.kind, chunk.offset, chunk.end) for chunk in stream.held or []] == [
        (DATA, 0, 4),
        (FIN_END, 4, 4),
        (DATA, 4, 6),
    ]
    stream.drop_fin()
    assert (stream.fin, stream.count_held()) == (-1, 2)


def test_octets_may_be_dropped_from_a_place_on() -> None:
    stream = make_stream()
    stream.put(0, b"abc", STAMP)
    stream.put(3, b"def", STAMP)
    stream.put(6, b"ghi", STAMP)
    stream.keep_until(5)
    assert [chunk.data for chunk in stream.held or []] == [b"abc", b"de"]


def test_a_fin_before_known_octets_is_none() -> None:
    stream = make_stream()
    stream.put(4, b"ef", STAMP)
    assert not stream.put_fin(3, STAMP)
    assert stream.fin == -1


def test_a_fin_is_taken_back_when_octets_behind_it_are_acknowledged() -> None:
    stream = make_stream()
    stream.put_fin(4, STAMP)
    stream.note_ack(5, 0, 1)
    assert stream.fin == 4
    stream.note_ack(20, 0, 1)
    assert stream.fin == -1
    assert stream.held is None


def test_a_reset_is_placed_behind_all_that_is_known_and_only_once() -> None:
    stream = make_stream()
    stream.put(4, b"ef", STAMP)
    assert stream.put_rst(0, STAMP) == 6
    assert stream.put_rst(0, STAMP) == 6
    assert [chunk.kind for chunk in stream.held or []] == [DATA, RST_END]


def test_a_cut_takes_the_free_place_behind_a_payload() -> None:
    stream = make_stream()
    stream.put(6, b"gh", STAMP)
    stream.put_cut(2, 100, STAMP)
    stream.put_cut(7, 3, STAMP)
    stream.put_cut(7, 1, STAMP)
    assert [(chunk.kind, chunk.offset, chunk.end) for chunk in stream.held or []] == [
        (CUT, 2, 6),
        (DATA, 6, 8),
        (CUT, 8, 10),
    ]


def test_octets_over_a_held_cut_disagree_with_nothing() -> None:
    stream = make_stream()
    stream.put_cut(0, 4, STAMP)
    assert stream.put(0, b"abcdef", STAMP) == (0, True)
    assert layout(stream) == [(0, b""), (4, b"ef")]


def test_everything_that_is_held_is_charged_and_paid_back() -> None:
    stream = make_stream()
    stream.put(0, b"abc", STAMP)
    stream.put(5, b"fg", STAMP)
    assert 5 + 2 * PIECE_OCTETS == held_octets(stream) == stream.charge
    stream.release(1)
    assert 2 + PIECE_OCTETS == held_octets(stream) == stream.charge
    stream.clear()
    assert 0 == held_octets(stream) == stream.charge


def test_the_farthest_octets_are_dropped_first() -> None:
    stream = make_stream()
    for offset in (1, 3, 5):
        stream.put(offset, b"x", STAMP)
    stream.put_fin(9, STAMP)
    stream.drop_farthest(2 * (PIECE_OCTETS + 1))
    assert layout(stream) == [(1, b"x"), (3, b"x")]
    assert stream.fin == -1
    assert held_octets(stream) == 2 * (PIECE_OCTETS + 1)


def test_a_stream_with_an_uncertain_beginning_may_begin_earlier() -> None:
    stream = make_stream()
    assert stream.may_move_back(990)
    stream.firm = True
    assert not stream.may_move_back(990)


def test_octets_of_the_last_gap_may_come_after_it() -> None:
    stream = make_stream()
    stream.remember(b"abc")
    stream.skip(10)
    assert not stream.may_move_back(1_002)
    assert stream.may_move_back(1_003)
    stream.anchor(1_003)
    assert (stream.delivered, stream.offset_of(1_003)) == (13, 13)
    stream.remember(b"d")
    assert not stream.may_move_back(1_003)


def test_moving_a_stream_moves_what_is_held_and_acknowledged() -> None:
    stream = make_stream()
    stream.put(4, b"ef", STAMP)
    stream.put_fin(6, STAMP)
    stream.note_ack(6, 0, 1)
    stream.anchor(990)
    assert layout(stream) == [(14, b"ef"), (16, b"")]
    assert (stream.fin, stream.acked) == (16, 16)


def test_what_would_lie_before_a_moved_beginning_is_dropped() -> None:
    stream = make_stream()
    stream.put(4, b"ef", STAMP)
    stream.put(20, b"uv", STAMP)
    stream.anchor(1_010)
    assert layout(stream) == [(10, b"uv")]


def test_an_acknowledgement_beyond_every_window_is_not_noted() -> None:
    stream = make_stream()
    stream.note_ack(WINDOW + 1, 0, 1)
    assert stream.acked == 0


def test_of_a_payload_beyond_the_tail_its_end_is_remembered() -> None:
    stream = make_stream()
    for _ in range(3):
        stream.remember(bytes(65_000))
    assert stream.tail is not None
    assert [len(piece) for piece in stream.tail] == [Limits().tail_octets // 2]
