"""`field|expand: '%name%'`: the values that a site gives to the placeholders of its rules.

A placeholder is replaced before a selection is read, so each of its values is judged as if it
stood in the rule. Several in one text give every combination.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingOf

    from smtpids.document import Value
    from smtpids.faults import Faults

    #: Name, without the signs of percent, and values.
    Placeholders: TypeAlias = MappingOf[str, tuple[str, ...]]

MODIFIER: Final = "expand"
#: Texts that one text may become; a list of addresses has some thousands.
MOST_VALUES: Final = 20_000
#: The keys of a document under which selections stand.
_SELECTIONS: Final = ("detection", "filter")
_MARK: Final = re.compile(r"(?<!\\)%(\w+)%")


def holds_placeholder(text: str) -> bool:
    """Tell whether a text has a placeholder that is not escaped."""
    return _MARK.search(text) is not None


def resolved(document: Value, placeholders: Placeholders, faults: Faults) -> Value:
    """Return the document with its placeholders replaced; one that has no value is a fault."""
    if not isinstance(document, Mapping):
        return document
    entries = {
        name: (key, _walked(value, placeholders, faults) if name in _SELECTIONS else value)
        for name, (key, value) in document.entries.items()
    }
    return Mapping(entries, document.place)


def _walked(value: Value, placeholders: Placeholders, faults: Faults) -> Value:
    if isinstance(value, Items):
        return value._replace(
            items=tuple(_walked(one, placeholders, faults) for one in value.items)
        )
    if isinstance(value, Scalar):
        return value
    entries: dict[str, tuple[Scalar, Value]] = {}
    for name, (key, inner) in value.entries.items():
        modifiers = name.split("|")[1:]
        if MODIFIER in modifiers and "cidr" not in modifiers:
            entries[name] = key, _replaced(inner, placeholders, faults)
        else:
            entries[name] = key, _walked(inner, placeholders, faults)
    return Mapping(entries, value.place)


def _replaced(value: Value, placeholders: Placeholders, faults: Faults) -> Value:
    """Return the values that stand behind one `expand`."""
    items = value.items if isinstance(value, Items) else (value,)
    found: list[Value] = []
    for one in items:
        if not isinstance(one, Scalar) or not isinstance(one.value, str):
            found.append(one)
        else:
            found.extend(_texts(one, placeholders, faults))
    if items and not any(isinstance(one, Scalar) and holds_placeholder(one.text) for one in items):
        faults.warning(value.place, f"'{MODIFIER}' has no effect: there is no %placeholder% here")
    return Items(tuple(found), value.place)


def _texts(scalar: Scalar, placeholders: Placeholders, faults: Faults) -> list[Scalar]:
    """Return the texts that one text becomes; itself if a placeholder has no value."""
    before = len(faults.errors)
    choices: list[tuple[str, ...]] = []
    count = 1
    for index, part in enumerate(_MARK.split(scalar.text)):
        if index % 2 == 0:
            choices.append((part.replace("\\%", "%"),))
            continue
        values = placeholders.get(part, ())
        if not values:
            faults.error(scalar.place, _without_value(part, placeholders))
        choices.append(values)
        count *= len(values)
    if count > MOST_VALUES:
        faults.error(
            scalar.place, f"the placeholders make {count} values of this; the most is {MOST_VALUES}"
        )
    if len(faults.errors) > before:
        return [scalar]
    texts = ("".join(parts) for parts in product(*choices))
    return [Scalar(text, scalar.place, text, None) for text in texts]


def _without_value(name: str, placeholders: Placeholders) -> str:
    where = "'placeholders:' in the config file"
    if name in placeholders:
        return f"the placeholder '%{name}%' is an empty list; give it a value under {where}"
    near = nearest(name, placeholders)
    if near:
        return f"unknown placeholder '%{name}%', did you mean '%{near}%'?"
    return f"unknown placeholder '%{name}%'; give it values under {where}"
