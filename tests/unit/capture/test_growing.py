from __future__ import annotations

import gzip
import os
import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.frames import TICK
from smtpids.capture.growing import LIVE_NS, GrowingFile
from smtpids.config import SECOND
from smtpids.errors import CaptureError
from tests.support.wire import Conversation, pcap_bytes, pcapng_bytes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smtpids.capture.frames import Frame

FRAMES = Conversation().open().server(b"220 hi\r\n").client(b"x" * 5000).close().frames
OTHERS = Conversation(start_ns=1_700_000_900_000_000_000).open().close().frames
LAST_NS = FRAMES[-1][0]
PACKED = {
    "pcap": pcap_bytes(FRAMES),
    "pcapng": pcapng_bytes(FRAMES),
    "pcap in gzip": gzip.compress(pcap_bytes(FRAMES), mtime=0),
    "pcapng in zstd": zstd.compress(pcapng_bytes(FRAMES)),
}


class Writer:
    """Writes the next octets into a file whenever its reader asks whether to stay."""

    def __init__(self, path: Path, *pieces: bytes, seconds: float = 0.2, now_ns: int = 0) -> None:
        self.path = path
        self.pieces = list(pieces)
        self.seconds = seconds
        self.now_ns = now_ns
        path.write_bytes(b"")

    def __call__(self, _: GrowingFile) -> bool:
        self.now_ns += round(self.seconds * SECOND)
        if not self.pieces:
            return False
        with self.path.open("ab") as file:
            file.write(self.pieces.pop(0))
        return True

    def file(self, *, chunk: int = 1 << 20) -> GrowingFile:
        return GrowingFile(str(self.path), self, lambda: self.now_ns, chunk=chunk)


def packets_of(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame[1] != TICK]


@pytest.mark.parametrize("octets", PACKED.values(), ids=list(PACKED))
@pytest.mark.parametrize("step", [1, 7, 100, 3000])
def test_a_file_is_read_as_it_grows_wherever_its_writer_pauses(
    octets: bytes, step: int, tmp_path: Path
) -> None:
    pieces = [octets[at : at + step] for at in range(0, len(octets), step)]
    file = Writer(tmp_path / "x", *pieces).file()
    assert packets_of(list(file)) == FRAMES
    assert (file.given, file.received, file.position) == (len(FRAMES), len(FRAMES), len(octets))
    assert not file.over
    file.close()


