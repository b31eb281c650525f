"""Holds back what a rule has said already: `suppress` and `once_per`, by packet time.

`suppress: {by: [source.ip], for: 10m}` lets one alert a client pass and holds back the others for
ten minutes after it; the next one that passes says how many these were. `once_per: session.id`
lets one alert pass for each session, whenever. What is remembered is bounded: of too many groups
the one alerted or held back longest ago is forgotten, and its next match passes. It can be kept
from one run to the next; not so what is once in a session, for no session goes on in another run.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from smtpids.config import Limits
from smtpids.mime import LATE

if TYPE_CHECKING:
    from collections.abc import Hashable

    from smtpids.rules.correlation import Correlated
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Event, Value

DEFAULT_GROUPS: Final = Limits().groups
#: The longest value that is remembered as it is; of others a digest is.
LONGEST: Final = 64


class _Group:
    """What is remembered of one value of a rule's `by` or `once_per`."""

    __slots__ = ("alerted_ns", "held")

    def __init__(self, alerted_ns: int) -> None:
        self.alerted_ns = alerted_ns
        self.held = 0


class Suppressor:
    """Decides which matches become alerts."""

    __slots__ = ("_groups", "_kept", "_meanings", "evicted", "most_groups", "suppressed")

    def __init__(self, most_groups: int = DEFAULT_GROUPS) -> None:
        self.most_groups = most_groups
        self.suppressed: dict[str, int] = {}
        """Matches held back, by the rule's name."""
        self.evicted: dict[str, int] = {}
        """Groups forgotten before their time, by the rule's name."""
        # a plain dict would search for its first entry past all that were taken out
        self._groups: dict[str, OrderedDict[Hashable, _Group]] = {}
        self._meanings: dict[str, str] = {}
        """By what the groups of a rule were made; of another `suppress` they would mean nothing."""
        self._kept: dict[str, tuple[str, OrderedDict[Hashable, _Group]]] = {}
        """What an earlier run kept of rules that have not matched yet, with its meaning."""

    @property
    def groups(self) -> int:
        """How many groups are remembered, of all rules."""
        return sum(map(len, tuple(self._groups.values())))

    def admit(self, rule: Rule, event: Event, correlated: Correlated | None = None) -> int | None:
        """Return how many matches were held back since the last alert of the same group.

        None means that this one is held back too. A field that the event lacks is a value of its
        own. A correlation's group stands before the fields of its last event.
        """
        if rule.once_per:
            by: tuple[str, ...] = (rule.once_per,)
        elif rule.suppress is not None:
            by = rule.suppress.by
        else:
            return 0
        groups = self._groups.get(rule.name)
        if groups is None:
            groups = self._begin(rule)
        if event.late is not None and not LATE.isdisjoint(by):
            event.complete()
        fields, now_ns = event.fields, event.ts_ns
        if correlated is not None:
            fields, now_ns = {**fields, **dict(correlated.group)}, correlated.last_ns
        key = tuple(
            [
                value
                if type(value := fields.get(name)) is str and len(value) <= LONGEST
                else _hashable(value)
                for name in by
            ]
        )
        group = groups.get(key)
        if group is None:
            if len(groups) >= self.most_groups:
                groups.popitem(last=False)
                self.evicted[rule.name] = self.evicted.get(rule.name, 0) + 1
            groups[key] = _Group(now_ns)
            return 0
        groups.move_to_end(key)
        if _is_over(rule, group, now_ns):
            held, group.held, group.alerted_ns = group.held, 0, now_ns
            return held
        group.held += 1
        self.suppressed[rule.name] = self.suppressed.get(rule.name, 0) + 1
        return None

    def _begin(self, rule: Rule) -> OrderedDict[Hashable, _Group]:
        """Return the groups of a rule that matches for the first time: what was kept, or none."""
        meaning = self._meanings[rule.name] = f"{rule.once_per} {rule.suppress}"
        kept = self._kept.pop(rule.name, None)
        groups = kept[1] if kept is not None and kept[0] == meaning else OrderedDict()
        self._groups[rule.name] = groups
        return groups

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered as data for JSON."""
        now = {name: (self._meanings[name], groups) for name, groups in self._groups.items()}
        return {
            name: [
                meaning,
                [[_written(key), one.alerted_ns, one.held] for key, one in groups.items()],
            ]
            for name, (meaning, groups) in {**self._kept, **now}.items()
            if not meaning.startswith("session.id ")
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Remember what a snapshot says; ValueError and the like if it is none."""
        for name, (meaning, groups) in data.items():
            remembered: OrderedDict[Hashable, _Group] = OrderedDict()
            for key, alerted_ns, held in groups:
                group = remembered[_read(key)] = _Group(int(alerted_ns))
                group.held = int(held)
            self._kept[str(name)] = str(meaning), remembered


def _written(key: Hashable) -> list[object]:
    """Return a key for JSON; a digest stands in a list of its own."""
    assert isinstance(key, tuple)
    return [[part.hex()] if isinstance(part, bytes) else part for part in key]


def _read(key: list[Any]) -> Hashable:
    return tuple(bytes.fromhex(part[0]) if isinstance(part, list) else part for part in key)


def _is_over(rule: Rule, group: _Group, now_ns: int) -> bool:
    """Tell whether the time is up; time that runs backwards by as much is another capture's."""
    if rule.once_per or rule.suppress is None:
        return False
    return abs(now_ns - group.alerted_ns) >= rule.suppress.for_ns


def _hashable(value: Value) -> Hashable:
    if isinstance(value, (list, dict)):
        value = repr(value)
    if isinstance(value, str) and len(value) > LONGEST:
        return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return value
