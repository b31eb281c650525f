from __future__ import annotations

from tests.support.attributes import attributes


class Plain:
    __slots__ = ("first", "second")


class Compiled:
    __mypyc_attrs__ = ("first", "second", "__dict__")


def test_a_class_tells_its_attributes_compiled_or_not() -> None:
    assert attributes(Plain) == attributes(Compiled) == ("first", "second")
