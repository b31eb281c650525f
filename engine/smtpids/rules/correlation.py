"""What a correlation says: several matches in a span of time that together mean something.

A correlation names rules, groups their matches by the values of some fields and asks something of
each group's matches within `timespan`: how many there are, how many distinct values a field has,
whether all rules were among them. A correlation may name another one. What is counted, and how, is
in `correlator.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.rules.rule import Rule


class Kind(StrEnum):
    """The kinds of correlation (Sigma correlations 2.1)."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the measure of a group is compared with."""

    op: str
    """`gt`, `gte`, `lt`, `lte`, `eq` or `neq`."""
    number: int | float


@dataclass(frozen=True, slots=True)
class Seen:
    """A leaf of an extended condition: the rule matched within the window."""

    rule: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if all parts are."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if one part is."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """True if the part is not; judged when the window is over."""

    part: Wanted


Wanted: TypeAlias = "Seen | AllOf | AnyOf | NoneOf"


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation; `rule` holds its name, level, message and our own settings."""

    rule: Rule
    kind: Kind
    rules: tuple[str, ...]
    """The names of the rules and correlations whose matches count, in the order of the file."""
    timespan_ns: int
    group_by: tuple[str, ...] = ()
    """Fields, or names in `aliases`."""
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """alias -> name of a rule -> the field that the alias stands for there."""
    threshold: Threshold | None = None
    """For counts, sums and averages."""
    value_field: str = ""
    """The field whose values are counted, summed or averaged."""
    wanted: Wanted | None = None
    """The condition of a temporal correlation that is more than `all of them`."""
    generate: bool = False
    """Whether the rules it names alert by themselves, too."""


@dataclass(frozen=True, slots=True)
class Correlated:
    """Why a correlation matched: what the alert shows beside the last event."""

    measure: int | float
    """The count, sum or average; for temporal kinds the number of matches in the window."""
    group: tuple[tuple[str, str], ...]
    """Field or alias and value, as text."""
    first_ns: int
    last_ns: int
    rules: tuple[str, ...]
    """The rules whose matches counted, in order of name."""
    values: tuple[str, ...] = ()
    """Some of the distinct values, the newest last."""
