"""A capture file, compressed or not, as a source of frames.

It knows the content by its first octets, never by its name. What is cut or damaged gives every
frame before the damage and then a CaptureError with the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture import compressed, magic, pcap, pcapng
from smtpids.capture.buffer import Buffer
from smtpids.capture.octetstream import CHUNK, OctetStream
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.capture.bypass import Bypass
    from smtpids.capture.fast import Fast
    from smtpids.capture.frames import Frame

READERS = {magic.Kind.PCAP: pcap.frames, magic.Kind.PCAPNG: pcapng.frames}


class FileSource:
    """The frames of one file, named pipe or standard input (`-`); a `Source`.

    `size` is the octets of the file, None for a pipe, and `position` how many of them are read,
    compressed as they stand in the file.
    """

    def __init__(
        self,
        name: str,
        *,
        size: int | None = None,
        chunk: int = CHUNK,
        fd: int | None = None,
    ) -> None:
        self.name = name
        self.size = size
        self.on_idle: Callable[[], None] | None = None
        """Called where a pipe is silent, so that what was read need not wait for what comes."""
        self._fd = fd
        """Read in place of what the name stands for."""
        self._chunk = chunk
        self._stream: OctetStream | None = None
        self._buffer: Buffer | None = None
        self._stopped = False

    @property
    def position(self) -> int:
        """Octets of the file that were read so far."""
        return 0 if self._stream is None else self._stream.position

    @property
    def received(self) -> int:
        """Frames read so far; while a block of the file is worked through it lags behind."""
        return 0 if self._buffer is None else self._buffer.records

    @property
    def dropped(self) -> int:
        """A file loses nothing now; what its capture lost is not known."""
        return 0

    def __iter__(self) -> Iterator[Frame]:
        """Open the file and return its frames; an input that is no capture raises here."""
        return self.frames()

    def frames(self, bypass: Bypass | None = None, fast: Fast | None = None) -> Iterator[Frame]:
        """Open the file; return its frames but those that `bypass` passes over or `fast` takes."""
        self.close()
        if self._stopped:
            return iter(())
        stream = self._stream = OctetStream(
            self.name, chunk=self._chunk, fd=self._fd, on_idle=self.on_idle
        )
        self.size = stream.size
        buffer = self._buffer = Buffer(iter(stream.read, b""))
        buffer.fill(magic.ENOUGH)
        kind = magic.kind_of(buffer.data)
        if kind in {magic.Kind.GZIP, magic.Kind.ZSTD}:
            chunks = compressed.unpacked(stream, kind, first=buffer.data)
            buffer = self._buffer = Buffer(chunks)
            buffer.fill(magic.ENOUGH)
            kind = magic.kind_of(buffer.data)
        elif stream.size is not None:
            buffer.read_at = stream.read_at
        if self._stopped:
            return iter(())
        if kind not in READERS:
            self.close()
            raise CaptureError(self.name, refusal(buffer.data))
        return READERS[kind](self.name, buffer, bypass, fast)

    def stop(self) -> None:
        """End the iteration soon: at the next read of the file, or at once in a pipe."""
        self._stopped = True
        if self._buffer is not None:
            self._buffer.stopped = True
        if self._stream is not None:
            self._stream.stop()

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()


def refusal(first: bytes) -> str:
    """Say why a file that begins like this cannot be read."""
    if not first:
        return "is empty"
    return f"is not a pcap or pcapng file ({magic.describe(first[: magic.ENOUGH])})"
