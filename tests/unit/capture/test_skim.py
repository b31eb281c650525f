from __future__ import annotations

import pytest

from smtpids.capture.frames import ACK, FIN, RST, SYN
from smtpids.capture.skim import Skimmer
from tests.support.wire import fragment_ip, ip_packet, pcap_bytes, tcp_segment, wrap

HERE, THERE = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
SECOND = 1_000_000_000
FIRST = 24
KEY = HERE + THERE + b"\x9c\x40\x01\xbb"


def packet(flags: int = ACK, to: int = 443) -> bytes:
    return ip_packet(HERE, THERE, 6, tcp_segment(HERE, THERE, (40_000, to), (1, 1), flags, b"x"))


def skim(
    packets: list[bytes],
    *,
    wanted: frozenset[int] = frozenset({25}),
    keys: frozenset[bytes] = frozenset(),
    big_endian: bool = False,
    seconds: int = 0,
) -> tuple[int, bool]:
    """Return how many packets one run passes over after the first of a second, and if it is due."""
    frames = [
        (number * seconds * SECOND, 1, wrap(data, "ethernet"))
        for number, data in enumerate(packets)
    ]
    octets = pcap_bytes(frames, big_endian=big_endian)
    skimmer = skimmer_for(wanted, keys, big_endian=big_endian)
    skimmer.begin(0)
    skimmer.run(octets, FIRST)
    return skimmer.count, skimmer.due


def skimmer_for(
    wanted: frozenset[int], keys: frozenset[bytes] = frozenset(), *, big_endian: bool = False
) -> Skimmer:
    return Skimmer(
        bytes(port in wanted for port in range(1 << 16)) if wanted else b"",
        set(keys),
        kind=12,
        ip=14,
        least=54,
        limit=262_144,
        little=not big_endian,
    )


@pytest.mark.parametrize("big_endian", [True, False], ids=["big", "little"])
def test_packets_of_other_ports_are_passed_over_up_to_the_first_that_is_wanted(
    big_endian: bool,
) -> None:
    packets = [packet(), packet(SYN), packet(RST), packet(to=25), packet()]
    assert skim(packets, big_endian=big_endian) == (3, False)


def test_without_ports_only_known_connections_are_passed_over_and_not_their_ends() -> None:
    packets = [packet(), packet(), packet(FIN | ACK)]
    assert skim(packets, wanted=frozenset(), keys=frozenset({KEY})) == (2, False)
    assert skim(packets, wanted=frozenset()) == (0, False)


def test_a_known_connection_of_a_wanted_port_is_passed_over() -> None:
    assert skim([packet()], wanted=frozenset({443}), keys=frozenset({KEY})) == (1, False)


def test_a_new_second_ends_a_run() -> None:
    assert skim([packet()] * 4, seconds=1) == (2, True)


@pytest.mark.parametrize(
    "odd",
    [
        fragment_ip(packet(), 8)[0],
        ip_packet(HERE, THERE, 17, bytes(40)),
        b"\x46" + packet()[1:],
    ],
    ids=["fragment", "udp", "options"],
)
def test_what_is_not_plain_ends_a_run(odd: bytes) -> None:
    assert skim([packet(), odd, packet()]) == (1, False)


def test_runs_are_counted_together_and_say_whether_what_stopped_them_must_be_seen() -> None:
    packets = [packet(), packet(to=25), packet(), packet(), b"\x46" + packet()[1:]]
    frames = [(number * 1000, 1, wrap(data, "ethernet")) for number, data in enumerate(packets)]
    octets = pcap_bytes(frames)
    skimmer = skimmer_for(frozenset({25}))
    skimmer.begin(0)
    mail = skimmer.run(octets, FIRST)
    assert (skimmer.count, skimmer.last_ns, skimmer.is_wanted) == (1, 0, True)
    behind = mail + 16 + len(frames[1][2])
    skimmer.run(octets, behind)
    assert (skimmer.count, skimmer.last_ns, skimmer.is_wanted) == (3, 3, False)
