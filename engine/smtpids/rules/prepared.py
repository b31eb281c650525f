"""The shipped rules as they are once they are read, so that a run need not read them.

Reading 371 files of YAML strictly takes half of the time to the first alert. The loader's answer
for the shipped rules is always the same, so it is kept beside them, in `rules/prepared.json`, with
a digest of the files that it is of. It is used only while the files have that digest: an edited
rule, or one that was added, is read the long way with all its faults told.

`python -m smtpids.rules.prepared > rules/prepared.json` makes it anew. It is plain data, one line
for each rule: a condition is a list `[field, question, operand]`, or `{"and": [...]}`,
`{"or": [...]}`, `{"not": ...}` of conditions.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from smtpids.rules import files, shipped_rules
from smtpids.rules.correlation import AllOf, AnyOf, Correlation, Kind, NoneOf, Seen, Threshold
from smtpids.rules.rule import Level, Rule, Suppress
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.tree import FALSE, TRUE, Always, And, Check, Not, Op, Or, TimePart, Wild

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules.correlation import Wanted
    from smtpids.rules.tree import Node, Operand

#: The file, in the folder of the rules.
NAME: Final = "prepared.json"

_LEVELS: Final = {level.value: level for level in Level}
_OPS: Final = {op.value: op for op in Op}
_JOINS: Final[dict[str, type[And | Or]]] = {"and": And, "or": Or}
_WILD: Final = {wild.value: wild for wild in Wild}


def read(folder: Path) -> RuleSet | None:
    """Return the rules of the shipped folder; None if its files are not those of the digest."""
    try:
        told = orjson.loads((folder / NAME).read_bytes())
        if told["digest"] != digest(folder):
            return None
        return _ruleset(told, f"{folder}/")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # whatever befell the file, the rules can be read without it


def digest(folder: Path) -> str:
    """Return a digest of the rule files of a folder, by their names and what is in them."""

    def unreadable(error: OSError) -> None:
        raise error

    told = blake2b(digest_size=16)
    for path in sorted(files.in_folder(folder, unreadable)):
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - Paths would take 5 ms
            octets = file.read()
        told.update(f"{path.removeprefix(str(folder))}\0{len(octets)}\0".encode())
        told.update(octets)
    return told.hexdigest()


def text(ruleset: RuleSet, folder: Path) -> str:
    """Return the file for the rules of a folder."""
    assert not ruleset.warnings, "the shipped rules have none, so there is no place for them"
    rules = [[_plain_rule(one.rule, folder), _plain(one.condition)] for one in ruleset.sources]
    correlations = [_plain_correlation(one, folder) for one in ruleset.correlations]
    return (
        f'{{"digest": "{digest(folder)}",\n"rules": [\n{_lines(rules)}],\n'
        f'"correlations": [\n{_lines(correlations)}],\n'
        f'"silenced": {json.dumps(sorted(ruleset.silenced))}}}\n'
    )


def packed(ruleset: RuleSet) -> str:
    """Return any rules as text, for another process of the same program; without warnings."""
    nowhere = Path("/")  # in which no rule's path begins as one in it would: //
    return json.dumps(
        {
            "rules": [
                [_plain_rule(one.rule, nowhere), _plain(one.condition)] for one in ruleset.sources
            ],
            "correlations": [_plain_correlation(one, nowhere) for one in ruleset.correlations],
            "silenced": sorted(ruleset.silenced),
        }
    )


def unpacked(text: str) -> RuleSet:
    """Return the rules that `packed` wrote."""
    return _ruleset(json.loads(text), "")


def _ruleset(told: dict[str, Any], prefix: str) -> RuleSet:
    sources = tuple([RuleSource(_rule(rule, prefix), _node(node)) for rule, node in told["rules"]])
    return RuleSet(
        sources=sources,
        correlations=tuple(_correlation(one, prefix) for one in told["correlations"]),
        silenced=frozenset(told["silenced"]),
    )


def _lines(items: Sequence[object]) -> str:
    return ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)


def _plain_rule(rule: Rule, folder: Path) -> dict[str, Any]:
    """Return what of a rule is not the default."""
    told: dict[str, Any] = {}
    for field in fields(Rule):
        value = getattr(rule, field.name)
        default = field.default_factory() if callable(field.default_factory) else field.default
        if default is MISSING or value != default:
            told[field.name] = value
    told["path"] = rule.path.removeprefix(f"{folder}/")
    if rule.suppress is not None:
        told["suppress"] = [rule.suppress.by, rule.suppress.for_ns]
    if rule.actions:
        told["actions"] = sorted(rule.actions)
    return told


#: The members of a rule that are lists in the file.
_LISTS: Final = ("tags", "references", "false_positives")


def _rule(told: dict[str, Any], prefix: str) -> Rule:
    told["level"] = _LEVELS[told["level"]]
    told["path"] = prefix + told["path"]
    for name in _LISTS:
        if name in told:
            told[name] = tuple(told[name])
    if "suppress" in told:
        by, for_ns = told["suppress"]
        told["suppress"] = Suppress(tuple(by), for_ns)
    if "actions" in told:
        told["actions"] = frozenset(told["actions"])
    return Rule(**told)


def _plain(node: Node) -> object:
    if isinstance(node, Check):
        operand = _plain_operand(node.operand)
        return (
            [node.field, node.op, operand, True] if node.cased else [node.field, node.op, operand]
        )
    if isinstance(node, Not):
        return {"not": _plain(node.part)}
    if isinstance(node, Always):
        return node.answer
    return {"and" if isinstance(node, And) else "or": [_plain(part) for part in node.parts]}


def _node(told: Any) -> Node:
    if isinstance(told, list):
        name, op, operand, *cased = told
        if isinstance(operand, (list, dict)):
            operand = _operand(operand)
        return Check(name, _OPS[op], operand, bool(cased))
    if isinstance(told, bool):
        return TRUE if told else FALSE
    ((word, inner),) = told.items()
    if word == "not":
        return Not(_node(inner))
    join = _JOINS[word]
    return join(tuple([_node(part) for part in inner]))


def _plain_operand(operand: Operand) -> object:
    """Return a wildcard as a list of its sign, so that it is not taken for a text."""
    if isinstance(operand, tuple):
        return [[part.value] if isinstance(part, Wild) else part for part in operand]
    if isinstance(operand, TimePart):
        return {operand.part: operand.number}
    return operand


def _operand(told: list[Any] | dict[str, int]) -> Operand:
    if isinstance(told, dict):
        ((part, number),) = told.items()
        return TimePart(part, number)
    return tuple([_WILD[part[0]] if isinstance(part, list) else part for part in told])


def _plain_correlation(correlation: Correlation, folder: Path) -> dict[str, Any]:
    threshold, wanted = correlation.threshold, correlation.wanted
    return {
        "rule": _plain_rule(correlation.rule, folder),
        "kind": correlation.kind,
        "rules": correlation.rules,
        "timespan_ns": correlation.timespan_ns,
        "group_by": correlation.group_by,
        "aliases": correlation.aliases,
        "threshold": threshold and [threshold.op, threshold.number],
        "value_field": correlation.value_field,
        "min_values": correlation.min_values,
        "wanted": wanted and _plain_wanted(wanted),
        "generate": correlation.generate,
    }


def _correlation(told: dict[str, Any], prefix: str) -> Correlation:
    told["rule"] = _rule(told["rule"], prefix)
    told["kind"] = Kind(told["kind"])
    told["rules"] = tuple(told["rules"])
    told["group_by"] = tuple(told["group_by"])
    told["threshold"] = told["threshold"] and Threshold(*told["threshold"])
    told["wanted"] = told["wanted"] and _wanted(told["wanted"])
    return Correlation(**told)


def _plain_wanted(wanted: Wanted) -> object:
    if isinstance(wanted, Seen):
        return wanted.rule
    if isinstance(wanted, NoneOf):
        return {"none": _plain_wanted(wanted.part)}
    word = "all" if isinstance(wanted, AllOf) else "any"
    return {word: [_plain_wanted(part) for part in wanted.parts]}


def _wanted(told: Any) -> Wanted:
    if isinstance(told, str):
        return Seen(told)
    ((word, inner),) = told.items()
    if word == "none":
        return NoneOf(_wanted(inner))
    parts = tuple(_wanted(part) for part in inner)
    return AllOf(parts) if word == "all" else AnyOf(parts)


def main() -> str:
    """Return the file for the shipped rules."""
    from smtpids.rules.loader import load

    folder = shipped_rules.folder()
    return text(load([folder]), folder)


if __name__ == "__main__":
    import sys

    sys.stdout.write(main())
