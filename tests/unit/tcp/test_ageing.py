"""Which connection was quiet for longest, and that looking for it stays cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.config import SECOND, Limits
from smtpids.tcp.ageing import QUIET_PART, SECOND_CHANCES, SPARE, Ageing, Queue
from smtpids.tcp.connection import Connection
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.tcp.ledger import Ledger
from smtpids.tcp.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMITS = Limits(idle_ns=3_200, closing_ns=50)
QUIET = LIMITS.idle_ns // QUIET_PART


def make_connection(uid: int, now_ns: int = 0) -> Connection:
    """Return a connection that began at `now_ns`."""
    client, server = Stream(bytes(12), CLIENT), Stream(bytes(12), SERVER)
    return Connection(uid, client, server, Ledger(LIMITS), start_ns=now_ns, first_packet=1)


def fill(ageing: Ageing, queue: Queue, count: int, now_ns: int = 0) -> list[Connection]:
    """Put new connections into a queue."""
    made = [make_connection(uid, now_ns) for uid in range(1, count + 1)]
    for connection in made:
        ageing.place(connection, queue, now_ns)
    return made


def uids(connections: Iterable[Connection]) -> list[int]:
    """Return the numbers of connections."""
    return [connection.uid for connection in connections]


def test_a_quiet_connection_cools_down_and_drops_what_it_remembers() -> None:
    ageing = Ageing(LIMITS)
    (connection,) = fill(ageing, ageing.warm, 1)
    connection.from_client.anchor(1)
    connection.from_client.remember(b"EHLO")
    assert ageing.expired(QUIET - 1) == []
    assert connection.from_client.tail == [b"EHLO"]
    assert ageing.expired(QUIET) == []
    assert connection.from_client.tail is None
    assert uids(ageing.cold) == [1]


def test_who_wants_to_know_is_told_of_a_connection_that_falls_quiet() -> None:
    ageing, told = Ageing(LIMITS), list[int]()
    for connection in fill(ageing, ageing.warm, 2):
        connection.ledger.on_quiet = lambda quiet: told.append(quiet.uid)
    ageing.expired(QUIET - 1)
    assert told == []
    ageing.expired(QUIET)
    assert told == [1, 2]


def test_an_active_connection_stays_warm() -> None:
    ageing = Ageing(LIMITS)
    fill(ageing, ageing.warm, 1)[0].last_ns = QUIET - 10
    ageing.expired(QUIET)
    assert uids(ageing.warm) == [1]


def test_a_cold_connection_that_speaks_again_becomes_warm_when_it_is_looked_at() -> None:
    ageing = Ageing(LIMITS)
    one, _ = fill(ageing, ageing.warm, 2)
    ageing.expired(QUIET)
    one.last_ns = 3_000
    assert uids(ageing.expired(3_250)) == [2]
    assert uids(ageing.warm) == [1]


def test_idle_connections_expire() -> None:
    ageing = Ageing(LIMITS)
    fill(ageing, ageing.warm, 3)
    assert ageing.expired(3_199) == []
    assert uids(ageing.expired(3_200)) == [1, 2, 3]
    assert ageing.count_active() == 0


def test_closed_connections_are_forgotten_soon() -> None:
    ageing = Ageing(LIMITS)
    fill(ageing, ageing.closing, 2)
    assert ageing.expired(49) == []
    assert uids(ageing.expired(50)) == [1, 2]


def test_half_open_connections_expire_when_quiet() -> None:
    ageing = Ageing(LIMITS)
    one, _ = fill(ageing, ageing.half_open, 2)
    one.last_ns = QUIET - 1
    assert uids(ageing.expired(QUIET)) == [2]
    assert uids(ageing.expired(2 * QUIET)) == [1]


def test_the_closed_the_half_open_the_cold_and_the_warm_go_in_this_order() -> None:
    ageing = Ageing(LIMITS)
    queues = (ageing.warm, ageing.cold, ageing.half_open, ageing.closing)
    for uid, queue in enumerate(queues, 1):
        ageing.place(make_connection(uid), queue, 100)
    victims = [ageing.take_victim() for _ in range(5)]
    assert [victim and victim.uid for victim in victims] == [4, 3, 2, 1, None]


def test_among_warm_connections_a_silent_one_goes_before_an_active_one() -> None:
    ageing = Ageing(LIMITS)
    fill(ageing, ageing.warm, 3)[0].last_ns = 10
    victim = ageing.take_victim()
    assert victim is not None
    assert victim.uid == 2


def test_only_so_many_active_connections_are_passed_over() -> None:
    ageing = Ageing(LIMITS)
    for connection in fill(ageing, ageing.warm, 100):
        connection.last_ns = 10
    victim = ageing.take_victim()
    assert victim is not None
    assert victim.uid == SECOND_CHANCES + 1


def test_after_the_clock_was_set_back_nothing_lies_in_the_future() -> None:
    ageing = Ageing(LIMITS)
    (connection,) = fill(ageing, ageing.warm, 1, now_ns=10_000)
    ageing.turn_back(500)
    assert (connection.last_ns, connection.placed_ns) == (500, 500)
    assert uids(ageing.expired(500 + LIMITS.idle_ns)) == [1]


def test_everyone_is_listed_in_the_order_in_which_they_began() -> None:
    ageing = Ageing(LIMITS)
    for uid, queue in ((3, ageing.warm), (1, ageing.cold), (2, ageing.half_open)):
        ageing.place(make_connection(uid), queue, 0)
    ageing.place(make_connection(4), ageing.closing, 0)
    assert uids(ageing.everyone()) == [1, 2, 3]
    assert ageing.count_active() == 3


@pytest.mark.parametrize(
    ("now_ns", "wait_ns", "expected"),
    [
        (5 * SECOND, SECOND, 6 * SECOND),
        (5 * SECOND + 1, SECOND, 6 * SECOND),
        (6 * SECOND - 1, 3 * SECOND, 6 * SECOND),
        (5 * SECOND + 10, SECOND // 2, 5 * SECOND + 10 + SECOND // 4),
        (5, 1, 6),
    ],
)
def test_the_next_look_is_with_the_next_second_unless_something_waits_less(
    now_ns: int, wait_ns: int, expected: int
) -> None:
    assert Ageing(Limits()).next_look(now_ns, wait_ns) == expected


def test_which_connection_was_idle_too_long_depends_on_no_other() -> None:
    """One that was heard later stands before it among the cold ones."""
    ageing = Ageing(LIMITS)
    later, earlier = fill(ageing, ageing.warm, 2)
    later.last_ns = 60
    ageing.expired(160)
    assert uids(ageing.cold) == [1, 2]
    assert uids(ageing.expired(LIMITS.idle_ns)) == [2]
    assert uids(ageing.expired(LIMITS.idle_ns + 60)) == [1]
    assert earlier.queue is None


def test_connections_that_go_are_not_listed_until_they_would_have_been_idle() -> None:
    ageing = Ageing(LIMITS)
    for turn in range(30):
        now_ns = turn * QUIET
        for uid in range(200):
            ageing.place(make_connection(200 * turn + uid, now_ns), ageing.warm, now_ns)
        ageing.expired(now_ns + QUIET)
        while ageing.take_victim() is not None:
            pass
    assert ageing.listed <= SPARE + 400


def test_a_queue_keeps_its_order_whoever_leaves_it() -> None:
    for gone in range(1, 4):
        queue = Queue()
        made = [make_connection(uid) for uid in range(1, 4)]
        for connection in made:
            queue.append(connection)
        queue.remove(made[gone - 1])
        assert uids(queue) == [uid for uid in range(1, 4) if uid != gone]
        assert queue.count == 2
        queue.append(made[gone - 1])
        assert uids(queue)[-1] == gone
        for connection in made:
            queue.remove(connection)
        assert (queue.first, queue.last, queue.count) == (None, None, 0)
