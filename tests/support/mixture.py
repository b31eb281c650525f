"""Many conversations at once, as awkward as a capture can have them: one file for all workers.

The recorded captures are replayed between other ends and at other times, on top of each other. Some
stop amid a session and time out, some last an hour, some lose packets; some come in IPv4 fragments,
in GRE or behind a VLAN tag.
"""

from __future__ import annotations

import random  # noqa: TID251 -- seeded: the same number makes the same octets
import struct
from functools import cache
from typing import TYPE_CHECKING

from smtpids.capture import file_sources
from smtpids.config import SECOND
from tests.support.engine import captures
from tests.support.wire import pcap_bytes

if TYPE_CHECKING:
    from smtpids.capture import Frame

ETHERNET = 1
IPV4 = b"\x08\0"
BEGIN_NS = 1_700_000_000 * SECOND
WAYS = ("plain", "plain", "plain", "plain", "fragments", "gre", "vlan")


@cache
def recorded() -> tuple[tuple[Frame, ...], ...]:
    """Return the frames of the captures that are of Ethernet."""
    found = (tuple(file_sources([str(path)])[0]) for path in captures())
    return tuple(frames for frames in found if frames and frames[0][1] == ETHERNET)


def mixture(seed: int, conversations: int, seconds: int) -> bytes:
    """Return a pcap file of so many conversations that begin within so many seconds."""
    draw = random.Random(seed)
    frames: list[tuple[int, int, bytes]] = []
    for number in range(conversations):
        frames += [(ts_ns, number, data) for ts_ns, data in _replayed(draw, number, seconds)]
    frames.sort(key=lambda frame: frame[:2])
    return pcap_bytes([(ts_ns, ETHERNET, data) for ts_ns, _, data in frames])


def _replayed(draw: random.Random, number: int, seconds: int) -> list[tuple[int, bytes]]:
    source = draw.choice(recorded())
    begin = BEGIN_NS + draw.randrange(seconds * 10) * SECOND // 10
    most = len(source) if draw.random() < 0.6 else draw.randrange(1, len(source) + 1)
    way, stretch = draw.choice(WAYS), draw.choice((1, 1, 50, 1000))
    loss = draw.choice((0.0, 0.0, 0.0, 0.1))
    client, port = draw.randrange(1, 30), draw.randrange(20_000)
    replayed: list[tuple[int, bytes]] = []
    for ts_ns, _, data in source[:most]:
        if draw.random() < loss:
            continue
        frames = [data]
        if data[12:14] == IPV4 and len(data) >= 54:
            torn = way != "fragments" or draw.random() < 0.5  # not all packets of a connection
            frames = _in_its_way(way if torn else "plain", _between(data, client, port), number)
        now = begin + (ts_ns - source[0][0]) * stretch // 1000 * 1000
        replayed += [(now + at * 1000, frame) for at, frame in enumerate(frames)]
    return replayed


def _between(data: bytes, client: int, port: int) -> bytes:
    """Return a packet between other ends, the server's port being the same."""
    changed = bytearray(data)
    changed[28] = changed[32] = client
    for at in (34, 36):
        (known,) = struct.unpack_from(">H", data, at)
        if known > 10_000:
            struct.pack_into(">H", changed, at, 10_000 + (known + port) % 50_000)
    return bytes(changed)


def _in_its_way(way: str, data: bytes, number: int) -> list[bytes]:
    head, packet = data[:12], data[14:]
    if way == "vlan":
        return [head + b"\x81\0\0\7" + data[12:]]
    if way == "gre":
        size = 24 + len(packet)
        outer = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 47, 0, b"\n\0\0\1", b"\n\0\0\2"
        )
        return [head + IPV4 + outer + b"\0\0" + IPV4 + packet]
    (size,) = struct.unpack_from(">H", packet, 2)
    body = packet[20:size]
    cut = len(body) // 2 // 8 * 8
    if way != "fragments" or packet[0] != 0x45 or not cut:
        return [data]
    return [
        head + IPV4 + _fragment(packet, number, 0, body[:cut], more=True),
        head + IPV4 + _fragment(packet, number, cut, body[cut:], more=False),
    ]


def _fragment(packet: bytes, number: int, start: int, body: bytes, *, more: bool) -> bytes:
    header = bytearray(packet[:20])
    struct.pack_into(">H", header, 2, 20 + len(body))
    struct.pack_into(">H", header, 4, number & 0xFFFF)
    struct.pack_into(">H", header, 6, (0x2000 if more else 0) | start // 8)
    return bytes(header) + body
