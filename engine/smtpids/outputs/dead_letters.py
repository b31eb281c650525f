"""Records that a receiver refuses for good, kept in a file for whoever wants to know why.

Each is a line of JSON with the output, the reason and the record, as an object if it is one, else
as text. The file is opened for each group of them: they are rare, and it may be moved away.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from smtpids.outputs.faults import sentence
from smtpids.outputs.octets import push

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.outputs.entry import Entry

MODE: Final = 0o640
"""Records name people: the owner writes, the group reads."""
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class DeadLetters:
    """Appends to the file at `path` what the output `name` could not deliver; "" keeps nothing."""

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self._name = name

    def put(self, refused: Iterable[tuple[Entry, str]]) -> str:
        """Keep entries with the reasons; return what is wrong with the file, "" if nothing is."""
        if not self.path:
            return ""
        octets = b"".join(self._line(entry, reason) for entry, reason in refused)
        try:
            fd = os.open(self.path, _FLAGS, MODE)
        except OSError as error:
            return sentence(self.path, error)
        try:
            _, failure = push(partial(os.write, fd), octets)
        finally:
            os.close(fd)
        return "" if failure is None else sentence(self.path, failure)

    def _line(self, entry: Entry, reason: str) -> bytes:
        told = {
            "output": self._name,
            "reason": reason.encode("utf-8", "backslashreplace").decode(),
            "event.id": entry.id,
            "record": _readable(entry.line),
        }
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _readable(line: bytes) -> Any:
    """Return the record as the object that it is, or as text."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return line.decode("utf-8", "backslashreplace").rstrip("\n")


def beside(spool: str, name: str) -> str:
    """Return the path of the file beside the folder `name` of a spool."""
    return str(Path(spool) / f"{name}.dead-letters.jsonl")
