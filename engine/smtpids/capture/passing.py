"""The loops that pass over packets in a block of a capture file without cutting them out.

This is the module that is ugly for speed's sake. Where 98 of 100 packets are no mail, a run takes
as long as these loops: so one call of `unpack_from` reads all that is asked of a packet, header of
the record included, network octets in the byte order of the file; and numbers are compared with
constants turned the same way. (Where it is compiled, `skim.py` reads octet by octet.) A packet is
passed over only if it is wholly in the block and in no way odd; everything else is left to the
reader, which is the plain twin: without a passer it gives every frame, and
`tests/property/test_passing.py` holds the one to the other.

Time must not stand still while packets are passed over: the first one of another second than that
of `Bypass.second` ends a run, and the reader gives a frame of link type PASSED.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from smtpids.capture import linktypes
from smtpids.capture.bypass import ENDS
from smtpids.capture.skim import COMPILED, Skimmer

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.capture.bypass import Bypass

IPV4 = linktypes.IPV4
IPV6 = linktypes.IPV6
TAGS = linktypes.TAGS
TCP = linktypes.TCP
UDP = linktypes.UDP
TUNNEL_PORTS = frozenset(port.to_bytes(2, "big") for port in linktypes.TUNNEL_PORTS)
FRAGMENTED = 0x3FFF

#: Link type -> octets before the ethertype, and between it and the IP header.
LINKS = {linktypes.ETHERNET: (12, 0), linktypes.SLL: (14, 0), linktypes.SLL2: (0, 18)}
#: From the IPv4 header on: version and length, fragment field, protocol, addresses and ports, flags
#: of TCP. One unpacked field costs a third of a slice.
IPV4_TCP = "B5xHxB2x12s9xB"
#: IPv4 and TCP headers without options, which the decoder wants to see; likewise IPv6.
LEAST_IPV4 = 40
LEAST_IPV6 = 60
PCAP_HEADER = 16
#: Directions of connections on other ports that are remembered.
MOST_KEYS = 100_000

_read_u16 = Struct(">H").unpack_from
_read_ipv4 = Struct(f">{IPV4_TCP}").unpack_from
_read_ipv6 = Struct(">B5xBx36s9xB").unpack_from


class Passer:
    """Passes over what `bypass` says, in the blocks of one file with one link type."""

    __slots__ = (
        "_at",
        "_bypass",
        "_fragmented",
        "_ip",
        "_ipv4",
        "_kind",
        "_least",
        "_limit",
        "_peek",
        "_ports",
        "_skimmer",
        "_time",
        "_unit",
        "count",
        "due",
    )

    def __init__(
        self,
        bypass: Bypass,
        linktype: int,
        order: str = "<",
        unit: int = 1,
        limit: int = 0,
        *,
        skims: bool = COMPILED,
    ) -> None:
        self._bypass = bypass
        self._kind, gap = LINKS[linktype]
        self._ip = self._kind + 2 + gap
        self._peek = Struct(f"{order}I4xI4x{self._kind}xH{gap}x{IPV4_TCP}").unpack_from
        self._time = Struct(f"{order}II").unpack_from
        self._unit = unit
        self._limit = limit
        self._least = self._ip + LEAST_IPV4
        self._ipv4 = _turned(IPV4, order)
        self._fragmented = _turned(FRAGMENTED, order)
        self._ports = frozenset(port.to_bytes(2, "big") for port in bypass.ports)
        self._skimmer: Skimmer | None = None
        if skims:
            self._skimmer = Skimmer(
                bypass.wanted(),
                bypass.keys,
                kind=self._kind,
                ip=self._ip,
                least=self._least,
                limit=limit,
                little=order == "<",
                unit=unit,
                shard=bypass.shard,
            )
        self.count = 0
        """Packets that the last run passed over."""
        self.due = False
        """The last run ended with the first packet of a second."""

    def run(self, data: bytes, pos: int) -> int:
        """Pass over the records from `pos` on as far as may be; return where the rest begins."""
        if self._skimmer is not None:
            return self._skim(self._skimmer, data, pos)
        bypass, ports, keys = self._bypass, self._ports, self._bypass.keys
        peek, ipv4, fragmented = self._peek, self._ipv4, self._fragmented
        least, limit, second, shard = self._least, self._limit, bypass.second, bypass.shard
        bypass.common = True
        size = len(data)
        last = size - PCAP_HEADER - least
        begin, at, count = pos, -1, 0
        self.due = False
        while pos <= last:
            seconds, length, kind, first, fragment, protocol, key, flags = peek(data, pos)
            end = pos + PCAP_HEADER + length
            if end > size or not least <= length <= limit:
                break
            if kind == ipv4 and protocol == TCP and first == 0x45 and not fragment & fragmented:
                if shard is not None and shard.is_foreign(key):
                    bypass.foreign += 1
                elif key not in keys or flags & ENDS:
                    if not ports or key[8:10] in ports or key[10:] in ports:
                        bypass.common = False
                        break
                    if len(keys) < MOST_KEYS:
                        keys.add(key)
            elif not self._passes(data, pos + PCAP_HEADER, length):
                break
            at = pos
            pos = end
            count += 1
            if seconds != second:
                self.due = True
                break
        self.count = count
        if count:
            self._note(data, count, pos - begin, at)
        return pos

    def _skim(self, skimmer: Skimmer, data: bytes, start: int) -> int:
        """Pass over plain packets, and over single other ones between them."""
        bypass = self._bypass
        begin: i64 = start
        pos: i64 = start
        size: i64 = len(data)
        last: i64 = size - PCAP_HEADER - self._least
        skimmer.begin(bypass.second)
        bypass.common = True
        while True:
            pos = skimmer.run(data, pos)
            if skimmer.is_wanted:
                bypass.common = False
                break
            if skimmer.due or pos > last:
                break
            seconds, length = self._peek(data, pos)[:2]
            end = pos + PCAP_HEADER + length
            if end > size or not self._least <= length <= self._limit:
                break
            if not self._passes(data, pos + PCAP_HEADER, length):
                break
            skimmer.last_ns = skimmer.time_at(data, pos)
            skimmer.count += 1
            pos = end
            if seconds != skimmer.second:
                skimmer.due = True
                break
        self.due = skimmer.due
        count = self.count = skimmer.count
        if count:
            bypass.packets += count
            bypass.octets += pos - begin - count * PCAP_HEADER
            bypass.foreign += skimmer.foreign
            bypass.last_ns = skimmer.last_ns
        return pos

    def _note(self, data: bytes, count: int, octets: int, at: int) -> None:
        """Count what a run passed over; its last record begins `at`."""
        bypass = self._bypass
        bypass.packets += count
        bypass.octets += octets - count * PCAP_HEADER
        seconds, fraction = self._time(data, at)
        bypass.last_ns = seconds * 1_000_000_000 + fraction * self._unit

    def one(self, ts_ns: int, data: bytes, start: int, length: int) -> bool:
        """Pass over a single packet, if that may be, which has `length` octets from `start` on."""
        bypass = self._bypass
        bypass.common = True
        if not self._passes(data, start, length):
            return False
        bypass.packets += 1
        bypass.octets += length
        bypass.last_ns = ts_ns
        self.due = ts_ns // 1_000_000_000 != bypass.second
        return True

    def _passes(self, data: bytes, start: int, length: int) -> bool:
        """Judge any packet, also one that is tagged, IPv6 or UDP; say whose it is if it stays."""
        bypass = self._bypass
        if length < self._least:
            return False
        kind = _read_u16(data, start + self._kind)[0]
        ip = start + self._ip
        end = start + length
        for _ in range(2):
            if kind in TAGS and ip + 4 <= end:
                kind = _read_u16(data, ip + 2)[0]
                ip += 4
        if kind == IPV4 and ip + LEAST_IPV4 <= end:
            first, fragment, protocol, key, flags = _read_ipv4(data, ip)
            if first != 0x45 or fragment & FRAGMENTED:
                return False
        elif kind == IPV6 and ip + LEAST_IPV6 <= end:
            first, protocol, key, flags = _read_ipv6(data, ip)
            if first >> 4 != 6:
                return False
        else:
            return False
        if protocol == UDP:
            if key[-2:] in TUNNEL_PORTS:
                return False
            bypass.others += 1
            return True
        if protocol != TCP:
            return False
        if bypass.shard is not None and bypass.shard.is_foreign(key):
            bypass.foreign += 1
            return True
        ports = self._ports
        if key in bypass.keys and not flags & ENDS:
            return True
        unwanted = bool(ports) and key[-4:-2] not in ports and key[-2:] not in ports
        bypass.common = unwanted
        return unwanted


def _turned(number: int, order: str) -> int:
    """Return how 16 bits of the network read in the byte order of a file."""
    return number if order == ">" else int.from_bytes(number.to_bytes(2, "little"), "big")
