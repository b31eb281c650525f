"""The attributes of a class with slots, also where it is compiled and has no `__slots__`."""

from __future__ import annotations


def attributes(kind: type) -> tuple[str, ...]:
    """Return the names of the attributes that instances of a class have."""
    names: tuple[str, ...] = getattr(kind, "__slots__", None) or kind.__mypyc_attrs__  # type: ignore[attr-defined]  # compiled
    return tuple(name for name in names if not name.startswith("__"))
