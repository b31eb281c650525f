"""What one may want to know of a rule, as plain values for `rules list` and `rules show`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from smtpids.errors import UsageError
from smtpids.faults import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule


def rule_called(name: str, ruleset: RuleSet) -> Rule:
    """Return the rule of a name; UsageError if there is none."""
    for rule in ruleset.rules:
        if name in {rule.name, rule.uuid}:
            return rule
    raise UsageError(unknown("rule", name, [rule.name for rule in ruleset.rules]))


def fields_of(name: str, ruleset: RuleSet) -> frozenset[str]:
    """Return the fields that a rule asks for; of a correlation, those of its rules too."""
    from smtpids.rules.tree import names

    found: set[str] = set()
    for source in ruleset.sources:
        if source.rule.name == name:
            found |= names(source.condition)
    for correlation in ruleset.correlations:
        if correlation.rule.name == name:
            aliased = {field for one in correlation.aliases.values() for field in one.values()}
            found |= {*correlation.group_by, correlation.value_field, *aliased}
            found -= {"", *correlation.aliases}
            for part in correlation.rules:
                found |= fields_of(part, ruleset)
    return frozenset(found)


def needs_of(name: str, ruleset: RuleSet) -> list[str]:
    """Return the keys of the configuration that give the fields of a rule their meaning."""
    from smtpids.fields import FIELDS

    rows = [FIELDS[field] for field in fields_of(name, ruleset) if field in FIELDS]
    return sorted({row.needs for row in rows if row.needs})


def techniques(rule: Rule) -> list[str]:
    """Return the techniques of ATT&CK that a rule is tagged with."""
    return [
        found[1].upper()
        for tag in rule.tags
        if (found := re.fullmatch(r"attack\.(t\d{4}(?:\.\d{3})?)", tag, re.ASCII))
    ]


def facts(rule: Rule, ruleset: RuleSet) -> dict[str, Any]:
    """Return what a list says of a rule."""
    return {
        "name": rule.name,
        "uuid": rule.uuid,
        "level": rule.level.value,
        "category": rule.category,
        "enabled": rule.enabled,
        "title": rule.title,
        "actions": sorted(rule.actions),
        "needs": needs_of(rule.name, ruleset),
        "attack": techniques(rule),
    }


def table(rows: list[list[str]]) -> Iterator[str]:
    """Yield rows with their columns aligned; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
