from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.history import Table

KEYS = st.sampled_from("abcdefgh")
ACTS = st.lists(st.tuples(st.sampled_from(["put", "use", "save"]), KEYS), max_size=60)


def test_what_was_put_is_found_and_what_was_not_is_none() -> None:
    table: Table[int] = Table(2)
    table.put("a", 1)
    assert (table.get("a"), table.get("b"), len(table)) == (1, None, 1)


def test_the_entry_not_used_for_longest_goes() -> None:
    table: Table[int] = Table(2)
    table.put("a", 1)
    table.put("b", 2)
    table.use("a")
    table.put("c", 3)
    assert ([*table], table.evicted) == (["a", "c"], 1)


def test_to_look_is_not_to_use() -> None:
    table: Table[int] = Table(2)
    table.put("a", 1)
    table.put("b", 2)
    table.get("a")
    table.put("c", 3)
    assert [*table] == ["b", "c"]


def test_an_entry_that_is_put_again_takes_no_more_room() -> None:
    table: Table[int] = Table(2)
    for value in (1, 2, 3):
        table.put("a", value)
    table.put("b", 4)
    assert (table.get("a"), [*table], table.evicted) == (3, ["a", "b"], 0)


def test_of_a_large_table_one_in_a_thousand_goes_at_once() -> None:
    table: Table[int] = Table(3000)
    for number in range(3001):
        table.put(str(number), number)
    assert (len(table), table.evicted, next(iter(table))) == (2998, 3, "3")


def test_nothing_is_noted_unless_asked_for() -> None:
    table: Table[int] = Table(1)
    table.put("a", 1)
    table.put("b", 2)
    assert (table.unsaved, table.changed(), table.gone()) == (0, [], [])


def test_changes_are_told_in_order_of_use() -> None:
    table: Table[int] = Table(9)
    for key in "abcd":
        table.fill(key, 0)
    table.note()
    table.put("c", 1)
    table.put("x", 2)
    table.use("a")
    assert table.changed() == [("c", 1), ("x", 2), ("a", 0)]
    assert table.unsaved == 3
    table.saved()
    assert (table.unsaved, table.changed()) == (0, [])


def test_an_entry_that_comes_back_is_not_gone() -> None:
    table: Table[int] = Table(1)
    table.note()
    table.put("a", 1)
    table.put("b", 2)
    assert (table.changed(), table.gone()) == ([("b", 2)], ["a"])
    table.put("a", 3)
    assert (table.changed(), table.gone()) == ([("a", 3)], ["b"])


@given(limit=st.integers(1, 5), loaded=st.lists(KEYS, unique=True), acts=ACTS)
def test_a_table_keeps_its_limit_and_equals_a_list(
    limit: int, loaded: list[str], acts: list[tuple[str, str]]
) -> None:
    """The model is a list of keys in order of use, and a store that is told what changed."""
    table: Table[int] = Table(limit)
    table.note()
    stored = dict.fromkeys(loaded, -1)
    for key in loaded:
        table.fill(key, -1)
    order = loaded[-limit:]
    values = dict.fromkeys(order, -1)
    evicted = max(len(loaded) - limit, 0)
    for number, (act, key) in enumerate(acts):
        if act == "save":
            save(table, stored)
            assert [*stored.items()] == [(known, values[known]) for known in order]
        elif act == "put":
            if key not in order and len(order) == limit:
                values.pop(order.pop(0))
                evicted += 1
            table.put(key, number)
            order = [*(known for known in order if known != key), key]
            values[key] = number
        elif key in order:
            table.use(key)
            order = [*(known for known in order if known != key), key]
        assert len(table) <= limit
        assert [*table] == order
        assert {known: table.get(known) for known in order} == values
        assert table.evicted == evicted


def save(table: Table[int], stored: dict[str, int]) -> None:
    """Do what a store does: rows that change go to the end."""
    for key in table.gone():
        stored.pop(key, None)
    for key, value in table.changed():
        stored.pop(key, None)
        stored[key] = value
    table.saved()


@given(
    st.lists(st.tuples(st.sampled_from(["put", "fill", "use"]), KEYS), max_size=60),
    st.integers(1, 4),
)
def test_entries_stand_in_the_order_of_their_use(acts: list[tuple[str, str]], limit: int) -> None:
    table: Table[int] = Table(limit)
    order: list[str] = []
    for act, key in acts:
        if act == "put" or (act == "use" and key in order):
            order = [*(one for one in order if one != key), key][-limit:]
        elif act == "fill" and key not in order:
            order = [*order, key][-limit:]
        if act == "put":
            table.put(key, 0)
        elif act == "fill":
            table.fill(key, 0)
        elif key in order:
            table.use(key)
        assert [*table] == order
