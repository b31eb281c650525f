"""Live capture: waits on interfaces and on a wake-up pipe, and gives frames and ticks.

It never blocks inside a library: all handles are non-blocking and one `poll` waits for them and
for a pipe of our own, because libpcap's blocking reads do not return on a signal while the line is
quiet. Each round reads a bounded batch of every interface that has some and then looks at the
clock. This is the one module of the engine that does: ticks carry wall time so that timeouts expire
in quiet times.

A tap gives each direction on an interface of its own, and the kernel hands over each interface's
frames in blocks of its own. So frames of several interfaces wait until the blocks of the others
must have come, and leave in the order of their times.

Two backends serve it: `libpcap.py` (cypcap) where there is a wheel, `packetsocket.py` (the standard
library) elsewhere.
"""

from __future__ import annotations

import os
import select
import sys
import time
from bisect import bisect_right
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from smtpids.buglog import LOG
from smtpids.capture.frames import TICK
from smtpids.capture.linktypes import ETHERNET
from smtpids.capture.skim import COMPILED
from smtpids.config import Limits
from smtpids.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.capture.bpf_program import Instruction
    from smtpids.capture.fast import Fast
    from smtpids.capture.frames import Frame

#: Frames of one interface before the others have their turn and the clock is looked at.
BATCH = 512
#: Time between ticks: the contract says half a second at most.
TICK_NS = 250_000_000
#: How long a frame may wait in the kernel until its block is handed over.
BLOCK_NS = 50_000_000
#: Frames of several interfaces wait so long for each other, and no more of them than this.
MERGE_NS = 2 * BLOCK_NS
MOST_MERGED = 100_000
#: How long a stop waits for frames that the kernel has taken: a block and what scheduling adds.
#: With it, the whole end of a run on an idle line stays below 0.2 seconds.
DRAIN_NS = 2 * BLOCK_NS
#: How long it reads what has come before it and not been read yet: more is lost, and said.
MOST_DRAIN_NS = 10_000_000_000
BACKENDS = ("libpcap", "socket", "ring")
#: What the kernel holds if nobody says more; libpcap's own 2 MiB lose packets from 25 000 a second
#: on (measured).
BUFFER = Limits().capture_octets
NO_PERMISSION = (
    "no permission to capture: it needs the capability CAP_NET_RAW. Run as root, or once: "
    "sudo setcap cap_net_raw=ep $(readlink -f $(command -v python3))"
)


class Handle(Protocol):
    """One open interface of a backend."""

    name: str

    def fileno(self) -> int:
        """Return the descriptor that is readable when frames wait."""

    def read(self, most: int) -> list[Frame]:
        """Return up to `most` frames that wait, none if there are none; never block."""

    def dropped(self) -> int:
        """Return how many frames the kernel lost since the handle was opened."""

    def close(self) -> None:
        """Give the interface back."""


@runtime_checkable
class FastHandle(Handle, Protocol):
    """One whose frames may be taken where they stand."""

    @property
    def is_fast(self) -> bool:
        """Whether they may."""

    def give(self, fast: Fast, most: int, since_ns: int) -> int:
        """Give up to `most` frames that wait and are not older than `since_ns`; say how many."""


