"""A capture file that may still be written, read as far as it goes, and gone on with later.

Its frames can be asked for several times: each iteration goes on where the last one ended. At the
end of what is written it asks its owner whether to wait, and meanwhile gives ticks. A record that
is not whole yet is waited for; only `finish` makes a damage of it.

Writers of rings use a name again and truncate the file under it. So each read looks whether the
file still begins as it did before: what was read of another capture is never taken for this one's.

Ticks carry time only where that is sound: where the last packet was read within LIVE_NS of its
time, and the file ends with a whole record. A writer that fills blocks (tcpdump without -U) holds
back packets, and a file that was copied here is of the past; with time that goes on by the clock,
their sessions would end as idle before the rest of their packets came. Ticks stay behind the clock
by LIVE_NS, for the same reason.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from smtpids.capture import compressed, magic
from smtpids.capture.buffer import IDLE, Buffer
from smtpids.capture.frames import TICK
from smtpids.capture.octetstream import CHUNK, OctetStream
from smtpids.capture.pcapfile import READERS, refusal
from smtpids.config import SECOND
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.capture.frames import Frame

#: A packet that is read so soon after its time was written by a live capture; dumpcap writes out
#: what it holds once in a second.
LIVE_NS: Final = 2 * SECOND
#: Octets by which a file is known to be the same still: two captures of one program differ in the
#: time of their first packet, which comes within them.
HEAD: Final = 4096


class GrowingStream(OctetStream):
    """The octets of a file as far as they are written; after `finish`, to the end."""

    def __init__(self, name: str, *, chunk: int = CHUNK) -> None:
        super().__init__(name, chunk=chunk)
        about = os.fstat(self._fd)
        if not stat.S_ISREG(about.st_mode):
            self.close()
            raise CaptureError(name, "is no file that could grow")
        self.identity = (about.st_dev, about.st_ino)
        self.written = about.st_size
        """Octets that this capture had at least."""
        self.growing = True
        self.replaced = False
        """Another capture stands in the file now."""
        self._head = b""

    @property
    def unread(self) -> int:
        """Octets that are written and were not read; what another capture wrote does not count."""
        return 0 if self.replaced else max(os.fstat(self._fd).st_size - self.position, 0)

    def read(self) -> bytes:
        """Return the next octets; none where the file ends for now, or is another's."""
        if self.replaced:
            return b""
        octets = super().read()
        if self.stopped:
            return octets
        if not self.check():
            self.position -= len(octets)
            return b""
        if len(self._head) < HEAD:
            self._head += octets[: HEAD - len(self._head)]
        return octets

    def chunks(self) -> Iterator[bytes]:
        """Yield what `read` returns, also where that is nothing."""
        while True:
            yield self.read()

    def check(self) -> bool:
        """Look whether it is the same capture still; if not, it is `replaced` from now on."""
        size, head = os.fstat(self._fd).st_size, self._head
        if size < self.position or (head and os.pread(self._fd, len(head), 0) != head):
            self.replaced = True
        elif not self.replaced:
            self.written = size
        return not self.replaced


