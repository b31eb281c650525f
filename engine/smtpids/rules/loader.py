"""Files and folders into the rules of a run, or into everything that is wrong with them.

A rule that is not what its author meant fails in silence, so the loader is strict: what it does
not understand is an error, and one error keeps all rules from being used. All faults of all files
are told at once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.config import MIB
from smtpids.document import read_documents
from smtpids.errors import Location, RuleSetError
from smtpids.faults import Faults, unknown
from smtpids.rules import foreign, lint, metadata, shipped_rules
from smtpids.rules.correlation_document import CorrelationDocument
from smtpids.rules.files import find_files, reason
from smtpids.rules.placeholders import resolved
from smtpids.rules.references import resolve
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.schema import FilterDocument, RuleDocument, read_document
from smtpids.rules.specialise import actions_of, carried_by, specialise
from smtpids.rules.tree import FALSE, TRUE, conjoin, names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from smtpids.document import Scalar
    from smtpids.errors import RuleError
    from smtpids.rules.files import RuleFile
    from smtpids.rules.placeholders import Placeholders
    from smtpids.rules.schema import Document
    from smtpids.rules.tree import Node

#: A rule is a few hundred octets; a list of addresses in it a few thousand.
MOST_OCTETS: Final = MIB


def load(
    paths: Sequence[str | Path] | None,
    *,
    today: dt.date | None = None,
    placeholders: Placeholders | None = None,
) -> RuleSet:
    """Return the rules in `paths`, which are files and folders; None means the shipped ones.

    Rules and filters that expired before `today` are not used. `placeholders` are the values that
    `expand` asks for, by name. Raises `RuleSetError` with all
    errors if there is one.
    """
    faults = Faults()
    roots = [shipped_rules.folder()] if paths is None else [Path(path) for path in paths]
    rules: list[RuleDocument] = []
    correlations: list[CorrelationDocument] = []
    filters: list[FilterDocument] = []
    for file in find_files(roots, faults):
        for document in _read_file(file, placeholders or {}, faults):
            if isinstance(document, RuleDocument):
                rules.append(document)
            elif isinstance(document, CorrelationDocument):
                correlations.append(document)
            else:
                filters.append(document)
    _check_unique(rules, correlations, filters, faults)
    counted = frozenset(document.correlation.rule.name for document in correlations)
    conditions = _filtered(rules, counted, filters, today, faults)
    sources = [
        _finished(document, condition, today, faults)
        for document, condition in zip(rules, conditions, strict=True)
    ]
    correlations = [_in_force(document, today, faults) for document in correlations]
    resolved = resolve(correlations, [source.rule for source in sources], faults)
    if faults.errors:
        raise RuleSetError(sorted(faults.errors, key=_order))
    return RuleSet(
        tuple(sorted(sources, key=lambda source: source.rule.name)),
        tuple(sorted(faults.warnings, key=_order)),
        resolved.correlations,
        resolved.silenced,
    )


def _order(fault: RuleError) -> tuple[str, int, int, str]:
    place = fault.location
    return place.path, place.line, place.column, fault.message


def _read_file(file: RuleFile, placeholders: Placeholders, faults: Faults) -> Iterator[Document]:
    """Yield the rule or correlation and the filters of one file."""
    path = str(file.path)
    text = _text(file.path, faults)
    if text is None:
        return
    stranger, line = foreign.text(text)
    if stranger:
        faults.error(Location(path, line, 1), stranger)
        return
    before = len(faults.errors)
    values = read_documents(text, path, faults)
    if not values and len(faults.errors) == before:
        faults.error(Location(path, 1, 1), "the file is empty; a rule begins with 'title:'")
    first: Document | None = None
    for value in values:
        stranger, place = foreign.document(value)
        if stranger:
            faults.error(place, stranger)
            return
        before = len(faults.errors)
        filled = resolved(value, placeholders, faults)
        sound = len(faults.errors) == before
        document = read_document(filled, path, file.category, faults)
        if document is None:
            continue
        if not sound:
            document = replace(document, sound=False)
        if not isinstance(document, FilterDocument):
            if first is not None:
                faults.error(value.place, "a file holds one rule; give this one a file of its own")
            else:
                first = document
        yield document


def _text(path: Path, faults: Faults) -> str | None:
    """Return the text of a file; None after saying why there is none."""
    place = Location(str(path))
    try:
        if not path.is_file():
            faults.error(place, "is not a file")
            return None
        if path.stat().st_size > MOST_OCTETS:
            faults.error(place, f"is larger than {MOST_OCTETS} octets")
            return None
        octets = path.read_bytes()
    except OSError as error:
        faults.error(place, reason(error))
        return None
    stranger = foreign.octets(octets)
    if stranger:
        faults.error(place, stranger)
        return None
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = octets[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        code = octets[error.start]
        faults.error(
            Location(str(path), line, column), f"the octet 0x{code:02x} is not UTF-8; save as UTF-8"
        )
        return None


def _check_unique(
    rules: Sequence[RuleDocument],
    correlations: Sequence[CorrelationDocument],
    filters: Sequence[FilterDocument],
    faults: Faults,
) -> None:
    """Refuse what two rules share and must not."""
    told: list[tuple[str, object, Location]] = []
    documents: list[RuleDocument | CorrelationDocument] = [*rules, *correlations]
    for document in documents:
        rule = document.rule if isinstance(document, RuleDocument) else document.correlation.rule
        told.append(("name", rule.name, document.place("name")))
        told.append(("id", rule.uuid, document.place("id")))
        settings = document.document.get("smtpids")
        told.append(("sid", rule.sid, settings.place if settings else document.document.place))
    told += [("id", document.uuid, document.uuid_place) for document in filters]
    seen: dict[tuple[str, object], Location] = {}
    for what, value, place in told:
        if not value:
            continue
        first = seen.setdefault((what, value), place)
        if first is not place:
            faults.error(place, f"the {what} '{value}' is taken by {first.path}:{first.line}")


def _filtered(
    rules: Sequence[RuleDocument],
    correlations: frozenset[str],
    filters: Sequence[FilterDocument],
    today: dt.date | None,
    faults: Faults,
) -> list[Node]:
    """Return the condition of each rule with the filters that are for it."""
    conditions = [document.condition for document in rules]
    by_name: dict[str, int] = {}
    for number, document in enumerate(rules):
        by_name[document.rule.name] = number
        if document.rule.uuid:
            by_name[document.rule.uuid] = number
    for exception in filters:
        found = [_target(scalar, by_name, correlations, faults) for scalar in exception.rules]
        targets = [number for number in found if number is not None]
        if not exception.enabled or _is_over(exception.expires, today, exception.place, faults):
            continue
        for number in targets if exception.rules else range(len(rules)):
            if not (exception.sound and rules[number].sound):
                continue
            _check_effect(rules[number], exception, faults)
            conditions[number] = conjoin((conditions[number], exception.condition))
    return conditions


def _target(
    scalar: Scalar, by_name: dict[str, int], correlations: frozenset[str], faults: Faults
) -> int | None:
    found = by_name.get(scalar.text, by_name.get(scalar.text.lower()))
    if scalar.text in correlations:
        faults.error(
            scalar.place, f"'{scalar.text}' is a correlation; name the rules that it names"
        )
    elif found is None:
        faults.error(scalar.place, unknown("rule", scalar.text, by_name))
    return found


def _check_effect(document: RuleDocument, exception: FilterDocument, faults: Faults) -> None:
    """Warn of a filter that keeps nothing of a rule back, or everything."""
    left = {specialise(exception.condition, action) for action in actions_of(document.condition)}
    if not exception.rules or not left:
        return
    name = document.rule.name
    if left == {TRUE}:
        faults.warning(
            exception.place, f"the filter has no effect: events of '{name}' lack its fields"
        )
    elif left == {FALSE}:
        faults.warning(exception.place, f"the filter silences '{name}'; set 'enabled: false' there")


def _is_over(
    expires: dt.date | None, today: dt.date | None, place: Location, faults: Faults
) -> bool:
    if expires is None or today is None or expires >= today:
        return False
    faults.warning(place, f"expired on {expires} and is not used; remove it or set a later date")
    return True


def _in_force(
    document: CorrelationDocument, today: dt.date | None, faults: Faults
) -> CorrelationDocument:
    """Return a correlation, off if it has expired."""
    if not _is_over(document.expires, today, document.document.place, faults):
        return document
    correlation = document.correlation
    off = replace(correlation.rule, enabled=False)
    return replace(document, correlation=correlation._replace(rule=off))


def _finished(
    document: RuleDocument, condition: Node, today: dt.date | None, faults: Faults
) -> RuleSource:
    """Return a rule with all that is known of it once its condition is."""
    rule = document.rule
    actions = actions_of(condition)
    place = document.place("detection")
    if document.sound:
        if not actions_of(document.condition):
            told = ", ".join(
                f"{name} comes with {' or '.join(sorted(carried_by(name)))}"
                for name in sorted(names(document.condition))
                if carried_by(name) != carried_by("event.action")
            )
            why = f": {told}" if told else ""
            faults.error(place, f"the rule can never be true{why}")
        else:
            lint.actions(actions, place, faults)
            _check_carried(document, actions, faults)
    enabled = rule.enabled and not _is_over(
        document.expires, today, document.document.place, faults
    )
    return RuleSource(replace(rule, actions=actions, enabled=enabled), condition)


def _check_carried(document: RuleDocument, actions: frozenset[str], faults: Faults) -> None:
    """Refuse settings that name a field which no event of the rule has."""
    rule = document.rule
    named = {"message": metadata.fields_in(rule.message), "once_per": (rule.once_per,)}
    if rule.suppress is not None:
        named["suppress"] = rule.suppress.by
    settings = metadata.settings(document.document, Faults())
    for key, fields in named.items():
        for name in fields:
            if name and actions and not actions & carried_by(name):
                carriers = " or ".join(sorted(carried_by(name)))
                faults.error(
                    metadata.place_of(settings, key),
                    f"'{name}' is not in the events of this rule; it comes with {carriers}",
                )
