from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.outputs.parts import Parts
from tests.support.entries import entries, ids


def test_a_batch_that_is_taken_whole_may_be_acknowledged() -> None:
    parts = Parts(entries(1, 2, 3))
    assert ids(parts.next) == [1, 2, 3]
    assert (parts.settle(), bool(parts)) == (3, False)


def test_halves_go_in_order_and_are_acknowledged_one_by_one() -> None:
    parts = Parts(entries(1, 2, 3, 4, 5))
    parts.halve()
    assert ids(parts.next) == [1, 2]
    assert parts.settle() == 2
    parts.halve()
    assert ids(parts.next) == [3]
    assert [parts.settle(), parts.settle(), bool(parts)] == [1, 2, False]


def test_behind_what_is_put_off_nothing_is_acknowledged() -> None:
    parts = Parts(entries(1, 2, 3, 4))
    assert parts.settle(later=[2, 0]) == 0
    assert ids(parts.next) == [1, 3]
    parts.halve()
    assert (parts.settle(), ids(parts.next)) == (0, [3])
    assert (parts.settle(), bool(parts)) == (4, False)


@given(number=st.integers(1, 30), data=st.data())
def test_every_record_is_settled_once(number: int, data: st.DataObject) -> None:
    parts = Parts(entries(*range(number)))
    taken: list[int] = []
    acknowledged = 0
    while parts:
        part = ids(parts.next)
        if len(part) > 1 and data.draw(st.booleans()):
            parts.halve()
            continue
        later = data.draw(st.sets(st.integers(0, len(part) - 1), max_size=len(part) - 1))
        acknowledged += parts.settle(later)
        taken += [one for place, one in enumerate(part) if place not in later]
        assert set(range(acknowledged)) <= set(taken)
    assert (sorted(taken), acknowledged) == (list(range(number)), number)
