"""What is remembered of one server, client or user, as the values of its columns and back.

A class of records names its columns and their types once. A session keeps the values as they were
when it began; a store writes them as a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Values: TypeAlias = "tuple[int | str | bytes, ...]"


class Record(Protocol):
    """Attributes that are integers, texts or octets, made empty."""

    COLUMNS: ClassVar[Mapping[str, type]]

    def __init__(self) -> None: ...


Kind = TypeVar("Kind", bound=Record)


def restored(kind: type[Kind], values: Iterable[object]) -> Kind:
    """Return the record that had these values."""
    record = kind()
    for name, value in zip(kind.COLUMNS, values, strict=True):
        setattr(record, name, value)
    return record


def misfit(kind: type[Record], values: Iterable[object]) -> str:
    """Return the first column whose value has another type than it should; empty if none has."""
    columns = zip(kind.COLUMNS.items(), values, strict=True)
    return next((name for (name, type_), value in columns if type(value) is not type_), "")
