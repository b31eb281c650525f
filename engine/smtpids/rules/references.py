"""What correlations say of rules in other files: do these exist, and carry what is asked of them?

The words of a file, names or ids, become names here, and the correlations are put in an order in
which each stands behind those that it names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.faults import Faults, unknown
from smtpids.fields import ALL
from smtpids.rules import metadata
from smtpids.rules.correlation import NAMES, AllOf, AnyOf, NoneOf, Seen
from smtpids.rules.rule import Level
from smtpids.rules.specialise import carried_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from smtpids.rules.correlation import Correlation, Wanted
    from smtpids.rules.correlation_document import CorrelationDocument
    from smtpids.rules.rule import Rule

#: Correlations of correlations, and so on.
MOST_DEPTH: Final = 8


class Resolved(NamedTuple):
    """The correlations of a rule set."""

    correlations: tuple[Correlation, ...]
    silenced: frozenset[str]


class _Carried(NamedTuple):
    """What the matches of a rule or correlation carry."""

    actions: frozenset[str]
    group: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Tell whether a match may carry a field; one that is not known may carry all."""
        return name in self.group or not self.actions or bool(self.actions & carried_by(name))


def resolve(
    documents: Sequence[CorrelationDocument], rules: Iterable[Rule], faults: Faults
) -> Resolved:
    """Return the correlations in order, and the rules that they silence.

    `rules` are the detection rules with their final settings, `documents` likewise.
    """
    known = {rule.name: rule for rule in rules}
    known.update(
        {document.correlation.rule.name: document.correlation.rule for document in documents}
    )
    by_word = {rule.uuid: rule.name for rule in known.values() if rule.uuid}
    by_word.update({name: name for name in known})
    found = {
        document.correlation.rule.name: (document, _renamed(document, by_word, faults))
        for document in documents
    }
    ordered = _ordered(found, faults)
    carried = {rule.name: _Carried(rule.actions) for rule in known.values()}
    for name in ordered:
        document, correlation = found[name]
        if document.sound:
            carried[name] = _check_carried(document, correlation, carried, faults)
            rule = replace(correlation.rule, actions=carried[name].actions)
            found[name] = document, correlation._replace(rule=rule)
        _check_enabled(document, correlation, known, faults)
    correlations = tuple(found[name][1] for name in ordered)
    silenced = _silenced(correlations)
    _check_silenced([found[name] for name in ordered], known, silenced, faults)
    return Resolved(correlations, silenced)


def _renamed(
    document: CorrelationDocument, by_word: Mapping[str, str], faults: Faults
) -> Correlation:
    """Return the correlation with the names of its rules in place of the file's words."""
    correlation = document.correlation
    names: dict[str, str] = {}
    for scalar in document.rules:
        name = by_word.get(scalar.text, by_word.get(scalar.text.lower()))
        if name is None:
            faults.error(scalar.place, unknown("rule", scalar.text, by_word))
        elif name == correlation.rule.name:
            faults.error(scalar.place, f"'{name}' is the correlation itself")
        elif name in names.values():
            faults.error(scalar.place, f"'{scalar.text}' is '{name}'; name each rule once")
        else:
            names[scalar.text] = name
    return correlation._replace(
        rules=tuple(names.values()),
        aliases={
            alias: {names.get(word, word): field for word, field in meant.items()}
            for alias, meant in correlation.aliases.items()
        },
        wanted=correlation.wanted and _translated(correlation.wanted, names),
    )


def _translated(wanted: Wanted, names: Mapping[str, str]) -> Wanted:
    if isinstance(wanted, Seen):
        return Seen(names.get(wanted.rule, wanted.rule))
    if isinstance(wanted, NoneOf):
        return NoneOf(_translated(wanted.part, names))
    parts = tuple(_translated(part, names) for part in wanted.parts)
    return AllOf(parts) if isinstance(wanted, AllOf) else AnyOf(parts)


def _ordered(
    found: Mapping[str, tuple[CorrelationDocument, Correlation]], faults: Faults
) -> list[str]:
    """Return the names of the correlations, what one names before it; without those in circles."""
    depths: dict[str, int] = {}
    waiting = sorted(found)
    while waiting:
        ready = [
            name
            for name in waiting
            if all(rule in depths or rule not in found for rule in found[name][1].rules)
        ]
        if not ready:
            break
        for name in ready:
            depths[name] = 1 + max(
                (depths.get(rule, 0) for rule in found[name][1].rules), default=0
            )
            if depths[name] > MOST_DEPTH:
                place = found[name][0].inner_place("rules")
                faults.error(place, f"correlations name each other more than {MOST_DEPTH} deep")
        waiting = [name for name in waiting if name not in depths]
    for name in waiting:
        circle = _circle(name, found)
        if circle and min(circle) == name:
            way = " -> ".join([*circle, name])
            faults.error(found[name][0].inner_place("rules"), f"'{name}' names itself: {way}")
    return list(depths)


