"""Recording a capture file while a scene plays.

tcpdump writes pcap, dumpcap writes pcapng; both take whole packets and write each at once. The
file's name says what it shall be: `.pcap` or `.pcapng`, and `.gz` or `.zst` behind it.
"""

from __future__ import annotations

import contextlib
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pcaps.record.machines import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pcaps.record.machines import Machine

LIMIT = 100_000
"""The most octets that a capture may have: they are kept with the project's sources."""


@dataclass(frozen=True)
class Capture:
    """Where and how to record: which machine's which interfaces, with which options."""

    at_server: bool = False
    interfaces: tuple[str, ...] = ("wire",)
    options: tuple[str, ...] = ()
    only: str = "tcp"
    """A filter in the words of libpcap."""
    limit: int = LIMIT


@contextlib.contextmanager
def recording(machine: Machine, how: Capture, target: Path) -> Iterator[None]:
    """Record into `target` while the block runs and until the last connection is closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        raw = Path(folder, target.name.removesuffix(".gz").removesuffix(".zst"))
        words = Path(folder, "words")
        with words.open("wb") as said, machine.running(_command(how, raw), said):
            wait_for(lambda: raw.exists() and b"n" in words.read_bytes(), "the capture to begin")
            # the file may be there a moment before the socket is
            time.sleep(0.3)
            yield
            wait_for(machine.quiet, "the connections to be closed")
            time.sleep(0.3)
        _was_complete(words.read_text())
        if raw.suffix == ".pcapng":
            raw.write_bytes(without_machine(raw.read_bytes()))
        _compress(raw, target)
    if target.stat().st_size > how.limit:
        raise RuntimeError(f"{target.name} is larger than {how.limit} octets")


def _command(how: Capture, raw: Path) -> list[str]:
    interfaces = [word for name in how.interfaces for word in ("-i", name)]
    if raw.suffix == ".pcapng":
        # the filter first: behind an interface it would be that one's alone
        return ["dumpcap", "-q", "-f", how.only, *interfaces, *how.options, "-w", str(raw)]
    always = ["-n", "-U", "-s", "0", "-Z", "root", "--immediate-mode"]
    return ["tcpdump", *always, *interfaces, *how.options, "-w", str(raw), how.only]


def _was_complete(words: str) -> None:
    """Refuse a capture of which the tool says that it lost packets."""
    for line in words.splitlines():
        lost = line.endswith("packets dropped by kernel") and not line.startswith("0 ")
        if lost or ("/dropped on interface" in line and "/0 (" not in line):
            raise RuntimeError(f"not all packets are in the capture: {line}")


def _compress(raw: Path, target: Path) -> None:
    if target.suffix == ".gz":
        # -n: neither name nor time of the raw file
        target.write_bytes(
            subprocess.run(["gzip", "-9nc", str(raw)], check=True, capture_output=True).stdout
        )
    elif target.suffix == ".zst":
        target.write_bytes(
            subprocess.run(["zstd", "-19qc", str(raw)], check=True, capture_output=True).stdout
        )
    else:
        target.write_bytes(raw.read_bytes())


KEPT = {0x0A0D0D0A: (16, frozenset({1})), 1: (8, frozenset({2, 9, 11}))}
"""Section and interface blocks: how long they are before their options, and which of these stay.

They are the section's comment and the interface's name, time resolution and filter.
"""


def without_machine(octets: bytes) -> bytes:
    """Return a pcapng file without the options that describe the recording machine.

    dumpcap writes processor and kernel into the section and interface blocks; packets and all
    other blocks stay as they are. dumpcap writes in this machine's byte order, little-endian here.
    """
    out, at = bytearray(), 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        body = octets[at + 8 : at + length - 4]
        if kind in KEPT:
            fixed, kept = KEPT[kind]
            body = body[:fixed] + _only(kept, body[fixed:])
        out += struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
        at += length
    return bytes(out)


def _only(kept: frozenset[int], options: bytes) -> bytes:
    out, at = bytearray(), 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from("<HH", options, at)
        padded = 4 + (length + 3) // 4 * 4
        if code in kept:
            out += options[at : at + padded]
        at += padded
    # the end of options is only written where there are some
    return bytes(out) + b"\0\0\0\0" if out else b""
