"""The counts stand at zero before the first segment, under every name they can have."""

from __future__ import annotations

from smtpids.config import KIB, MIB, Limits
from smtpids.tcp.events import CloseReason
from smtpids.tcp.ledger import LIMIT_NAMES, Ledger


def test_every_reason_to_close_is_counted_from_zero() -> None:
    expected = {str(reason): 0 for reason in CloseReason}
    assert expected == Ledger(Limits()).closed_by_reason


def test_the_limits_that_are_counted_are_fields_of_the_configuration() -> None:
    assert set(LIMIT_NAMES) <= set(Limits._fields)
    assert dict.fromkeys(LIMIT_NAMES, 0) == Ledger(Limits()).limit_hits


def test_the_tails_of_all_streams_fit_in_the_room_for_all() -> None:
    ledger = Ledger(Limits(total_octets=64 * MIB, tail_octets=16 * KIB))
    told = []
    for connections in (0, 1, 2_048, 4_096, 100_000):
        ledger.share_tails(connections)
        told.append(ledger.tail_octets)
    assert told == [16 * KIB, 16 * KIB, 16 * KIB, 8 * KIB, 1 * KIB]