def _circle(name: str, found: Mapping[str, tuple[CorrelationDocument, Correlation]]) -> list[str]:
    """Return the way from a correlation to itself; empty if there is none."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for rule in found[way[-1]][1].rules:
            if rule == name:
                return way
            if rule in found and rule not in seen:
                seen.add(rule)
                ways.append([*way, rule])
    return []


def _check_carried(
    document: CorrelationDocument,
    correlation: Correlation,
    carried: Mapping[str, _Carried],
    faults: Faults,
) -> _Carried:
    """Refuse fields that no match can have, and warn of matches that lack one."""
    for name in correlation.group_by:
        meant = correlation.aliases.get(name, {})
        asked = {rule: meant.get(rule, name) for rule in correlation.rules}
        _check_field(document, "aliases" if meant else "group-by", asked, carried, faults)
    if correlation.value_field:
        asked = dict.fromkeys(correlation.rules, correlation.value_field)
        _check_field(document, "condition", asked, carried, faults)
    actions = frozenset[str]().union(*(carried[rule].actions for rule in correlation.rules))
    all_known = all(carried[rule].actions for rule in correlation.rules)
    result = _Carried(actions if all_known else ALL, frozenset(correlation.group_by))
    _check_settings(document, correlation, result, faults)
    return result


def _check_field(
    document: CorrelationDocument,
    key: str,
    asked: Mapping[str, str],
    carried: Mapping[str, _Carried],
    faults: Faults,
) -> None:
    """Look whether the matches of each rule may carry the field that is asked of them."""
    place = document.inner_place(key)
    lacking = [rule for rule, field in asked.items() if not carried[rule].has(field)]
    if not lacking:
        return
    fields = " or ".join(dict.fromkeys(f"'{field}'" for field in asked.values()))
    if len(lacking) == len(asked):
        carriers = " or ".join(sorted(carried_by(next(iter(asked.values())))))
        faults.error(
            place, f"{fields} is not in the events of these rules; it comes with {carriers}"
        )
        return
    for rule in lacking:
        faults.warning(
            place, f"the events of '{rule}' never have '{asked[rule]}', so they are not counted"
        )


def _check_settings(
    document: CorrelationDocument, correlation: Correlation, carried: _Carried, faults: Faults
) -> None:
    """Refuse settings that name a field which no event of the rules has."""
    rule = correlation.rule
    ours = (*NAMES, *correlation.aliases)
    named = {"message": metadata.fields_in(rule.message), "once_per": (rule.once_per,)}
    if rule.suppress is not None:
        named["suppress"] = rule.suppress.by
    settings = metadata.settings(document.document, Faults())
    for key, fields in named.items():
        for name in fields:
            if name and name not in ours and not carried.has(name):
                carriers = " or ".join(sorted(carried_by(name)))
                faults.error(
                    metadata.place_of(settings, key),
                    f"'{name}' is not in the events of these rules; it comes with {carriers}",
                )


def _check_enabled(
    document: CorrelationDocument,
    correlation: Correlation,
    known: Mapping[str, Rule],
    faults: Faults,
) -> None:
    """Warn of rules that are off: they are not asked, so nothing of them is counted."""
    if not correlation.rule.enabled:
        return
    for scalar, name in zip(document.rules, correlation.rules, strict=False):
        if not known[name].enabled:
            faults.warning(scalar.place, f"the rule '{name}' is off, so it counts for nothing")


def _silenced(correlations: Sequence[Correlation]) -> frozenset[str]:
    """Return the rules that no longer alert by themselves, unless another correlation lets them."""
    on = [correlation for correlation in correlations if correlation.rule.enabled]
    named = {name for one in on if not one.generate for name in one.rules}
    return frozenset(named - {name for one in on if one.generate for name in one.rules})


def _check_silenced(
    found: Sequence[tuple[CorrelationDocument, Correlation]],
    known: Mapping[str, Rule],
    silenced: frozenset[str],
    faults: Faults,
) -> None:
    """Warn of a rule that would alert and is silenced from another file."""
    for document, correlation in found:
        if not correlation.rule.enabled:
            continue
        for scalar, name in zip(document.rules, correlation.rules, strict=False):
            level = known[name].level
            if name in silenced and level is not Level.INFORMATIONAL:
                faults.warning(
                    scalar.place,
                    f"silences the rule '{name}' (level {level}); write 'generate: true' here,"
                    " or 'level: informational' there",
                )
