from __future__ import annotations

from operator import attrgetter

import pytest

from smtpids.history.clients import Client
from smtpids.history.record import Record, misfit, restored
from smtpids.history.servers import Server
from smtpids.history.users import User
from tests.support.attributes import attributes

each_kind = pytest.mark.parametrize("kind", [Server, Client, User])


@each_kind
def test_every_attribute_is_a_column(kind: type[Record]) -> None:
    assert set(attributes(kind)) == set(kind.COLUMNS)


@each_kind
def test_a_new_record_is_empty_and_fits_its_columns(kind: type[Record]) -> None:
    values = attrgetter(*kind.COLUMNS)(kind())
    assert misfit(kind, values) == ""
    assert not any(values)


@each_kind
def test_a_record_comes_back_from_its_values(kind: type[Record]) -> None:
    values = tuple({int: 7, str: "x", bytes: b"\1"}[type_] for type_ in kind.COLUMNS.values())
    assert attrgetter(*kind.COLUMNS)(restored(kind, values)) == values


def test_a_value_of_another_type_is_named() -> None:
    assert misfit(User, (1, 2, 3, 4, "text")) == "networks"
    assert misfit(User, (1, None, 3, 4, b"")) == "last_ns"


def test_a_value_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        restored(User, (1, 2, 3, 4))
