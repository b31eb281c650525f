"""Writes capture files: pcap and pcapng, both byte orders, microseconds and nanoseconds."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from smtpids.capture.frames import Frame

SNAPLEN = 262_144


def pcap_bytes(
    frames: Sequence[Frame],
    *,
    nano: bool = False,
    big_endian: bool = False,
    snaplen: int = SNAPLEN,
) -> bytes:
    """Return a pcap file of `frames`, which must be of one link type, cut at `snaplen`."""
    order = ">" if big_endian else "<"
    linktype = frames[0][1] if frames else 1
    unit = 1 if nano else 1000
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snaplen, linktype)]
    for ts_ns, kind, data in frames:
        assert kind == linktype, "a pcap file has one link type"
        seconds, rest = divmod(ts_ns, 1_000_000_000)
        cut = data[:snaplen]
        out += (struct.pack(f"{order}IIII", seconds, rest // unit, len(cut), len(data)), cut)
    return b"".join(out)


def pcapng_block(kind: int, body: bytes, *, big_endian: bool = False) -> bytes:
    """Return one pcapng block, padded and with both lengths."""
    order = ">" if big_endian else "<"
    body += b"\0" * (-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def pcapng_bytes(
    frames: Sequence[Frame],
    *,
    nano: bool = True,
    big_endian: bool = False,
    snaplen: int = SNAPLEN,
) -> bytes:
    """Return a pcapng file: one section, one interface for each link type of `frames`."""
    order = ">" if big_endian else "<"
    unit = 1 if nano else 1000
    section = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    out = [pcapng_block(0x0A0D0D0A, section, big_endian=big_endian)]
    interfaces: dict[int, int] = {}
    for ts_ns, linktype, data in frames:
        if linktype not in interfaces:
            interfaces[linktype] = len(interfaces)
            # if_tsresol is option 9: a power of ten
            options = struct.pack(f"{order}HHB3xHH", 9, 1, 9 if nano else 6, 0, 0)
            body = struct.pack(f"{order}HHI", linktype, 0, snaplen) + options
            out.append(pcapng_block(1, body, big_endian=big_endian))
        cut = data[:snaplen]
        high, low = divmod(ts_ns // unit, 1 << 32)
        fields = (interfaces[linktype], high, low, len(cut), len(data))
        body = struct.pack(f"{order}IIIII", *fields) + cut
        out.append(pcapng_block(6, body, big_endian=big_endian))
    return b"".join(out)


def write_pcap(
    path: Path,
    frames: Sequence[Frame],
    *,
    nano: bool = False,
    big_endian: bool = False,
    snaplen: int = SNAPLEN,
) -> Path:
    """Write `frames` as a pcap file and return its path."""
    path.write_bytes(pcap_bytes(frames, nano=nano, big_endian=big_endian, snaplen=snaplen))
    return path


def write_pcapng(
    path: Path,
    frames: Sequence[Frame],
    *,
    nano: bool = True,
    big_endian: bool = False,
    snaplen: int = SNAPLEN,
) -> Path:
    """Write `frames` as a pcapng file and return its path."""
    path.write_bytes(pcapng_bytes(frames, nano=nano, big_endian=big_endian, snaplen=snaplen))
    return path
