"""A process of one thread that forks the workers of a run, and starts those anew that were killed.

The run itself has threads soon: for outputs, for metrics, for signals. A fork takes only the thread
along that calls it, and a lock that another one holds is then held for ever. So this process is
forked first. It does what it is told, and nothing else: `spawn` makes a worker and hands it one end
of a socket, of which the parent keeps the other; `reap` returns how one has ended. It ends with the
parent, and so do the workers, whose sockets then are closed.

Signals from a terminal or a service manager go to every process of a run. They are the parent's to
answer; all others ignore them and are told by their sockets.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from typing import TYPE_CHECKING, Final

from smtpids.workers import parcels

if TYPE_CHECKING:
    from collections.abc import Callable

SPAWN: Final = "spawn"
REAP: Final = "reap"
#: What a process of ours ends with if it failed.
FAILED: Final = 70
IGNORED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Nursery:
    """Made, the process is there. `work` is what a worker does with its number and its socket.

    `settle` is called once in the new process, before there is a worker, and `spawned` after each
    one that was made. Call it while there is one thread.
    """

    def __init__(
        self,
        work: Callable[[int, socket.socket], None],
        settle: Callable[[], None] = lambda: None,
        spawned: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._commands, theirs = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            self._commands.close()
            _serve(theirs, work, settle, spawned)
        theirs.close()

    def spawn(self, index: int) -> tuple[int, socket.socket]:
        """Start a worker; return its process and our end of its socket.

        ChildProcessError if the nursery itself is gone.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                parcels.send(self._commands, (SPAWN, index))
                socket.send_fds(self._commands, [b"\0"], [theirs.fileno()])
                pid: int = parcels.receive(self._commands)
            except (OSError, EOFError) as error:
                ours.close()
                raise ChildProcessError("the process that starts workers is gone") from error
        return pid, ours

    def reap(self, pid: int) -> str:
        """Wait for the end of a worker whose socket is closed; say how it ended."""
        try:
            parcels.send(self._commands, (REAP, pid))
            return told(parcels.receive(self._commands))
        except (OSError, EOFError):
            return "ended, nobody knows how"

    def close(self) -> None:
        """Let the process end, which has no worker any more, and wait for it."""
        self._commands.close()
        os.waitpid(self.pid, 0)


def told(status: int) -> str:
    """Say what a status of `waitpid` means, "" for an end as it should be."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return f"was killed by {signal.Signals(number).name}"
        except ValueError:
            return f"was killed by signal {number}"
    code = os.waitstatus_to_exitcode(status)
    return f"ended with {code}" if code else ""


def _serve(
    commands: socket.socket,
    work: Callable[[int, socket.socket], None],
    settle: Callable[[], None],
    spawned: Callable[[int], None],
) -> None:
    """Do what the parent says until it is gone; never return."""
    code = FAILED
    try:
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        settle()
        gc.freeze()  # what workers share stays as it is, so that it stays shared
        while True:
            what, number = parcels.receive(commands)
            if what == SPAWN:
                _, (fd, *_), _, _ = socket.recv_fds(commands, 1, 1)
                answer = _fork(commands, work, number, fd)
                spawned(number)
            else:
                answer = os.waitpid(number, 0)[1]
            parcels.send(commands, answer)
    except (EOFError, OSError):
        code = 0
    finally:
        os._exit(code)  # what the parent had not written yet is the parent's to write


def _fork(
    commands: socket.socket, work: Callable[[int, socket.socket], None], index: int, fd: int
) -> int:
    pid = os.fork()
    if pid:
        os.close(fd)
        return pid
    code = FAILED
    try:
        commands.close()
        with socket.socket(fileno=fd) as ours:
            work(index, ours)
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 0  # the parent is gone
    finally:
        os._exit(code)
