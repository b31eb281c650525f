"""A pattern that is compiled when it is first asked answers as one of `re` does."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from smtpids.pattern import Pattern
from tests.house.tree import modules

SOURCE = rb"(a+)(?:-(\d))?"
TEXT = b"xA-1aa,a-2"
FLAGS = re.IGNORECASE


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("match", (TEXT,)),
        ("match", (TEXT, 1)),
        ("match", (TEXT, 1, 3)),
        ("fullmatch", (b"a-1",)),
        ("fullmatch", (TEXT,)),
        ("search", (TEXT,)),
        ("search", (TEXT, 2)),
        ("finditer", (TEXT,)),
        ("finditer", (TEXT, 2, 6)),
        ("findall", (TEXT,)),
        ("split", (TEXT,)),
        ("split", (TEXT, 1)),
        ("sub", (rb"<\1>", TEXT)),
        ("sub", (lambda found: found[1] * 2, TEXT, 1)),
        ("subn", (b"-", TEXT)),
    ],
)
def test_it_does_what_the_pattern_of_the_library_does(
    method: str, arguments: tuple[Any, ...]
) -> None:
    mine = getattr(Pattern(SOURCE, FLAGS), method)(*arguments)
    theirs = getattr(re.compile(SOURCE, FLAGS), method)(*arguments)
    assert told(mine) == told(theirs)


def told(answer: Any) -> Any:
    """Return what can be compared of an answer."""
    if answer is None or isinstance(answer, list | tuple | bytes):
        return answer
    if isinstance(answer, re.Match):
        return answer.regs, answer.groups()
    return [told(one) for one in answer]


def test_it_is_compiled_once_and_not_before_it_is_asked() -> None:
    broken = Pattern("(")
    with pytest.raises(re.error):
        broken.search("")
    pattern = Pattern("a")
    assert pattern.compiled() is pattern.compiled()


def test_every_pattern_of_the_engine_can_be_compiled() -> None:
    """A fault would else be seen in the first session that needs the pattern."""
    found = 0
    for module in modules():
        name = "smtpids." + module.name.removesuffix(".py").replace("/", ".")
        if " import Pattern" not in module.text or name.endswith("__main__"):
            continue
        for value in vars(import_module(name)).values():
            for one in patterns_in(value):
                assert one.compiled() is not None
                found += 1
    assert found > 100


def patterns_in(value: Any) -> list[Pattern[Any]]:
    """Return the patterns of a table."""
    if isinstance(value, Pattern):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [pattern for one in value for pattern in patterns_in(one)]
    return []
