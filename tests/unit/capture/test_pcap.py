from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.capture import pcap
from smtpids.capture.buffer import Buffer
from smtpids.errors import CaptureError
from tests.support.wire import Conversation, pcap_bytes, write_pcap

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.capture.frames import Frame

FRAMES = Conversation().open().server(b"220 hi\r\n").client(b"x" * 5000).close().frames


def read(data: bytes, *, chunk: int = 1 << 20) -> list[Frame]:
    chunks = (data[at : at + chunk] for at in range(0, len(data), chunk))
    return list(pcap.frames("x.pcap", Buffer(chunks)))


def read_until_error(data: bytes) -> tuple[list[Frame], CaptureError]:
    found: list[Frame] = []
    with pytest.raises(CaptureError) as raised:
        found.extend(pcap.frames("x.pcap", Buffer(iter([data]))))
    return found, raised.value


@pytest.mark.parametrize("nano", [True, False], ids=["nano", "micro"])
@pytest.mark.parametrize("big_endian", [True, False], ids=["big", "little"])
@pytest.mark.parametrize("chunk", [1, 17, 1 << 20])
def test_every_variant_gives_the_frames(nano: bool, big_endian: bool, chunk: int) -> None:
    assert read(pcap_bytes(FRAMES, nano=nano, big_endian=big_endian), chunk=chunk) == FRAMES


def test_nanoseconds_are_exact() -> None:
    frames = [(1_700_000_000_123_456_789, 1, b"octets")]
    assert frames == read(pcap_bytes(frames, nano=True))


@pytest.mark.parametrize("nano", [True, False], ids=["nano", "micro"])
@pytest.mark.parametrize("big_endian", [True, False], ids=["big", "little"])
def test_dpkt_reads_the_same(nano: bool, big_endian: bool, tmp_path: Path) -> None:
    path = write_pcap(tmp_path / "x", FRAMES, nano=nano, big_endian=big_endian, snaplen=100)
    with path.open("rb") as file:
        oracle = [(round(ts * 1_000_000), data) for ts, data in dpkt.pcap.Reader(file)]
    assert oracle == [(ts // 1000, data) for ts, _, data in read(path.read_bytes())]


def test_the_flags_above_the_link_type_are_left_out() -> None:
    data = bytearray(pcap_bytes(FRAMES[:1]))
    data[23] = 0x54  # a frame check sequence of 5 words
    assert FRAMES[:1] == read(bytes(data))


def test_a_file_without_packets_is_fine() -> None:
    assert read(pcap_bytes([])) == []


@given(st.integers(24, len(pcap_bytes(FRAMES)) - 1))
def test_a_cut_file_gives_every_whole_frame_and_the_place(length: int) -> None:
    data = pcap_bytes(FRAMES)
    ends = [24]
    for _, _, octets in FRAMES:
        ends.append(ends[-1] + 16 + len(octets))
    whole = max(number for number, end in enumerate(ends) if end <= length)
    if length in ends:
        assert FRAMES[:whole] == read(data[:length])
        return
    found, error = read_until_error(data[:length])
    assert FRAMES[:whole] == found
    assert ends[whole] == error.offset
    assert f"; {whole} packets before it were read" in str(error)


def test_a_cut_packet_is_told_with_what_is_missing() -> None:
    data = pcap_bytes(FRAMES)[: 24 + 16 + 60 + 9]
    assert str(read_until_error(data)[1]) == (
        "x.pcap: offset 100: the file ends inside the header of packet 2 "
        "(record needs 16 octets, 9 are there); 1 packets before it were read"
    )
    data = pcap_bytes(FRAMES)[: 24 + 16 + 9]
    assert str(read_until_error(data)[1]) == (
        "x.pcap: offset 24: the file ends inside packet 1 "
        "(record needs 76 octets, 25 are there); 0 packets before it were read"
    )


def test_a_damaged_length_ends_the_file_and_takes_no_memory() -> None:
    data = bytearray(pcap_bytes(FRAMES))
    struct.pack_into("<I", data, 24 + 16 + 60 + 8, 0xFFFFFFF0)
    found, error = read_until_error(bytes(data))
    assert FRAMES[:1] == found
    assert "packet 2 claims 4294967280 octets (the most is 262144)" in str(error)
    assert error.offset == 100


def test_a_file_may_announce_longer_packets() -> None:
    frames = [(0, 1, bytes(300_000))]
    assert frames == read(pcap_bytes(frames, snaplen=1 << 20))
    _, error = read_until_error(pcap_bytes(frames, snaplen=0x7FFFFFFF))
    assert "claims 300000 octets" in str(error)


def test_a_cut_header_is_said() -> None:
    _, error = read_until_error(pcap_bytes([])[:20])
    assert str(error) == "x.pcap: the pcap header is cut: 20 of 24 octets"


def test_frames_are_counted_also_if_nobody_wants_the_rest() -> None:
    buffer = Buffer(iter([pcap_bytes(FRAMES)]))
    frames = pcap.frames("x.pcap", buffer)
    next(frames)
    next(frames)
    del frames
    assert buffer.records == 2


def test_a_stopped_stream_is_not_a_cut_one() -> None:
    buffer = Buffer(iter([pcap_bytes(FRAMES)[:-1]]))
    buffer.stopped = True
    assert FRAMES[:-1] == list(pcap.frames("x.pcap", buffer))
