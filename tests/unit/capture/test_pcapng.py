from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.capture import pcapng
from smtpids.capture.buffer import Buffer
from smtpids.errors import CaptureError
from tests.support.wire import Conversation, pcapng_block, pcapng_bytes, relink, write_pcapng

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.capture.frames import Frame

FRAMES = Conversation().open().server(b"220 hi\r\n").client(b"x" * 5000).close().frames
each_order = pytest.mark.parametrize("big", [True, False], ids=["big", "little"])


def read(data: bytes, *, chunk: int = 1 << 20) -> list[Frame]:
    chunks = (data[at : at + chunk] for at in range(0, len(data), chunk))
    return list(pcapng.frames("x", Buffer(chunks)))


def read_until_error(data: bytes) -> tuple[list[Frame], CaptureError]:
    found: list[Frame] = []
    with pytest.raises(CaptureError) as raised:
        found.extend(pcapng.frames("x", Buffer(iter([data]))))
    return found, raised.value


def section(*, big: bool = False, major: int = 1) -> bytes:
    body = struct.pack(f"{'>' if big else '<'}IHHq", 0x1A2B3C4D, major, 0, -1)
    return pcapng_block(0x0A0D0D0A, body, big_endian=big)


def interface(*options: tuple[int, bytes], linktype: int = 1, snaplen: int = 0) -> bytes:
    body = struct.pack("<HHI", linktype, 0, snaplen)
    for code, value in options:
        body += struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
    return pcapng_block(1, body + bytes(4))


def packet(ticks: int, data: bytes, *, index: int = 0, captured: int | None = None) -> bytes:
    length = len(data) if captured is None else captured
    fields = (index, ticks >> 32, ticks & 0xFFFFFFFF, length, len(data))
    return pcapng_block(6, struct.pack("<IIIII", *fields) + data)


def simple(data: bytes, *, wire: int | None = None) -> bytes:
    return pcapng_block(3, struct.pack("<I", len(data) if wire is None else wire) + data)


@pytest.mark.parametrize("nano", [True, False], ids=["nano", "micro"])
@pytest.mark.parametrize("chunk", [1, 17, 1 << 20])
@each_order
def test_every_variant_gives_the_frames(nano: bool, chunk: int, big: bool) -> None:
    assert read(pcapng_bytes(FRAMES, nano=nano, big_endian=big), chunk=chunk) == FRAMES