@pytest.mark.parametrize("octets", PACKED.values(), ids=list(PACKED))
def test_a_file_that_was_left_is_gone_on_with(octets: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(octets[:-900])
    file = GrowingFile(str(path))
    before = list(file)
    assert (file.given, list(file)) == (len(before), [])
    assert not file.wants_to_go_on
    with path.open("ab") as more:
        more.write(octets[-900:])
    assert file.wants_to_go_on
    assert [*before, *file] == FRAMES
    file.close()


@pytest.mark.parametrize("octets", PACKED.values(), ids=list(PACKED))
def test_a_whole_file_that_is_finished_ends_well(octets: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(octets)
    file = GrowingFile(str(path))
    assert list(file) == FRAMES
    file.finish()
    assert list(file) == []
    assert (file.over, file.damaged) == (True, False)
    file.close()


@pytest.mark.parametrize("octets", PACKED.values(), ids=list(PACKED))
def test_what_is_cut_is_damaged_only_when_it_is_finished(octets: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(octets[:-3])
    file = GrowingFile(str(path))
    before = list(file)
    file.finish()
    with pytest.raises(CaptureError, match="ends"):
        list(file)
    assert (file.over, file.damaged, file.given) == (True, False, len(before))
    assert list(file) == []
    file.close()


def test_a_damage_ends_a_file_though_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKED["pcap"] + b"\xff" * 16)
    file = GrowingFile(str(path))
    with pytest.raises(CaptureError, match="the file is damaged here"):
        list(file)
    assert (file.over, file.damaged, file.given) == (True, True, len(FRAMES))
    file.close()


@pytest.mark.parametrize("octets", PACKED.values(), ids=list(PACKED))
def test_the_first_packet_can_be_looked_at_and_is_given_all_the_same(
    octets: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(octets[:10])
    file = GrowingFile(str(path), chunk=20)
    assert file.first() is None
    path.write_bytes(octets)
    assert file.first() == file.first() == FRAMES[0]
    assert file.is_packed == (octets[:2] in {b"\x1f\x8b", b"\x28\xb5"})
    assert list(file) == FRAMES
    file.close()


def test_packets_that_were_given_before_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKED["pcap"])
    file = GrowingFile(str(path))
    assert file.first() == FRAMES[0]
    file.skip(3)
    assert (file.given, list(file)) == (3, FRAMES[3:])
    assert file.given == len(FRAMES)
    file.close()
    whole = GrowingFile(str(path))
    whole.skip(-1)
    whole.skip(len(FRAMES) + 5)
    assert (whole.given, list(whole)) == (len(FRAMES), [])
    whole.close()


@pytest.mark.parametrize("size", [0, 24, 400, 100_000])
def test_another_capture_in_the_same_file_is_not_taken_for_this_one(
    size: int, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKED["pcap"])
    file = GrowingFile(str(path))
    assert list(file) == FRAMES
    path.write_bytes((pcap_bytes(OTHERS * 100))[:size])
    assert not file.is_the_same()
    assert file.wants_to_go_on
    assert list(file) == []
    assert (file.over, file.unread) == (True, 0)
    file.close()


def test_what_another_capture_overwrote_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(pcap_bytes(FRAMES * 100))
    file = GrowingFile(str(path), chunk=8000)
    frames = iter(file)
    before = [next(frames)]
    path.write_bytes(pcap_bytes(OTHERS * 100))
    with pytest.raises(CaptureError, match="another capture took its place before") as raised:
        before.extend(frames)
    assert before == (FRAMES * 100)[: len(before)]
    assert f"{len(before)} packets before were read" in str(raised.value)
    assert file.over
    file.close()


def test_a_file_without_a_name_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKED["pcap"])
    file = GrowingFile(str(path))
    path.unlink()
    assert list(file) == FRAMES
    file.close()


def ticks_of(writer: Writer) -> list[int]:
    file = writer.file()
    ticks = [ts_ns for ts_ns, linktype, _ in file if linktype == TICK]
    file.close()
    return ticks


def test_ticks_tell_the_time_behind_packets_of_this_moment(tmp_path: Path) -> None:
    writer = Writer(
        tmp_path / "x", PACKED["pcap"], *[b""] * 3, seconds=1, now_ns=LAST_NS - SECOND // 2
    )
    # read half a second late; the clock of the packets may be another
    assert ticks_of(writer) == [LAST_NS + SECOND]
    assert LIVE_NS == 2 * SECOND


def test_no_ticks_follow_packets_of_the_past(tmp_path: Path) -> None:
    writer = Writer(
        tmp_path / "x", PACKED["pcap"], *[b""] * 5, seconds=10, now_ns=LAST_NS + 60 * SECOND
    )
    assert ticks_of(writer) == []


@pytest.mark.parametrize(
    "pieces",
    [
        (PACKED["pcap"] + b"\0" * 9, *[b""] * 5),
        (PACKED["pcap in gzip"], *[b""] * 5),
    ],
    ids=["a record is not whole", "the file is compressed"],
)
def test_no_ticks_come_where_the_writer_may_hold_packets_back(
    pieces: tuple[bytes, ...], tmp_path: Path
) -> None:
    writer = Writer(tmp_path / "x", *pieces, seconds=1, now_ns=LAST_NS - SECOND)
    assert ticks_of(writer) == []


def test_a_stop_ends_it_without_a_word_on_what_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKED["pcap"][:-3])

    def stay(file: GrowingFile) -> bool:
        file.stop()
        return True

    file = GrowingFile(str(path), stay)
    assert list(file) == FRAMES[:-1]
    file.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "cannot open it: No such file"),
        (os.mkfifo, "is no file that could grow"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
)
def test_what_is_no_file_is_refused(
    make: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    make(tmp_path / "x")
    with pytest.raises(CaptureError, match=words):
        GrowingFile(str(tmp_path / "x"))


def test_what_is_no_capture_is_told_once_it_can_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"Dea")
    file = GrowingFile(str(path))
    assert file.first() is None
    path.write_bytes(b"Dear all")
    with pytest.raises(CaptureError, match="is not a pcap or pcapng file"):
        file.first()
    file.close()
    assert (file.over, file.wants_to_go_on, file.unread, file.size) == (True, False, 0, None)
