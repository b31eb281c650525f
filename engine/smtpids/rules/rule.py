"""A rule as the engine knows it, and what a match is.

What the YAML says and Sigma defines is in pySigma's objects while loading; what is needed while
running is here, plain and frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from smtpids.rules.correlation import Correlated
    from smtpids.smtp.events import Event


class Level(StrEnum):
    """How bad a match is (Sigma's words)."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def severity(self) -> int:
        """`event.severity`, on the scale of Elastic's detection engine."""
        return SEVERITIES[self]


SEVERITIES: dict[Level, int] = {
    Level.INFORMATIONAL: 0,
    Level.LOW: 21,
    Level.MEDIUM: 47,
    Level.HIGH: 73,
    Level.CRITICAL: 99,
}


#: Numbers from here on are made for rules without a `sid`: as many as that again, so that all of
#: them are below 2^31, which is what receivers have room for.
MADE_SIDS: Final = 1_000_000_000


class Suppress(NamedTuple):
    """One alert for each value of the fields `by` in `for_ns` nanoseconds of packet time."""

    by: tuple[str, ...]
    for_ns: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What a detection rule says, apart from its condition."""

    name: str
    """The slug, which is also the file's name: what users type and see (`rule.id`)."""
    title: str
    level: Level
    uuid: str = ""
    category: str = ""
    """The folder of the rule: transport, auth, protocol, ..."""
    description: str = ""
    message: str = ""
    """The sentence of the alert, with `{field}` in it (`event.reason`)."""
    tags: tuple[str, ...] = ()
    """Sigma tags such as `attack.t1040`."""
    references: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    author: str = ""
    sid: int = 0
    """The number that the rule gives itself; 0 if it gives none."""
    revision: str = ""
    """The date of the last change, `rule.version`."""
    suppress: Suppress | None = None
    once_per: str = ""
    """A field, such as `session.id`: one alert for each of its values."""
    enabled: bool = True
    actions: frozenset[str] = field(default_factory=frozenset)
    """The values of `event.action` on which the rule can be true."""
    path: str = ""

    @property
    def number(self) -> int:
        """The integer that EVE wants as `signature_id`: the `sid`, else one made of the `id`.

        It stays the same as long as the rule keeps its `id`, or its name if it has none.
        """
        if self.sid:
            return self.sid
        digest = blake2b((self.uuid or self.name).lower().encode(), digest_size=8).digest()
        return MADE_SIDS + int.from_bytes(digest, "big") % MADE_SIDS


class Match:
    """A rule was true of an event; `suppressed` counts earlier ones of the same key that were
    held back since the last alert. For a correlation, `correlated` is what matched together, and
    `event` is the last of it."""

    __slots__ = ("correlated", "event", "rule", "suppressed")

    def __init__(
        self, rule: Rule, event: Event, suppressed: int = 0, correlated: Correlated | None = None
    ) -> None:
        self.rule = rule
        self.event = event
        self.suppressed = suppressed
        self.correlated = correlated
