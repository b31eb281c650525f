"""Entries for tests of outputs: numbered, so that what arrived can be read off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.outputs.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable


def entry(number: int, size: int = 0) -> Entry:
    """Return an entry whose id is its number; its line has at least `size` octets."""
    line = b'{"n":%d}' % number
    return Entry(line.ljust(size - 1) + b"\n", str(number), number, "alert", 73, "192.0.2.1")


def entries(*numbers: int) -> list[Entry]:
    """Return an entry for each number."""
    return [entry(number) for number in numbers]


def ids(found: Iterable[Entry]) -> list[int]:
    """Return the numbers of entries; -1 for one whose id is none."""
    return [int(one.id) if len(one.id) < 20 else -1 for one in found]
