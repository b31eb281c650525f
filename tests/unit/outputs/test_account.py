from __future__ import annotations

from smtpids.outputs.account import LOSSES, Account, BacklogAccount
from smtpids.outputs.queue import Queue
from tests.support.entries import entry


def test_what_hands_over_at_once_has_nothing_waiting() -> None:
    account = Account("a.json")
    account.flush()
    account.reopen()
    account.end()
    assert (account.queue_length, account.queue_capacity, account.waiting) == (0, 0, 0)
    assert (account.spool_octets, account.spool_capacity) == (0, 0)
    assert (account.retries, account.resent, account.last_success_ns, account.up) == (0, 0, 0, True)


def test_it_counts_by_name_and_knows_when_it_last_succeeded() -> None:
    account = Account("a.json", now_ns=lambda: 7)
    account.fail("EIO")
    account.lose("write", 2)
    account.lose("write")
    assert (account.errors, account.lost_by_reason, account.lost) == ({"EIO": 1}, {"write": 3}, 3)
    assert not account.up
    account.succeed(5)
    assert (account.delivered, account.last_success_ns, account.up) == (5, 7, True)


def test_what_a_backlog_loses_is_lost_too() -> None:
    backlog = Queue(600, drop_oldest=True)
    account = BacklogAccount("siem", backlog)
    for number in range(3):
        backlog.append(entry(number))
    account.lose("full")
    account.lose("shutdown")
    assert account.lost_by_reason == {"full": 3, "shutdown": 1}
    assert account.lost == 4
    assert account.queue_length == 1


def test_reasons_are_labels_of_the_metric() -> None:
    from smtpids.metrics import labels

    assert set(LOSSES) <= labels.LOSSES
