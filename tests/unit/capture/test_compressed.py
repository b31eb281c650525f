from __future__ import annotations

import gzip
import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.compressed import STEP, unpacked
from smtpids.capture.magic import Kind
from smtpids.capture.octetstream import OctetStream
from smtpids.errors import CaptureError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: It does not shrink much, so that it comes in many reads.
CONTENT = b"".join(hashlib.sha256(bytes((n >> 8, n & 255))).digest() for n in range(5000))
PACK: dict[Kind, Callable[[bytes], bytes]] = {Kind.GZIP: gzip.compress, Kind.ZSTD: zstd.compress}
each_kind = pytest.mark.parametrize("kind", PACK, ids=str)


def unpack(path: Path, kind: Kind, packed: bytes, *, chunk: int = 100) -> list[bytes]:
    path.write_bytes(packed)
    stream = OctetStream(str(path), chunk=chunk)
    try:
        return list(unpacked(stream, kind))
    finally:
        stream.close()


@each_kind
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_the_content_comes_back(kind: Kind, chunk: int, tmp_path: Path) -> None:
    content = CONTENT[:3000] if chunk == 1 else CONTENT
    found = unpack(tmp_path / "x", kind, PACK[kind](content), chunk=chunk)
    assert content == b"".join(found)


@each_kind
def test_members_follow_each_other(kind: Kind, tmp_path: Path) -> None:
    packed = PACK[kind](b"one ") + PACK[kind](b"") + PACK[kind](b"two")
    assert b"".join(unpack(tmp_path / "x", kind, packed)) == b"one two"


@each_kind
def test_padding_behind_the_last_member_is_no_damage(kind: Kind, tmp_path: Path) -> None:
    packed = PACK[kind](b"octets") + bytes(1000)
    assert b"".join(unpack(tmp_path / "x", kind, packed)) == b"octets"


def test_skippable_frames_are_skipped(tmp_path: Path) -> None:
    packed = b"\x50\x2a\x4d\x18\x04\0\0\0note" + zstd.compress(b"octets")
    assert b"".join(unpack(tmp_path / "x", Kind.ZSTD, packed)) == b"octets"


@each_kind
def test_one_step_is_bounded(kind: Kind, tmp_path: Path) -> None:
    found = unpack(tmp_path / "x", kind, PACK[kind](bytes(20_000_000)), chunk=1 << 20)
    assert sum(len(part) for part in found) == 20_000_000
    assert max(len(part) for part in found) <= STEP


@each_kind
def test_a_cut_input_gives_what_came_before(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACK[kind](CONTENT)[:-5])
    stream = OctetStream(str(path))
    found: list[bytes] = []
    with pytest.raises(CaptureError, match=f"the {kind} data ends before its end mark"):
        found.extend(unpacked(stream, kind))
    stream.close()
    assert b"".join(found) == CONTENT[: sum(len(part) for part in found)]
    assert found


@each_kind
def test_a_damaged_input_is_said(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACK[kind](b"octets") + b"rubbish")
    stream = OctetStream(str(path))
    found: list[bytes] = []
    with pytest.raises(CaptureError, match=f"the {kind} data is damaged"):
        found.extend(unpacked(stream, kind))
    assert found == [b"octets"]
    stream.close()


@each_kind
def test_stopping_is_no_damage(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACK[kind](CONTENT))
    stream = OctetStream(str(path), chunk=500)
    chunks = unpacked(stream, kind)
    found = [next(chunks)]
    stream.stop()
    found.extend(chunks)
    assert 0 < len(b"".join(found)) < len(CONTENT)
    stream.close()
