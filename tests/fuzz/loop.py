"""Runs a target on one mutation after another, and keeps what breaks it.

The lots are seeded, so a run can be repeated; an input that breaks something is made smaller,
saved, and the command that runs it again is told. What an input costs is the processor's time, not
the wall's: it may be `SECONDS`, for each KiB as much as makes two seconds of a megabyte, and
something for each line.
"""

from __future__ import annotations

import hashlib
import random  # noqa: TID251 -- seeded: the same seed makes the same inputs
import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.fuzz import corpus
from tests.fuzz.mutation import Mutator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.targets import Target

#: What an input may cost at all: rendering of the events that any input can cause, and noise.
SECONDS: Final = 1.0
SECONDS_A_KIB: Final = 2.0 / 1024
#: A line may be a command, with its event, its place in the dialogue, and all rules asked.
SECONDS_A_LINE: Final = 60e-6
#: Seconds after which an input counts as one that hangs.
HANG: Final = 30
#: How much memory may grow by one input: a constant, and so many times its size.
MEMORY: Final = 96 * 1024 * 1024
MEMORY_A_OCTET: Final = 48
#: Inputs worth keeping, and the octets that one may have.
MOST_KEPT: Final = 3_000
MOST_OCTETS: Final = 64 * 1024
#: Inputs from which on time for each KiB is compared.
LARGE_FROM: Final = 16 * 1024
SHRINK_SECONDS: Final = 8
MOST_FINDINGS: Final = 20


class TooMuchError(Exception):
    """An input took more time or memory than it may."""


class HangError(BaseException):
    """An input does not end; no reader may catch this."""


class Finding:
    """An input that broke a target, and how."""

    def __init__(self, target: Target, octets: bytes, fault: BaseException) -> None:
        self.target = target
        self.octets = octets
        self.said = "".join(traceback.format_exception(fault))[-4_000:]
        self.place = place_of(fault)
        self.path = Path()

    def save(self) -> None:
        """Write the input into a file."""
        folder = Path(tempfile.gettempdir()) / "smtpids-fuzz"
        folder.mkdir(exist_ok=True)
        digest = hashlib.sha256(self.octets).hexdigest()[:12]
        self.path = folder / f"{self.target.name}-{digest}.bin"
        self.path.write_bytes(self.octets)

    def __str__(self) -> str:
        """What to know, and what to type."""
        return (
            f"{self.said}\n{self.target.name}: {len(self.octets)} octets: {self.octets[:600]!r}\n"
            f"again: python -m tests.fuzz --target {self.target.name} {self.path}\n"
        )


class Run:
    """One target for a while. `worst` are the slowest inputs for their size."""

    def __init__(self, target: Target, seed: int) -> None:
        self.target = target
        self.inputs = 0
        self.octets = 0
        self.findings: list[Finding] = []
        self.worst: list[tuple[float, float, int, bytes]] = []
        """(seconds a KiB, seconds, octets, the beginning)."""
        self.slowest = 0.0
        self.seconds = 0.0
        self.seen: set[str] = set()
        self.kept: list[bytes] = []
        self._places: Counter[str] = Counter()
        self._lots = random.Random(f"{seed} {target.name}")
        self._mutator = Mutator(self._lots, target.words)

    def begin(self) -> None:
        """Run what once broke something, and the seeds; keep them."""
        for path in corpus.broken(self.target.name):
            self.take(path.read_bytes())
        for octets in self.target.seeds():
            self.take(octets)
            self.kept.append(octets)

    def go_on(self, deadline: float) -> None:
        """Run mutations until the monotonic clock reaches `deadline`."""
        while time.monotonic() < deadline and len(self.findings) < MOST_FINDINGS:
            self.take(self.next())

    def next(self) -> bytes:
        """Return the next input: a mutation of one that was kept, more often of a late one."""
        lots, kept = self._lots, self.kept
        late = lots.random() < 0.4
        base = kept[-1 - lots.randrange(min(200, len(kept)))] if late else lots.choice(kept)
        mutate = self._mutator.script if self.target.is_script else self._mutator.octets
        return mutate(base, kept)

    def take(self, octets: bytes) -> None:
        """Run one input."""
        self.inputs += 1
        self.octets += len(octets)
        try:
            seconds, seen = measured(self.target, octets)
        except (Exception, HangError) as fault:  # noqa: BLE001 -- that is what is looked for
            self._broken(octets, fault)
            return
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)
        if len(octets) >= LARGE_FROM:
            self._rank(seconds, octets)
        if seen - self.seen and len(octets) <= MOST_OCTETS and len(self.kept) < MOST_KEPT:
            self.seen |= seen
            self.kept.append(octets)

    def _rank(self, seconds: float, octets: bytes) -> None:
        rate = seconds / (len(octets) / 1024)
        self.worst = sorted([*self.worst, (rate, seconds, len(octets), octets)], reverse=True)[:5]

    def _broken(self, octets: bytes, fault: BaseException) -> None:
        place = place_of(fault)
        self._places[place] += 1
        if self._places[place] > 1:
            return
        finding = Finding(self.target, octets, fault)
        if not isinstance(fault, TooMuchError | HangError):
            finding.octets = shrunk(self.target, octets, place)
        finding.save()
        self.findings.append(finding)


def place_of(fault: BaseException) -> str:
    """Name a fault by its kind and the line that raised it, so that one bug counts once."""
    frames = traceback.extract_tb(fault.__traceback__)
    where = frames[-1] if frames else None
    kind = type(fault).__name__
    return f"{kind} {where.filename}:{where.lineno}" if where is not None else kind


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Raise `HangError` after so many seconds of the processor's time."""

    def ring(number: int, frame: object) -> None:
        raise HangError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def measured(target: Target, octets: bytes) -> tuple[float, set[str]]:
    """Run one input; raise TooMuchError if it costs too much, twice, since machines have moods."""
    work = SECONDS_A_KIB * len(octets) / 1024 + SECONDS_A_LINE * octets.count(b"\n")
    most = SECONDS + work * target.readings
    room = (MEMORY + MEMORY_A_OCTET * len(octets)) // 1024
    seconds = 0.0
    seen: set[str] = set()
    for attempt in range(2):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        with alarm(HANG):
            seen = target.run(octets)
        seconds = time.process_time() - began
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        if grown > room and attempt == 0:
            raise TooMuchError(f"memory grew by {grown} KiB for {len(octets)} octets")
        if seconds <= most:
            return seconds, seen
    raise TooMuchError(f"{seconds:.2f} s for {len(octets)} octets")


def shrunk(target: Target, octets: bytes, place: str) -> bytes:
    """Leave out of an input what it does not need to break the target at the same place."""
    deadline = time.monotonic() + SHRINK_SECONDS
    size = max(len(octets) // 2, 1)
    while size:
        at = 0
        while at < len(octets):
            if time.monotonic() > deadline:
                return octets
            less = octets[:at] + octets[at + size :]
            try:
                measured(target, less)
            except (Exception, HangError) as fault:  # noqa: BLE001 -- that is what is looked for
                if place_of(fault) == place:
                    octets = less
                    continue
            at += size
        size //= 2
    return octets
