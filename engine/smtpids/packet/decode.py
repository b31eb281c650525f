"""From a captured frame to a TCP segment: plain headers here, with dpkt behind.

dpkt decodes, but an object for each header costs ten times the reading of a few fields. So the
plain case (a known link, up to two VLAN tags, IPv4 without fragments or IPv6 without extension
headers, then TCP) is read here at fixed offsets, and everything else, odd or malformed, goes to
`dissector.py`. What is read here is only what is sure; both give the same segments and the same
counts for any octets, which `tests/property/test_decode.py` holds them to.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from smtpids.capture import linktypes
from smtpids.capture.bypass import ENDS, Bypass
from smtpids.packet import checksums
from smtpids.packet.counters import DecodeCounters

if TYPE_CHECKING:
    from smtpids.capture.frames import Segment
    from smtpids.config import Config
    from smtpids.packet.dissector import Dissector

# As module names: a global is read faster than an attribute of a module.
ETHERNET = linktypes.ETHERNET
SLL = linktypes.SLL
SLL2 = linktypes.SLL2
BSD_LINKS = linktypes.BSD_LINKS
RAW_LINKS = linktypes.RAW_LINKS
IPV4 = linktypes.IPV4
IPV6 = linktypes.IPV6
TAGS = linktypes.TAGS
LONGEST_LENGTH = linktypes.LONGEST_LENGTH
FAMILIES = linktypes.FAMILIES
TCP = linktypes.TCP
UDP = linktypes.UDP
TUNNELS = linktypes.TUNNELS
TUNNEL_PORTS = linktypes.TUNNEL_PORTS
EXTENSIONS = linktypes.EXTENSIONS

#: Ethertypes that are not IP and still may carry it.
CARRIERS = linktypes.TAGS | linktypes.MPLS | {linktypes.PPPOE_SESSION, 0x6558}

#: The least octets that hold an IPv4 and a TCP header; every fixed offset before it is safe.
LEAST = 40
#: Any fragment: more to come, or not the first (RFC 791 3.1).
FRAGMENTED = 0x3FFF

_read_u16 = Struct(">H").unpack_from
#: Version and header length, total length, fragment field, protocol; seq, ack, offset, flags.
_read_ipv4_tcp = Struct(">BxHxxHxB14xIIBB").unpack_from
#: Version, payload length, next header; seq, ack, offset, flags.
_read_ipv6_tcp = Struct(">BxxxHB37xIIBB").unpack_from
#: Seq, ack, offset, flags.
_read_tcp = Struct(">4xIIBB").unpack_from


class Decoder(DecodeCounters):
    """Makes segments of frames, whatever their link; holds IP fragments until they are whole."""

    __slots__ = ("_bypass", "_config", "_dissector", "_fast", "_unwanted", "_verify")

    def __init__(self, config: Config, bypass: Bypass | None = None) -> None:
        super().__init__()
        self._bypass = Bypass() if bypass is None else bypass
        self._unwanted = self._bypass.keys
        self._config = config
        self._fast = config.fast_lane
        self._verify = config.verify_checksums
        self._dissector: Dissector | None = None

    def decode(self, ts_ns: int, linktype: int, data: bytes) -> Segment | None:
        """Return the TCP segment in a frame, or None if there is none or none yet."""
        self.frames += 1
        if not self._fast or len(data) < LEAST:
            return self._decode_slowly(ts_ns, linktype, data)
        if linktype == ETHERNET:
            kind, start = _read_u16(data, 12)[0], 14
        elif linktype == SLL:
            kind, start = _read_u16(data, 14)[0], 16
        elif linktype == SLL2:
            kind, start = _read_u16(data, 0)[0], 20
        elif linktype in BSD_LINKS:
            kind, start = FAMILIES.get(data[:4], LONGEST_LENGTH), 4
        elif linktype in RAW_LINKS:
            kind, start = IPV4 if data[0] >> 4 == 4 else IPV6, 0
        else:
            return self._decode_slowly(ts_ns, linktype, data)
        if kind in TAGS:
            kind, start = _read_u16(data, start + 2)[0], start + 4
            if kind in TAGS:
                kind, start = _read_u16(data, start + 2)[0], start + 4
        if kind == IPV4:
            return self._ipv4(ts_ns, linktype, data, start)
        if kind == IPV6:
            return self._ipv6(ts_ns, linktype, data, start)
        if kind <= LONGEST_LENGTH or kind in CARRIERS:
            return self._decode_slowly(ts_ns, linktype, data)
        self.not_ip += 1
        return None

    def _ipv4(self, ts_ns: int, linktype: int, data: bytes, ip: int) -> Segment | None:
        size = len(data)
        if size < ip + 40:
            return self._decode_slowly(ts_ns, linktype, data)
        first, total, fragment, protocol, seq, ack, offset, flags = _read_ipv4_tcp(data, ip)
        if protocol != TCP:
            if first == 0x45 and self._is_other(protocol, data, ip + 22):
                return None
            return self._decode_slowly(ts_ns, linktype, data)
        if first != 0x45 or fragment & FRAGMENTED:
            if 0x45 < first < 0x50 and not fragment & FRAGMENTED:
                return self._ipv4_with_options(ts_ns, linktype, data, ip)
            return self._decode_slowly(ts_ns, linktype, data)
        start = ip + 20 + (offset >> 4 << 2)
        end = ip + total if total else size  # 0: the card cuts it later (TSO)
        if offset < 0x50 or start > end:
            return self._decode_slowly(ts_ns, linktype, data)
        if self._verify and not self._sums_hold(data, ip, ip + 20, end, data[ip + 12 : ip + 20]):
            return None
        key = data[ip + 12 : ip + 24]
        if key in self._unwanted and self._passes(ts_ns, flags):
            return None
        if end <= size:  # the usual case: nothing is missing
            return ts_ns, key, seq, ack, flags, data[start:end], 0
        missing = end - max(start, size)
        return ts_ns, key, seq, ack, flags, data[start:], missing

    def _ipv4_with_options(self, ts_ns: int, linktype: int, data: bytes, ip: int) -> Segment | None:
        size = len(data)
        tcp = ip + ((data[ip] & 15) << 2)
        if size < tcp + 20:
            return self._decode_slowly(ts_ns, linktype, data)
        seq, ack, offset, flags = _read_tcp(data, tcp)
        total = _read_u16(data, ip + 2)[0]
        start = tcp + (offset >> 4 << 2)
        end = ip + total if total else size
        if offset < 0x50 or start > end:
            return self._decode_slowly(ts_ns, linktype, data)
        addresses = data[ip + 12 : ip + 20]
        if self._verify and not self._sums_hold(data, ip, tcp, end, addresses):
            return None
        missing = 0 if end <= size else end - max(start, size)
        key = addresses + data[tcp : tcp + 4]
        return ts_ns, key, seq, ack, flags, data[start:end], missing

    def _ipv6(self, ts_ns: int, linktype: int, data: bytes, ip: int) -> Segment | None:
        size = len(data)
        if size < ip + 60:
            return self._decode_slowly(ts_ns, linktype, data)
        first, total, protocol, seq, ack, offset, flags = _read_ipv6_tcp(data, ip)
        if protocol != TCP:
            if (
                first >> 4 == 6
                and protocol not in EXTENSIONS
                and self._is_other(protocol, data, ip + 42)
            ):
                return None
            return self._decode_slowly(ts_ns, linktype, data)
        start = ip + 40 + (offset >> 4 << 2)
        end = ip + 40 + total if total else size
        if first >> 4 != 6 or offset < 0x50 or start > end:
            return self._decode_slowly(ts_ns, linktype, data)
        if self._verify and not self._sums_hold(data, ip, ip + 40, end, data[ip + 8 : ip + 40]):
            return None
        key = data[ip + 8 : ip + 44]
        if key in self._unwanted and self._passes(ts_ns, flags):
            return None
        if end <= size:
            return ts_ns, key, seq, ack, flags, data[start:end], 0
        missing = end - max(start, size)
        return ts_ns, key, seq, ack, flags, data[start:], missing

    def _passes(self, ts_ns: int, flags: int) -> bool:
        """Count a segment of an unwanted connection, unless it is to be seen all the same."""
        if flags & ENDS or not self._bypass.believes(ts_ns):
            return False
        self.passed += 1
        return True

    def _is_other(self, protocol: int, data: bytes, port: int) -> bool:
        """Count a packet that surely holds no TCP; `port` is where UDP has its destination."""
        if protocol in TUNNELS or (protocol == UDP and _read_u16(data, port)[0] in TUNNEL_PORTS):
            return False
        self.not_tcp += 1
        return True

    def _sums_hold(self, data: bytes, ip: int, tcp: int, end: int, addresses: bytes) -> bool:
        """Verify IPv4 header and TCP, the latter if wholly captured; count what fails."""
        if (len(addresses) == 32 or checksums.header_holds(data[ip:tcp])) and (
            end > len(data) or checksums.segment_holds(addresses, data[tcp:end])
        ):
            return True
        self.bad_checksum += 1
        return False

    def _decode_slowly(self, ts_ns: int, linktype: int, data: bytes) -> Segment | None:
        if self._dissector is None:
            # dpkt takes 0.1 s to import, and most captures never need it.
            from smtpids.packet.dissector import Dissector

            self._dissector = Dissector(self._config, self, self.decode)
        self.slow += 1
        return self._dissector.decode(ts_ns, linktype, data)
