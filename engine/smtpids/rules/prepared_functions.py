"""The functions of the shipped rules as the compiler makes them, so that a run need not make them.

To write and compile them takes a run half of its start. They are the same each time, so they are
kept as modules in `rules/prepared/`, one for each `event.action`, which Python keeps compiled as it
does all modules, or which mypyc compiles with those of the engine. They are used for rules that
were prepared from files of the same digest, and only for the actions of which the run asks the very
rules that a run without settings asks: a rule that is switched on or off, or has another condition,
costs its actions the compiler.

Usual events of an action have functions of their own, which say the same with fewer questions:
`usual.py`.

A search is made ready when it is first wanted: most events have none of the words that need it.

`function_modules.py` writes the modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from smtpids.rules.program import Program
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import FALSE
from smtpids.rules.usual import USUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smtpids.rules.ruleset import RuleSet

#: The package of the modules; its folder is beside the rules that they are of.
PACKAGE: Final = "smtpids._rules.prepared"


def ready(ruleset: RuleSet) -> dict[str, Program | None]:
    """Return the prepared functions that hold for these rules, by `event.action`.

    None stands for an action of which no rule can be true; what is not there is to be compiled.
    """
    prepared = ruleset.prepared
    if prepared is None or len(prepared.conditions) != len(ruleset.sources):
        return {}
    try:
        index = import_module(PACKAGE)
    except ImportError:  # as in an installation that left them out
        return {}
    if prepared.digest != index.DIGEST:
        return {}
    added, kept = [], set()
    for number, source in ruleset.numbered.items():
        if number in index.ASKED and source.condition is prepared.conditions[number]:
            kept.add(number)
        else:
            added.append(source.condition)
    gone = index.ASKED - kept
    return {
        action: _program(action) if numbers else None
        for action, numbers in index.ACTIONS.items()
        if gone.isdisjoint(numbers)
        and not any(specialise(condition, action) != FALSE for condition in added)
    }


def for_usual(
    prepared: Mapping[str, Program | None],
) -> dict[str, Callable[[Mapping[str, object]], tuple[int, ...]]]:
    """Return the functions for usual events of the actions that have a prepared one, by kind."""
    return {
        kind: import_module(f"{PACKAGE}.{module_for(kind)}").match
        for kind, known in USUAL.items()
        if prepared.get(known.action) is not None
    }


def module_for(kind: str) -> str:
    """Return what the module for usual events of a kind is called."""
    return f"{USUAL[kind].action}_{kind.lower().replace(' ', '_')}"


def _program(action: str) -> Program:
    module = import_module(f"{PACKAGE}.{action}")
    return Program("", module.match, module.__name__, module.OWNERS, {})
