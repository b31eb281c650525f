from __future__ import annotations

from smtpids.outputs.backoff import FIRST, MOST, MOST_ASKED, Backoff


def test_pauses_grow_to_a_limit_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(lambda: 1.0)
    pauses = [backoff.delay() for _ in range(100)]
    assert pauses[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert set(pauses[10:]) == {MOST}
    backoff.succeed()
    assert backoff.delay() == FIRST


def test_a_pause_is_a_part_drawn_by_lot() -> None:
    lots = iter([0.0, 0.25, 0.5])
    backoff = Backoff(lambda: next(lots))
    assert [backoff.delay() for _ in range(3)] == [0.0, 0.25 * 2 * FIRST, 0.5 * 4 * FIRST]


def test_a_receiver_gets_the_time_it_asks_for_up_to_a_limit() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.delay(7.0), backoff.delay(86_400.0), backoff.delay(-1.0)] == [
        7.0,
        MOST_ASKED,
        0.0,
    ]
    assert Backoff(lambda: 1.0).delay(0.1) == FIRST
