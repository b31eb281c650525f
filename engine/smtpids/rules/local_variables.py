"""The local variables of a generated function: what they are called, and what makes them.

What a function needs in any case is made once at its top, if it is also needed in a branch before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.rules.interpreter import ask
from smtpids.rules.questions import SEPARATOR, Variable, is_many, variable_of
from smtpids.rules.tree import checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtpids.rules.program import Line
    from smtpids.rules.tree import Node


#: Fields that hold one of few words nearly always: see `operands.LOWER_VERBS`.
VERB_FIELDS: Final = frozenset({"smtp.command.verb", "smtp.reply.verb"})


class LocalVariables:
    """The variables of the function for some conditions."""

    def __init__(self, conditions: Iterable[Node]) -> None:
        self._numbers: dict[str | None, int] = {}
        self._places: dict[Variable, list[tuple[int, int]]] = {}
        """Of each variable the lines of the function that make it, and how deep they stand."""
        self._unsafe: set[Variable] = set()
        """Variables in lower case for which a missing field must not stand as an empty text."""
        for check in {check: None for node in conditions for check in checks(node)}:
            variable = variable_of(check)
            if variable and variable.form == "l" and ask(check, {str(check.field): ""}):
                self._unsafe.add(variable)

    def name(self, variable: Variable) -> str:
        """Return what a variable is called."""
        number = self._numbers.setdefault(variable.field, len(self._numbers))
        return f"{variable.form}{number}"

    def is_text(self, variable: Variable) -> bool:
        """Tell whether a variable holds a text even if the field is missing."""
        return variable.form == "l" and variable not in self._unsafe

    def made(self, variable: Variable) -> list[str]:
        """Return the lines that make a variable."""
        name, form = self.name(variable), variable.form
        if is_many(variable.field):
            return _of_many(name, form, variable.field)
        value = f"f.get({variable.field!r})"
        if form == "n":
            return [f"{name} = number({value})"]
        lower = f"{name}.lower()"
        if variable.field in VERB_FIELDS:
            lower = f"verbs.get({name}) or {lower}"
        if self.is_text(variable) and variable.field not in VERB_FIELDS:
            return [f"{name} = ({value} or '').lower()"]
        if self.is_text(variable):
            return [f"{name} = {value} or ''", f"{name} = {lower}"]
        if form == "l":
            return [f"{name} = {value}", f"if {name} is not None: {name} = {lower}"]
        return [f"{name} = {value}"]

    def note(self, variable: Variable, at: int, depth: int) -> None:
        """Note that a variable is made in a line of the function, and how deep that stands."""
        self._places.setdefault(variable, []).append((at, depth))

    def drawn_up(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines, with what is made in any case and in branches before made first."""
        first: list[Line] = []
        gone: set[int] = set()
        for variable, places in self._places.items():
            if len(places) > 1 and any(depth == 1 for _, depth in places):
                made = self.made(variable)
                first += [(f"    {line}", None) for line in made]
                gone.update(at + more for at, _ in places for more in range(len(made)))
        return [*first, *(line for at, line in enumerate(lines) if at not in gone)]


def _of_many(name: str, form: str, field: str | None) -> list[str]:
    found = "texts(f)" if field is None else f"f.get({field!r})"
    values = found if field is None else f"{found} or ()"
    edge = repr(SEPARATOR)
    if form == "r":
        return [f"{name} = {edge}.join({values})"]
    if form == "j" and field is None:
        return [f"{name} = ({edge} + {edge}.join({values}) + {edge}).lower()"]
    if form == "j":
        joined = f"({edge} + {edge}.join(x) + {edge}).lower()"
        return [f"{name} = {joined} if (x := {found}) else ''"]
    each = "e.lower()" if form == "l" else "number(e)"
    made = [] if form == "v" else [f"if {name}: {name} = [{each} for e in {name}]"]
    return [f"{name} = {values}", *made]
