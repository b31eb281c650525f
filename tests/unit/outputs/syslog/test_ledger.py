from __future__ import annotations

from smtpids.outputs.syslog.ledger import BUFFERED, SETTLED, Ledger


def test_what_was_sent_may_be_lost() -> None:
    ledger = Ledger()
    ledger.add(3, 3000, now=0.0)
    ledger.add(2, 2000, now=1.0)
    assert ledger.count == 5


def test_what_no_buffer_holds_any_more_has_been_read() -> None:
    ledger = Ledger()
    ledger.add(3, 3000, now=0.0)
    ledger.add(2, BUFFERED - 1, now=0.0)
    assert ledger.count == 5
    ledger.add(1, 1, now=0.0)
    assert ledger.count == 3


def test_a_batch_larger_than_all_buffers_may_still_be_lost() -> None:
    ledger = Ledger()
    ledger.add(3, 2 * BUFFERED, now=0.0)
    assert ledger.count == 3


def test_what_a_receiver_alive_was_sent_long_ago_has_been_read() -> None:
    ledger = Ledger()
    ledger.add(3, 3000, now=0.0)
    ledger.add(2, 2000, now=1.0)
    ledger.alive(SETTLED - 0.1)
    assert ledger.count == 5
    ledger.alive(SETTLED)
    assert ledger.count == 2
    ledger.alive(SETTLED + 1)
    assert ledger.count == 0


def test_time_alone_says_nothing() -> None:
    ledger = Ledger()
    ledger.add(3, 3000, now=0.0)
    ledger.add(1, 1000, now=10 * SETTLED)
    assert ledger.count == 4


def test_what_has_been_read_is_cleared() -> None:
    ledger = Ledger()
    ledger.add(3, 3000, now=0.0)
    ledger.clear()
    assert ledger.count == 0
    ledger.add(0, 0, now=0.0)
    ledger.add(1, 10, now=0.0)
    assert ledger.count == 1