class LiveSource:
    """Frames of one or several interfaces until `stop`; a `Source`."""

    def __init__(self, handles: Sequence[Handle], backend: str) -> None:
        self.name = ",".join(handle.name for handle in handles)
        self.backend = backend
        self._handles = list(handles)
        self.since_ns = 0
        """Frames of before this time are passed over: others of a group may have them, too."""
        self._received = 0
        self._lost = 0
        self._stopped = False
        self._waiting: list[Frame] = []
        """Frames of several interfaces, in order, whose turn is not sure yet."""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    @property
    def received(self) -> int:
        """Frames read from the interfaces so far."""
        return self._received

    @property
    def dropped(self) -> int:
        """Frames that the kernel lost so far because nobody read them in time."""
        return self._lost + sum(handle.dropped() for handle in self._handles)

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames as they come, and at least every half second a tick."""
        return self.frames()

    def frames(self, fast: Fast | None = None) -> Iterator[Frame]:
        """Yield frames as they come, but those that `fast` takes, and ticks."""
        if self._stopped:
            return
        taken = self._taken_at_once(fast)
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        for handle in self._handles:
            poll.register(handle.fileno(), select.POLLIN)
        handles = {handle.fileno(): handle for handle in self._handles}
        next_tick = time.time_ns()
        while not self._stopped:
            # A clock that was set back must not silence the ticks.
            wait_ns = min(max(next_tick - time.time_ns(), 0), TICK_NS)
            if self._waiting:
                wait_ns = min(wait_ns, BLOCK_NS)
            polled = poll.poll(-(-wait_ns // 1_000_000))
            ready = [handles[fd] for fd, _ in polled if fd in handles]
            if taken is not None and fast is not None:
                if ready:
                    self._received += taken.give(fast, BATCH, self.since_ns)
            else:
                for frame in self._next_frames(ready):
                    self._received += 1
                    yield frame
            now = time.time_ns()
            if now >= next_tick or next_tick - now > TICK_NS:
                next_tick = now + TICK_NS
                yield now, TICK, b""
        poll.unregister(self._wake_read)
        for frame in self._last_frames(poll, handles):
            self._received += 1
            yield frame

    def _taken_at_once(self, fast: Fast | None) -> FastHandle | None:
        """Return the one interface, if its frames can be taken where they stand."""
        handle = self._handles[0]
        if fast is None or len(self._handles) > 1 or not isinstance(handle, FastHandle):
            return None
        return handle if handle.is_fast and fast.begin(ETHERNET) else None

    def _last_frames(self, poll: select.poll, handles: dict[int, Handle]) -> Iterator[Frame]:
        """Yield what the kernel still has of the time before the stop, in order."""
        stopped_ns = time.time_ns()
        begun = came = now = time.monotonic_ns()
        while self._handles and now < came + DRAIN_NS:
            if now >= begun + MOST_DRAIN_NS:
                LOG.warning("%s: packets of before the stop are lost, too many waited", self.name)
                break
            timeout = -(-(came + DRAIN_NS - now) // 1_000_000)
            ready = [handles[fd] for fd, _ in poll.poll(timeout) if fd in handles]
            early = False
            for frame in self._next_frames(ready):
                early = early or frame[0] <= stopped_ns
                yield frame
            now = time.monotonic_ns()
            if early:
                came = now
        yield from self._waiting
        self._waiting = []

    def _read(self, ready: list[Handle]) -> list[Frame]:
        """Return a batch of each interface that has some."""
        frames = [frame for handle in ready for frame in handle.read(BATCH)]
        if self.since_ns and frames:
            frames = [frame for frame in frames if frame[0] >= self.since_ns]
        return frames

    def _next_frames(self, ready: list[Handle]) -> list[Frame]:
        """Return the frames of one interface at once, those of several when their turn is sure."""
        frames = self._read(ready)
        if len(self._handles) == 1:
            return frames
        waiting = self._waiting
        waiting += frames
        waiting.sort(key=itemgetter(0))
        now = time.time_ns()
        sure = bisect_right(waiting, now - MERGE_NS, key=itemgetter(0))
        # Stamps of another clock than ours say nothing of what is still to come.
        if len(waiting) > MOST_MERGED or (waiting and waiting[-1][0] > now):
            sure = len(waiting)
        self._waiting = waiting[sure:]
        return waiting[:sure]

    def stop(self) -> None:
        """End the iteration within DRAIN_NS, also from a signal handler on a quiet line."""
        self._stopped = True
        if self._wake_write >= 0:
            try:
                os.write(self._wake_write, b"\0")
            except BlockingIOError:
                return  # full: it is awake already

    def close(self) -> None:
        """Give the interfaces back; counts stay."""
        self._stopped = True
        self._lost = self.dropped
        handles, self._handles = self._handles, []
        for handle in handles:
            handle.close()
        if self._wake_write >= 0:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_read = self._wake_write = -1


def live_source(
    interfaces: Sequence[str],
    *,
    ports: frozenset[int],
    bpf: str | None = None,
    any_port: bool = False,
    tunnels: bool = False,
    octets: int = BUFFER,
    backend: str | None = None,
) -> LiveSource:
    """Open interfaces for capture; `bpf` replaces the filter that `ports` make.

    The kernel holds `octets` of each until they are read.

    Without `backend` it is the one that reads these interfaces fastest. Raises UsageError for an
    unknown interface or a filter that does not compile, CaptureError if capture is not permitted.
    """
    if backend is not None and backend not in BACKENDS:
        raise UsageError(f"{backend}: no such capture backend; there are {', '.join(BACKENDS)}")
    _check_that_all_are_up(interfaces)

    def opened(chosen: str) -> LiveSource:
        handles: list[Handle] = []
        with ExitStack() as stack:
            for name in dict.fromkeys(interfaces):
                handle = _open(
                    chosen, name, ports, bpf, any_port=any_port, tunnels=tunnels, octets=octets
                )
                stack.callback(handle.close)
                handles.append(handle)
            stack.pop_all()
        return LiveSource(handles, chosen)

    if backend is None and _prefers_ring(interfaces, bpf):
        from smtpids.capture.ring import RingRefusedError

        with suppress(RingRefusedError):
            return opened("ring")
    return opened(backend or default_backend())


def _check_that_all_are_up(interfaces: Sequence[str]) -> None:
    from smtpids.capture.interfaces import ANY, find_interface, list_interfaces

    known = list_interfaces()
    for name in interfaces:
        if name != ANY and not find_interface(name, known).up:
            raise CaptureError(name, f"the interface is down; sudo ip link set {name} up")


def live_group(
    count: int,
    interfaces: Sequence[str],
    *,
    ports: frozenset[int],
    bpf: str | None = None,
    any_port: bool = False,
    tunnels: bool = False,
    octets: int = BUFFER,
) -> list[LiveSource]:
    """Open interfaces for `count` readers, each of which is given its part of the connections.

    The kernel holds `octets` of each, for each reader, until they are read.

    The kernel hands them out by a hash that is the same for both directions (PACKET_FANOUT_HASH),
    after it has put IPv4 fragments together, which would go elsewhere than their connection does.
    It does not do so with fragments of IPv6. Raises as `live_source` does.
    """
    from smtpids.capture.ring import RingHandle

    _check_that_all_are_up(interfaces)
    groups: dict[str, int | None] = dict.fromkeys(interfaces)
    codes = {name: None if bpf is None else _compiled(name, bpf) for name in groups}
    sources: list[LiveSource] = []
    with ExitStack() as stack:
        for _ in range(count):
            handles: list[Handle] = []
            for name, group in tuple(groups.items()):
                handle = RingHandle(
                    name, ports, codes[name], any_port=any_port, tunnels=tunnels, octets=octets
                )
                stack.callback(handle.close)
                groups[name] = handle.join(group)
                handles.append(handle)
            sources.append(LiveSource(handles, "ring"))
        stack.pop_all()
    since_ns = time.time_ns()
    for source in sources:
        source.since_ns = since_ns
    return sources


def _compiled(name: str, text: str) -> list[Instruction]:
    """Return a filter of the user for the kernel; UsageError where nobody can compile it."""
    if default_backend() != "libpcap":
        raise UsageError(f"filter {text!r}: only libpcap compiles filters; install cypcap")
    from smtpids.capture.libpcap import PcapHandle

    handle = PcapHandle(name, frozenset(), text, any_port=False, tunnels=False)
    try:
        return handle.program(text)
    finally:
        handle.close()


def _open(
    backend: str,
    name: str,
    ports: frozenset[int],
    bpf: str | None,
    *,
    any_port: bool,
    tunnels: bool,
    octets: int,
) -> Handle:
    if backend == "libpcap":
        from smtpids.capture.libpcap import PcapHandle

        return PcapHandle(name, ports, bpf, any_port=any_port, tunnels=tunnels, octets=octets)
    if backend == "ring":
        from smtpids.capture.ring import RingHandle

        code = None if bpf is None else _compiled(name, bpf)
        return RingHandle(name, ports, code, any_port=any_port, tunnels=tunnels, octets=octets)
    from smtpids.capture.packetsocket import SocketHandle

    return SocketHandle(name, ports, bpf, any_port=any_port, tunnels=tunnels, octets=octets)


def _prefers_ring(interfaces: Sequence[str], bpf: str | None) -> bool:
    """Tell whether the ring reads these interfaces faster than what else is there."""
    from smtpids.capture.interfaces import ANY

    return len(interfaces) == 1 and interfaces[0] != ANY and bpf is None and _has_lane()


def _has_lane() -> bool:
    """Tell whether frames can be taken where they stand; the ring is faster where they are."""
    return COMPILED and sys.platform == "linux"


def default_backend() -> str:
    """Return `libpcap` where cypcap is installed, else `socket`."""
    return "libpcap" if find_spec("cypcap") is not None else "socket"


def backend_in_use() -> str:
    """Return the backend with its version, for people."""
    if default_backend() == "socket":
        other = "packet socket (standard library)"
    else:
        from smtpids.capture.libpcap import version

        other = version()
    return f"the kernel's ring for one interface, else {other}" if _has_lane() else other
