"""Whatever the octets, the fast lane and dpkt make the same segments and the same counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.capture.sources import file_sources
from smtpids.config import Config
from smtpids.errors import CaptureError
from smtpids.packet.counters import DecodeCounters
from smtpids.packet.decode import Decoder
from tests.support.attributes import attributes
from tests.support.wire import LINKS, Conversation, fragment_ip, ip_packet, tcp_segment, wrap

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame, Segment

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "captures of peers": ROOT.parent / "shared" / "corpus" / "pcaps",
    "captures of the project": ROOT / "pcaps",
}
COUNTS = [name for name in attributes(DecodeCounters) if name != "slow"]

addresses = st.sampled_from([4, 16]).flatmap(
    lambda size: st.tuples(*[st.binary(min_size=size, max_size=size)] * 2)
)
#: Next header of the first and the octets of a chain of IPv6 extension headers before TCP.
chains = st.sampled_from(
    [
        (6, b""),
        (0, b"\x06\x00\x01\x04\0\0\0\0"),
        (60, b"\x06\x01\x01\x0c" + bytes(12)),
        (43, b"\x06\x02\x04\x00" + bytes(20)),
        (44, b"\x06\x00\x00\x00\0\0\0\x01"),
        (0, b"\x3c\x00\x01\x04\0\0\0\0" + b"\x06\x00\x01\x04\0\0\0\0"),
        (51, b"\x06\x04" + bytes(22)),
        (50, bytes(8)),
        (59, b""),
    ]
)


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """Draw an IP packet, mostly TCP and mostly in order."""
    src, dst = draw(addresses)
    ports = draw(st.tuples(*[st.integers(0, 65535)] * 2))
    octets = tcp_segment(
        src,
        dst,
        ports,
        draw(st.tuples(*[st.integers(0, 0xFFFFFFFF)] * 2)),
        draw(st.integers(0, 255)),
        draw(st.binary(max_size=60)),
        options=draw(st.binary(max_size=40)),
    )
    if len(src) == 16:
        protocol, options = draw(chains)
    else:
        protocol = draw(st.sampled_from([6, 6, 6, 6, 1, 4, 17, 41, 47, 89]))
        options = draw(st.sampled_from([b"", b"", b"\x94\x04\0\0", bytes(40)]))
    packet = ip_packet(src, dst, protocol, octets, options=options)
    if len(src) == 4 and draw(st.sampled_from([False, False, True])):
        length = draw(st.integers(0, 300))  # 0 is a card's business, the rest is a lie
        packet = packet[:2] + length.to_bytes(2, "big") + packet[4:]
    return packet


@st.composite
def frames(draw: st.DrawFn) -> list[Frame]:
    """Draw some frames: plain, in fragments, cut short, with octets changed."""
    link = draw(st.sampled_from(sorted(LINKS)))
    linktype = LINKS[link]
    if linktype == 101:
        linktype = draw(st.sampled_from([12, 14, 101, 228, 229]))
    packet = draw(packets())
    parts = fragment_ip(packet, 16) if draw(st.booleans()) else [packet]
    drawn = []
    for ts_ns, part in enumerate(draw(st.permutations(parts[:12]))):
        data = bytearray(wrap(part, link))
        for _ in range(draw(st.integers(0, 2))):
            data[draw(st.integers(0, min(len(data), 80) - 1))] = draw(st.integers(0, 255))
        cut = draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))
        drawn.append((ts_ns, linktype, bytes(data[:cut])))
    return drawn


def decoded(given_frames: list[Frame], config: Config) -> tuple[list[Segment | None], object]:
    decoder = Decoder(config)
    segments = [decoder.decode(*frame) for frame in given_frames]
    return segments, {name: getattr(decoder, name) for name in COUNTS}


@settings(max_examples=200, deadline=None)
@given(frames(), st.booleans())
def test_both_lanes_agree_on_any_frames(given_frames: list[Frame], verify: bool) -> None:
    fast = decoded(given_frames, Config(verify_checksums=verify))
    slow = decoded(given_frames, Config(verify_checksums=verify, fast_lane=False))
    assert slow == fast


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([*LINKS.values(), 12, 14, 228, 229, 7, -1]))
def test_both_lanes_agree_on_any_octets(data: bytes, linktype: int) -> None:
    given_frames = [(0, linktype, data)]
    slow = decoded(given_frames, Config(fast_lane=False))
    assert slow == decoded(given_frames, Config())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 63), st.sampled_from(["192.0.2.1", "2001:db8::1"]))
def test_the_fast_lane_reads_what_dpkt_alone_reads(payload: bytes, flags: int, host: str) -> None:
    talk = Conversation((host, 1025), (host[:-1] + "2", 25)).packet("client", flags, payload)
    ts_ns, _, data = talk.frames[0]
    ip = dpkt.ethernet.Ethernet(data).data
    tcp = ip.data
    key = ip.src + ip.dst + tcp.sport.to_bytes(2, "big") + tcp.dport.to_bytes(2, "big")
    decoder = Decoder(Config())
    segment = decoder.decode(*talk.frames[0])
    assert (ts_ns, key, tcp.seq, tcp.ack, tcp.flags, tcp.data, 0) == segment
    assert decoder.slow == 0


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=list(FOLDERS))
def test_both_lanes_agree_on_every_capture(folder: Path) -> None:
    captures = sorted(folder.glob("*.pcap*"))
    if not captures:
        pytest.skip(f"there are no captures in {folder.name}")
    for path in captures:
        given_frames = readable_frames(path)
        slow = decoded(given_frames, Config(fast_lane=False))
        assert slow == decoded(given_frames, Config()), path.name


def readable_frames(path: Path) -> list[Frame]:
    """Return the frames of a capture up to its damage, if there is one."""
    found: list[Frame] = []
    for source in file_sources([str(path)]):
        try:
            found += source
        except CaptureError:
            continue
        finally:
            source.close()
    return found
