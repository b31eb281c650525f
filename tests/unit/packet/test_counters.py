from __future__ import annotations

from smtpids.packet.counters import DecodeCounters
from tests.support.attributes import attributes


def test_every_counter_begins_at_nothing() -> None:
    counts = DecodeCounters()
    names = {*attributes(DecodeCounters)} - {"unknown_links"}
    assert {0} == {getattr(counts, name) for name in names}
    assert set() == counts.unknown_links


def test_malformed_is_the_sum_of_the_layers() -> None:
    counts = DecodeCounters()
    counts.malformed_link, counts.malformed_ip, counts.malformed_tcp = 1, 20, 300
    assert counts.malformed == 321
