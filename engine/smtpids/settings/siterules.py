"""What a site sets of rules without editing them: on or off, level, suppression.

The settings name rules, and whether a rule of that name exists is known only when the rules are
read; so each name keeps its place until then.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from smtpids.document import Mapping, Scalar
from smtpids.errors import ConfigError, ConfigSetError
from smtpids.faults import unknown
from smtpids.rules import metadata
from smtpids.rules.rule import Level
from smtpids.rules.specialise import carried_by
from smtpids.settings.kinds import Kind, listed, quoted, scalars_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Table

    from smtpids.document import Value
    from smtpids.errors import Location
    from smtpids.faults import Faults
    from smtpids.rules.rule import Rule, Suppress
    from smtpids.rules.ruleset import RuleSet

Names: TypeAlias = "Table[str, Location]"

#: The word in `rules.paths` for the rules that come with smtpids.
SHIPPED: Final = "shipped"


class SiteRules(NamedTuple):
    """Settings by the name of the rule, each with its place."""

    disable: Names = MappingProxyType({})
    enable: Names = MappingProxyType({})
    level: Table[str, tuple[Level, Location]] = MappingProxyType({})
    suppress: Table[str, tuple[Suppress, Location]] = MappingProxyType({})

    def places(self) -> Iterator[tuple[str, Location]]:
        """Yield each name with each place that has it."""
        for names in (self.disable, self.enable):
            yield from names.items()
        for name, (_, place) in (*self.level.items(), *self.suppress.items()):
            yield name, place

    def changed(self, rule: Rule) -> Rule:
        """Return a rule as the site wants it."""
        enabled = (rule.enabled or rule.name in self.enable) and rule.name not in self.disable
        level = self.level[rule.name][0] if rule.name in self.level else rule.level
        changed = replace(rule, enabled=enabled, level=level)
        if rule.name in self.suppress:
            changed = replace(changed, suppress=self.suppress[rule.name][0], once_per="")
        return changed


def apply(ruleset: RuleSet, site: SiteRules) -> RuleSet:
    """Return the rules as the site wants them.

    Raises ConfigSetError if a setting names no rule, or suppresses by what its events lack.
    """
    rules = {rule.name: rule for rule in ruleset.rules}
    errors = [
        ConfigError(unknown("rule", name, rules), place)
        for name, place in site.places()
        if name not in rules
    ]
    for name, (suppress, place) in site.suppress.items():
        actions = rules[name].actions if name in rules else frozenset()
        for wanted in suppress.by:
            if actions and not actions & carried_by(wanted):
                carriers = " or ".join(sorted(carried_by(wanted)))
                what = f"'{wanted}' is not in the events of '{name}'; it comes with {carriers}"
                errors.append(ConfigError(what, place))
    if errors:
        raise ConfigSetError(sorted(errors, key=_order))
    if not any(True for _ in site.places()):
        return ruleset
    return replace(
        ruleset,
        sources=tuple(
            source._replace(rule=site.changed(source.rule)) for source in ruleset.sources
        ),
        correlations=tuple(
            correlation._replace(rule=site.changed(correlation.rule))
            for correlation in ruleset.correlations
        ),
    )


def _order(fault: ConfigError) -> tuple[int, int, str]:
    place = fault.location
    return (0, 0, fault.message) if place is None else (place.line, place.column, fault.message)


def check_switches(site: SiteRules, faults: Faults) -> None:
    """Refuse a rule that is both turned on and off."""
    for name in site.enable.keys() & site.disable.keys():
        line = site.disable[name].line
        faults.error(site.enable[name], f"'{name}' is under 'disable' too (line {line}); keep one")


def _read_paths(value: Value, key: str, faults: Faults) -> tuple[str, ...] | None:
    found = scalars_of(value, key, f"[{SHIPPED}, own/]", faults)
    if found is None:
        return None
    if not found:
        faults.error(value.place, f"'{key}' is empty; write [{SHIPPED}, own/]")
        return None
    return tuple(one.text if one.text == SHIPPED else _beside(one) for one in found)


def _beside(scalar: Scalar) -> str:
    """Return a path that is seen from the folder of the file in which it stands."""
    path = Path(scalar.place.path).parent / scalar.text
    return str(path.absolute() if str(path) == SHIPPED else path)


def _write_paths(paths: tuple[str, ...]) -> str:
    return listed(
        SHIPPED if path == SHIPPED else quoted(str(Path(path).absolute())) for path in paths
    )


def _read_names(value: Value, key: str, faults: Faults) -> dict[str, Location] | None:
    found = scalars_of(value, key, "[name_of_a_rule]", faults)
    if found is None:
        return None
    names: dict[str, Location] = {}
    for one in found:
        if one.text in names:
            line = names[one.text].line
            faults.error(one.place, f"'{one.text}' is listed twice (first at line {line})")
        names.setdefault(one.text, one.place)
    return names


def _by_rule(value: Value, key: str, example: str, faults: Faults) -> Mapping | None:
    if isinstance(value, Mapping):
        return value
    faults.error(value.place, f"'{key}' takes names of rules; write {example}")
    return None


def _read_levels(
    value: Value, key: str, faults: Faults
) -> dict[str, tuple[Level, Location]] | None:
    mapping = _by_rule(value, key, "{name_of_a_rule: low}", faults)
    if mapping is None:
        return None
    found: dict[str, tuple[Level, Location]] = {}
    for name, (at, word) in mapping.entries.items():
        if isinstance(word, Scalar) and word.text in tuple(Level):
            found[name] = Level(word.text), at.place
        else:
            told = word.text if isinstance(word, Scalar) else ""
            known = ", ".join(Level)
            faults.error(word.place, unknown("level", told, tuple(Level)) + f"; one of {known}")
    return found


def _read_suppress(
    value: Value, key: str, faults: Faults
) -> dict[str, tuple[Suppress, Location]] | None:
    mapping = _by_rule(value, key, "{name_of_a_rule: {by: [source.ip], for: 1h}}", faults)
    if mapping is None:
        return None
    found: dict[str, tuple[Suppress, Location]] = {}
    for name, (at, span) in mapping.entries.items():
        # read as the same words in a rule are
        one = metadata.suppress(Mapping({"suppress": (at, span)}, at.place), faults)
        if one is not None:
            found[name] = one, at.place
    return found


def _write_names(names: dict[str, Any]) -> str:
    return listed(map(quoted, names))


def _write_levels(levels: dict[str, tuple[Level, Location]]) -> str:
    inside = ", ".join(f"{quoted(name)}: {level}" for name, (level, _) in levels.items())
    return f"{{{inside}}}"


def _write_suppress(found: dict[str, tuple[Suppress, Location]]) -> str:
    inside = (
        f"{quoted(name)}: {{by: {listed(map(quoted, one.by))}, for: {_span(one.for_ns)}}}"
        for name, (one, _) in found.items()
    )
    return f"{{{', '.join(inside)}}}"


def _span(span_ns: int) -> str:
    seconds = span_ns // 1_000_000_000
    units = reversed(metadata.UNITS.items())
    unit, size = next(pair for pair in units if seconds % pair[1] == 0)
    return f"{seconds // size}{unit}"


PATHS: Final = Kind(_read_paths, _write_paths)
NAMES: Final = Kind(_read_names, _write_names)
LEVELS: Final = Kind(_read_levels, _write_levels)
SUPPRESS: Final = Kind(_read_suppress, _write_suppress)
