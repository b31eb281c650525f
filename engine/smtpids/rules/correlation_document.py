"""One YAML document into one correlation, with all its faults but those of other files.

Whether the rules that it names exist, and carry what it asks for, is for `references.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from smtpids.config import Limits
from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import Faults, unknown
from smtpids.fields import FIELDS, Type
from smtpids.rules import lint, metadata
from smtpids.rules.condition import ConditionError, parse_condition
from smtpids.rules.correlation import (
    MEASURED,
    NAMES,
    OPERATORS,
    AllOf,
    AnyOf,
    Correlation,
    Kind,
    NoneOf,
    Seen,
    Threshold,
)
from smtpids.rules.rule import Suppress
from smtpids.rules.tree import And, Check, Not, Op, Or

if TYPE_CHECKING:
    import datetime as dt

    from smtpids.errors import Location
    from smtpids.rules.correlation import Wanted
    from smtpids.rules.tree import Node

KEYS: Final = (
    "type",
    "rules",
    "group-by",
    "timespan",
    "condition",
    "aliases",
    "generate",
)
#: The setting of a correlation that is not Sigma's, so that it stands under `smtpids`.
OURS: Final = "min_values"
#: Kinds of Sigma that we have not, and why.
REFUSED: Final = {
    "value_percentile": "a percentile needs every value of the window, and Sigma's specification"
    " and its tools mean two different things by it; use value_avg or value_count",
    "value_median": "a median needs every value of the window; use value_avg or value_count",
}
#: Kinds that count the values of a field, and those that calculate with them.
OF_VALUES: Final = frozenset({Kind.VALUE_COUNT, Kind.VALUE_SUM, Kind.VALUE_AVG})
CALCULATED: Final = frozenset({Kind.VALUE_SUM, Kind.VALUE_AVG})
MOST_COUNT: Final = Limits().correlation_values
MOST_RULES: Final = 100


@dataclass(frozen=True, slots=True)
class CorrelationDocument:
    """A correlation as it stands in its file; its rules by the words of the file."""

    correlation: Correlation
    document: Mapping
    rules: tuple[Scalar, ...]
    """What the file calls each of `correlation.rules`."""
    expires: dt.date | None
    sound: bool
    """Whether no error was found in it."""

    def place(self, key: str) -> Location:
        """Return the place of the value of a key at the top."""
        return metadata.place_of(self.document, key)

    def inner_place(self, key: str) -> Location:
        """Return the place of the value of a key under `correlation`."""
        inner = self.document.get("correlation")
        return metadata.place_of(inner if isinstance(inner, Mapping) else self.document, key)


def read_correlation(
    value: Mapping, path: str, category: str, faults: Faults
) -> CorrelationDocument:
    """Return what the document of a correlation says."""
    before = len(faults.errors)
    inner = _inner(value, faults)
    # nothing is said of what is missing where all of it is
    inside = faults if isinstance(value.get("correlation"), Mapping) else Faults()
    kind = _kind(inner, inside)
    rules = _rules(inner, inside)
    names = tuple(scalar.text for scalar in rules)
    aliases = _aliases(inner, names, inside)
    group_by = _group_by(inner, aliases, inside)
    span = metadata.duration(inner, "timespan", inside) or 0
    others = (*NAMES, *aliases)
    rule = metadata.rule(value, path, category, faults, group=group_by, others=others)
    if rule.suppress is None and not rule.once_per:
        rule = replace(rule, suppress=Suppress(group_by, span))
    threshold, value_field, wanted = _condition(inner, kind, names, inside)
    correlation = Correlation(
        rule=rule,
        kind=kind,
        rules=names,
        timespan_ns=span,
        group_by=group_by,
        aliases=aliases,
        threshold=threshold,
        value_field=value_field,
        min_values=_min_values(value, inner, kind, faults),
        wanted=wanted,
        generate=_generate(value, inner, inside),
    )
    lint.rule(rule, value, faults)
    if len(faults.errors) == before:
        lint.correlation(correlation, inner, faults)
    return CorrelationDocument(
        correlation,
        value,
        rules,
        metadata.date(metadata.settings(value, Faults()), "expires", faults),
        sound=len(faults.errors) == before,
    )


def _inner(value: Mapping, faults: Faults) -> Mapping:
    """Return what stands under `correlation`, its keys and those beside it being checked."""
    for key in ("detection", "filter"):
        if key in value.entries:
            faults.error(value.key(key), f"a correlation has no '{key}'; that is another document")
    if "logsource" in value.entries:
        faults.error(
            value.key("logsource"), "a correlation has no logsource, its rules have; remove it"
        )
    known = metadata.KEYS | {"correlation", "detection", "filter", "generate"}
    metadata.check_keys(value, known, "key", faults)
    inner = value.get("correlation")
    if isinstance(inner, Mapping):
        metadata.check_keys(inner, (*KEYS, OURS), "key of 'correlation'", faults)
        _refuse_ours(inner, faults)
        return inner
    place = value.place if inner is None else inner.place
    faults.error(place, "'correlation' takes keys: type, rules, group-by, timespan, condition")
    return Mapping({}, place)


def _kind(inner: Mapping, faults: Faults) -> Kind:
    words = ", ".join(Kind)
    found = inner.get("type")
    if not isinstance(found, Scalar):
        place = inner.place if found is None else found.place
        faults.error(place, f"no type; add 'type:' and one of {words}")
    elif found.text in REFUSED:
        faults.error(found.place, f"'{found.text}' is not supported: {REFUSED[found.text]}")
    elif found.text in set(Kind):
        return Kind(found.text)
    else:
        message = unknown("type", found.text, Kind)
        hint = "" if "did you mean" in message else f"; it is one of {words}"
        faults.error(found.place, message + hint)
    return Kind.EVENT_COUNT


def _rules(inner: Mapping, faults: Faults) -> tuple[Scalar, ...]:
    value = inner.get("rules")
    items = value.items if isinstance(value, Items) else () if value is None else (value,)
    found: dict[str, Scalar] = {}
    for one in items:
        if not isinstance(one, Scalar) or not one.text:
            faults.error(one.place, "'rules' takes names or ids of rules, as in [login_failed]")
        elif one.text in found:
            faults.error(one.place, f"'{one.text}' stands here twice; name each rule once")
        else:
            found[one.text] = one
    if not items:
        place = inner.place if value is None else value.place
        faults.error(place, "no rules; add 'rules:' and the names of those whose matches count")
    if len(found) > MOST_RULES:
        faults.error(metadata.place_of(inner, "rules"), f"more than {MOST_RULES} rules")
    return tuple(found.values())


def _aliases(inner: Mapping, rules: tuple[str, ...], faults: Faults) -> dict[str, dict[str, str]]:
    """Return alias -> rule -> field."""
    value = inner.get("aliases")
    if value is None:
        return {}
    example = "'aliases' takes, by alias, the field of each rule: {peer: {a: source.ip, b: ...}}"
    if not isinstance(value, Mapping):
        faults.error(value.place, example)
        return {}
    found: dict[str, dict[str, str]] = {}
    for alias, (key, meant) in value.entries.items():
        if alias in FIELDS:
            faults.error(key.place, f"'{alias}' is a field; give the alias another name")
        if not isinstance(meant, Mapping):
            faults.error(meant.place, example)
            continue
        fields: dict[str, str] = {}
        for rule, (name, named) in meant.entries.items():
            if rule not in rules:
                faults.error(name.place, unknown("rule", rule, rules) + "; it is not in 'rules'")
            elif not isinstance(named, Scalar):
                faults.error(named.place, example)
            else:
                fields[rule] = named.text
        for rule in rules:
            if rule not in meant.entries:
                faults.error(key.place, f"the alias '{alias}' says nothing of the rule '{rule}'")
        found[alias] = fields
    return found


def _group_by(
    inner: Mapping, aliases: dict[str, dict[str, str]], faults: Faults
) -> tuple[str, ...]:
    value = inner.get("group-by")
    if value is None:
        return ()
    found: list[str] = []
    for one in value.items if isinstance(value, Items) else (value,):
        if not isinstance(one, Scalar) or not one.text:
            faults.error(one.place, "'group-by' takes fields, as in [source.ip]")
        elif one.text in found:
            faults.error(one.place, f"'{one.text}' stands here twice; name each field once")
        elif one.text not in FIELDS and one.text not in aliases:
            faults.error(one.place, unknown("field", one.text, (*FIELDS, *aliases)))
        else:
            found.append(one.text)
    for alias in aliases:
        if alias not in found:
            place = metadata.place_of(inner, "aliases")
            faults.warning(place, f"'group-by' does not use the alias '{alias}'")
    return tuple(found)


def _generate(value: Mapping, inner: Mapping, faults: Faults) -> bool:
    if "generate" in value.entries:
        faults.warning(
            value.key("generate"),
            "'generate' is passed over here by pySigma; write it under 'correlation:'",
        )
    outer = metadata.flag(value, "generate", faults, default=False)
    return metadata.flag(inner, "generate", faults, default=outer)


# -- the condition ---------------------------------------------------------------------------------


def _condition(
    inner: Mapping, kind: Kind, rules: tuple[str, ...], faults: Faults
) -> tuple[Threshold | None, str, Wanted | None]:
    value = inner.get("condition")
    if kind in MEASURED:
        if isinstance(value, Mapping):
            return _threshold(value, kind, faults)
        place = inner.place if value is None else value.place
        example = "{field: smtp.auth.user, gte: 10}" if kind in OF_VALUES else "{gte: 10}"
        faults.error(place, f"'{kind}' needs a condition such as {example}")
        return None, "", None
    if value is None:
        return None, "", None
    if kind is Kind.TEMPORAL_ORDERED:
        faults.error(
            value.place, "'temporal_ordered' takes no condition: all its rules, in their order"
        )
        return None, "", None
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        faults.error(value.place, "the condition of 'temporal' is a text, as in 'a and not b'")
        return None, "", None
    return None, "", _wanted(value, rules, inner, faults)


def _threshold(
    value: Mapping, kind: Kind, faults: Faults
) -> tuple[Threshold | None, str, Wanted | None]:
    known = (*OPERATORS, "field") if kind in OF_VALUES else OPERATORS
    if kind not in OF_VALUES and "field" in value.entries:
        faults.error(value.key("field"), f"'{kind}' counts events, not the values of a field")
        known = (*known, "field")
    known = (*known, OURS)
    metadata.check_keys(value, known, "key of 'condition'", faults)
    _refuse_ours(value, faults)
    name = _value_field(value, kind, faults) if kind in OF_VALUES else ""
    known_only = set(value.entries) <= set(known)
    given = [op for op in OPERATORS if op in value.entries]
    if not given and not known_only:
        return None, name, None
    if len(given) != 1:
        what = "needs one of" if not given else "takes only one of"
        faults.error(value.place, f"the condition {what} {', '.join(OPERATORS)}")
        return None, name, None
    number = value.get(given[0])
    found = number.value if isinstance(number, Scalar) else None
    place = metadata.place_of(value, given[0])
    whole = kind not in CALCULATED
    if isinstance(found, bool) or not isinstance(found, int if whole else (int, float)):
        faults.error(place, f"'{given[0]}' takes a {'whole ' if whole else ''}number")
        return None, name, None
    threshold = Threshold(given[0], found)
    if whole and not 0 <= found <= MOST_COUNT:
        faults.error(place, f"'{given[0]}' takes a number from 0 to {MOST_COUNT}")
    elif whole:
        _check_use(threshold, place, faults)
    return threshold, name, None


def _check_use(threshold: Threshold, place: Location, faults: Faults) -> None:
    """Refuse a count that is always so or never: a group begins with one match."""
    number = int(threshold.number)
    counts = [threshold.is_met(max(count, 1)) for count in (1, number - 1, number, number + 1)]
    if not any(counts):
        faults.error(place, f"no count is ever {threshold.op} {threshold.number}")
    elif all(counts):
        faults.warning(place, "every match is counted as one, so this is always true")


def _value_field(value: Mapping, kind: Kind, faults: Faults) -> str:
    found = value.get("field")
    if not isinstance(found, Scalar) or not found.text:
        place = value.place if found is None else found.place
        faults.error(place, f"'{kind}' needs 'field:', the field whose values it takes")
        return ""
    name = metadata.field_name(found, faults)
    field = FIELDS.get(name)
    if field is not None and kind in CALCULATED and field.type is not Type.INTEGER:
        faults.error(found.place, f"'{name}' is {field.type_name}; '{kind}' needs a number")
    if field is not None and field.type is Type.OBJECT:
        faults.error(found.place, f"'{name}' has no values to count, only fields below it have")
    return name


def _min_values(document: Mapping, inner: Mapping, kind: Kind, faults: Faults) -> int:
    """Return how many values an average must be of; 1 if nothing is said."""
    settings = metadata.settings(document, Faults())
    value = settings.get(OURS)
    if kind is not Kind.VALUE_AVG:
        named = inner.get("type")
        if isinstance(named, Scalar) and named.text == kind:  # else the type is misspelt
            refuse_min_values(settings, faults)
        return 1
    if value is None:
        return 1
    number = value.value if isinstance(value, Scalar) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= MOST_COUNT:
        faults.error(value.place, f"'{OURS}' takes a whole number from 1 to {MOST_COUNT}")
        return 1
    return number


def _refuse_ours(mapping: Mapping, faults: Faults) -> None:
    """Refuse the setting among keys of Sigma."""
    if OURS in mapping.entries:
        faults.error(mapping.key(OURS), f"'{OURS}' is not of Sigma; write it under 'smtpids:'")


def refuse_min_values(settings: Mapping, faults: Faults) -> None:
    """Refuse the setting where there is no average."""
    if OURS in settings.entries:
        place = settings.key(OURS)
        faults.error(place, f"'{OURS}' is for correlations of type '{Kind.VALUE_AVG}'; remove it")


def _wanted(value: Scalar, rules: tuple[str, ...], inner: Mapping, faults: Faults) -> Wanted | None:
    leaves: dict[str, Node] = {name: Check(None, Op.EQUALS, name, cased=True) for name in rules}
    try:
        condition = parse_condition(value.text, leaves, "rule")
    except ConditionError as error:
        faults.error(value.within(error.offset), error.message)
        return None
    for name in rules:
        if name not in condition.used:
            faults.warning(
                metadata.place_of(inner, "rules"), f"the condition does not use '{name}'"
            )
    return _translated(condition.node)


def _translated(node: Node) -> Wanted:
    """Return the condition over rules that a tree over their names stands for."""
    if isinstance(node, Check):
        return Seen(str(node.operand))
    if isinstance(node, Not):
        return NoneOf(_translated(node.part))
    parts = tuple(_translated(part) for part in node.parts) if isinstance(node, And | Or) else ()
    return AnyOf(parts) if isinstance(node, Or) else AllOf(parts)
