from __future__ import annotations

import enum
import socket
from collections import deque
from functools import partial
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.workers import parcels
from tests.support.crew import swallow

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


class Word(enum.StrEnum):
    ONE = "one"


class Number(enum.IntEnum):
    TWO = 2


class Length(float):
    pass


@given(values)
def test_what_is_sent_arrives(value: object) -> None:
    assert parcels.unpacked(parcels.packed(value)) == value


def test_values_of_classes_of_their_own_arrive_as_plain_ones() -> None:
    told: Any = {Word.ONE: [(Number.TWO, Length(1.5), b"x", True, None)], "path": {3}}
    arrived = parcels.unpacked(parcels.packed(told))
    assert arrived["one"] == [(2, 1.5, b"x", True, None)]
    assert [type(part) for part in arrived["one"][0]] == [int, float, bytes, bool, type(None)]
    assert {type(name) for name in arrived} == {str}


def test_values_are_received_one_after_the_other_until_the_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for value in ("a" * 300_000, 2, ()):
            sender = Thread(target=parcels.send, args=(theirs, value))
            sender.start()
            assert parcels.receive(ours) == value
            sender.join()
        theirs.close()
        with pytest.raises(EOFError):
            parcels.receive(ours)


def test_what_is_sent_in_part_is_sent_to_its_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        theirs.settimeout(60)  # so a call takes what there is room for, as if a signal came
        value = "a" * 300_000
        sender = Thread(target=parcels.send, args=(theirs, value))
        sender.start()
        assert parcels.receive(ours) == value
        sender.join()


def test_an_inbox_gives_the_values_that_are_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        inbox = parcels.Inbox(ours)
        octets = b"".join(
            len(part).to_bytes(4, "little") + part
            for part in (parcels.packed(value) for value in ("one", "two", ["three"]))
        )
        theirs.sendall(octets[:12])
        found = inbox.take()
        assert found == ["one"]
        assert inbox.taken == 4 + len(parcels.packed("one"))
        theirs.sendall(octets[12:])
        assert inbox.take() == ["two", ["three"]]
        theirs.close()
        with pytest.raises(EOFError):
            inbox.take()


def test_an_inbox_has_room_for_a_value_of_any_size() -> None:
    ours, theirs = socket.socketpair()
    told = [["a" * size] for size in (5 * parcels.READ, 1, parcels.READ, parcels.READ + 1, 2)]
    with ours, theirs:
        inbox = parcels.Inbox(ours)
        sender = Thread(target=deque, args=(map(partial(parcels.send, theirs), told), 0))
        sender.start()
        found: list[object] = []
        while len(found) < len(told):
            found += inbox.take()
        sender.join()
    assert found == told


def test_an_end_that_was_killed_with_something_unread_is_an_end() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        parcels.send(ours, "never read")
        theirs.close()
        with pytest.raises(EOFError):
            parcels.Inbox(ours).take()


def test_nothing_is_received_of_a_value_that_is_cut() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(b"\5\0\0\0ab")
        theirs.close()
        assert swallow(ours) == []
