"""The octets of a file, a named pipe or standard input, as they come.

Reads are large where the input is a file and take what is there where it is a pipe, so that
`tcpdump -w - | smtpids run -r -` is followed live. A pipe is waited for together with a wake-up
pipe of our own: `stop()` from a signal handler ends an idle wait at once.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from typing import TYPE_CHECKING

from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable

STDIN = "-"
#: One read. Larger ones cost: malloc gives their memory back to the system each time and takes it
#: anew page by page (measured: with 1 MiB, half as long again). `stop` is heeded between reads.
CHUNK = 128 * 1024
#: Milliseconds without an octet after which a pipe is silent.
IDLE_MS = 20
#: Milliseconds of one wait. A signal that comes as a wait begins, or that another thread is given,
#: ends no wait; Python has its handler run behind it.
WAIT_MS = 500


class OctetStream:
    """An open input; `position` counts the octets read of it, `size` is None where unknown.

    `fd` is read in place of what `name` stands for, and `on_idle` called where a pipe is silent.
    """

    def __init__(
        self,
        name: str,
        *,
        chunk: int = CHUNK,
        fd: int | None = None,
        on_idle: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self._on_idle = on_idle
        self._is_ours = fd is not None or name != STDIN
        self.position = 0
        self.stopped = False
        self.growing = False
        """More may come behind the end: `read` returns nothing there and may be called again."""
        self._chunk = chunk
        self._fd = _open(name) if fd is None else fd
        about = os.fstat(self._fd)
        if stat.S_ISDIR(about.st_mode):
            self._close_input()
            raise CaptureError(name, "is a folder")
        is_file = stat.S_ISREG(about.st_mode)
        self.size: int | None = about.st_size if is_file else None
        self._begin = os.lseek(self._fd, 0, os.SEEK_CUR) if is_file else 0
        self._wake: tuple[int, int] | None = None
        self._poll: select.poll | None = None
        if not is_file:
            self._wake = os.pipe()
            os.set_blocking(self._wake[1], False)
            self._poll = select.poll()
            self._poll.register(self._fd, select.POLLIN)
            self._poll.register(self._wake[0], select.POLLIN)

    def read(self) -> bytes:
        """Return the next octets; none at the end of the input or after `stop`."""
        while not self.stopped:
            if self._poll is not None:
                if self._on_idle is not None and not self._poll.poll(IDLE_MS):
                    self._on_idle()
                while not self._poll.poll(WAIT_MS) and not self.stopped:
                    pass
                if self.stopped:
                    break
            try:
                octets = os.read(self._fd, self._chunk)
            except BlockingIOError:
                continue
            except OSError as error:
                raise _failed(self.name, "read", error) from error
            self.position += len(octets)
            return octets
        return b""

    def read_at(self, offset: int, count: int) -> bytes:
        """Return `count` octets of a file or more, from `offset` on; less only at its end.

        None after `stop`. Not to be mixed with `read`.
        """
        if self.stopped:
            return b""
        try:
            octets = os.pread(self._fd, max(count, self._chunk), self._begin + offset)
        except OSError as error:
            raise _failed(self.name, "read", error) from error
        self.position = max(self.position, offset + len(octets))
        return octets

    def stop(self) -> None:
        """Let `read` return nothing from now on, also one that waits."""
        self.stopped = True
        if self._wake is not None:
            try:
                os.write(self._wake[1], b"\0")
            except OSError:
                return  # full: it is awake already

    def close(self) -> None:
        """Give back the file descriptors; once is enough, twice does no harm."""
        self.stopped = True
        self._close_input()
        if self._wake is not None:
            wake, self._wake, self._poll = self._wake, None, None
            os.close(wake[0])
            os.close(wake[1])

    def _close_input(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0 and self._is_ours:
            os.close(fd)


def _open(name: str) -> int:
    if name == STDIN:
        return sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
    try:
        # Not blocking: to open a pipe must not wait for its writer; files do not care.
        return os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _failed(name, "open", error) from error


def _failed(name: str, act: str, error: OSError) -> CaptureError:
    advice = ""
    if isinstance(error, PermissionError):
        advice = "; this user may not read it"
    return CaptureError(name, f"cannot {act} it: {error.strerror or error}{advice}")
