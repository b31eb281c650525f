"""Writes the functions of the shipped rules as modules; `prepared_functions.py` says what for.

`python -m smtpids.rules.function_modules` makes them anew, in `rules/prepared/`, of what
`rules/prepared.json` holds. A module is the source that the compiler writes, its constants above
it; a search among these is made when it is first wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.fields import ALL, FIELDS
from smtpids.fields.field import TEXTUAL
from smtpids.rules.compiler import compile_rules
from smtpids.rules.guard import GUARD_FROM
from smtpids.rules.prepared_functions import module_for
from smtpids.rules.program import Recipe
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import FALSE, names
from smtpids.rules.usual import USUAL, usual

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smtpids.fields.field import Field
    from smtpids.rules.ruleset import RuleSet
    from smtpids.rules.tree import Node

#: Of usual events few rules ask for words, and a guard looks at each body as a whole.
USUAL_GUARD_FROM: Final = 2 * GUARD_FROM
_INDEX: Final = '''\
"""What the prepared functions are of; made by python -m smtpids.rules.function_modules."""
DIGEST = {digest!r}
ASKED = frozenset(({asked}))
ACTIONS = {{
{actions}
}}
'''
#: RE2 is loaded before packets come, though a search may be made later.
_HEAD: Final = '''\
"""The rules for {action}; made by python -m smtpids.rules.function_modules."""
from __future__ import annotations
from typing import TYPE_CHECKING, Any, Final
import re2
from smtpids.rules.glance import COMPILED as glances, Glance
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.operands import address_number as number, time_part as part
from smtpids.rules.operands import LOWER_VERBS as verbs, Later, calm_finder, glob_finder
from smtpids.rules.scanner import sure_scanner
from smtpids.rules.tree import Wild
if TYPE_CHECKING:
    from typing import TypedDict
    Fields = TypedDict('Fields', {{{fields}}}, total=False)
'''


def modules(ruleset: RuleSet) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the modules for prepared rules, none of them changed."""
    prepared, asked = ruleset.prepared, ruleset.numbered
    assert prepared is not None, "the rules were read from their files"
    numbers: dict[str, list[int]] = {}
    for action in sorted(ALL):
        special = {number: specialise(one.condition, action) for number, one in asked.items()}
        conditions = {number: node for number, node in special.items() if node != FALSE}
        numbers[action] = [*conditions]
        if conditions:
            yield f"{action}.py", _module(action, conditions)
        for kind in (kind for kind, known in USUAL.items() if known.action == action):
            left = {number: usual(node, kind) for number, node in conditions.items()}
            asked_still = {number: node for number, node in left.items() if node != FALSE}
            told = _module(f"{action}: {kind}", asked_still, USUAL_GUARD_FROM)
            yield f"{module_for(kind)}.py", told
    lines = [f"    {action!r}: frozenset({one!r})," for action, one in numbers.items()]
    told = _INDEX.format(
        digest=prepared.digest, asked=", ".join(map(str, asked)), actions="\n".join(lines)
    )
    yield "__init__.py", told


def _module(action: str, conditions: dict[int, Node], guard_from: int = GUARD_FROM) -> str:
    program = compile_rules(action, conditions, guard_from=guard_from)
    asked = sorted({name for node in conditions.values() for name in names(node)})
    fields = ", ".join(f"{name!r}: {_type(FIELDS[name])}" for name in asked)
    head = _HEAD.format(action=action, fields=fields)
    for name, value in program.constants.items():
        if isinstance(value, Recipe):
            maker, operands = value.maker, value.operands
            made = f"{maker}({operands})" if value.at_once else f"Later({maker}, {operands})"
            head += f"{name}: Final = {made}\n"
        else:
            kind = "[dict[Any, int]]" if isinstance(value, dict) else ""
            head += f"{name}: Final{kind} = {_literal(value)}\n"
    owners = (*[None] * head.count("\n"), *program.owners)
    return f"{head}{program.source}OWNERS = {owners!r}\n"


def _type(field: Field) -> str:
    """Return the Python for a type, of texts alone: mypyc asks nothing of a number quicker."""
    if field.type not in TEXTUAL:
        return "Any"
    return "list[str]" if field.many else "str"


def _literal(value: object) -> str:
    """Return the Python for a constant, the same each time: sets have no order of their own."""
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}({sorted(value, key=repr)!r})"
    return repr(value)


def main(folder: Path) -> None:
    """Write the modules for the shipped rules beside them, and remove others."""
    from smtpids.rules import prepared

    ruleset = prepared.read(folder)
    if ruleset is None:
        raise SystemExit("rules/prepared.json is old; make it by python -m smtpids.rules.prepared")
    place = folder / "prepared"
    place.mkdir(exist_ok=True)
    for old in place.glob("*.py"):
        old.unlink()
    for name, text in modules(ruleset):
        (place / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from smtpids.rules import shipped_rules

    main(shipped_rules.folder())
