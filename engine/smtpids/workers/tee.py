"""Copies inputs that can be read only once, standard input and pipes, into a pipe for each worker.

So each worker reads the whole input by itself, as it reads files. A worker cannot be far ahead of
another, for each piece goes to all before the next one is read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smtpids.capture.octetstream import OctetStream
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tee:
    """The pipes of `count` workers for the inputs `names`; made before processes are forked."""

    def __init__(self, names: Sequence[str], count: int) -> None:
        self._pipes = {name: [os.pipe() for _ in range(count)] for name in names}

    def fd_of(self, name: str, worker: int) -> int:
        """Return what a worker reads in place of an input, -1 if it reads that itself."""
        pipes = self._pipes.get(name)
        return -1 if pipes is None else pipes[worker][0]

    def close(self, *, reading: bool = True) -> None:
        """Close the ends for writing, and those for reading: in processes that do neither."""
        for pipes in self._pipes.values():
            for read, write in pipes:
                if reading:
                    os.close(read)
                os.close(write)

    def run(self) -> None:
        """Copy one input after the other to its end."""
        for name, pipes in self._pipes.items():
            for read, _ in pipes:
                os.close(read)
            self._copy(name, [write for _, write in pipes])
            for _, write in pipes:
                os.close(write)

    def _copy(self, name: str, writes: Sequence[int]) -> None:
        try:
            stream = OctetStream(name)
        except CaptureError:
            return
        try:
            while octets := stream.read():
                for write in writes:
                    _push(write, octets)
        except (CaptureError, BrokenPipeError):
            return
        finally:
            stream.close()


def _push(fd: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(fd, octets) :]
