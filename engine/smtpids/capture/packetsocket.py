"""An interface through a packet socket of Linux, with the standard library alone (packet(7)).

It serves where cypcap has no wheel. The order is: a socket that hears nothing yet, then the filter,
then the options, then the interface; any other order lets unfiltered frames in. The kernel takes
the outer VLAN tag off and tells it beside the frame; it is put back here. Loopback shows each
frame twice, going out and coming in; the former is left out, as libpcap does.
"""

from __future__ import annotations

import ctypes
import errno
import socket
from struct import Struct
from typing import TYPE_CHECKING

from smtpids.capture import bpf, bpf_program, linktypes
from smtpids.capture.interfaces import ANY, ETHERNET_HARDWARE, find_interface, list_interfaces
from smtpids.capture.live import BUFFER, NO_PERMISSION
from smtpids.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame

SNAPLEN = 262_144
#: An option of a socket is an int of C.
MOST_OCTETS = (1 << 31) - 1

# asm-generic/socket.h, linux/if_packet.h, linux/if_ether.h: not all are in the socket module.
SO_RCVBUFFORCE = 33
SO_ATTACH_FILTER = 26
SO_TIMESTAMPNS = 35
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
PACKET_FANOUT = 18
PACKET_FANOUT_HASH = 0
PACKET_FANOUT_FLAG_UNIQUEID = 0x2000
PACKET_FANOUT_FLAG_DEFRAG = 0x8000
PACKET_MR_PROMISC = 1
ETH_P_ALL = 3
TAG_IS_VALID = 1 << 4
TAG_TYPE_IS_VALID = 1 << 6

_auxiliary = Struct("=IIIHHHH")  # struct tpacket_auxdata
_stamp = Struct("@ll")
_statistics = Struct("=II")
_tag = Struct(">HH")
_fanout = Struct("=I")
#: Frames that may wait from the moment before the filter was attached.
MOST_UNFILTERED = 10_000
#: What is captured where there is no Ethernet header.
IP = frozenset({linktypes.IPV4, linktypes.IPV6})

ANCILLARY = socket.CMSG_SPACE(_auxiliary.size) + socket.CMSG_SPACE(_stamp.size)


