"""The captures in a folder, in the order in which they were taken.

A rotating capture leaves files whose names sort by a counter that starts anew, so the time of the
first packet decides, and the name where that is equal or unknown. Folders inside are not entered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture.pcapfile import FileSource
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from pathlib import Path

#: Enough of a file for its first packet in the usual case.
PEEK = 16 * 1024
#: A file that is named like a capture is one, also when it is damaged: that must be said.
SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".ntar")
PACKED = (".gz", ".zst")
#: Later than any packet.
NEVER = 1 << 100


def captures_in(folder: Path) -> list[Path]:
    """Return the captures of a folder in time order; other files are passed over.

    Raises CaptureError if there is none.
    """
    try:
        files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        message = f"cannot list the folder: {error.strerror}"
        raise CaptureError(str(folder), message) from error
    timed = []
    for path in files:
        if not path.is_file():
            continue
        first_ns = first_time(path)
        if first_ns is not None:
            timed.append((first_ns, path.name, path))
    if not timed:
        raise CaptureError(str(folder), "holds no captures")
    return [path for _, _, path in sorted(timed)]


def first_time(path: Path) -> int | None:
    """Return the time of a capture's first packet, NEVER if it has none, None for other files."""
    source = FileSource(str(path), chunk=PEEK)
    try:
        for ts_ns, _, _ in source:
            return ts_ns
    except CaptureError:
        return NEVER if is_named_like_a_capture(path) else None
    finally:
        source.close()
    return NEVER


def is_named_like_a_capture(path: Path) -> bool:
    """Whether the name promises a capture, compressed or not."""
    name = path.name.lower()
    for suffix in PACKED:
        name = name.removesuffix(suffix)
    return name.endswith(SUFFIXES)
