from __future__ import annotations

import gzip
import os
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import dpkt
import pytest

from smtpids.capture.pcapfile import FileSource
from smtpids.errors import CaptureError
from tests.support.wire import Conversation, pcap_bytes, pcapng_bytes, write_pcap

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Frame

ROOT = Path(__file__).parents[3]
CAPTURES = sorted(ROOT.glob("pcaps/*.pcap*")) + sorted(ROOT.glob("../shared/corpus/pcaps/*"))
FRAMES = Conversation().open().server(b"220 hi\r\n").client(b"x" * 5000).close().frames
PACKED = {
    "pcap": pcap_bytes(FRAMES),
    "pcapng": pcapng_bytes(FRAMES),
    "pcap in gzip": gzip.compress(pcap_bytes(FRAMES), mtime=0),
    "pcapng in gzip": gzip.compress(pcapng_bytes(FRAMES), mtime=0),
    "pcap in zstd": zstd.compress(pcap_bytes(FRAMES)),
    "pcapng in zstd": zstd.compress(pcapng_bytes(FRAMES)),
}


@pytest.mark.parametrize("octets", PACKED.values(), ids=list(PACKED))
@pytest.mark.parametrize("chunk", [3, 1 << 20])
def test_content_is_known_by_its_octets_not_its_name(
    octets: bytes, chunk: int, tmp_path: Path
) -> None:
    path = tmp_path / "capture.txt"
    path.write_bytes(octets)
    source = FileSource(str(path), chunk=chunk)
    assert list(source) == FRAMES
    assert (len(FRAMES), 0) == (source.received, source.dropped)
    assert source.size == source.position == len(octets)
    source.close()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_dpkt_reads_the_same_of_every_capture(path: Path) -> None:
    octets = path.read_bytes()
    if path.suffix == ".gz":
        octets = gzip.decompress(octets)
    if path.suffix == ".zst":
        octets = zstd.decompress(octets)
    source = FileSource(str(path))
    try:
        frames = list(source)
    except CaptureError:
        pytest.skip("the capture is cut")
    finally:
        source.close()
    reader = dpkt.pcap.UniversalReader(BytesIO(octets))
    oracle = [(round(float(ts) * 1_000_000), data) for ts, data in reader]
    assert [data for _, data in oracle] == [data for _, _, data in frames]
    # dpkt's times are floats: a microsecond of slack for nanosecond files
    assert all(
        abs(micro - ts // 1000) <= 1 for (micro, _), (ts, _, _) in zip(oracle, frames, strict=True)
    )


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04abcd", "is not a pcap or pcapng file (starts with 50 4b 03 04: a zip archive"),
        (gzip.compress(b"Dear all", mtime=0), "(starts with 44 65 61 72: text)"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"\xd4\xc3\xb2\xa1\x02", "the pcap header is cut: 5 of 24 octets"),
    ],
)
def test_what_is_no_capture_is_told(octets: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(octets)
    source = FileSource(str(path))
    with pytest.raises(CaptureError) as raised:
        list(source)
    assert str(raised.value).startswith(f"{path}: ")
    assert words in str(raised.value)
    source.close()


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_a_cut_archive_gives_the_frames_before_the_cut(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "x"
    frames = FRAMES * 200
    path.write_bytes(compress(pcap_bytes(frames))[:-10])
    source = FileSource(str(path), chunk=1000)
    found: list[Frame] = []
    with pytest.raises(CaptureError, match="data ends before its end mark"):
        found.extend(source)
    assert len(found) > 100
    assert frames[: len(found)] == found
    source.close()


def test_a_file_can_be_read_again(tmp_path: Path) -> None:
    source = FileSource(str(write_pcap(tmp_path / "x", FRAMES)))
    assert FRAMES == list(source) == list(source)
    source.close()


def test_stop_ends_the_iteration_at_the_next_read(tmp_path: Path) -> None:
    source = FileSource(str(write_pcap(tmp_path / "x", FRAMES * 100)), chunk=1000)
    frames = iter(source)
    assert FRAMES[0] == next(frames)
    source.stop()
    assert len(list(frames)) < 20
    assert list(source) == []
    source.close()


def test_stop_ends_a_wait_on_a_quiet_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    source = FileSource(str(path))
    writer = os.open(path, os.O_RDWR)
    os.write(writer, pcap_bytes(FRAMES))
    timer = threading.Timer(0.05, source.stop)
    timer.start()
    began = time.monotonic()
    assert list(source) == FRAMES
    assert time.monotonic() - began < 0.25
    timer.join()
    source.close()
    os.close(writer)


def test_a_source_knows_nothing_before_it_is_read() -> None:
    source = FileSource("nowhere.pcap", size=7)
    assert (source.size, source.position, source.received) == (7, 0, 0)
    source.close()
    with pytest.raises(CaptureError, match="cannot open it"):
        list(source)