class SocketHandle:
    """A `live.Handle` on a packet socket; `code` is a filter in place of that of `ports`."""

    def __init__(
        self,
        name: str,
        ports: frozenset[int],
        user_filter: str | None,
        *,
        any_port: bool,
        tunnels: bool,
        octets: int = BUFFER,
        code: list[bpf_program.Instruction] | None = None,
    ) -> None:
        if user_filter is not None:
            raise UsageError(
                f"filter {user_filter!r}: only libpcap compiles filters; "
                "install cypcap, or use --ports"
            )
        self.name = name
        self._octets = min(octets, MOST_OCTETS)
        hardware = 0 if name == ANY else find_interface(name, list_interfaces()).hardware
        self._is_ethernet = hardware in ETHERNET_HARDWARE
        code = code or bpf_program.program(
            ports, ethernet=self._is_ethernet, any_port=any_port, tunnels=tunnels
        )
        self._socket = self._open()
        try:
            self._attach(code)
            self._bind()
        except BaseException:
            self._socket.close()
            raise
        self._buffer = bytearray(SNAPLEN)
        self._view = memoryview(self._buffer)
        self._lost = 0

    def _open(self) -> socket.socket:
        kind = socket.SOCK_RAW if self._is_ethernet else socket.SOCK_DGRAM
        # `any` cannot be bound later, so it hears at once; `_bind` throws away what it heard.
        protocol = socket.htons(ETH_P_ALL) if self.name == ANY else 0
        try:
            return socket.socket(socket.AF_PACKET, kind | socket.SOCK_NONBLOCK, protocol)
        except PermissionError as error:
            raise CaptureError(self.name, NO_PERMISSION) from error
        except OSError as error:
            raise CaptureError(self.name, f"cannot capture: {error.strerror}") from error

    def _attach(self, code: list[bpf_program.Instruction]) -> None:
        octets = bpf_program.packed(code)
        memory = ctypes.create_string_buffer(octets, len(octets))
        array = Struct("@HP").pack(len(code), ctypes.addressof(memory))  # struct sock_fprog
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, array)
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, self._octets)
        except PermissionError:  # needs CAP_NET_ADMIN; the plain one is cut to rmem_max
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._octets)

    def _bind(self) -> None:
        if self.name == ANY:
            self._forget_unfiltered()
            return
        try:
            self._socket.bind((self.name, ETH_P_ALL))
            index = socket.if_nametoindex(self.name)
            request = Struct("=iHH8s").pack(index, PACKET_MR_PROMISC, 0, b"")
            self._socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
        except OSError as error:
            raise CaptureError(self.name, f"cannot capture: {error.strerror}") from error

    def _forget_unfiltered(self) -> None:
        for _ in range(MOST_UNFILTERED):
            try:
                self._socket.recv(1)
            except BlockingIOError:
                return

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def read(self, most: int) -> list[Frame]:
        """Return up to `most` frames that wait."""
        frames: list[Frame] = []
        receive = self._socket.recvmsg_into
        for _ in range(most):
            try:
                size, ancillary, _, address = receive((self._buffer,), ANCILLARY)
            except BlockingIOError:
                break
            except OSError as error:
                raise self._failed(error) from error
            _, ethertype, direction, hardware = address[:4]
            if direction == socket.PACKET_OUTGOING and hardware == 772:  # ARPHRD_LOOPBACK
                continue
            frame = self._frame(bytes(self._view[:size]), ethertype, ancillary)
            if frame is not None:
                frames.append(frame)
        return frames

    def _failed(self, error: OSError) -> CaptureError:
        if error.errno in {errno.ENETDOWN, errno.ENXIO, errno.ENODEV}:
            return CaptureError(self.name, "the interface went down or away")
        return CaptureError(self.name, f"the interface failed: {error.strerror}")

    def _frame(
        self, data: bytes, ethertype: int, ancillary: list[tuple[int, int, bytes]]
    ) -> Frame | None:
        ts_ns, tag = 0, b""
        for level, kind, octets in ancillary:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, *_, control, tag_type = _auxiliary.unpack_from(octets)
                if status & TAG_IS_VALID:
                    tag = _tag.pack(tag_type if status & TAG_TYPE_IS_VALID else 0x8100, control)
            elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _stamp.unpack_from(octets)
                ts_ns = seconds * 1_000_000_000 + nanoseconds
        if self._is_ethernet:
            return ts_ns, linktypes.ETHERNET, data[:12] + tag + data[12:] if tag else data
        for _ in range(bpf.TAGS_DEEP):  # tags behind the one that the kernel took
            if ethertype in linktypes.TAGS and len(data) > 4:
                ethertype, data = int.from_bytes(data[2:4], "big"), data[4:]
        return (ts_ns, linktypes.RAW, data) if ethertype in IP else None

    def join(self, group: int | None) -> int:
        """Share the interface with the sockets of a group, a new one if it is None; return it."""
        how = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG
        if group is None:
            how |= PACKET_FANOUT_FLAG_UNIQUEID
        try:
            option = _fanout.pack(how << 16 | (group or 0))
            self._socket.setsockopt(SOL_PACKET, PACKET_FANOUT, option)
            found = self._socket.getsockopt(SOL_PACKET, PACKET_FANOUT, _fanout.size)
        except OSError as error:
            message = f"cannot be shared by several workers: {error.strerror}; leave -j out"
            raise CaptureError(self.name, message) from error
        return int(_fanout.unpack(found)[0]) & 0xFFFF

    def dropped(self) -> int:
        """Return the frames that found the buffer full; the kernel's count resets when read."""
        octets = self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, _statistics.size)
        self._lost += _statistics.unpack(octets)[1]
        return self._lost

    def close(self) -> None:
        """Close the socket."""
        self._view.release()
        self._socket.close()
