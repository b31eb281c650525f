from __future__ import annotations

from threading import Event as Flag

from smtpids.cli.ticker import Ticker
from tests.support.command import PATIENCE


def test_a_ticker_calls_again_and_again_until_it_ends() -> None:
    calls: list[int] = []
    enough = Flag()

    def tick() -> None:
        calls.append(1)
        if len(calls) == 3:
            enough.set()

    with Ticker("test", tick, 0.001):
        assert enough.wait(PATIENCE)
    ended = len(calls)
    assert not Flag().wait(0.02)
    assert ended == len(calls)
