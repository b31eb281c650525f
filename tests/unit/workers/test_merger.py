from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from smtpids.workers.merger import NEVER, Merger

if TYPE_CHECKING:
    from smtpids.workers.kinds import Item, Place


def items(*places: Place) -> list[Item]:
    return [(place,) for place in places]


def taken(merger: Merger) -> list[tuple[int, Place]]:
    return [(worker, item[0]) for worker, item in merger.ready()]


def test_nothing_is_taken_before_all_have_come_as_far() -> None:
    merger = Merger(2)
    merger.add(0, items((3,), (5,)), (7,))
    assert taken(merger) == []
    merger.add(1, [], (4,))
    assert taken(merger) == [(0, (3,))]
    merger.add(1, items((4,), (6,)), (9,))
    assert taken(merger) == [(1, (4,)), (0, (5,)), (1, (6,))]


def test_a_worker_that_is_not_awaited_holds_nobody_up() -> None:
    merger = Merger(2)
    merger.add(0, items((3,)), (7,))
    merger.lanes[1].awaited = False
    assert taken(merger) == [(0, (3,))]


def test_a_horizon_does_not_come_nearer() -> None:
    merger = Merger(1)
    merger.add(0, [], (9,))
    merger.add(0, [], (4,))
    assert merger.lanes[0].horizon == (9,)


def test_what_the_time_did_at_a_packet_comes_before_what_the_packet_did() -> None:
    merger = Merger(3)
    merger.add(0, items((8, 50, 2), (8, 70, 1)), NEVER)
    merger.add(1, items((9,)), NEVER)
    merger.add(2, items((8, 60, 5)), NEVER)
    assert taken(merger) == [(0, (8, 50, 2)), (2, (8, 60, 5)), (0, (8, 70, 1)), (1, (9,))]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=60), st.data())
def test_the_order_is_that_of_one_process(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Each packet is one worker's; some say how far they are now and then."""
    merger = Merger(3)
    told: list[list[Item]] = [[], [], []]
    expected: list[tuple[int, Place]] = []
    found: list[tuple[int, Place]] = []
    for packet, (worker, count) in enumerate(steps):
        told[worker] += items(*[(2 * packet + 1,)] * count)
        expected += [(worker, (2 * packet + 1,))] * count
        for other in data.draw(st.sets(st.integers(0, 2))):
            merger.add(other, told[other], (2 * packet + 1,))
            told[other] = []
            found += taken(merger)
            assert found == expected[: len(found)]
    for worker, left in enumerate(told):
        merger.add(worker, left, NEVER)
    assert found + taken(merger) == expected
