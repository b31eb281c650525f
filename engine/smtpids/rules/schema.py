"""One YAML document into one rule or one filter, with all its faults.

A filter is an exception to rules of other files: its condition, which says `not` what is to pass
in silence, is added to theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import Faults
from smtpids.rules import lint, metadata
from smtpids.rules.condition import WORDS, ConditionError, parse_condition
from smtpids.rules.correlation_document import read_correlation, refuse_min_values
from smtpids.rules.detection import read_selection
from smtpids.rules.tree import FALSE, disjoin

if TYPE_CHECKING:
    import datetime as dt

    from smtpids.document import Value
    from smtpids.errors import Location
    from smtpids.rules.correlation_document import CorrelationDocument
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """A rule as it stands in its file, filters not yet applied."""

    rule: Rule
    condition: Node
    document: Mapping
    expires: dt.date | None
    sound: bool
    """Whether no error was found in it."""

    def place(self, key: str) -> Location:
        """Return the place of the value of a key at the top."""
        return metadata.place_of(self.document, key)


@dataclass(frozen=True, slots=True)
class FilterDocument:
    """An exception: what must also be true for its rules to match."""

    title: str
    rules: tuple[Scalar, ...]
    """The rules by name or id; none means all rules."""
    condition: Node
    place: Location
    uuid: str
    uuid_place: Location
    expires: dt.date | None
    enabled: bool
    sound: bool


Document: TypeAlias = "RuleDocument | FilterDocument | CorrelationDocument"


def read_document(value: Value, path: str, category: str, faults: Faults) -> Document | None:
    """Return what one document says; None if it is neither a rule nor a filter."""
    if not isinstance(value, Mapping):
        empty = isinstance(value, Scalar) and value.value is None
        found = "nothing" if empty else "a list" if isinstance(value, Items) else "a single value"
        faults.error(value.place, f"expected a rule, found {found}; a rule begins with 'title:'")
        return None
    if "correlation" in value.entries:
        return read_correlation(value, path, category, faults)
    if "filter" in value.entries:
        return _read_filter(value, faults)
    return _read_rule(value, path, category, faults)


def _read_rule(value: Mapping, path: str, category: str, faults: Faults) -> RuleDocument:
    before = len(faults.errors)
    metadata.check_keys(value, (*metadata.KEYS, "detection"), "key", faults)
    metadata.check_logsource(value, faults)
    rule = metadata.rule(value, path, category, faults)
    settings = metadata.settings(value, Faults())
    refuse_min_values(settings, faults)
    expires = metadata.date(settings, "expires", faults)
    condition = _detection(value, "detection", frozenset(), faults)
    lint.rule(rule, value, faults)
    return RuleDocument(rule, condition, value, expires, sound=len(faults.errors) == before)


#: The keys of `filter` that name no selection.
_OF_FILTER: Final = frozenset({"rules"})


def _read_filter(value: Mapping, faults: Faults) -> FilterDocument:
    before = len(faults.errors)
    metadata.check_keys(value, (*metadata.KEYS, "filter"), "key", faults)
    metadata.check_logsource(value, faults)
    metadata.status(value, faults)
    for key in ("date", "modified"):
        metadata.date(value, key, faults)
    settings = metadata.settings(value, faults)
    for key in sorted(set(settings.entries) & metadata.SETTINGS - {"expires", "enabled"}):
        faults.error(settings.key(key), f"'{key}' is for rules; a filter has 'expires', 'enabled'")
    expires = metadata.date(settings, "expires", faults)
    enabled = metadata.flag(settings, "enabled", faults, default=True)
    condition = _detection(value, "filter", _OF_FILTER, faults)
    rules = _targets(value, faults)
    lint.filter_(value, faults)
    return FilterDocument(
        title=metadata.title(value, faults),
        rules=rules,
        condition=condition,
        place=value.key("filter"),
        uuid=metadata.uuid(value, faults),
        uuid_place=metadata.place_of(value, "id"),
        expires=expires,
        enabled=enabled,
        sound=len(faults.errors) == before,
    )


def _targets(value: Mapping, faults: Faults) -> tuple[Scalar, ...]:
    """Return the rules that a filter names; none if it is for all."""
    inner = value.get("filter")
    if not isinstance(inner, Mapping):
        return ()
    rules = inner.get("rules")
    if isinstance(rules, Scalar) and rules.text:
        if rules.text != "any":
            return (rules,)
        faults.warning(rules.place, "'any' silences every rule; name those that are meant")
        return ()
    items = rules.items if isinstance(rules, Items) else ()
    names = [one for one in items if isinstance(one, Scalar)]
    if not names:
        place = inner.place if rules is None else rules.place
        faults.error(
            place, "'rules' takes the rules that the filter is for, as in [auth_before_tls]"
        )
    return tuple(names)


def _detection(value: Mapping, key: str, others: frozenset[str], faults: Faults) -> Node:
    """Return the tree of a `detection` or `filter`."""
    inner = value.get(key)
    if not isinstance(inner, Mapping):
        place = value.place if inner is None else inner.place
        faults.error(place, f"no {key}; add '{key}:' with selections and a condition")
        return FALSE
    before = len(faults.errors)
    selections: dict[str, Node] = {}
    for name, (key_scalar, selection) in inner.entries.items():
        if name == "condition" or name in others:
            continue
        if name == "timeframe":
            faults.error(
                key_scalar.place,
                "'timeframe' is of Sigma 1; count in a correlation, which has a 'timespan'",
            )
        elif name in WORDS or not name.replace("_", "a").replace("-", "a").isalnum():
            faults.error(key_scalar.place, f"a selection cannot be called '{name}'")
        else:
            selections[name] = read_selection(selection, faults)
    condition = inner.get("condition")
    if condition is None:
        faults.error(inner.place, f"no condition; add 'condition: {next(iter(selections), '...')}'")
        return FALSE
    if not selections and len(faults.errors) == before:
        faults.error(inner.place, f"'{key}' has a condition and no selection")
        return FALSE
    return _condition(condition, selections, inner, faults, lints=key == "detection")


def _condition(
    value: Value, selections: dict[str, Node], inner: Mapping, faults: Faults, *, lints: bool
) -> Node:
    conditions = value.items if isinstance(value, Items) else (value,)
    used: set[str] = set()
    nodes: list[Node] = []
    before = len(faults.errors)
    for one in conditions:
        if not isinstance(one, Scalar) or one.value is None:
            faults.error(one.place, "'condition' takes a text, as in 'selection and not filter'")
            continue
        try:
            found = parse_condition(one.text, selections)
        except ConditionError as error:
            faults.error(one.within(error.offset), error.message)
            continue
        used |= found.used
        nodes.append(found.node)
        if len(faults.errors) == before and lints:
            lint.condition(one.place, found.node, one.text, found, faults)
    if not conditions:
        faults.error(value.place, "'condition' takes a text, as in 'selection and not filter'")
    if len(faults.errors) == before:
        for name in selections:
            if name not in used:
                faults.warning(inner.key(name), f"the condition does not use '{name}'")
    return disjoin(nodes)
