"""All hostile traffic as capture files, by name: about so many octets of each."""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.support.capture_files import pcap_bytes, pcapng_block
from tests.support.hostile.lines import lines
from tests.support.hostile.messages import messages
from tests.support.hostile.segments import packets

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.hostile.talk import Maker

Capture: TypeAlias = "Callable[[int], bytes]"
SECTION: Final = pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
INTERFACE: Final = pcapng_block(1, struct.pack("<HHI", 1, 0, 0))


def _file(maker: Maker, octets: int) -> bytes:
    return pcap_bytes(maker(octets))


def empty_records(octets: int) -> bytes:
    """Return a pcap file of packets without an octet."""
    return pcap_bytes([]) + struct.pack("<IIII", 1, 0, 0, 60) * (octets // 16)


def blocks(first: bytes, block: bytes, octets: int) -> bytes:
    """Return a pcapng file of one block again and again."""
    return first + block * (octets // len(block))


def captures() -> dict[str, Capture]:
    """Return what makes each file, by group and name."""
    made: dict[str, Capture] = {
        "file: empty records": empty_records,
        "file: empty blocks": partial(blocks, SECTION + INTERFACE, pcapng_block(3, b"\0\0\0\0")),
        "file: sections": partial(blocks, b"", SECTION),
        "file: interfaces": partial(blocks, SECTION, INTERFACE),
        "file: unknown blocks": partial(blocks, SECTION + INTERFACE, pcapng_block(99, b"")),
    }
    for group, makers in (("lines", lines()), ("mail", messages()), ("packets", packets())):
        for name, maker in makers.items():
            made[f"{group}: {name}"] = partial(_file, maker)
    return made