class GrowingFile:
    """The frames of one file as they are written; a `Source` that may be iterated again.

    `stay` is asked, with this file, at the end of what is written, whether to wait for more here:
    it waits. `now_ns` is the clock, in nanoseconds since 1970.
    """

    def __init__(
        self,
        name: str,
        stay: Callable[[GrowingFile], bool] = lambda _: False,
        now_ns: Callable[[], int] = lambda: 0,
        *,
        chunk: int = CHUNK,
    ) -> None:
        self.name = name
        self.given = 0
        """Packets of it that were given in earlier iterations."""
        self.over = False
        """It was read to its end, or as far as that was possible."""
        self.damaged = False
        """It cannot be read on, whatever is written to it."""
        self._stay = stay
        self._now_ns = now_ns
        self._stream = GrowingStream(name, chunk=chunk)
        self.identity = self._stream.identity
        self._buffer = Buffer(self._stream.chunks())
        self._buffer.growing = True
        self.is_packed = False
        """It is compressed; known from the first frame on."""
        self._frames = self._read()
        self._first: Frame | None = None
        self._last_ns = 0
        self._read_ns = 0
        """When the last packet was read; 0 if it was not read live."""

    @property
    def size(self) -> int | None:
        """Nobody knows how large it will be."""
        return None

    @property
    def position(self) -> int:
        """Octets of the file that were read so far."""
        return self._stream.position

    @property
    def received(self) -> int:
        """Frames read so far; it lags behind within a block of the file."""
        return self._buffer.records

    @property
    def dropped(self) -> int:
        """A file loses nothing now; what its capture lost is not known."""
        return 0

    @property
    def unread(self) -> int:
        """Octets that wait in the file."""
        return 0 if self.over else self._stream.unread

    @property
    def wants_to_go_on(self) -> bool:
        """Whether there is something to read or to say."""
        return not self.over and (self._stream.replaced or self._stream.unread > 0)

    def is_the_same(self) -> bool:
        """Look whether the open file is this capture still."""
        return self._stream.check()

    def first(self) -> Frame | None:
        """Return the first frame, which stays to be given; None if it is not written yet.

        Raises CaptureError if it is damaged, or the file is no capture.
        """
        if self._first is None:
            frame = next(self._frames, IDLE)
            self._first = frame if frame[1] != TICK else None
        return self._first

    def skip(self, count: int) -> None:
        """Pass over the first `count` frames, as far as they are written."""
        while self.given < count:
            frame, self._first = self._first or next(self._frames, IDLE), None
            if frame[1] == TICK:
                return
            self.given += 1

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames that came since, and ticks; end where the owner wants to leave."""
        if self.over:
            return
        try:
            yield from self._until_left()
        except CaptureError:
            self.over = True
            self.damaged = self._stream.growing
            raise
        finally:
            self.given = self._buffer.records

    def _until_left(self) -> Iterator[Frame]:
        last, self._first = self._first, None
        if last is not None:
            yield last
        for frame in self._frames:
            if frame[1] != TICK:
                last = frame
                yield frame
                continue
            self.given = self._buffer.records
            if self._stream.replaced:
                self._check_that_all_was_read()
                break
            if last is not None:
                self._note(last[0])
                last = None
            if self._stream.stopped or not self._stay(self):
                return
            tick_ns = self._tick_ns()
            if tick_ns > self._last_ns:
                yield tick_ns, TICK, b""
        self.over = True

    def finish(self) -> None:
        """Let what is there now be all: the next iteration goes to the end."""
        self._stream.growing = self._buffer.growing = False

    def stop(self) -> None:
        """End the iteration soon."""
        self._buffer.stopped = True
        self._stream.stop()

    def close(self) -> None:
        """Close the file."""
        self.over = True
        self._stream.close()

    def _check_that_all_was_read(self) -> None:
        if self._buffer.left or self._stream.written > self._stream.position:
            message = (
                "another capture took its place before it was read to its end; "
                f"{self.given} packets before were read"
            )
            raise CaptureError(self.name, message, offset=self._stream.position)

    def _note(self, last_ns: int) -> None:
        """Remember the last packet, and whether it is of this moment."""
        now = self._now_ns()
        self._last_ns = last_ns
        self._read_ns = now if abs(now - last_ns) < LIVE_NS else 0

    def _tick_ns(self) -> int:
        """Return the time of packets that passed while none came, 0 if that is not known."""
        if not self._read_ns or self._buffer.left or self.is_packed:
            return 0
        return self._last_ns + self._now_ns() - self._read_ns - LIVE_NS

    def _read(self) -> Iterator[Frame]:
        stream, buffer = self._stream, self._buffer
        while not buffer.fill(magic.ENOUGH) and stream.growing:
            yield IDLE
        kind = magic.kind_of(buffer.data)
        if kind in {magic.Kind.GZIP, magic.Kind.ZSTD}:
            self.is_packed = True
            buffer = self._buffer = Buffer(compressed.unpacked(stream, kind, first=buffer.data))
            buffer.growing = stream.growing
            while not buffer.fill(magic.ENOUGH) and stream.growing:
                yield IDLE
            kind = magic.kind_of(buffer.data)
        if kind not in READERS:
            raise CaptureError(self.name, refusal(buffer.data))
        yield from READERS[kind](self.name, buffer, None)
