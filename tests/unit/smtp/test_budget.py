from __future__ import annotations

from smtpids.config import Config
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.budget import LITTLE, Budget, held_octets
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50_000, "198.51.100.2", 25, 0)


def test_nobody_lets_go_while_there_is_room() -> None:
    budget: Budget[str] = Budget(100_000)
    assert not budget.charge(1, "a", 0, 60_000)
    assert not budget.charge(2, "b", 0, 40_000)
    assert (budget.held_octets, budget.next_to_let_go()) == (100_000, None)


def test_who_has_held_for_longest_lets_go_first_until_there_is_room() -> None:
    budget: Budget[str] = Budget(100_000)
    for number, name in enumerate("abcd"):
        budget.charge(number, name, 0, 40_000)
    budget.charge(0, "a", 40_000, 50_000)
    told = []
    while (holder := budget.next_to_let_go()) is not None:
        told.append(holder)
        held = 50_000 if holder == "a" else 40_000
        budget.charge("abcd".index(holder), holder, held, 1_000)
    assert (told, budget.held_octets) == (["a", "b"], 82_000)


def test_who_holds_little_is_left_alone() -> None:
    budget: Budget[str] = Budget(LITTLE)
    assert not budget.charge(1, "a", 0, LITTLE)
    assert budget.charge(2, "b", 0, LITTLE)
    assert budget.next_to_let_go() is None


def test_who_lets_go_of_itself_is_not_asked() -> None:
    budget: Budget[str] = Budget(100_000)
    budget.charge(1, "a", 0, 90_000)
    budget.charge(1, "a", 90_000, 0)
    assert budget.charge(2, "b", 0, 120_000)
    assert (budget.held_octets, budget.next_to_let_go()) == (120_000, "b")


def test_what_a_session_holds_is_seen_and_gone_when_it_was_read() -> None:
    tracker = Tracker(ENDS, Config())
    tracker.octets(SERVER, b"220 mx\r\n", 0, 1, 0)
    assert held_octets(tracker) == 0
    tracker.octets(CLIENT, b"x" * 5_000, 0, 2, 8)
    assert held_octets(tracker) == 5_000
    tracker.octets(CLIENT, b"\r\n", 0, 3, 8)
    waiting = held_octets(tracker)
    assert 0 < waiting < 5_000
    tracker.octets(SERVER, b"500 what\r\n", 0, 4, 5_002)
    assert held_octets(tracker) == 0
