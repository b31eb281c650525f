"""Reassembly against a model: a dict from offset to octet in which the first copy stands.

Whatever network and capture do to two scripts (cut, repeat, reorder, lose, falsify), what is
given stands at its place, nothing is given twice, and what is missing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, Segment
from smtpids.config import KIB, Limits
from smtpids.tcp.events import CLIENT, SERVER, Closed, Conflict, Gap, Octets, StreamEvent
from tests.support.segments import (
    SECOND,
    START,
    Talk,
    dialogue,
    gap_octets,
    make_key,
    make_table,
    run_all,
    said_by,
    tell,
    turns,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MASK = 0xFFFF_FFFF
SCRIPT = bytes(range(65, 91)) * 4
NUMBERS = st.sampled_from([0, 1_000, 0x7FFF_FFF0, 0xFFFF_FFD0, 0xFFFF_FFFF])


# One stream against the model.


@st.composite
def pieces(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """Segments of the script in any order, some with other octets: (offset, octets)."""
    made = []
    for _ in range(draw(st.integers(1, 12))):
        start = draw(st.integers(0, len(SCRIPT) - 1))
        end = draw(st.integers(start + 1, min(start + 30, len(SCRIPT))))
        octets = bytearray(SCRIPT[start:end])
        # A single false octet before the next number is a keep-alive, which is no conflict.
        if end - start > 1 and draw(st.booleans()) and draw(st.booleans()):
            octets[draw(st.integers(0, end - start - 1))] = 0
        made.append((start, bytes(octets)))
    return made


def model(segments: list[tuple[int, bytes]]) -> tuple[list[int], int]:
    """Return the octets by offset, -1 where none came, and how many segments disagreed."""
    known: dict[int, int] = {}
    conflicts = 0
    for offset, octets in segments:
        disagrees = False
        for place, octet in enumerate(octets, offset):
            disagrees |= known.setdefault(place, octet) != octet
        conflicts += disagrees
    return [known.get(place, -1) for place in range(max(known) + 1)], conflicts


def flat(events: Sequence[StreamEvent], side: int) -> list[int]:
    """Return what was given of one side: octets, and -1 for each octet of a gap."""
    given_: list[int] = []
    for event in events:
        if isinstance(event, Octets) and event.side == side:
            given_ += event.data
        elif isinstance(event, Gap) and event.side == side:
            given_ += [-1] * event.length
    return given_


@given(pieces(), NUMBERS)
@settings(max_examples=200)
def test_a_stream_without_acknowledgements_is_the_model(
    segments: list[tuple[int, bytes]], isn: int
) -> None:
    talk = Talk(isn=(isn, 7)).handshake()
    for offset, octets in segments:
        talk.segments.append(
            (talk.now_ns, talk.keys[CLIENT], (isn + 1 + offset) & MASK, 8, ACK, octets, 0)
        )
    events = run_all(talk.segments)
    expected, conflicts = model(segments)
    assert expected == flat(events, CLIENT)
    assert conflicts == sum(isinstance(event, Conflict) for event in events)


@given(pieces(), NUMBERS)
@settings(max_examples=100)
def test_a_one_sided_stream_is_the_model_too(segments: list[tuple[int, bytes]], isn: int) -> None:
    talk = Talk(isn=(isn, 7))
    talk.send(CLIENT, flags=SYN)
    for offset, octets in segments:
        talk.segments.append(
            (talk.now_ns, talk.keys[CLIENT], (isn + 1 + offset) & MASK, 8, ACK, octets, 0)
        )
    expected, _ = model(segments)
    assert expected == flat(run_all(talk.segments), CLIENT)


# Two streams.


@st.composite
def scripts(draw: st.DrawFn) -> list[tuple[int, list[bytes]]]:
    """Turns of a dialogue: who speaks, and in which payloads."""
    payload = st.binary(min_size=1, max_size=12)
    side = st.sampled_from([CLIENT, SERVER])
    return draw(st.lists(st.tuples(side, st.lists(payload, min_size=1, max_size=4)), max_size=10))


def chopped(script: list[tuple[int, list[bytes]]], cuts: list[int], isn: tuple[int, int]) -> Talk:
    """Return a talk of the script in which each turn is cut into segments of other sizes."""
    talk = Talk(isn=isn).handshake()
    sizes = iter(cuts * 1_000)
    for side, payloads in script:
        octets = b"".join(payloads)
        while octets:
            size = next(sizes)
            talk.send(side, octets[:size], flags=ACK | PSH)
            octets = octets[size:]
    return talk.goodbye()


@given(scripts(), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.tuples(NUMBERS, NUMBERS))
@settings(max_examples=100)
def test_octets_do_not_depend_on_how_they_were_cut(
    script: list[tuple[int, list[bytes]]], cuts: list[int], isn: tuple[int, int]
) -> None:
    expected = turns(run_all(chopped(script, [1_000], (1, 1)).segments))
    assert expected == turns(run_all(chopped(script, cuts, isn).segments))


SHIFTS = st.lists(st.integers(0, 3), min_size=40, max_size=40)


def shuffled(segments: Sequence[Segment], shifts: list[int]) -> list[Segment]:
    """Move segments by up to three places; the first one stays.

    What is captured before anything of the handshake is in the middle of a connection for whoever
    reads it, and is given at once.
    """
    places = sorted(range(1, len(segments)), key=lambda place: place + shifts[place % len(shifts)])
    return [segments[0], *(segments[place] for place in places)]


@given(SHIFTS)
@settings(max_examples=200)
def test_reordering_by_three_places_changes_nothing(shifts: list[int]) -> None:
    talk = dialogue()
    events = run_all(shuffled(talk.segments, shifts))
    assert turns(run_all(talk.segments)) == turns(events)
    assert not any(isinstance(event, (Gap, Conflict)) for event in events)
    assert tell(events)[-1] == "closed fin S"


@given(SHIFTS, st.lists(st.integers(0, 25), max_size=6), st.sets(st.integers(3, 40), max_size=4))
@settings(max_examples=200)
def test_what_is_given_stands_at_its_place(
    shifts: list[int], repeated: list[int], lost: set[int]
) -> None:
    talk = dialogue()
    segments = [segment for place, segment in enumerate(talk.segments) if place not in lost]
    for place in repeated:
        segments.insert(min(place + 3, len(segments)), segments[place % len(segments)])
    events = run_all(shuffled(segments, shifts))
    for side in (CLIENT, SERVER):
        # A FIN that was lost together with the octets before it counts as one of them.
        whole = [*said_by(run_all(talk.segments), side), -1]
        for place, octet in enumerate(flat(events, side)):
            assert octet in (-1, whole[place])


@pytest.mark.parametrize("place", range(len(dialogue().segments)))
def test_the_loss_of_one_segment_loses_its_octets_and_nothing_else(place: int) -> None:
    talk = dialogue()
    whole = run_all(talk.segments)
    lost = talk.segments.pop(place)
    events = run_all(talk.segments)
    payload, side = lost[5], talk.keys.index(lost[1])
    assert len(payload) == gap_octets(events, side)
    assert gap_octets(events, 1 - side) == 0
    expected = [(e.side, e.data) for e in whole if isinstance(e, Octets)]
    if payload:
        expected.remove((side, payload))
    assert expected == [(e.side, e.data) for e in events if isinstance(e, Octets)]
    assert isinstance(events[-1], Closed)


@pytest.mark.parametrize("place", range(len(dialogue().segments)))
def test_a_repeated_segment_changes_nothing(place: int) -> None:
    talk = dialogue()
    whole = tell(run_all(talk.segments))
    talk.segments.insert(place + 1, talk.segments[place])
    assert whole == tell(run_all(talk.segments))
    talk.segments.append(talk.segments[place])
    assert whole == tell(run_all(talk.segments))


# Whatever comes.

LIMITS = Limits(
    connections=3,
    stream_octets=2 * KIB,
    total_octets=4 * KIB,
    reorder_segments=3,
    reorder_ns=SECOND,
)
NEAR = st.integers(-60, 60).map(lambda number: number & MASK)
ANYWHERE = NEAR | NEAR | NEAR | st.integers(0, MASK)
KEYS = [
    make_key(source, source_port, target, target_port)
    for port in (1_001, 1_002, 1_003, 1_004)
    for source, source_port, target, target_port in (
        ("192.0.2.1", port, "192.0.2.2", 25),
        ("192.0.2.2", 25, "192.0.2.1", port),
    )
]
FLAGS = st.sampled_from([ACK, ACK, ACK | PSH, SYN, SYN | ACK, FIN | ACK, RST, RST | ACK, 0, 0x3F])
SEGMENTS: st.SearchStrategy[Segment] = st.tuples(
    st.integers(-2, 5).map(lambda step: step * SECOND // 4),
    st.sampled_from(KEYS),
    ANYWHERE,
    ANYWHERE,
    FLAGS,
    st.binary(max_size=20),
    st.sampled_from([0, 0, 0, 7]),
)


@given(st.lists(SEGMENTS, max_size=60))
@settings(max_examples=200)
def test_whatever_comes_is_answered_with_events_within_the_limits(segments: list[Segment]) -> None:
    table = make_table(LIMITS)
    events: list[StreamEvent] = []
    now_ns = START
    for number, (step_ns, *rest) in enumerate(segments):
        now_ns += step_ns
        events += table.feed((now_ns, *rest), number)  # type: ignore[arg-type]
        assert table.held_octets <= LIMITS.total_octets
        assert table.active <= LIMITS.connections
    events += table.finish()
    assert (table.active, table.held_octets) == (0, 0)
    check_each_connection(events)


def check_each_connection(events: list[StreamEvent]) -> None:
    """Assert that each connection that spoke ended once, last, and counted what it gave."""
    closed: set[int] = set()
    for event in events:
        assert event.connection.uid not in closed
        if isinstance(event, Closed):
            closed.add(event.connection.uid)
            own = [e for e in events if e.connection is event.connection]
            given_ = [len(said_by(own, side)) + gap_octets(own, side) for side in (CLIENT, SERVER)]
            assert given_ == list(event.connection.delivered)
    assert closed == {event.connection.uid for event in events}


TWO_ENDED: st.SearchStrategy[list[tuple[int, int, int, int, bytes]]] = st.lists(
    st.tuples(
        st.sampled_from([CLIENT, SERVER]),
        st.integers(-15, 15),
        st.integers(-15, 15),
        st.sampled_from([ACK, ACK, ACK, ACK | FIN, RST, SYN]),
        st.binary(max_size=10),
    ),
    max_size=40,
)


@given(TWO_ENDED)
@settings(max_examples=200)
def test_hostile_ends_of_an_open_connection_cannot_make_it_raise_or_hang(
    acts: list[tuple[int, int, int, int, bytes]],
) -> None:
    talk = Talk().handshake()
    for side, shift, ack_shift, flags, payload in acts:
        ack = talk.next_seq[1 - side] + ack_shift
        talk.send(side, payload, flags=flags, back=shift, ack=ack)
    check_each_connection(run_all(talk.segments, LIMITS))
