"""Changes octets as somebody would who knows what is in them: words, lengths, blocks, records.

A mutation of octets takes a few small steps from the table at the end. Most are local; some make
much of little (a block a thousand times), because what is quadratic shows only then.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from tests.fuzz import scripts
from tests.fuzz.scripts import Record
from tests.fuzz.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random  # noqa: TID251 -- a type: who makes one says the seed

#: Octets of the largest input, but for those that are made to be large.
USUAL: Final = 24 * 1024
LARGE: Final = 192 * 1024
HUGE: Final = 1024 * 1024
#: Values at which lengths and numbers break.
EDGES: Final = (0, 1, 2, 3, 4, 7, 8, 63, 64, 127, 128, 255, 256, 511, 512, 1000, 1024, 4096)
EDGES_16: Final = (0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
NUMBER: Final = re.compile(rb"\d{1,20}")


class Mutator:
    """Makes one input of another; `words` are the dictionary, `others` what may be spliced in."""

    def __init__(self, lots: Random, words: Sequence[bytes] = WORDS) -> None:
        self.lots = lots
        self.words = words

    def octets(self, data: bytes, others: Sequence[bytes]) -> bytes:
        """Return `data` after one to six steps, rarely blown up."""
        lots = self.lots
        for _ in range(1 + min(int(lots.expovariate(0.5)), 5)):
            data = lots.choice(STEPS)(self, data, others)
            if len(data) > USUAL:
                start = lots.randrange(len(data) - USUAL)
                data = data[:64] + data[start : start + USUAL]
        chance = lots.random()
        if chance < 0.004:
            return self.blown_up(data, HUGE)
        return self.blown_up(data, LARGE) if chance < 0.03 else data

    def script(self, data: bytes, others: Sequence[bytes]) -> bytes:
        """Return a script with some of its records changed."""
        lots = self.lots
        settings, records = scripts.decode(data)
        if lots.random() < 0.1:
            settings ^= 1 << lots.randrange(8)
        for _ in range(1 + min(int(lots.expovariate(0.4)), 7)):
            records = self._records(records, others)
        size = 0
        kept: list[Record] = []
        for record in records:
            size += len(record.payload)
            if size <= 2 * USUAL:
                kept.append(record)
        if kept and lots.random() < 0.02:
            at = lots.randrange(len(kept))
            most = HUGE if lots.random() < 0.15 else LARGE
            act, payload = kept[at]
            if lots.random() < 0.3:
                count = min(most // (len(payload) + 40), 4_000)
                kept[at : at + 1] = [Record(act, payload)] * count
            else:
                kept[at] = Record(act, self.blown_up(payload, most))
        return scripts.encode(settings, kept)

    def blown_up(self, data: bytes, most: int) -> bytes:
        """Return `data` with one block of it, or one word, many times over."""
        lots = self.lots
        start, end = self.span(data, 80)
        block = lots.choice((data[start:end], self.word(), self.word() + data[start:end]))
        if not block:
            return data
        count = max((most - len(data)) // len(block), 1)
        return data[:start] + block * count + data[end:]

    # What steps are made of.

    def word(self) -> bytes:
        """Return a word of the dictionary."""
        return self.lots.choice(self.words)

    def place(self, data: bytes) -> int:
        """Return a place in `data`, often the start of a line."""
        lots = self.lots
        place = lots.randrange(len(data) + 1)
        if lots.random() < 0.4:
            line = data.find(b"\n", place)
            return line + 1 if line >= 0 else place
        return place

    def span(self, data: bytes, most: int = 400) -> tuple[int, int]:
        """Return begin and end of a block in `data`, often of whole lines."""
        start = self.place(data)
        if self.lots.random() < 0.3:
            line = data.find(b"\n", start)
            return start, line + 1 if line >= 0 else len(data)
        return start, min(start + int(self.lots.triangular(1, most, 4)), len(data))

    def number(self) -> int:
        """Return a number at which something may break."""
        lots = self.lots
        return lots.choice(EDGES + EDGES_16) if lots.random() < 0.7 else lots.randrange(1 << 16)

    def _records(self, records: list[Record], others: Sequence[bytes]) -> list[Record]:
        lots = self.lots
        chance = lots.random()
        if not records or chance < 0.08:
            _, more = scripts.decode(lots.choice(others))
            at, start = lots.randrange(len(records) + 1), lots.randrange(len(more) + 1)
            return records[:at] + more[start : start + lots.choice((1, 2, 5, 50))] + records[at:]
        at = lots.randrange(len(records))
        act, payload = records[at]
        if chance < 0.55:
            pool = [payload, *(record.payload for record in records[:8])]
            changed = lots.choice(STEPS)(self, payload, pool)
            records = [*records[:at], Record(act, changed), *records[at + 1 :]]
        elif chance < 0.62:
            records = records[:at] + records[at + 1 :]
        elif chance < 0.70:
            records = [*records[:at], *[records[at]] * lots.choice((2, 3, 9)), *records[at + 1 :]]
        elif chance < 0.80:
            extra = Record(lots.randrange(scripts.ACTS), struct.pack(">H", self.number()))
            records = [*records[:at], extra, *records[at:]]
        elif chance < 0.85:
            changed_act = Record(lots.randrange(4), payload)
            records = [*records[:at], changed_act, *records[at + 1 :]]
        elif chance < 0.92:
            cut = self.place(payload)
            parts = [Record(act, payload[:cut]), Record(act, payload[cut:])]
            records = [*records[:at], *parts, *records[at + 1 :]]
        else:
            line = Record(lots.randrange(4), self.word() + lots.choice((b"", b"\r\n", b" x\r\n")))
            records = [*records[:at], line, *records[at:]]
        return records


def _flip(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = mutator.lots.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << mutator.lots.randrange(8),)) + data[at + 1 :]


def _set(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = mutator.lots.randrange(len(data))
    octet = mutator.lots.choice(b"\0\1\n\r\t\x7f\x80\xff .:;=\"'<>()[]@%&?-/\\")
    return data[:at] + bytes((octet,)) + data[at + 1 :]


def _insert_word(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    at = mutator.place(data)
    return data[:at] + mutator.word() + data[at:]


def _overwrite_word(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    word = mutator.word()
    at = mutator.place(data)
    return data[:at] + word + data[at + len(word) :]


def _delete(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    start, end = mutator.span(data)
    return data[:start] + data[end:]


def _repeat(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    start, end = mutator.span(data)
    return data[:end] + data[start:end] * mutator.lots.choice((1, 1, 2, 5, 40)) + data[end:]


def _move(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    start, end = mutator.span(data)
    rest = data[:start] + data[end:]
    at = mutator.place(rest)
    return rest[:at] + data[start:end] + rest[at:]


def _splice(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    other = mutator.lots.choice(others)
    start, end = mutator.span(other, 2_000)
    at = mutator.place(data)
    return data[:at] + other[start:end] + data[at:]


def _cross(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    other = mutator.lots.choice(others)
    return data[: mutator.place(data)] + other[mutator.place(other) :]


def _cut_off(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    return data[: mutator.place(data)]


def _length(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change a binary number of one to four octets, in either order."""
    lots = mutator.lots
    size = lots.choice((1, 2, 2, 3, 4))
    if len(data) < size:
        return data
    order = lots.choice(("big", "little"))
    at = lots.randrange(len(data) - size + 1)
    value = int.from_bytes(data[at : at + size], "big" if order == "big" else "little")
    value = lots.choice((value + 1, value - 1, value * 2, value // 2, mutator.number(), -1, 0))
    octets = (value % (1 << 8 * size)).to_bytes(size, "big" if order == "big" else "little")
    return data[:at] + octets + data[at + size :]


def _decimal(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change a number that is written in digits."""
    found = NUMBER.search(data, mutator.lots.randrange(len(data) + 1))
    if found is None:
        return data
    number = int(found.group()[:18])
    new = mutator.lots.choice((number + 1, number * 10, mutator.number(), 1 << 31, 1 << 64, 0))
    return data[: found.start()] + b"%d" % new + data[found.end() :]


def _noise(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    at = mutator.place(data)
    return data[:at] + mutator.lots.randbytes(mutator.lots.choice((1, 2, 8, 64))) + data[at:]


def _line_ends(mutator: Mutator, data: bytes, others: Sequence[bytes]) -> bytes:
    start, end = mutator.span(data, 4_000)
    was, becomes = mutator.lots.choice(
        (
            (b"\r\n", b"\n"),
            (b"\r\n", b"\r"),
            (b"\n", b"\r\n"),
            (b"\r\n", b"\r\n "),
            (b" ", b"\r\n\t"),
        )
    )
    return data[:start] + data[start:end].replace(was, becomes) + data[end:]


STEPS: Final[tuple[Callable[[Mutator, bytes, Sequence[bytes]], bytes], ...]] = (
    _flip,
    _set,
    _set,
    _insert_word,
    _insert_word,
    _insert_word,
    _overwrite_word,
    _delete,
    _repeat,
    _move,
    _splice,
    _splice,
    _cross,
    _cut_off,
    _length,
    _length,
    _decimal,
    _noise,
    _line_ends,
)
