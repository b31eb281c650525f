"""What a file is by its first octets: a capture, a compressed one, or something else.

Names lie, and rotated captures end in numbers; the first octets do not. The table of other things
is for the message alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So many octets are enough for every entry here.
ENOUGH = 8


class Kind(StrEnum):
    """What can be read."""

    PCAP = "pcap"
    PCAPNG = "pcapng"
    GZIP = "gzip"
    ZSTD = "zstd"


_KINDS: Mapping[bytes, Kind] = {
    b"\xd4\xc3\xb2\xa1": Kind.PCAP,
    b"\xa1\xb2\xc3\xd4": Kind.PCAP,
    b"\x4d\x3c\xb2\xa1": Kind.PCAP,
    b"\xa1\xb2\x3c\x4d": Kind.PCAP,
    b"\x0a\x0d\x0d\x0a": Kind.PCAPNG,
    b"\x1f\x8b\x08": Kind.GZIP,
    b"\x28\xb5\x2f\xfd": Kind.ZSTD,
    # A skippable frame (RFC 8878 3.1.2), with which parallel compressors begin.
    **{bytes((0x50 + low,)) + b"\x2a\x4d\x18": Kind.ZSTD for low in range(16)},
}

_OTHERS: Mapping[bytes, str] = {
    b"\x34\xcd\xb2\xa1": "a pcap file of Alexey Kuznetzov's kind; editcap can convert it",
    b"\xa1\xb2\xcd\x34": "a pcap file of Alexey Kuznetzov's kind; editcap can convert it",
    b"snoop\0": "a snoop capture; editcap can convert it",
    b"XCP\0": "a NetXray capture; editcap can convert it",
    b"GMBU": "a Network Monitor capture; editcap can convert it",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\xfd7zXZ\0": "xz-compressed; unpack it first",
    b"BZh": "bzip2-compressed; unpack it first",
    b"\x04\x22\x4d\x18": "lz4-compressed; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"Rar!": "a rar archive; unpack it first",
    b"SQLite": "an SQLite database",
    b"\x7fELF": "a program",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "XML or HTML",
    b"From ": "a mailbox",
    b"#!": "a script",
}


def kind_of(first: bytes) -> Kind | None:
    """Return what the first octets of a file announce, None if nothing that can be read."""
    return _KINDS.get(first[:4]) or _KINDS.get(first[:3])


def describe(first: bytes) -> str:
    """Return `starts with 50 4b 03 04: a zip archive` for octets that are no capture."""
    shown = first[:4].hex(" ")
    for start, name in _OTHERS.items():
        if first.startswith(start):
            return f"starts with {shown}: {name}"
    is_text = all(octet in b"\t\r\n" or 32 <= octet < 127 for octet in first)
    return f"starts with {shown}{': text' if is_text else ''}"
