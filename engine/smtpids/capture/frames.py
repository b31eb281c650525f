"""What a source of packets gives, and what the decoder makes of it.

Both are plain tuples: they are the two things made for every packet, and a tuple is the
cheapest record Python has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Frame: TypeAlias = tuple[int, int, bytes]
"""(ts_ns, linktype, data): nanoseconds since 1970, LINKTYPE_ value of pcap, captured octets."""

TICK = -1
"""The link type of a frame that holds no packet: a live source gives one with the present time
at least every half second, so that timeouts expire when the line is quiet."""

PASSED = -2
"""The link type of a frame that stands for packets which a file has and nobody wants; its time is
that of the last of them, and `Bypass` counts them."""

Segment: TypeAlias = tuple[int, bytes, int, int, int, bytes, int]
"""(ts_ns, key, seq, ack, flags, payload, missing).

`key` is source address, destination address, source port, destination port as they stand in the
packet: 12 octets for IPv4, 36 for IPv6. It names one direction of a connection.
`missing` counts octets that were on the wire behind `payload` and are not in the capture (snaplen).
"""

Interface: TypeAlias = tuple[int, int, int, int, int]
"""One of a pcapng file: (linktype, snaplen, multiplier, divisor, offset).

Nanoseconds are ts * multiplier // divisor + offset.
"""

# The flags of RFC 9293 3.1, as in the 14th octet of the header.
FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
PSH: Final = 0x08
ACK: Final = 0x10
URG: Final = 0x20


class Source(Protocol):
    """Where frames come from: a file, a folder, standard input, an interface."""

    name: str
    """The file's path, `-`, or the interface."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order; raise CaptureError where the input is damaged, after
        every frame before the damage."""

    def stop(self) -> None:
        """End the iteration soon (from a signal handler)."""

    def close(self) -> None:
        """Give back files and handles."""

    @property
    def received(self) -> int:
        """Frames that the source took from the wire or the file so far."""

    @property
    def dropped(self) -> int:
        """Frames that the kernel or the interface lost so far; 0 for files."""
