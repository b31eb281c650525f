from __future__ import annotations

from collections import Counter
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.capture.shard import MOST_KEYS, Shard, shard_of

ports = st.integers(0, 65535)
ends = st.one_of(
    st.tuples(st.ip_addresses(v=4), ports, st.ip_addresses(v=4), ports),
    st.tuples(st.ip_addresses(v=6), ports, st.ip_addresses(v=6), ports),
)


def key(source: object, sport: int, target: object, dport: int) -> bytes:
    addresses = ip_address(str(source)).packed + ip_address(str(target)).packed
    return addresses + sport.to_bytes(2, "big") + dport.to_bytes(2, "big")


@given(ends, st.integers(1, 9))
def test_both_directions_of_a_connection_are_in_one_shard(
    found: tuple[object, int, object, int], count: int
) -> None:
    source, sport, target, dport = found
    there = shard_of(key(source, sport, target, dport), count)
    assert there == shard_of(key(target, dport, source, sport), count)
    assert 0 <= there < count


@given(ends, st.integers(1, 5))
def test_a_connection_is_foreign_to_all_shards_but_one(
    found: tuple[object, int, object, int], count: int
) -> None:
    one = key(*found)
    shards = [Shard(index, count) for index in range(count)]
    for _ in range(2):
        assert sum(not shard.is_foreign(one) for shard in shards) == 1
    if len(one) == 12:
        for shard in shards:
            assert shard.is_foreign_at(b"before" + one, 6) == shard.is_foreign(one)


@pytest.mark.parametrize("count", [2, 3, 4, 8])
@pytest.mark.parametrize(
    "keys",
    [
        [key("192.0.2.1", port, "198.51.100.2", 25) for port in range(32768, 36768)],
        [key(f"10.0.{n // 250}.{n % 250}", 40000, "198.51.100.2", 25) for n in range(4000)],
        [key(f"2001:db8::{n:x}", 40000, "2001:db8:1::1", 25) for n in range(4000)],
        [key(f"2001:db8:{n:x}::1", 40000, "2001:db8:1::1", 25) for n in range(4000)],
    ],
    ids=["ports", "clients", "clients in IPv6", "networks in IPv6"],
)
def test_connections_that_differ_little_are_spread(keys: list[bytes], count: int) -> None:
    found = Counter(shard_of(one, count) for one in keys)
    assert len(found) == count
    assert max(found.values()) < 1.3 * len(keys) / count


def test_a_flood_of_connections_is_not_remembered() -> None:
    shard = Shard(0, 1)
    for number in range(2 * MOST_KEYS):
        shard.is_foreign(number.to_bytes(12, "big"))
    assert len(shard.known) <= MOST_KEYS
