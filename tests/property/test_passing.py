"""What a reader passes over is what nobody wants, and nothing else; every packet is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dpkt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpids.capture import pcap, pcapng
from smtpids.capture.buffer import Buffer
from smtpids.capture.bypass import Bypass
from smtpids.capture.frames import PASSED
from smtpids.errors import CaptureError
from tests.property.test_decode_lanes import frames, packets
from tests.support.wire import LINKS, pcap_bytes, pcapng_bytes, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Frame

SECOND = 1_000_000_000
ETHERNET, SLL, SLL2 = 1, 113, 276
READERS = {"pcap": (pcap.frames, pcap_bytes), "pcapng": (pcapng.frames, pcapng_bytes)}


class Twin:
    """The plain twin: reads every frame, takes each apart by dpkt, and judges it."""

    def __init__(self, ports: frozenset[int], keys: frozenset[bytes]) -> None:
        self.ports = ports
        self.keys = keys

    def passes(self, linktype: int, data: bytes) -> bool:
        """Say whether a frame is of a connection that nobody wants, or plain UDP."""
        ip = self._ip(linktype, data)
        if isinstance(ip, dpkt.ip.IP):
            plain = ip.v == 4 and ip.hl == 5 and not (ip.mf or ip.offset)
            protocol, transport = ip.p, ip.pack()[20:] if plain else b""
        elif isinstance(ip, dpkt.ip6.IP6):
            plain, protocol = ip.v == 6, ip.nxt
        else:
            return False
        if not plain:
            return False
        transport = self._behind
        ports = int.from_bytes(transport[:2], "big"), int.from_bytes(transport[2:4], "big")
        if protocol == 17:
            return ports[1] not in {4789, 8472, 6081}
        if protocol != 6:
            return False
        key = ip.src + ip.dst + transport[:4]
        elsewhere = bool(self.ports) and not self.ports & set(ports)
        return elsewhere or (key in self.keys and not transport[13] & 7)

    def _ip(self, linktype: int, data: bytes) -> dpkt.Packet | None:
        """Return the IP header in a frame that has room for it and for TCP's behind it."""
        kind_at, ip_at = {ETHERNET: (12, 14), SLL: (14, 16), SLL2: (0, 20)}[linktype]
        if len(data) < ip_at + 40:
            return None
        kind = int.from_bytes(data[kind_at : kind_at + 2], "big")
        for _ in range(2):
            if kind in {0x8100, 0x88A8, 0x9100, 0x9200}:
                kind, ip_at = int.from_bytes(data[ip_at + 2 : ip_at + 4], "big"), ip_at + 4
        size, layer = {0x800: (20, dpkt.ip.IP), 0x86DD: (40, dpkt.ip6.IP6)}.get(kind, (0, None))
        if layer is None or len(data) < ip_at + size + 20:
            return None
        self._behind = data[ip_at + size :]
        header = bytearray(data[ip_at : ip_at + size])
        # so that dpkt reads the header alone, whatever is promised behind it
        if size == 20:
            if header[0] & 15 != 5:
                return None
            header[2:4] = b"\0\x14"
            header[9:10], protocol = b"\xff", header[9]
            ip = layer(bytes(header))
            ip.p = protocol
        else:
            header[4:6] = b"\0\0"
            header[6:7], protocol = b"\xff", header[6]
            ip = layer(bytes(header))
            ip.nxt = protocol
        return ip


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
    reader: Callable[..., object] = READERS[form][0]
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
    wanted_frames = [frame for frame in whole if not twin.passes(*frame[1:])]
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
