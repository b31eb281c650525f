"""Which streams are found by numbers, and that none is found which is not theirs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.capture.skim import PLACES, place_of
from smtpids.tcp.events import CLIENT
from smtpids.tcp.near import Near
from smtpids.tcp.stream import Stream

WORDS = st.integers(0, (1 << 32) - 1)
NUMBERS = st.tuples(WORDS.map(lambda word: word << 16 | 0x0A00_0001), WORDS)


def make_stream() -> Stream:
    """Return a stream; its key says nothing here."""
    return Stream(bytes(12), CLIENT)


def test_a_stream_is_found_until_it_is_dropped() -> None:
    near, stream = Near(), make_stream()
    assert near.find(7, 25) is None
    near.put(stream, 7, 25)
    assert near.find(7, 25) is stream
    assert near.find(7, 26) is None
    assert near.find(8, 25) is None
    near.drop(stream)
    assert near.find(7, 25) is None


def test_who_was_never_found_by_numbers_can_be_dropped() -> None:
    near, stream = Near(), make_stream()
    near.put(stream, 7, 25)
    near.drop(make_stream())
    assert near.find(7, 25) is stream


def test_a_place_is_taken_over_and_stays_taken_when_the_former_one_ends() -> None:
    near, first, second = Near(), make_stream(), make_stream()
    same = next(port for port in range(26, 1 << 20) if place_of(7, port) == place_of(7, 25))
    near.put(first, 7, 25)
    near.put(second, 7, same)
    assert near.find(7, 25) is None
    near.drop(first)
    assert near.find(7, same) is second


@given(st.dictionaries(NUMBERS, st.booleans(), max_size=40))
def test_only_what_was_put_and_not_dropped_is_found(told: dict[tuple[int, int], bool]) -> None:
    near = Near()
    streams = {numbers: make_stream() for numbers in told}
    for (ends, ports), stream in streams.items():
        near.put(stream, ends, ports)
    for numbers, goes in told.items():
        if goes:
            near.drop(streams[numbers])
    for numbers, goes in told.items():
        assert near.find(*numbers) in ((None,) if goes else (streams[numbers], None))


def test_clients_in_a_row_have_places_of_their_own() -> None:
    server = 0x4633_6402  # as a number with a sign, which is what compiled code takes
    one_way = {
        place_of((0x4000_0201 + n) << 32 | server, (40_000 + n) << 16 | 25) for n in range(999)
    }
    back = {place_of(server << 32 | (0x4000_0201 + n), 25 << 16 | (40_000 + n)) for n in range(999)}
    assert len(one_way) > 900
    assert len(back) > 900
    assert all(0 <= place < PLACES for place in one_way | back)
