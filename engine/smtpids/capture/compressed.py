"""Unpacks gzip and zstd piece by piece, so that the frames before a damage are had.

The output of one step is bounded: a small file may unpack to anything. Several members or frames
in one file follow each other as the formats allow (RFC 1952 2.2, RFC 8878 3).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from smtpids.capture.magic import Kind
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.capture.octetstream import OctetStream

#: Octets that one step may produce.
STEP = 256 * 1024


class _Unpacker(Protocol):
    """The part that `zlib` and `compression.zstd` have in common, once the first is wrapped."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, /, max_length: int) -> bytes: ...


class _Gunzip:
    """zlib's object in the manner of `bz2`, `lzma` and `zstd`: it keeps its unread input."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)  # 31: with gzip's header and checksum

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, /, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def unpacked(stream: OctetStream, kind: Kind, *, first: bytes = b"") -> Iterator[bytes]:
    """Yield the content of a compressed stream of which `first` was read already.

    Where a growing stream ends for now, yields nothing, `b""`, and goes on when asked again.
    Raises CaptureError behind the last good octets where the input is cut or damaged.
    """
    name = stream.name
    make, damage = _unpacker_for(name, kind)
    unpacker = make()
    packed, used = first, False
    while True:
        if not packed and unpacker.needs_input:
            packed = stream.read()
            if not packed:
                if stream.growing:
                    yield b""
                    continue
                if used and not stream.stopped:
                    raise CaptureError(name, f"the {kind} data ends before its end mark")
                return
        if not used:
            packed = packed.lstrip(b"\0")  # padding of tapes and block devices
            if not packed:
                continue
        try:
            octets = unpacker.decompress(packed, STEP)
        except damage as error:
            raise CaptureError(name, f"the {kind} data is damaged: {error}") from error
        packed, used = b"", True
        if octets:
            yield octets
        if unpacker.eof:
            packed, used, unpacker = unpacker.unused_data, False, make()


def _unpacker_for(
    name: str, kind: Kind
) -> tuple[Callable[[], _Unpacker], type[Exception] | tuple[type[Exception], ...]]:
    if kind is Kind.GZIP:
        return _Gunzip, zlib.error
    try:
        from backports import zstd
    except ImportError:
        try:
            from compression import zstd  # type: ignore[import-not-found,no-redef]  # 3.14
        except ImportError as error:
            message = "is zstd-compressed; that needs Python 3.14 or the package backports.zstd"
            raise CaptureError(name, message) from error
    return zstd.ZstdDecompressor, zstd.ZstdError
