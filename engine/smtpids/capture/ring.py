"""A packet socket whose frames come through memory that is shared with the kernel (TPACKET_V3).

It serves where several processes share an interface, and where frames are taken where they stand
(`ringblock.py`). A call for each frame is spared, and what has been read is marked in the shared
memory itself: a process that takes over from one that was killed finds there where that one had
come to, and what came since. (libpcap keeps it to itself.)

The kernel fills one block after the other, and hands a block over when it is full or BLOCK_NS old.
Documentation/networking/packet_mmap.rst has the layout, linux/if_packet.h the numbers.
"""

from __future__ import annotations

import mmap
import socket
from struct import Struct
from typing import TYPE_CHECKING, Final

from smtpids.capture import bpf, linktypes
from smtpids.capture.interfaces import ANY
from smtpids.capture.live import BLOCK_NS, BUFFER
from smtpids.capture.packetsocket import (
    IP,
    MOST_OCTETS,
    SOL_PACKET,
    TAG_IS_VALID,
    TAG_TYPE_IS_VALID,
    SocketHandle,
)
from smtpids.capture.ringblock import RingBlock
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from smtpids.capture.bpf_program import Instruction
    from smtpids.capture.fast import Fast
    from smtpids.capture.frames import Frame

PACKET_RX_RING: Final = 5
PACKET_VERSION: Final = 10
TPACKET_V3: Final = 2
#: A block holds the longest frame, which offloading makes.
BLOCK: Final = 1 << 20
#: While the kernel fills one, another can be read.
LEAST_BLOCKS: Final = 2
#: The least room that a frame takes; the kernel wants to know.
FRAME: Final = 2048

#: struct tpacket_req3.
_request = Struct("=7I")
#: struct tpacket_block_desc: status, frames, offset of the first one, octets in use, number of the
#: block.
_block = Struct("=8xIIIIQ").unpack_from
#: struct tpacket3_hdr, and struct sockaddr_ll behind it: offset of the next frame, seconds,
#: nanoseconds, length, status, offset of the frame; tag, its type; ethertype, hardware, direction.
_frame = Struct("=IIII4xIH6xIH12xH4xHB").unpack_from
_status = Struct("=I").pack_into
STATUS_AT: Final = 8
#: Of a block: it is ours to read, or the kernel's to fill.
OURS: Final = 1
KERNELS: Final = 0
LOOPBACK: Final = 772  # ARPHRD_LOOPBACK


class RingRefusedError(CaptureError):
    """The kernel has no such ring: it is older than 3.2, or none of Linux itself."""


