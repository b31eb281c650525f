from __future__ import annotations

from smtpids.capture.bypass import Bypass


def test_nothing_is_asked_until_there_are_ports_or_connections() -> None:
    bypass = Bypass()
    assert not bypass.is_asked()
    bypass.keys.add(bytes(12))
    assert bypass.is_asked()
    bypass.keys.clear()
    bypass.ports = frozenset({25})
    assert bypass.is_asked()


def test_it_is_believed_from_the_earliest_time_to_before_the_latest() -> None:
    bypass = Bypass()
    bypass.earliest_ns, bypass.latest_ns = 5, 8
    assert [time for time in range(10) if bypass.believes(time)] == [5, 6, 7]


def test_connections_are_doubted_when_their_time_is_over_or_the_clock_was_set_back() -> None:
    bypass = Bypass()
    left = []
    for now in (100, 109, 110, 111, 90):
        bypass.doubt(now, now - 1, now + 1, 10)
        left.append(len(bypass.keys))
        bypass.keys.add(bytes(12))
    assert left == [0, 1, 0, 1, 0]
    assert (bypass.earliest_ns, bypass.latest_ns) == (89, 91)


def test_the_ports_that_are_wanted_stand_in_a_table() -> None:
    bypass = Bypass()
    assert bypass.wanted() == b""
    bypass.ports = frozenset({0, 25, 65_535})
    table = bypass.wanted()
    assert [port for port in range(len(table)) if table[port]] == [0, 25, 65_535]
