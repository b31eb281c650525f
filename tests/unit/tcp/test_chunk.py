"""Counting the octets in which two copies differ, and what a chunk keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.tcp.chunk import DATA, Chunk, Stamp, count_differing


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=50))
def test_the_count_is_that_of_the_plain_loop(pairs: list[tuple[int, int]]) -> None:
    first = bytes(a for a, _ in pairs)
    second = bytes(b for _, b in pairs)
    assert sum(a != b for a, b in pairs) == count_differing(first, second)


def test_a_chunk_keeps_when_its_segment_came_and_what_it_acknowledged() -> None:
    chunk = Chunk(DATA, 3, 5, b"ab", Stamp(ts_ns=7, packet=8, ack=9, arrival=10))
    assert (chunk.ts_ns, chunk.packet, chunk.ack, chunk.arrival) == (7, 8, 9, 10)
    assert (chunk.kind, chunk.offset, chunk.end, chunk.data) == (DATA, 3, 5, b"ab")
