"""What windows take in and what they answer: matches that count for a group, what was found."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

#: Distinct values that are kept readable, and how much of each.
SAMPLES: Final = 5
SAMPLE_CHARS: Final = 128


class Hit:
    """One match that counts for a group.

    `number` is the same for all matches of one event; `values` are those of the field whose values
    are counted, summed or averaged.
    """

    __slots__ = ("number", "rule", "ts_ns", "values")

    def __init__(
        self, ts_ns: int, number: int, rule: str, values: tuple[str | int | float, ...] = ()
    ) -> None:
        self.ts_ns = ts_ns
        self.number = number
        self.rule = rule
        self.values = values


class Found(NamedTuple):
    """What a window holds when its question is answered with yes."""

    measure: int | float
    first_ns: int
    rules: tuple[str, ...]
    values: tuple[str, ...] = ()


def digest(value: str | float) -> int:
    """Return a number that stands for a value."""
    octets = str(value).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(octets, digest_size=8).digest(), "big")


def numbers(hit: Hit) -> list[int | float]:
    """Return the values of a hit that can be added."""
    return [value for value in hit.values if not isinstance(value, str)]
