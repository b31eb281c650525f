"""The transcripts on a bad network: with a packet repeated, and with packets reordered.

A tap sees what passes it, not what the ends make of it: a segment that was sent again, segments in
another order than they were sent in. Numbers and acknowledgements are those of the ends and stay as
they were; so the events must stay as they were too, apart from when they came and in which packet.
"""

from __future__ import annotations

import itertools
from hashlib import blake2b
from typing import TYPE_CHECKING

import pytest

from tests.support.played import HANDSHAKE
from tests.support.transcript import (
    FOLDER,
    Sent,
    Transcript,
    load,
    sent_of,
    summary,
    told_on_the_wire,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.smtp import Event

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
#: What depends on when a packet came and on how many there were.
OF_THE_CAPTURE = {
    "@timestamp",
    "session.duration",
    "session.id",
    "session.packets",
    "session.start",
    "smtpids.pcap.packet",
}
#: Steps that send other octets where some were sent: which copy comes first is what they are about,
#: and each further copy is a further conflict.
COPIES = {"conflict", "overlap"}
#: Nanoseconds that a reordering spans at most; a tap is not late by seconds.
LONGEST = 100_000_000
#: Reorderings tried of one transcript; all of them where there are no more. Drawn by a hash.
MOST_ORDERS = 48
#: Packets of both sides that a reordering spans; a tap is not late by seconds.
WIDEST = 12
#: Segments this small make several of each command.
SMALL = 16


@by_name
def test_a_packet_that_is_captured_twice_changes_nothing(script: Transcript) -> None:
    sent = sent_of(script)
    expected = facts(script, sent)
    for place, again in enumerate(sent):
        if is_copy(script, again):
            continue
        for later in (1, 4):
            repeated = [*sent[: place + later], again, *sent[place + later :]]
            assert expected == facts(script, in_time(repeated)), f"{place} again at +{later}"


@by_name
def test_packets_of_one_side_may_be_captured_in_another_order(script: Transcript) -> None:
    sent = sent_of(script)
    expected = facts(script, sent)
    for order in sample(orders(script, sent), script.name):
        assert expected == facts(script, in_time([sent[place] for place in order])), str(order)


@by_name
def test_small_segments_may_be_captured_in_another_order(script: Transcript) -> None:
    sent = sent_of(script, mss=SMALL)
    expected = facts(script, sent)
    for order in sample(orders(script, sent), script.name):
        assert expected == facts(script, in_time([sent[place] for place in order])), str(order)


def facts(script: Transcript, sent: Sequence[Sent]) -> list[tuple[str, dict[str, object]]]:
    """Return all that is told, without what belongs to the capture alone."""
    return [
        (summary(event), {k: v for k, v in event.fields.items() if k not in OF_THE_CAPTURE})
        for event in events_of_packets(script, sent)
    ]


def events_of_packets(script: Transcript, sent: Sequence[Sent]) -> Iterator[Event]:
    for _, events in told_on_the_wire(script, sent):
        yield from events


def is_copy(script: Transcript, packet: Sent) -> bool:
    """Tell whether a packet is one of two copies that differ, as a whole or in fragments."""
    if packet.step < 0:
        return False
    step = script.steps[packet.step]
    among_copies = any(other.act in COPIES for other in script.steps)
    return step.act in {*COPIES, "keepalive"} or step.torn > 0 or (step.late > 0 and among_copies)


def is_bound(script: Transcript, packet: Sent) -> bool:
    """Tell whether the place of a packet in the capture is what its transcript is about.

    Beside copies these are FIN and RST that are not what they seem, urgent octets, octets in a SYN,
    and what a side sent before it had seen what the other said: who spoke first is then what the
    tap saw. Behind a RST a packet may be the first of a connection that goes on.
    """
    if script.syn:
        return True
    if packet.step < 0:
        return False
    step = script.steps[packet.step]
    reset = any(earlier.act == "rst" for earlier in script.steps[: packet.step])
    odd = step.forged or step.unseen or step.urgent > 0 or step.act == "keepalive"
    return is_copy(script, packet) or odd or reset


def begins_again(sent: Sequence[Sent], place: int) -> bool:
    """Tell whether a packet is of the handshake of a later connection."""
    earlier = sent[:place]
    return sent[place].step == HANDSHAKE and any(other.step != HANDSHAKE for other in earlier)


def in_time(sent: list[Sent]) -> list[Sent]:
    """Let the packets come in the order in which they stand."""
    times = sorted(packet.frame[0] for packet in sent)
    return [
        packet._replace(frame=(ts_ns, *packet.frame[1:]))
        for ts_ns, packet in zip(times, sent, strict=True)
    ]


def orders(script: Transcript, sent: Sequence[Sent]) -> list[tuple[int, ...]]:
    """Return every order in which up to three packets of one side in a row have changed places.

    The first packet of a connection stays: what comes before it is in the middle of a connection
    for whoever reads it; so does the handshake where ports are used again. So do packets whose
    place matters, and what is sent around them.
    """
    found: dict[tuple[int, ...], None] = {}
    for side in ("client", "server"):
        own = [
            place
            for place, packet in enumerate(sent)
            if place and packet.side == side and not begins_again(sent, place)
        ]
        for start in range(len(own) - 1):
            window = own[start : start + 3]
            span = sent[window[0] : window[-1] + 1]
            time = span[-1].frame[0] - span[0].frame[0]
            if len(span) > WIDEST or time > LONGEST:
                continue
            if any(is_bound(script, packet) for packet in span):
                continue
            for changed in itertools.permutations(window):
                order = list(range(len(sent)))
                for place, other in zip(window, changed, strict=True):
                    order[place] = other
                found[tuple(order)] = None
    found.pop(tuple(range(len(sent))), None)
    return [*found]


def sample(every: list[tuple[int, ...]], name: str) -> list[tuple[int, ...]]:
    """Return all orders, or as many as there is time for: the same ones each time."""
    if len(every) <= MOST_ORDERS:
        return every
    return sorted(every, key=lambda order: blake2b(repr((name, order)).encode()).digest())[
        :MOST_ORDERS
    ]
