"""Records on standard output, for a terminal, a pipe or a redirection.

Live, each record goes out at once, for somebody waits for it; with files, records are gathered
into blocks. They are written past the interpreter's own buffer, so that nothing of ours is left in
it at exit. When the reader goes away (`| head`), `write` raises BrokenPipeError, once; what nobody
wanted to read is not lost.
"""

from __future__ import annotations

import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from smtpids.config import KIB
from smtpids.errors import OutputError
from smtpids.outputs.account import WRITE, Account, no_clock
from smtpids.outputs.faults import name_of, sentence
from smtpids.outputs.octets import is_torn, push

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from smtpids.outputs.entry import Entry

BLOCK_OCTETS: Final = 64 * KIB
"""Octets gathered before they are written when nobody waits for each line."""


class StdoutOutput(Account):
    """Writes records to `stream`, by default the standard output; `live` flushes each.

    `now_ns` is the wall clock. OutputError if standard output is closed.
    """

    def __init__(
        self,
        stream: BinaryIO | None = None,
        *,
        live: bool = False,
        name: str = "-",
        now_ns: Callable[[], int] = no_clock,
    ) -> None:
        super().__init__(name, now_ns)
        if stream is None and sys.stdout is None:
            raise OutputError("cannot write standard output: it is closed; name a file")
        self._write = _writer(sys.stdout.buffer if stream is None else stream)
        self._live = live
        self._held: list[bytes] = []
        self._octets = 0
        self._torn = False
        self._ended = False
        self._unread = False

    def write(self, entry: Entry) -> None:
        """Hand over one record; BrokenPipeError if the reader has just gone."""
        if self._ended:
            if not self._unread:
                self.lose(WRITE)
            return
        line = entry.line
        self._held.append(line)
        self._octets += len(line)
        if self._live or self._octets >= BLOCK_OCTETS:
            self.flush()

    def flush(self) -> None:
        """Write what is held; BrokenPipeError if the reader has just gone."""
        if not self._held:
            return
        held, self._held, self._octets = self._held, [], 0
        mend = b"\n" if self._torn else b""
        octets = b"".join([mend, *held])
        taken, error = push(self._write, octets)
        self._torn = is_torn(octets, taken, before=self._torn)
        whole = len(held) if error is None else _whole(held, taken - len(mend))
        if whole:
            self.succeed(whole)
        if isinstance(error, BrokenPipeError):
            self._ended = self._unread = True
            raise error
        if error is not None:
            self.lose(WRITE, len(held) - whole)
            self._note(error)

    def close(self) -> None:
        """Write what is held; the stream itself belongs to the interpreter."""
        with suppress(BrokenPipeError):
            self.flush()
        self._ended = True

    def _note(self, error: OSError) -> None:
        self.fail(name_of(error))
        self.last_error = sentence("standard output", error)


def _whole(records: list[bytes], taken: int) -> int:
    """Count the records that lie wholly within the first `taken` octets."""
    count = 0
    for record in records:
        taken -= len(record)
        if taken < 0:
            break
        count += 1
    return count


def _writer(stream: BinaryIO) -> Callable[[bytes], int]:
    """Return what writes octets to the stream's descriptor, or to the stream if it has none."""
    try:
        stream.flush()
        fd = stream.fileno()
    except (io.UnsupportedOperation, AttributeError):
        return stream.write

    def write(octets: bytes) -> int:
        while True:
            try:
                return os.write(fd, octets)
            except BlockingIOError:  # a shell may leave the terminal so
                select.select([], [fd], [])

    return write
