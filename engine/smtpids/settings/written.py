"""Settings as a file: an empty one with everything explained, and the one that a run would have."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING, Final

from smtpids.settings.table import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from smtpids.settings.settings import Settings
    from smtpids.settings.table import Key

WIDTH: Final = 96
HEAD: Final = """\
# The configuration of smtpids: smtpids run --config FILE, or SMTPIDS_CONFIG=FILE.
# Each key stands here with its default; take away the '#' before a key to set it.
# Options override the file, and so does the environment for single values, by the variable in
# brackets. 'smtpids config dump' shows what holds and where it is from.
"""


#: What the service sets, as YAML: its outputs and state lie in the folders that its unit makes.
SERVICE: Final = {
    "outputs": "\n- {type: file, path: /var/log/smtpids/alerts.json}",
    "spool": " /var/lib/smtpids/spool",
    "state": " /var/lib/smtpids/state.db",
}


def blank(given: Mapping[str, str] | None = None) -> str:
    """Return a file with every key commented out but those that are given, its sentence above it.

    What is given is YAML as it stands behind the colon.
    """
    of_key = partial(_explained, given=given or {})
    return HEAD + "".join(f"{line}\n" for line in _lines(of_key, "\n"))


def dumped(settings: Settings) -> str:
    """Return every key with its value, and its origin as a comment; it can be read again."""

    def lines(key: Key, indent: str) -> Iterator[str]:
        value, origin = settings.setting(key.name)
        if key.kind.rows is None or not value:
            yield f"{indent}{_last(key)}: {key.kind.write(value)}{_from(origin)}"
            return
        yield f"{indent}{_last(key)}:{_from(origin)}"
        for row, place in key.kind.rows(value):
            yield f"{indent}  {row}" + (_from(f"{place.path}:{place.line}") if place else "")

    return "".join(f"{line}\n" for line in _lines(lines))


def _from(origin: str) -> str:
    """Return a comment that says where a value is from."""
    return f"  # {''.join(char if char.isprintable() else '?' for char in origin)}"


def _lines(of_key: Callable[[Key, str], Iterator[str]], before: str = "") -> Iterator[str]:
    section = ""
    for key in KEYS.values():
        above = key.name.rpartition(".")[0]
        if above and above != section:
            yield f"{before}{above}:"
        section = above
        yield from of_key(key, "  " if above else "")


def _explained(key: Key, indent: str, given: Mapping[str, str]) -> Iterator[str]:
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
    if key.name in given:
        yield from f"{indent}{_last(key)}:{given[key.name]}".splitlines()
    else:
        yield f"{indent}#{_last(key)}: {key.kind.write(key.default)}"


def _sentence(key: Key) -> str:
    return f"{key.sentence} [{key.variable}]" if key.variable else key.sentence


def _last(key: Key) -> str:
    return key.name.rpartition(".")[2]
