"""The window of a capture file in memory: what is read and not yet used.

Readers of records keep `data` and `pos` in local variables and come here only when a record does
not lie wholly in the window, once for some hundred frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture.frames import TICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.capture.frames import Frame

IDLE: Frame = (0, TICK, b"")
"""What a reader gives where a growing stream holds no whole record for now; it is known by its
link type, as compiled code makes a tuple anew."""


class Buffer:
    """Octets of a stream from `base` on; `data[pos:]` are those not used yet."""

    __slots__ = ("_chunks", "base", "data", "growing", "pos", "read_at", "records", "stopped")

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.read_at: Callable[[int, int], bytes] | None = None
        """If set, reads octets from a place in the stream on, at least so many if there are."""
        self.data = b""
        self.pos = 0
        self.base = 0
        """Where `data` begins in the stream."""
        self.records = 0
        """Frames given so far, written by the reader now and then."""
        self.stopped = False
        """The stream ends here because somebody wants it to; that is no damage."""
        self.growing = False
        """More may come where the stream ends now: an empty chunk is not its end."""

    @property
    def left(self) -> int:
        """Octets in the window that are not used yet."""
        return len(self.data) - self.pos

    @property
    def offset(self) -> int:
        """The place in the stream of the next octet."""
        return self.base + self.pos

    def fill(self, count: int) -> bool:
        """Have at least `count` octets from `pos` on, or say that the stream ends before."""
        held = self.left
        if held >= count:
            return True
        if self.read_at is not None:
            return self._read_again(self.read_at, count)
        parts = [self.data[self.pos :]]
        self.base += self.pos
        self.pos = 0
        # Whatever comes, also an error of the input, the octets so far are not lost.
        try:
            while held < count:
                chunk = next(self._chunks, b"")
                if not chunk:
                    break
                parts.append(chunk)
                held += len(chunk)
        finally:
            self.data = b"".join(parts)
        return held >= count

    def _read_again(self, read_at: Callable[[int, int], bytes], count: int) -> bool:
        """Read what is not used yet once more, with what follows: to join the two costs more."""
        octets = read_at(self.offset, count)
        if len(octets) < self.left:
            return False
        self.base += self.pos
        self.pos = 0
        self.data = octets
        return len(octets) >= count
