"""Reads pcapng, the format of Wireshark: sections, interfaces, packets of three kinds of block.

https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html. A file may hold several sections,
each in its own byte order, and each section several interfaces, each with its link type and time
resolution: every frame gets those of its own interface. Blocks of other kinds (names, statistics,
comments, keys) are stepped over. dpkt reads one interface and no simple packets; where it does
read, it is the oracle of the tests.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from smtpids.capture.buffer import IDLE
from smtpids.capture.frames import PASSED, TICK
from smtpids.capture.passing import LINKS, Passer
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.capture.buffer import Buffer
    from smtpids.capture.bypass import Bypass
    from smtpids.capture.fast import Fast
    from smtpids.capture.frames import Frame, Interface

SECTION = 0x0A0D0D0A
INTERFACE = 1
OBSOLETE_PACKET = 2
SIMPLE_PACKET = 3
ENHANCED_PACKET = 6

#: if_tsresol and if_tsoffset (draft 4.2).
RESOLUTION = 9
OFFSET = 14

#: libpcap takes no larger block either.
MOST_BLOCK = 16 * 1024 * 1024
#: Interfaces of one section; a capture on every port of a large switch has hundreds.
MOST_INTERFACES = 10_000

BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}


def frames(
    name: str, buffer: Buffer, bypass: Bypass | None = None, fast: Fast | None = None
) -> Iterator[Frame]:
    """Yield the frames of a pcapng file; raise CaptureError where it is cut or damaged.

    With `bypass`, those that nobody wants are passed over; `fast` takes all that it can.
    """
    return Reader(name, buffer, bypass, fast).frames()


class Reader:
    """What is known of the file so far: byte order, interfaces, where the next block begins."""

    def __init__(
        self, name: str, buffer: Buffer, bypass: Bypass | None = None, fast: Fast | None = None
    ) -> None:
        self._name = name
        self._fast = fast
        self._bypass = bypass
        self._passers: dict[int, Passer] = {}
        self._buffer = buffer
        self._interfaces: list[Interface] = []
        self._last_ns = 0
        """Simple packet blocks have no time; they get that of the packet before them."""
        self._set_order("<")

    def _set_order(self, order: str) -> None:
        self._order = order
        self._head = Struct(f"{order}II").unpack_from
        self._enhanced = Struct(f"{order}IIIIIII").unpack_from
        self._obsolete = Struct(f"{order}HHIIII").unpack_from

    def frames(self) -> Iterator[Frame]:
        """Yield the frames; enhanced packets, of which files consist, are read in place."""
        buffer, bypass, fast = self._buffer, self._bypass, self._fast
        data, pos, size, count = buffer.data, buffer.pos, len(buffer.data), 0
        try:
            while True:
                if fast is not None:
                    pos = fast.run_blocks(data, pos, self._order, self._interfaces)
                    if fast.count:
                        self._last_ns = fast.last_ns
                        count += fast.count
                if pos + 32 <= size:
                    kind, length, index, high, low, captured, _ = self._enhanced(data, pos)
                    end, start = pos + length, pos + 28
                    if (
                        kind == ENHANCED_PACKET
                        and end <= size
                        and start + captured <= end - 4
                        and index < len(self._interfaces)
                        and data[pos + 4 : pos + 8] == data[end - 4 : end]
                    ):
                        linktype, _, multiplier, divisor, offset = self._interfaces[index]
                        ts_ns = (high << 32 | low) * multiplier // divisor + offset
                        self._last_ns = ts_ns
                        pos = end
                        count += 1
                        if bypass is not None:
                            passer = self._passer(bypass, linktype)
                            if passer is not None and passer.one(ts_ns, data, start, captured):
                                if passer.due:
                                    yield ts_ns, PASSED, b""
                                continue
                            if bypass.packets:
                                yield bypass.last_ns, PASSED, b""
                        yield ts_ns, linktype, data[start : start + captured]
                        continue
                buffer.pos, buffer.records = pos, count
                block = self._next_block()
                if block is None and not buffer.growing:
                    return
                frame = IDLE if block is None else self._other(*block)
                data, pos, size = buffer.data, buffer.pos, len(buffer.data)
                if frame is not None:
                    count += frame[1] != TICK
                    yield frame
        finally:
            buffer.records = count

    def _passer(self, bypass: Bypass, linktype: int) -> Passer | None:
        """Return what passes over packets of a link type, if there is anything to pass over."""
        if not bypass.is_asked() or linktype not in LINKS:
            return None
        passer = self._passers.get(linktype)
        if passer is None:
            passer = self._passers[linktype] = Passer(bypass, linktype)
        return passer

    def _other(self, kind: int, start: int, end: int) -> Frame | None:
        """Use a block and step over it, save an enhanced packet, which is wholly there now."""
        buffer = self._buffer
        if kind == ENHANCED_PACKET:
            self._check_enhanced(start, end)
            return None
        frame = None
        if kind == SECTION:
            self._begin_section(start, end)
        elif kind == INTERFACE:
            self._add_interface(start, end)
        elif kind == SIMPLE_PACKET:
            frame = self._simple_packet(start, end)
        elif kind == OBSOLETE_PACKET:
            frame = self._obsolete_packet(start, end)
        buffer.pos = end + 4
        return frame

    def _next_block(self) -> tuple[int, int, int] | None:
        """Have the next block in the window: kind, begin and end of its body.

        None at the end, and where a growing file has no whole block for now.
        """
        buffer = self._buffer
        if not buffer.fill(12):
            if buffer.left == 0 or buffer.stopped or buffer.growing:
                return None
            raise self._cut(12)
        kind, length = self._head(buffer.data, buffer.pos)
        if kind == SECTION:
            order = BYTE_ORDERS.get(buffer.data[buffer.pos + 8 : buffer.pos + 12])
            if order is None:
                raise self._damaged("a section has no byte order mark")
            self._set_order(order)
            kind, length = self._head(buffer.data, buffer.pos)
        if length < 12 or length % 4 or length > MOST_BLOCK:
            raise self._damaged(f"a block claims {length} octets")
        if not buffer.fill(length):
            if buffer.stopped or buffer.growing:
                return None
            raise self._cut(length)
        end = buffer.pos + length - 4
        if buffer.data[end : end + 4] != buffer.data[buffer.pos + 4 : buffer.pos + 8]:
            raise self._damaged("the two lengths of a block differ")
        return kind, buffer.pos + 8, end

    def _check_enhanced(self, start: int, end: int) -> None:
        if end - start < 20:
            raise self._damaged("a packet block is too short")
        index, _, _, captured = Struct(f"{self._order}IIII").unpack_from(self._buffer.data, start)
        self._check_packet(index, captured, end - start - 20)

    def _check_packet(self, index: int, captured: int, room: int) -> None:
        if index >= len(self._interfaces):
            raise self._damaged(f"a packet names interface {index} of {len(self._interfaces)}")
        if captured > room:
            raise self._damaged(f"a packet claims {captured} octets in a block that holds {room}")

    def _begin_section(self, start: int, end: int) -> None:
        if end - start < 16:
            raise self._damaged("a section header is too short")
        (major,) = Struct(f"{self._order}H").unpack_from(self._buffer.data, start + 4)
        if major != 1:
            raise self._damaged(f"pcapng version {major} is not known")
        self._interfaces = []

    def _add_interface(self, start: int, end: int) -> None:
        if end - start < 8:
            raise self._damaged("an interface block is too short")
        if len(self._interfaces) == MOST_INTERFACES:
            raise self._damaged(f"more than {MOST_INTERFACES} interfaces")
        data = self._buffer.data
        linktype, _, snaplen = Struct(f"{self._order}HHI").unpack_from(data, start)
        options = self._options(data, start + 8, end)
        resolution = options.get(RESOLUTION, b"\x06")[:1] or b"\x06"
        multiplier, divisor = _scale(resolution[0])
        seconds = options.get(OFFSET, b"")
        offset: int = Struct(f"{self._order}q").unpack(seconds)[0] if len(seconds) == 8 else 0
        self._interfaces.append((linktype, snaplen, multiplier, divisor, offset * 1_000_000_000))

    def _options(self, data: bytes, pos: int, end: int) -> dict[int, bytes]:
        """Return code and value of the options in a block; the first of a code stands."""
        options: dict[int, bytes] = {}
        unpack = Struct(f"{self._order}HH").unpack_from
        while pos + 4 <= end:
            code, length = unpack(data, pos)
            pos += 4
            if code == 0 or pos + length > end:
                break
            options.setdefault(code, data[pos : pos + length])
            pos += length + -length % 4
        return options

    def _simple_packet(self, start: int, end: int) -> Frame:
        """A packet of the first interface, cut by its snaplen, without a time (draft 4.4)."""
        if not self._interfaces or end - start < 4:
            raise self._damaged("a simple packet has no interface")
        linktype, snaplen, *_ = self._interfaces[0]
        (wire,) = Struct(f"{self._order}I").unpack_from(self._buffer.data, start)
        length = min(wire, snaplen or wire, end - start - 4)
        return self._last_ns, linktype, self._buffer.data[start + 4 : start + 4 + length]

    def _obsolete_packet(self, start: int, end: int) -> Frame:
        """The packet block of the first drafts (draft appendix A)."""
        if end - start < 20:
            raise self._damaged("a packet block is too short")
        index, _, high, low, captured, _ = self._obsolete(self._buffer.data, start)
        self._check_packet(index, captured, end - start - 20)
        linktype, _, multiplier, divisor, offset = self._interfaces[index]
        self._last_ns = (high << 32 | low) * multiplier // divisor + offset
        return self._last_ns, linktype, self._buffer.data[start + 20 : start + 20 + captured]

    def _cut(self, needed: int) -> CaptureError:
        buffer = self._buffer
        return CaptureError(
            self._name,
            f"the file ends inside a block (it needs {needed} octets, {buffer.left} are there); "
            f"{self._buffer.records} packets before it were read",
            offset=buffer.offset,
        )

    def _damaged(self, what: str) -> CaptureError:
        return CaptureError(
            self._name,
            f"{what}: the file is damaged here; {self._buffer.records} packets before it were read",
            offset=self._buffer.offset,
        )


def _scale(resolution: int) -> tuple[int, int]:
    """Return multiplier and divisor that make nanoseconds of ticks (draft 4.2, if_tsresol)."""
    exponent = resolution & 0x7F
    if resolution & 0x80:
        return 1_000_000_000, 1 << exponent
    return (10 ** (9 - exponent), 1) if exponent <= 9 else (1, 10 ** (exponent - 9))