@each_order
def test_dpkt_reads_the_same(big: bool, tmp_path: Path) -> None:
    path = write_pcapng(tmp_path / "x", FRAMES, nano=False, big_endian=big, snaplen=100)
    with path.open("rb") as file:
        oracle = [(round(ts * 1_000_000), data) for ts, data in dpkt.pcapng.Reader(file)]
    assert oracle == [(ts // 1000, data) for ts, _, data in read(path.read_bytes())]


def test_every_frame_has_the_link_type_of_its_interface() -> None:
    cooked = relink(FRAMES, "sll")
    mixed = [frame for pair in zip(FRAMES, cooked, strict=True) for frame in pair]
    assert mixed == read(pcapng_bytes(mixed))


def test_sections_in_both_byte_orders_follow_each_other() -> None:
    data = pcapng_bytes(FRAMES, big_endian=True) + pcapng_bytes(relink(FRAMES, "raw"))
    assert FRAMES + relink(FRAMES, "raw") == read(data)


def test_a_section_forgets_the_interfaces_of_the_one_before() -> None:
    data = pcapng_bytes(FRAMES) + section() + packet(0, b"octets")
    found, error = read_until_error(data)
    assert found == FRAMES
    assert "a packet names interface 0 of 0" in str(error)


@pytest.mark.parametrize(
    ("resolution", "ticks", "ns"),
    [
        (b"\x00", 1700000000, 1_700_000_000_000_000_000),
        (b"\x03", 1700000000123, 1_700_000_000_123_000_000),
        (b"\x09", 1700000000123456789, 1_700_000_000_123_456_789),
        (b"\x0c", 1700000000123456, 1_700_000_000_123),
        (b"\x81", 3400000001, 1_700_000_000_500_000_000),
        (b"\xa0", 1700000000 << 32 | 1 << 31, 1_700_000_000_500_000_000),
    ],
    ids=["s", "ms", "ns", "ps", "half s", "2^-32 s"],
)
def test_times_are_nanoseconds_whatever_the_resolution(
    resolution: bytes, ticks: int, ns: int
) -> None:
    data = section() + interface((9, resolution)) + packet(ticks, b"octets")
    assert [(ns, 1, b"octets")] == read(data)


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_the_offset_of_an_interface_is_added(seconds: int) -> None:
    offset = interface((2, b"eth0"), (14, struct.pack("<q", seconds)))
    data = section() + offset + packet(5_000_000_000, b"octets")
    assert [(5_000_000_000_000 + seconds * 1_000_000_000, 1, b"octets")] == read(data)


def test_a_simple_packet_has_the_time_of_the_one_before() -> None:
    data = section() + interface(linktype=101) + packet(7, b"one") + simple(b"two")
    assert read(data) == [(7000, 101, b"one"), (7000, 101, b"two")]


def test_a_simple_packet_is_cut_by_the_snaplen() -> None:
    data = section() + interface(snaplen=5) + simple(b"01234", wire=100)
    assert read(data) == [(0, 1, b"01234")]
    data = section() + interface() + simple(b"0123", wire=100)
    assert read(data) == [(0, 1, b"0123")]


def test_a_packet_of_the_first_drafts_is_read() -> None:
    body = struct.pack("<HHIIII", 1, 0, 0, 7, 6, 6) + b"octets"
    data = section() + interface() + interface(linktype=113) + pcapng_block(2, body)
    assert read(data) == [(7000, 113, b"octets")]


def test_other_blocks_are_stepped_over() -> None:
    others = pcapng_block(5, bytes(12)) + pcapng_block(4, bytes(8)) + pcapng_block(0xBAD, b"")
    data = section() + others + interface() + others + packet(1, b"octets") + others
    assert read(data) == [(1000, 1, b"octets")]


def test_options_behind_a_packet_are_not_the_packet() -> None:
    fields = struct.pack("<IIIII", 0, 0, 1, 3, 3) + b"abc\0" + b"\x02\0\x04\0\0\0\0\0" + bytes(4)
    assert read(section() + interface() + pcapng_block(6, fields)) == [(1000, 1, b"abc")]


def test_a_broken_option_does_not_harm_the_interface() -> None:
    body = struct.pack("<HHI", 101, 0, 0) + struct.pack("<HH", 9, 400) + b"\x09"
    data = section() + pcapng_block(1, body) + packet(1, b"octets")
    assert read(data) == [(1000, 101, b"octets")]


@given(st.integers(28, len(pcapng_bytes(FRAMES[:5])) - 1))
def test_a_cut_file_gives_every_whole_frame_and_the_place(length: int) -> None:
    data = pcapng_bytes(FRAMES[:5])
    starts = [0]
    while starts[-1] < len(data):
        starts.append(starts[-1] + struct.unpack_from("<I", data, starts[-1] + 4)[0])
    begun = max(start for start in starts if start <= length)
    whole = max(starts.index(begun) - 2, 0)
    if begun == length:
        assert FRAMES[:whole] == read(data[:length])
        return
    found, error = read_until_error(data[:length])
    assert FRAMES[:whole] == found
    assert begun == error.offset
    assert f"; {whole} packets before it were read" in str(error)


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (struct.pack("<II", 6, 8), "a block claims 8 octets"),
        (struct.pack("<II", 6, 13), "a block claims 13 octets"),
        (struct.pack("<II", 6, 1 << 31), "a block claims 2147483648 octets"),
        (packet(1, b"octets")[:-4] + b"\x01\0\0\0", "the two lengths of a block differ"),
        (packet(1, b"octets", index=3), "a packet names interface 3 of 1"),
        (packet(1, b"octets", captured=900), "claims 900 octets in a block that holds 8"),
        (pcapng_block(6, bytes(16)), "a packet block is too short"),
        (pcapng_block(2, bytes(16)), "a packet block is too short"),
        (pcapng_block(1, bytes(4)), "an interface block is too short"),
        (pcapng_block(0x0A0D0D0A, b"\x4d\x3c\x2b\x1a"), "a section header is too short"),
        (pcapng_block(0x0A0D0D0A, bytes(16)), "a section has no byte order mark"),
        (section(major=2), "pcapng version 2 is not known"),
    ],
)
def test_damage_is_told_with_its_place(blocks: bytes, words: str) -> None:
    before = section() + interface() + packet(1, b"octets")
    found, error = read_until_error(before + blocks + bytes(40))
    assert found == [(1000, 1, b"octets")]
    assert words in str(error)
    assert "; 1 packets before it were read" in str(error)
    assert len(before) == error.offset


def test_a_simple_packet_needs_an_interface() -> None:
    _, error = read_until_error(section() + simple(b"octets"))
    assert "a simple packet has no interface" in str(error)


def test_interfaces_have_a_bound() -> None:
    data = section() + interface() * (pcapng.MOST_INTERFACES + 1)
    _, error = read_until_error(data)
    assert "more than 10000 interfaces" in str(error)


@given(st.binary(max_size=200))
def test_any_octets_give_frames_or_a_capture_error(data: bytes) -> None:
    with suppress(CaptureError):
        read(section() + interface() + data)


def test_a_stopped_stream_is_not_a_cut_one() -> None:
    buffer = Buffer(iter([pcapng_bytes(FRAMES)[:-1]]))
    buffer.stopped = True
    assert FRAMES[:-1] == list(pcapng.frames("x", buffer))
    assert len(FRAMES) - 1 == buffer.records
