"""The container file names only what the repository has, and keeps to the rules of its trade."""

from __future__ import annotations

import ast
import json
import re
from functools import cache

from smtpids.metrics.exporter import DEFAULT_ADDRESS
from tests.house.tree import ROOT

FILE = ROOT / "engine" / "service" / "Containerfile"


@cache
def instructions() -> tuple[tuple[str, str], ...]:
    """Return the instructions in order: word and rest, lines that are continued put together."""
    text = re.sub(r"(?m)^#.*\n", "", FILE.read_text()).replace("\\\n", " ")
    return tuple(
        (words[0], words[2]) for line in text.splitlines() if (words := line.partition(" "))[0]
    )


def all_of(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def test_what_is_copied_exists() -> None:
    copied = [rest.split() for rest in all_of("COPY") if not rest.startswith("--from=")]
    assert [name for words in copied for name in words[:-1] if not (ROOT / name).exists()] == []
    assert copied


def test_what_is_copied_is_enough_to_build_the_package() -> None:
    """What pyproject.toml reads: the page, the licence, the package, and where its links lead."""
    copied = {name for rest in all_of("COPY") for name in rest.split()[:-1]}
    links = [
        path.resolve() for path in (ROOT / "engine" / "smtpids").iterdir() if path.is_symlink()
    ]
    needed = {path.relative_to(ROOT).parts[0] for path in links}
    assert needed | {"pyproject.toml", "README.md", "LICENSE", "engine"} <= copied


def test_it_does_not_run_as_root() -> None:
    assert all_of("USER") == ["smtpids"]
    assert any("useradd" in rest and rest.count("smtpids") for rest in all_of("RUN"))


def test_the_base_is_the_same_in_both_stages_and_has_a_version() -> None:
    bases = {rest.split()[0] for rest in all_of("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-\w+", bases.pop())


def test_its_health_is_asked_of_the_exporter() -> None:
    (check,) = all_of("HEALTHCHECK")
    command = json.loads(check.partition("CMD")[2])
    assert f"http://{DEFAULT_ADDRESS}/-/healthy" in command[2]
    ast.parse(command[2])


def test_the_capability_is_given_to_the_python_that_is_started() -> None:
    (entry,) = map(json.loads, all_of("ENTRYPOINT"))
    (given,) = (rest for rest in all_of("RUN") if "security.capability" in rest)
    assert f"setxattr('{entry[0]}'" in given
    assert entry[1:] == ["-m", "smtpids"]
