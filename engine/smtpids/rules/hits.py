"""What windows take in and what they answer: matches that count for a group, what was found.

A match is read once, when it comes, for each correlation that names its rule: of its event only
what counts is kept until it is counted, unless an alert may tell it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from smtpids.smtp.events import Event, Value

#: Distinct values that are kept readable, and how much of each.
SAMPLES: Final = 5
SAMPLE_CHARS: Final = 128

Key = tuple[Any, ...]
"""What a group is known by: a text for each field of `group-by`."""
Keyed = tuple[Key, tuple[Any, ...]]
"""A key, and the values that it is of."""
#: Of a match that counts for no group; nobody writes to it.
NOWHERE: Final[list[Keyed]] = []


class Hit:
    """One match as a correlation counts it.

    `number` is the same for all matches of one event; `values` are those of the field whose values
    are counted, summed or averaged; `keyed` are the groups, None if a field of `group-by` lacks.
    If there are too many to be named before they are counted, `lists` are what they are made of.
    """

    __slots__ = ("keyed", "lists", "number", "rule", "ts_ns", "values")

    def __init__(
        self, ts_ns: int, number: int, rule: str, values: tuple[str | int | float, ...] = ()
    ) -> None:
        self.ts_ns = ts_ns
        self.number = number
        self.rule = rule
        self.values = values
        self.keyed: list[Keyed] | None = NOWHERE
        self.lists: list[Value] | None = None

    def plain(self) -> list[Any]:
        """Return what counts as plain data."""
        keyed = self.keyed
        groups = None if keyed is None else [[list(key), list(group)] for key, group in keyed]
        return [list(self.values), groups]

    def fill(self, plain: list[Any]) -> None:
        """Take it over; TypeError or ValueError if it is none."""
        values, keyed = plain
        self.values = tuple(values)
        self.keyed = None if keyed is None else [(tuple(key), tuple(one)) for key, one in keyed]


class View:
    """A match, with a hit for each correlation that names its rule, in their order.

    Its event is None once no alert can want it.
    """

    __slots__ = ("event", "hits", "late_octets", "number", "rule", "ts_ns")

    def __init__(self, ts_ns: int, number: int, rule: str, event: Event | None) -> None:
        self.ts_ns = ts_ns
        self.number = number
        self.rule = rule
        self.event = event
        self.hits: list[Hit] = []
        self.late_octets = 0
        """What is kept of the message until what is dear is made; noted by whoever holds it."""


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
