"""Dotted names as nested objects: where the values of a record stand in its JSON.

The names of an event's fields are already ECS where ECS has a name, so nothing is renamed: the dots
become objects. Names that the table of fields has never heard of go through.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from smtpids.alerts.moment import rfc3339
from smtpids.fields import FIELDS, HIDDEN, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Record: TypeAlias = dict[str, Any]

#: Values that are no objects and hold none.
_PLAIN = frozenset({str, int, bool, float})


def nest(fields: Mapping[str, Any]) -> Record:
    """Turn dotted names into nested objects; a name without value (None) is left out.

    Where one name is both a value and an object, the object stands, for an index could hold only
    one; a list of objects stands above both, for rules read its columns under longer names.
    """
    result: Record = {}
    for name, value in fields.items():
        if type(value) in _PLAIN and name not in result and "." not in name:
            result[name] = value
        else:
            place(result, name, value)
    return result


def place(node: Record, name: str, value: Any) -> None:
    """Put `value` where the dotted name leads, in the manner of `nest`."""
    if value is None:
        return
    way = _way(name)
    found, last = _object(node, way.parents), way.last
    if found is None:
        return
    node = found
    if isinstance(value, dict):
        for inner, its_value in value.items():
            place(node, f"{last}.{inner}", its_value)
    elif isinstance(value, list) and has_objects(value):
        node[last] = [nest(item) if isinstance(item, dict) else item for item in value]
    elif not isinstance(node.get(last), dict):
        node[last] = value


def fill(result: Record, fields: Mapping[str, Any]) -> None:
    """Put the fields of an event where their names lead, in the manner of `place`.

    An object that was found is kept at hand for the fields beside it.
    """
    known: dict[str, Record] = {}
    for name, value in fields.items():
        parents, where, last, special, hidden, idle, time = _way(name)
        if value is None or (special and (hidden or (idle and not value))):
            continue
        kind = type(value)
        if kind is dict or (kind is list and has_objects(value)):
            place(result, name, value)
            known.clear()  # it may stand where an object stood
            continue
        node = known.get(where)
        if node is None:
            found = _object(result, parents)
            if found is None:
                continue
            node = known[where] = found
        if last not in node or type(node[last]) is not dict:
            node[last] = rfc3339(value) if time and kind is int else value


def _object(node: Record, parents: tuple[str, ...]) -> Record | None:
    """Return the object to which `parents` lead, made if need be; None if a list is in the way."""
    for part in parents:
        child = node.get(part)
        if not isinstance(child, dict):
            if has_objects(child):
                return None
            child = node[part] = {}
        node = child
    return node


class _Way(NamedTuple):
    """Where a field's name leads, and what is to know of its values."""

    parents: tuple[str, ...]
    place: str
    """The parents in one text."""
    last: str
    special: bool
    """One of the next three is so."""
    hidden: bool
    idle: bool
    time: bool


@lru_cache(maxsize=4096)
def _way(name: str) -> _Way:
    *parents, last = name.split(".")
    is_so = (name in HIDDEN, is_idle(name), is_time(name))
    return _Way(tuple(parents), ".".join(parents), last, any(is_so), *is_so)


def has_objects(value: Any) -> bool:
    """Whether a value is a list of objects, by its first item."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def clashes(names: Iterable[str]) -> list[str]:
    """Return the names that are used both for a value and for an object with names in it."""
    known = sorted(set(names))
    objects = {
        ".".join(name.split(".")[:n]) for name in known for n in range(1, name.count(".") + 1)
    }
    return [name for name in known if name in objects]


def is_time(name: str) -> bool:
    """Whether the field's value is a moment, in nanoseconds since 1970."""
    field = FIELDS.get(name)
    return field is not None and field.type is Type.TIME


def is_idle(name: str) -> bool:
    """Whether 0 and false say nothing: what the history counts and has not seen change.

    That somebody or something is new is said.
    """
    return name.startswith("history.") and not name.endswith("known")


def arrange(result: Record, lead: Record, more: Record) -> None:
    """Put `lead` in front of the fields of its objects, and `more` behind them, by dotted name."""
    first: dict[str, Record] = {}
    for name, value in lead.items():
        one, _, last = name.partition(".")
        first.setdefault(one, {})[last] = value
    for one, values in first.items():
        result[one] = {**values, **result.get(one, {})}
    for name, value in more.items():
        place(result, name, value)