class RingHandle(SocketHandle):
    """A `live.Handle` on a packet socket with a ring."""

    def __init__(
        self,
        name: str,
        ports: frozenset[int],
        code: list[Instruction] | None = None,
        *,
        any_port: bool,
        tunnels: bool,
        octets: int = BUFFER,
    ) -> None:
        self._ring: mmap.mmap | None = None
        self._blocks = max(min(octets, MOST_OCTETS) // BLOCK, LEAST_BLOCKS)
        super().__init__(
            name, ports, None, any_port=any_port, tunnels=tunnels, octets=octets, code=code
        )
        self._at = -1
        """The block to be read next; -1 until it was looked for."""
        self._left = 0
        """Frames of it that were not read yet."""
        self._next = 0
        """Where the first of them is."""
        self._used = 0
        """Octets of the block that are in use."""
        self._copy: RingBlock | None = None
        """The block, if it is one that `give` has begun with."""

    def _attach(self, code: list[Instruction]) -> None:
        super()._attach(code)
        blocks, frames = self._blocks, BLOCK // FRAME * self._blocks
        request = _request.pack(BLOCK, blocks, FRAME, frames, BLOCK_NS // 1_000_000, 0, 0)
        try:
            self._socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
        except OSError as error:
            message = f"the kernel has no ring of TPACKET_V3: {error.strerror}"
            raise RingRefusedError(self.name, message) from error
        try:
            self._socket.setsockopt(SOL_PACKET, PACKET_RX_RING, request)
            self._ring = mmap.mmap(self._socket.fileno(), BLOCK * blocks)
        except OSError as error:
            message = f"no memory can be shared with the kernel: {error.strerror}"
            raise CaptureError(self.name, message) from error

    def _bind(self) -> None:
        if self.name != ANY:  # what came before the filter is older than the group
            super()._bind()

    def read(self, most: int) -> list[Frame]:
        """Return up to `most` frames that wait."""
        frames: list[Frame] = []
        ring = self._ring
        if ring is None:
            return frames
        if self._at < 0:
            self._at = _place(ring, self._blocks)
        while len(frames) < most:
            start = self._at * BLOCK
            if not self._left:
                status, count, first, self._used, _ = _block(ring, start)
                if not status & OURS:
                    break
                self._left, self._next = count, start + first
            self._read_block(ring, most - len(frames), frames)
            if not self._left:
                _status(ring, start + STATUS_AT, KERNELS)
                self._at = (self._at + 1) % self._blocks
        return frames or self._failure()

    @property
    def is_fast(self) -> bool:
        """Whether frames may be taken by `give`."""
        return self._is_ethernet

    def give(self, fast: Fast, most: int, since_ns: int) -> int:
        """Give up to `most` frames that wait and are not older than `since_ns`; say how many."""
        ring, count = self._ring, 0
        if ring is None:
            return 0
        if self._at < 0:
            self._at = _place(ring, self._blocks)
        while count < most:
            start = self._at * BLOCK
            if not self._left:
                status, self._left, first, self._used, _ = _block(ring, start)
                if not status & OURS:
                    self._left = 0
                    break
                self._next = start + first
            block = self._copy
            if block is None:
                block = RingBlock(ring[start : start + self._used], self._next - start, self._left)
                self._copy = block
            count += block.give(fast, most - count, since_ns)
            self._left, self._next = block.left, start + block.at
            if not self._left:
                self._copy = None
                _status(ring, start + STATUS_AT, KERNELS)
                self._at = (self._at + 1) % self._blocks
        if not count:
            self._failure()
        return count

    def _read_block(self, ring: mmap.mmap, most: int, frames: list[Frame]) -> None:
        """Read frames of the block at hand."""
        at, is_ethernet = self._next, self._is_ethernet
        count = min(self._left, most)
        self._left -= count
        self._copy = None
        for _ in range(count):
            step, seconds, fraction, size, status, offset, tag, tag_type, kind, hardware, way = (
                _frame(ring, at)
            )
            begin = at + offset
            at += step
            if way == socket.PACKET_OUTGOING and hardware == LOOPBACK:
                continue
            data = ring[begin : begin + size]
            ts_ns = seconds * 1_000_000_000 + fraction
            if is_ethernet:
                if status & TAG_IS_VALID:
                    shown = tag_type if status & TAG_TYPE_IS_VALID else 0x8100
                    octets = shown.to_bytes(2, "big") + (tag & 0xFFFF).to_bytes(2, "big")
                    data = data[:12] + octets + data[12:]
                frames.append((ts_ns, linktypes.ETHERNET, data))
                continue
            ethertype = socket.ntohs(kind)
            for _ in range(bpf.TAGS_DEEP):  # tags behind the one that the kernel took
                if ethertype in linktypes.TAGS and len(data) > 4:
                    ethertype, data = int.from_bytes(data[2:4], "big"), data[4:]
            if ethertype in IP:
                frames.append((ts_ns, linktypes.RAW, data))
        self._next = at

    def _failure(self) -> list[Frame]:
        """Return no frames; CaptureError if that is so because the interface is gone."""
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise self._failed(OSError(error, ""))
        return []

    def close(self) -> None:
        """Give the memory back and close the socket."""
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        super().close()


def _place(ring: mmap.mmap, blocks: int) -> int:
    """Return the block to be read next: the oldest that is ours, else the one being filled."""
    statuses: list[int] = []
    numbers: list[int] = []
    for index in range(blocks):
        status, _, _, _, number = _block(ring, index * BLOCK)
        statuses.append(status)
        numbers.append(number)
    ours = [index for index in range(blocks) if statuses[index] & OURS]
    if ours:
        return min(ours, key=numbers.__getitem__)
    return max(range(blocks), key=numbers.__getitem__)
