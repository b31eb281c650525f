"""All sources of a run, one after the other, through one pipeline, until the end or a stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from smtpids import capture
from smtpids.capture import Follower
from smtpids.cli.screen import log
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.capture.frames import Source
    from smtpids.cli.run import RunOptions
    from smtpids.config import Config
    from smtpids.settings import Settings


class Consumer(Protocol):
    """What takes all frames of one source: the pipeline."""

    def run(self, source: Source) -> None:
        """Take all frames; raise CaptureError after those before a damage."""


class Reading:
    """Feeds the sources to a pipeline; connections live on from one file to the next."""

    def __init__(self, sources: Sequence[Source] | Follower) -> None:
        self._sources = sources
        self._current: Source | None = None
        self._growing: list[Source] = []
        """Sources that may come again with more."""
        self._octets_done = 0
        self._lost_done = 0
        self.stopped = False
        self.results = {"ok": 0, "truncated": 0, "error": 0}
        """Sources by how they ended: as they should, damaged after some packets, unreadable."""

    def feed(self, pipeline: Consumer) -> None:
        """Read all sources; a damaged one is said, and the next one read."""
        for source in self._sources:
            if self.stopped:
                break
            self._current = source
            try:
                pipeline.run(source)
                self._end(source)
            except CaptureError as error:
                self._end(source, "truncated" if source.received else "error")
                log.error("%s", error)
            finally:
                self._current = None
                if is_over(source):
                    source.close()
        for source in self._growing:
            self._count(source, "ok")
        if isinstance(self._sources, Follower):
            self._sources.close()

    def _end(self, source: Source, result: str = "ok") -> None:
        """Count a source, unless it may come again."""
        # one that is over and was not told so is read on in another file
        others = [one for one in self._growing if one is not source and not is_over(one)]
        self._growing = others
        if is_over(source):
            self._count(source, result)
        else:
            others.append(source)

    def _count(self, source: Source, result: str) -> None:
        self.results[result] += 1
        self._octets_done += self._octets_of(source)
        self._lost_done += source.dropped

    def stop(self) -> None:
        """End soon; may be called in a signal handler and from any thread."""
        self.stopped = True
        if self._current is not None:
            self._current.stop()
        if isinstance(self._sources, Follower):
            self._sources.stop()

    def _octets_of(self, source: Source) -> int:
        """Return what a source that is done with counts for: all of it, unless it was stopped."""
        return position_of(source) if self.stopped else size_of(source) or 0

    @property
    def finished(self) -> int:
        """Sources that were read, wholly or in part."""
        return sum(self.results.values())

    @property
    def unreadable(self) -> int:
        """Sources that could not be read, or not to their end."""
        return self.finished - self.results["ok"]

    @property
    def total(self) -> int | None:
        """Octets of all sources; None if one does not know its own, or more may come."""
        if isinstance(self._sources, Follower):
            return None
        sizes = [size_of(source) for source in self._sources]
        return sum(size or 0 for size in sizes) if all(sizes) else None

    @property
    def octets(self) -> int:
        """Octets read so far."""
        return self._octets_done + position_of(self._current)

    @property
    def looks(self) -> int:
        """How often more was looked for in a folder that is followed."""
        return self._sources.looks if isinstance(self._sources, Follower) else 0

    @property
    def lost(self) -> int:
        """Packets that the kernel or the interface lost so far."""
        current = self._current
        return self._lost_done + (0 if current is None else current.dropped)


def is_over(source: Source) -> bool:
    """Return whether nothing more comes of a source; a file that is followed may come again."""
    over: bool = getattr(source, "over", True)
    return over


def size_of(source: Source) -> int | None:
    """Return the octets of a file; None for a pipe and an interface."""
    size: int | None = getattr(source, "size", None)
    return size


def position_of(source: Source | None) -> int:
    """Return how many octets of a file were read; 0 for an interface."""
    position: int | None = getattr(source, "position", None)
    return position or 0


def open_sources(
    options: RunOptions, settings: Settings, config: Config
) -> list[Source] | Follower:
    """Open what is to be read: the files in order, or all interfaces as one source."""
    if options.follow:
        return capture.followed(options.inputs, time.time_ns)
    if not options.live:
        return list(capture.file_sources(list(options.inputs)))
    from smtpids.capture.interfaces import default_interface

    interfaces = list(settings["interfaces"]) or [default_interface()]
    return [
        capture.live_source(
            interfaces,
            ports=config.ports,
            bpf=settings["filter"] or None,
            any_port=config.any_port,
            octets=config.limits.capture_octets,
        )
    ]
