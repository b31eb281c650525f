"""Settings as a file: an empty one with everything explained, and the one that a run would have."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from smtpids.settings.table import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.settings.settings import Settings
    from smtpids.settings.table import Key

WIDTH: Final = 96
HEAD: Final = """\
# The configuration of smtpids: smtpids run --config FILE, or SMTPIDS_CONFIG=FILE.
# Each key stands here with its default; take away the '#' before a key to set it.
# Options override the file, and so does the environment for single values, by the variable in
# brackets. 'smtpids config dump' shows what holds and where it is from.
"""


def blank() -> str:
    """Return a file with every key commented out, its sentence above it."""
    return HEAD + "".join(f"{line}\n" for line in _lines(_explained, "\n"))


def dumped(settings: Settings) -> str:
    """Return every key with its value, and its origin as a comment; it can be read again."""

    def line(key: Key, indent: str) -> Iterator[str]:
        value, origin = settings.setting(key.name)
        told = "".join(char if char.isprintable() else "?" for char in origin)
        yield f"{indent}{_last(key)}: {key.kind.write(value)}  # {told}"

    return "".join(f"{line}\n" for line in _lines(line))


def _lines(of_key: Callable[[Key, str], Iterator[str]], before: str = "") -> Iterator[str]:
    section = ""
    for key in KEYS.values():
        above = key.name.rpartition(".")[0]
        if above and above != section:
            yield f"{before}{above}:"
        section = above
        yield from of_key(key, "  " if above else "")


def _explained(key: Key, indent: str) -> Iterator[str]:
    mark = f"{indent}# "
    yield ""
    yield from textwrap.wrap(
        _sentence(key), WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False
    )
    if "\n" in key.example:
        yield f"{mark}Such as"
        yield from (f"{mark}  {line}" for line in key.example.splitlines())
    elif key.example:
        yield f"{mark}Such as {key.example}"
    yield f"{indent}#{_last(key)}: {key.kind.write(key.default)}"


def _sentence(key: Key) -> str:
    return f"{key.sentence} [{key.variable}]" if key.variable else key.sentence


def _last(key: Key) -> str:
    return key.name.rpartition(".")[2]
