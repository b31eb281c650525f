"""The lane for the plain packet: from its octets in a block to the session, without a stop.

Most packets of mail are alike: TCP without IP options behind a known link header, of a connection
in which nothing waits, and next in order. On the way that all packets can go (`Pipeline.frame`)
each costs a frame, a segment, an event and a list. Here such a packet is read where it stands,
octet by octet and with numbers of the machine (`i64`), which is slow where it is interpreted: so
only compiled code goes this way, and `tests/property/test_lane.py` holds it to the other. Whatever
is not plain takes the other way, as a segment or as a frame.

The interpreter, with it signals and other threads, has its turn between blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.capture.fast import Fast
from smtpids.capture.frames import ACK, FIN, RST, SYN, URG
from smtpids.capture.passing import LINKS, Passer
from smtpids.capture.skim import RECORD, word
from smtpids.tcp.connection import FAST, NEVER
from smtpids.tcp.sequence import HALF, MASK

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.capture.frames import Interface, Segment
    from smtpids.intake import Intake
    from smtpids.tcp.stream import Stream

#: An enhanced packet block without a packet.
LEAST_BLOCK: Final = 32
ENHANCED_PACKET: Final = 6
#: Nanoseconds of a unit of time -> the least upper half of a time that 63 bits may not hold.
HIGHEST: Final = {1: 1 << 30, 1000: 1 << 21}
PLAIN: Final = SYN | FIN | RST | ACK | URG


class Lane(Fast):
    """Takes packets of one capture to `taker`; they know each other only while it is read."""

    __slots__ = (
        "_bypass",
        "_ip",
        "_kind",
        "_limit",
        "_linktype",
        "_little",
        "_passer",
        "_passers",
        "_table",
        "_taker",
        "_unit",
        "_wanted",
    )

    def __init__(self, taker: Intake) -> None:
        super().__init__()
        self._taker = taker
        self._table = taker.table
        self._bypass = taker.bypass
        self._wanted = taker.bypass.wanted()
        self._linktype = -1
        self._kind: i64 = 0
        self._ip: i64 = 0
        self._little = True
        self._unit: i64 = 1
        self._limit: i64 = 0
        self._passer: Passer | None = None
        self._passers: dict[int, Passer] = {}
        """Of a pcapng file, by link type."""

    def begin(self, linktype: int) -> bool:
        """Make ready for packets of a link type; return False for one that the lane cannot read."""
        if linktype != self._linktype:
            if linktype not in LINKS:
                return False
            self._linktype = linktype
            before, gap = LINKS[linktype]
            self._kind = before
            self._ip = before + 2 + gap
        return True

    def begin_file(self, order: str, unit: int, limit: int, passer: Passer) -> None:
        """Make ready for a pcap file, of the link type begun with.

        `unit` is in nanoseconds, `limit` the most octets of a packet.
        """
        self._little = order == "<"
        self._unit = unit
        self._limit = limit
        self._passer = passer

    def run(self, data: bytes, start: int) -> int:
        """Take the records of a pcap file from `start` on; return where one begins that is cut."""
        size: i64 = len(data)
        pos: i64 = start
        count: i64 = 0
        little, unit, limit = self._little, self._unit, self._limit
        taker, bypass, passer = self._taker, self._bypass, self._passer
        linktype = self._linktype
        while pos + RECORD <= size:
            length: i64 = word(data, pos + 8, little)
            begin: i64 = pos + RECORD
            end: i64 = begin + length
            if end > size or length > limit:
                break
            ts_ns: i64 = (
                word(data, pos, little) * 1_000_000_000 + word(data, pos + 4, little) * unit
            )
            if self.take(data, begin, end, ts_ns, length):
                count += 1
                pos = end
                continue
            if passer is not None and bypass.is_asked():
                rest: i64 = passer.run(data, pos)
                if passer.due:
                    taker.passed(bypass.last_ns)
                if rest != pos:
                    count += passer.count
                    pos = rest
                    continue
            if bypass.packets:
                taker.passed(bypass.last_ns)
            taker.frame(ts_ns, linktype, data[begin:end])
            count += 1
            pos = end
        self.count = count
        return pos

    def run_blocks(self, data: bytes, start: int, order: str, interfaces: list[Interface]) -> int:
        """Take enhanced packet blocks of a pcapng file; return where one begins that was not."""
        size: i64 = len(data)
        pos: i64 = start
        count: i64 = 0
        little = order == "<"
        taker, bypass = self._taker, self._bypass
        ts_ns: i64 = 0
        while pos + LEAST_BLOCK <= size:
            length: i64 = word(data, pos + 4, little)
            index: i64 = word(data, pos + 8, little)
            high: i64 = word(data, pos + 12, little)
            captured: i64 = word(data, pos + 20, little)
            begin: i64 = pos + 28
            end: i64 = pos + length
            if (
                word(data, pos, little) != ENHANCED_PACKET
                or end > size
                or begin + captured > end - 4
                or index >= len(interfaces)
                or word(data, end - 4, little) != length
            ):
                break
            linktype, _, unit, divisor, offset = interfaces[index]
            if divisor != 1 or offset or high >= HIGHEST.get(unit, 0):
                break  # the reader has time for it
            ts_ns = (high << 32 | word(data, pos + 16, little)) * unit
            pos = end
            count += 1
            known = self.begin(linktype)
            if known and self.take(data, begin, begin + captured, ts_ns, captured):
                continue
            if known and bypass.is_asked():
                passer = self._passers.get(linktype)
                if passer is None:
                    passer = self._passers[linktype] = Passer(bypass, linktype)
                if passer.one(ts_ns, data, begin, captured):
                    if passer.due:
                        taker.passed(ts_ns)
                    continue
            if bypass.packets:
                taker.passed(bypass.last_ns)
            taker.frame(ts_ns, linktype, data[begin : begin + captured])
        self.count = count
        if count:
            self.last_ns = ts_ns
        return pos

    def frame(self, ts_ns: int, linktype: int, data: bytes) -> None:
        """Take any packet."""
        self._taker.frame(ts_ns, linktype, data)

    def take(self, data: bytes, begin: i64, end: i64, ts_ns: i64, size: i64) -> bool:
        """Take the packet between two places if it is TCP, plain and wanted; say if it was."""
        kind: i64 = begin + self._kind
        ip: i64 = begin + self._ip
        if end - ip < 40:
            return False
        tag: i64 = data[kind]
        tcp: i64
        key: i64  # where the key of its stream begins
        stop: i64 = word(data, ip, little=False)
        if tag == 0x08 and data[kind + 1] == 0x00:
            if (
                stop >> 24 != 0x45
                or data[ip + 9] != 6
                or data[ip + 6] & 0x3F  # a fragment
                or data[ip + 7]
            ):
                return False
            tcp = ip + 20
            key = ip + 12
            stop = stop & 0xFFFF
            stop = ip + stop if stop else end  # 0: the card cuts it later (TSO)
        elif tag == 0x86 and data[kind + 1] == 0xDD:
            if end - ip < 60 or stop >> 28 != 6 or data[ip + 6] != 6:
                return False
            tcp = ip + 40
            key = ip + 8
            stop = word(data, ip + 4, little=False) >> 16
            stop = tcp + stop if stop else end
        else:
            return False
        first: i64 = data[tcp + 12]
        first = tcp + (first >> 4 << 2)
        if first < tcp + 20 or first > stop or stop > end:
            return False
        wanted = self._wanted
        ports: i64 = word(data, tcp, little=False)
        if len(wanted) and not wanted[ports >> 16] and not wanted[ports & 0xFFFF]:
            return False
        table = self._table
        if not table.earliest_ns <= ts_ns < table.latest_ns:
            return False  # time passes first, and who knows what is wanted then
        ends: i64 = 0
        stream: Stream | None = None
        if tcp - key == 8:
            ends = word(data, key, little=False) << 32 | word(data, key + 4, little=False)
            stream = table.near.find(ends, ports)
        said = b""
        if stream is None:
            said = data[key : tcp + 4]
            stream = table.streams.get(said)
            if stream is None:
                if self._bypass.shard is not None or said in self._bypass.keys:
                    return False  # perhaps nobody's, and another's to say so
            elif tcp - key == 8:
                table.near.put(stream, ends, ports)
        if stream is not None and stream.connection.pace == NEVER:
            return False
        if self._bypass.packets:
            self._taker.passed(self._bypass.last_ns)
            return self.take(data, begin, end, ts_ns, size)  # a connection may have ended meanwhile
        seq: i64 = word(data, tcp + 4, little=False)
        ack: i64 = word(data, tcp + 8, little=False)
        flags: i64 = data[tcp + 13]
        if stream is not None:
            if self._glide(stream, data, first, stop, ts_ns, seq, ack, flags, size):
                return True
            stream.packets += 1
            stream.connection.last_ns = ts_ns
            said = stream.key
        segment: Segment = (ts_ns, said, seq, ack, flags, data[first:stop], 0)
        self._taker.segment(segment, size, stream)
        return True

    def _glide(
        self,
        stream: Stream,
        data: bytes,
        first: i64,
        stop: i64,
        ts_ns: i64,
        seq: i64,
        ack: i64,
        flags: i64,
        size: i64,
    ) -> bool:
        """Take a segment if it is the plain next one, as `ConnectionTable.feed` does."""
        connection, peer = stream.connection, stream.peer
        if connection.pace != FAST or flags & PLAIN != ACK:
            return False
        next_seq: i64 = peer.next_seq
        seen: i64 = peer.delivered
        if ack != next_seq:
            behind: i64 = ((next_seq - ack + HALF) & MASK) - HALF
            if behind < 0:
                return False
            seen = seen - behind if behind <= seen else -1
        next_seq = stream.next_seq
        if first < stop and seq != next_seq:
            return False
        stream.packets += 1
        connection.last_ns = ts_ns
        self._taker.arrived(ts_ns, size)
        if first < stop:
            payload = data[first:stop]
            stream.remember(payload)
            self._taker.hear(stream, payload, ts_ns, seen)
        return True
