"""What a correlation says: several matches in a span of time that together mean something.

A correlation names rules, groups their matches by the values of some fields and asks something of
each group's matches within `timespan`: how many there are, how many distinct values a field has,
whether all rules were among them. A correlation may name another one. What is counted, and how, is
in `correlator.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Fields


class Kind(StrEnum):
    """The kinds of correlation (Sigma correlations 2.1)."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"


#: The kinds whose matches have a number that a threshold is compared with.
MEASURED: Final = frozenset({Kind.EVENT_COUNT, Kind.VALUE_COUNT, Kind.VALUE_SUM, Kind.VALUE_AVG})
#: The comparisons that more matches can only make true: these are answered at once.
RISING: Final = frozenset({"gt", "gte"})
OPERATORS: Final = ("gt", "gte", "lt", "lte", "eq", "neq")


class Threshold(NamedTuple):
    """What the measure of a group is compared with."""

    op: str
    """`gt`, `gte`, `lt`, `lte`, `eq` or `neq`."""
    number: int | float

    def is_met(self, measure: float) -> bool:
        """Tell whether a measure is as the threshold wants it."""
        number = self.number
        if self.op in RISING:
            return measure > number or (self.op == "gte" and measure == number)
        if self.op in {"lt", "lte"}:
            return measure < number or (self.op == "lte" and measure == number)
        return (measure == number) == (self.op == "eq")


@dataclass(frozen=True, slots=True)
class Seen:
    """A leaf of an extended condition: the rule matched within the window."""

    rule: str


@dataclass(frozen=True, slots=True)
class Join:
    """Several of these together: an `AllOf` or an `AnyOf`, which are never equal to each other."""

    parts: tuple[Wanted, ...]


class AllOf(Join):
    """True if all parts are."""

    __slots__ = ()


class AnyOf(Join):
    """True if one part is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class NoneOf:
    """True if the part is not; judged when the window is over."""

    part: Wanted


Wanted: TypeAlias = "Seen | AllOf | AnyOf | NoneOf"


def holds(wanted: Wanted, seen: Collection[str]) -> bool:
    """Tell whether a condition is true when the rules in `seen` matched."""
    if isinstance(wanted, Seen):
        return wanted.rule in seen
    if isinstance(wanted, NoneOf):
        return not holds(wanted.part, seen)
    join = all if isinstance(wanted, AllOf) else any
    return join(holds(part, seen) for part in wanted.parts)


def denies(wanted: Wanted) -> bool:
    """Tell whether a condition asks for something not to have happened."""
    if isinstance(wanted, Seen):
        return False
    return isinstance(wanted, NoneOf) or any(denies(part) for part in wanted.parts)


class Correlation(NamedTuple):
    """A correlation; `rule` holds its name, level, message and our own settings."""

    rule: Rule
    kind: Kind
    rules: tuple[str, ...]
    """The names of the rules and correlations whose matches count, in the order of the file."""
    timespan_ns: int
    group_by: tuple[str, ...] = ()
    """Fields, or names in `aliases`."""
    aliases: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    """alias -> name of a rule -> the field that the alias stands for there."""
    threshold: Threshold | None = None
    """For counts, sums and averages."""
    value_field: str = ""
    """The field whose values are counted, summed or averaged."""
    min_values: int = 1
    """An average of fewer values is no answer."""
    wanted: Wanted | None = None
    """The condition of a temporal correlation that is more than `all of them`."""
    generate: bool = False
    """Whether the rules it names alert by themselves, too."""

    @property
    def at_end(self) -> bool:
        """Whether it is judged when a window is over, not at each match."""
        if self.threshold is not None:
            return self.threshold.op not in RISING
        return self.wanted is not None and denies(self.wanted)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that it reads, of whatever event."""
        found = {name for name in self.group_by if name not in self.aliases}
        found.update(name for meant in self.aliases.values() for name in meant.values())
        if self.value_field:
            found.add(self.value_field)
        return frozenset(found)

    @property
    def meaning(self) -> Mapping[str, tuple[str, ...]]:
        """Each alias and the fields that it stands for."""
        return {alias: tuple(meant.values()) for alias, meant in self.aliases.items()}

    @property
    def fingerprint(self) -> str:
        """The same as long as what is counted means the same."""
        meaning = (
            str(self.kind),
            self.rules,
            self.timespan_ns,
            self.group_by,
            sorted((alias, sorted(meant.items())) for alias, meant in self.aliases.items()),
            self.threshold,
            self.value_field,
            self.min_values,
            self.wanted,
        )
        return blake2b(repr(meaning).encode(), digest_size=16).hexdigest()


class Correlated(NamedTuple):
    """Why a correlation matched: what the alert shows beside the last event."""

    kind: Kind
    measure: int | float
    """The count, sum or average; for temporal kinds the number of rules that matched."""
    group: tuple[tuple[str, str], ...]
    """Field or alias and value, as text."""
    first_ns: int
    last_ns: int
    """The last event, or the end of a window that was judged when it was over."""
    rules: tuple[str, ...]
    """The rules whose matches counted, in order of name."""
    values: tuple[str, ...] = ()
    """Some of the distinct values, the newest last."""
    value_field: str = ""
    """The field that they are of."""
    meaning: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """alias in the group -> the fields that it stands for."""

    @property
    def fields(self) -> Fields:
        """What a message may name: `smtpids.correlation.*`, and the group under its names."""
        return {
            **dict(self.group),
            "smtpids.correlation.type": str(self.kind),
            "smtpids.correlation.count": self.measure,
            "smtpids.correlation.rules": list(self.rules),
            "smtpids.correlation.values": list(self.values),
            "smtpids.correlation.start": self.first_ns,
            "smtpids.correlation.end": self.last_ns,
        }


#: The names of ours that the message of a correlation may hold.
NAMES: Final = tuple(
    f"smtpids.correlation.{name}" for name in ("type", "count", "rules", "values", "start", "end")
)
