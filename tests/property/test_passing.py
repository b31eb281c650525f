"""What a reader passes over is what nobody wants, and nothing else; every packet is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.capture import pcap, pcapng
from smtpids.capture.buffer import Buffer
from smtpids.capture.bypass import Bypass
from smtpids.capture.frames import PASSED
from smtpids.capture.passing import Passer
from smtpids.capture.shard import Shard
from smtpids.config import Config
from smtpids.errors import CaptureError
from smtpids.packet.decode import Decoder
from tests.property.test_decode import packets
from tests.support.wire import LINKS, Conversation, pcap_bytes, pcapng_bytes, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.capture.frames import Frame

SECOND = 1_000_000_000
ETHERNET, SLL, SLL2 = 1, 113, 276
TAGS = {b"\x81\0", b"\x88\xa8", b"\x91\0", b"\x92\0"}
READERS = {"pcap": (pcap.frames, pcap_bytes), "pcapng": (pcapng.frames, pcapng_bytes)}


class Twin:
    """The plain twin: takes every frame apart, one header after the other, and judges it."""

    def __init__(self, ports: frozenset[int], keys: frozenset[bytes]) -> None:
        self.ports = ports
        self.keys = keys

    def passes(self, linktype: int, data: bytes) -> bool:
        """Say whether a frame is of a connection that nobody wants; or plain UDP beside such."""
        kind_at, ip_at = {ETHERNET: (12, 14), SLL: (14, 16), SLL2: (0, 20)}[linktype]
        kind, packet = data[kind_at : kind_at + 2], data[ip_at:]
        for _ in range(2):
            if kind in TAGS:
                kind, packet = packet[2:4], packet[4:]
        if kind == b"\x08\0" and len(packet) >= 40:
            if packet[0] != 0x45:  # dpkt refuses a header that is too short
                return False
            ip = dpkt.ip.IP(packet[:2] + b"\0\x14" + packet[4:9] + b"\xff" + packet[10:20])
            plain = packet[0] == 0x45 and not ip.mf and not ip.offset
            protocol, transport = packet[9], packet[20:]
        elif kind == b"\x86\xdd" and len(packet) >= 60:
            ip = dpkt.ip6.IP6(packet[:6] + b"\xff" + packet[7:40])
            plain, protocol, transport = ip.v == 6, packet[6], packet[40:]
        else:
            return False
        source, target = transport[:2], transport[2:4]
        ports = {int.from_bytes(source, "big"), int.from_bytes(target, "big")}
        if not plain or protocol not in {6, 17}:
            return False
        if protocol == 17 and (self.ports or self.keys):
            return int.from_bytes(target, "big") not in {4789, 8472, 6081}
        if self.ports and not self.ports & ports:
            return True
        return ip.src + ip.dst + transport[:4] in self.keys and not transport[13] & 7


@st.composite
def captures(draw: st.DrawFn) -> list[Frame]:
    """Draw frames of one link type that a reader looks into, some seconds of them."""
    link = draw(st.sampled_from(["ethernet", "vlan", "qinq", "sll", "sll2"]))
    linktype = LINKS[link]
    drawn: list[Frame] = []
    now = draw(st.integers(0, 3)) * SECOND
    for _ in range(draw(st.integers(1, 8))):
        data = bytearray(wrap(draw(packets()), link))
        if draw(st.booleans()):
            data[draw(st.integers(0, min(len(data), 80) - 1))] = draw(st.integers(0, 255))
        now += draw(st.sampled_from([0, 1000, SECOND // 2, SECOND]))
        drawn.append((now, linktype, bytes(data[: draw(st.sampled_from([len(data), 60, 54, 30]))])))
    return drawn


def read(
    form: str, octets: bytes, bypass: Bypass | None, chunk: int
) -> tuple[list[Frame], list[tuple[int, int, int]], str]:
    """Return the frames given, what was counted before each and at the end, and the damage."""
    found: list[Frame] = []
    counted: list[tuple[int, int, int]] = []
    damage = ""
    reader: Callable[..., Iterator[Frame]] = READERS[form][0]
    chunks = (octets[at : at + chunk] for at in range(0, len(octets), chunk))

    def count() -> None:
        if bypass is not None and bypass.packets:
            counted.append((len(found), bypass.packets, bypass.octets))
            bypass.packets = bypass.octets = bypass.others = 0

    try:
        for frame in reader("x", Buffer(chunks), bypass):
            if frame[1] == PASSED:
                assert bypass is not None
                assert frame[0] == bypass.last_ns
                count()
            else:
                assert bypass is None or not bypass.packets
                found.append(frame)
    except CaptureError as error:
        damage = str(error)
    count()
    return found, counted, damage


@pytest.mark.parametrize("form", READERS)
@settings(max_examples=150, deadline=None)
@given(captures(), st.data(), st.sampled_from([1, 7, 64, 1 << 20]))
def test_the_readers_pass_over_what_their_plain_twin_does(
    form: str, given_frames: list[Frame], data: st.DataObject, chunk: int
) -> None:
    octets = READERS[form][1](given_frames)
    octets = octets[: data.draw(st.integers(24, len(octets)))]
    whole, _, damage = read(form, octets, None, chunk)
    ports, keys = data.draw(wanted(given_frames))
    twin = Twin(ports, keys)
    bypass = Bypass()
    bypass.ports = ports
    bypass.keys |= keys
    found, counted, told = read(form, octets, bypass, chunk)
    wanted_frames = [frame for frame in whole if not twin.passes(frame[1], frame[2])]
    assert wanted_frames == found
    assert told == damage
    if not (ports or keys):
        assert counted == []
    assert sum(packets for _, packets, _ in counted) == len(whole) - len(found)
    size = sum(len(frame[2]) for frame in whole) - sum(len(frame[2]) for frame in found)
    assert sum(octets for _, _, octets in counted) == size


@st.composite
def wanted(draw: st.DrawFn, given_frames: list[Frame]) -> tuple[frozenset[int], frozenset[bytes]]:
    """Draw ports, perhaps of these frames, and keys at the places where plain frames have them."""
    places = [26, 30, 22, 28, 34, 32]
    keys = {data[at : at + 12] for _, _, data in given_frames for at in places if len(data) > 60}
    ports = {int.from_bytes(key[8:10], "big") for key in keys}
    some_ports = draw(st.frozensets(st.sampled_from(sorted(ports | {25})), max_size=2))
    some_keys = draw(st.frozensets(st.sampled_from(sorted(keys | {bytes(12)})), max_size=4))
    return some_ports, some_keys


TALK = (
    Conversation(("192.0.2.1", 40_000), ("192.0.2.2", 443)).open().client(b"x" * 90).frames
    + Conversation().open().server(b"220 hi\r\n").close().frames
)


@pytest.mark.parametrize("nano", [True, False], ids=["nano", "micro"])
@pytest.mark.parametrize("big_endian", [True, False], ids=["big", "little"])
@pytest.mark.parametrize("form", READERS)
def test_a_file_cut_at_any_octet_gives_and_counts_what_is_before(
    form: str, nano: bool, big_endian: bool
) -> None:
    octets = READERS[form][1](TALK, nano=nano, big_endian=big_endian)
    twin = Twin(frozenset({25}), frozenset())
    passed = 0
    for length in range(24, len(octets) + 1):
        bypass = Bypass()
        bypass.ports = twin.ports
        whole, _, damage = read(form, octets[:length], None, 1 << 20)
        found, counted, told = read(form, octets[:length], bypass, 1 << 20)
        passed = sum(packets for _, packets, _ in counted)
        wanted_frames = [frame for frame in whole if not twin.passes(frame[1], frame[2])]
        assert (wanted_frames, damage) == (found, told)
        assert passed == len(whole) - len(found)
    assert passed == 4


def runs(passer: Passer, data: bytes) -> list[tuple[int, int, bool]]:
    """Return where each run over the records of a file ends, what it counts, if it is due."""
    found: list[tuple[int, int, bool]] = []
    pos = 24
    while not found or (passer.due and pos < len(data)):
        pos = passer.run(data, pos)
        found.append((pos, passer.count, passer.due))
    return found


@pytest.mark.parametrize("big_endian", [True, False], ids=["big", "little"])
@settings(max_examples=150, deadline=None)
@given(captures(), st.data())
def test_the_loop_for_compiled_code_does_what_the_other_does(
    big_endian: bool, given_frames: list[Frame], data: st.DataObject
) -> None:
    octets = pcap_bytes(given_frames, big_endian=big_endian)
    octets = octets[: data.draw(st.integers(24, len(octets)))]
    ports, keys = data.draw(wanted(given_frames))
    order, told = "><"[not big_endian], []
    for skims in (True, False):
        bypass = Bypass()
        bypass.ports = ports
        bypass.keys |= keys
        passer = Passer(bypass, given_frames[0][1], order, 1000, 262_144, skims=skims)
        ends = runs(passer, octets)
        told.append((ends, bypass.packets, bypass.octets, bypass.others, bypass.last_ns))
    assert told[0] == told[1]


@pytest.mark.parametrize("form", READERS)
@settings(max_examples=60, deadline=None)
@given(captures(), st.integers(2, 3), st.booleans())
def test_a_frame_is_given_to_its_shard_or_to_all(
    form: str, given_frames: list[Frame], count: int, wanted_ports: bool
) -> None:
    """Plain frames to one, others to all, or to nobody: and all count the same."""
    octets = READERS[form][1](given_frames)
    found: list[list[tuple[bool, Frame]]] = []
    for index in range(count):
        bypass = Bypass()
        bypass.shard = Shard(index, count)
        bypass.ports = frozenset({25, 443}) if wanted_ports else frozenset()
        kept: list[tuple[bool, Frame]] = []
        passed = foreign = 0
        for frame in READERS[form][0]("x", Buffer(iter([octets])), bypass):
            if frame[1] != PASSED:
                kept.append((bypass.common, frame))
            passed += bypass.packets
            foreign += bypass.foreign
            bypass.packets = bypass.octets = bypass.others = bypass.foreign = 0
            bypass.second = frame[0] // SECOND
        passed += bypass.packets
        foreign += bypass.foreign
        assert passed + len(kept) == len(given_frames)
        assert foreign <= passed
        found.append(kept)
    common = [[frame for is_common, frame in kept if is_common] for kept in found]
    assert all(frames == common[0] for frames in common)
    own = [frame for kept in found for is_common, frame in kept if not is_common]
    assert sorted(own + common[0]) == sorted(
        frame for frame in given_frames if frame in own or frame in common[0]
    )
    for index, kept in enumerate(found):
        shard = Shard(index, count)
        for is_common, (ts_ns, linktype, data) in kept:
            segment = Decoder(Config()).decode(ts_ns, linktype, data)
            if not is_common and segment is not None:
                assert not shard.is_foreign(segment[1])


@settings(max_examples=60, deadline=None)
@given(captures(), st.integers(2, 3))
def test_both_loops_pass_over_the_same_of_other_shards(
    given_frames: list[Frame], count: int
) -> None:
    octets = pcap_bytes(given_frames)
    ends: list[tuple[int, int, int, bool]] = []
    for skims in (True, False):
        bypass = Bypass()
        bypass.shard = Shard(0, count)
        passer = Passer(bypass, given_frames[0][1], "<", 1000, 262_144, skims=skims)
        end = passer.run(octets, 24)
        ends.append((end, passer.count, bypass.foreign, bypass.common))
    assert ends[0] == ends[1]
