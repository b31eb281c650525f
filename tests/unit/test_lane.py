"""Which packets take the lane, and what it does with all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture import FileSource
from smtpids.capture.bypass import Bypass
from smtpids.capture.frames import SYN
from smtpids.capture.passing import Passer
from smtpids.capture.shard import Shard
from smtpids.config import SECOND, Config
from smtpids.lane import Lane
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from tests.support.transcript import frames_of, parse
from tests.support.wire import (
    LINKS,
    Conversation,
    fragment_ip,
    ip_packet,
    pcap_bytes,
    pcapng_bytes,
    tcp_segment,
    wrap,
    write_pcap,
)

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.smtp import Event

HERE, THERE = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
HERE6, THERE6 = b"\x20\x01" + bytes(14), b"\x20\x02" + bytes(14)
NOW = 5
ETHERNET = LINKS["ethernet"]


def packet(
    flags: int = SYN, port: int = 25, src: bytes = HERE, dst: bytes = THERE, text: bytes = b""
) -> bytes:
    return ip_packet(src, dst, 6, tcp_segment(src, dst, (40_000, port), (1, 1), flags, text))


def pipeline(config: Config | None = None) -> Pipeline:
    own = Pipeline(config or Config(strict=True, any_port=False), counts=Counts())
    own.tick(NOW)
    return own


def takes(lane: Lane, frame: bytes, now: int = NOW) -> bool:
    """Say whether a lane takes a frame that stands amidst others."""
    return lane.take(b"xyz" + frame + b"xyz", 3, 3 + len(frame), now, len(frame))


@pytest.mark.parametrize("link", ["ethernet", "sll", "sll2"])
@pytest.mark.parametrize("ends", [(HERE, THERE), (HERE6, THERE6)], ids=["ipv4", "ipv6"])
def test_plain_segments_of_wanted_ports_are_taken_behind_known_links(
    link: str, ends: tuple[bytes, bytes]
) -> None:
    own = pipeline()
    lane = Lane(own)
    assert lane.begin(LINKS[link])
    assert takes(lane, wrap(packet(src=ends[0], dst=ends[1]), link))
    assert not takes(lane, wrap(packet(port=443, src=ends[0], dst=ends[1]), link))
    assert (own.packets, own.table.opened, own.decoder.frames) == (1, 1, 1)


def test_a_link_whose_headers_are_not_fixed_is_not_for_the_lane() -> None:
    assert not Lane(pipeline()).begin(LINKS["raw"])


@pytest.mark.parametrize(
    "odd",
    [
        fragment_ip(packet(text=b"x" * 60), 32)[0],
        fragment_ip(packet(text=b"x" * 60), 32)[1],
        ip_packet(HERE, THERE, 17, bytes(40)),
        b"\x46" + packet()[1:],
        packet()[:39],
        packet(text=b"x" * 60)[:-1],
        packet()[:32] + b"\x40" + packet()[33:],
        packet()[:32] + b"\xf0" + packet()[33:],
        packet(src=HERE6, dst=THERE6)[:6] + b"\x2c" + packet(src=HERE6, dst=THERE6)[7:],
        packet(src=HERE6, dst=THERE6)[:59],
    ],
    ids=["first", "fragment", "udp", "options", "short", "cut", "less", "more", "header", "short6"],
)
def test_what_is_not_plain_is_left(odd: bytes) -> None:
    own = pipeline()
    lane = Lane(own)
    lane.begin(LINKS["sll"])
    assert not takes(lane, wrap(odd, "sll"))  # nothing is padded behind this one
    assert own.packets == 0


def test_what_nobody_wants_is_left_to_who_passes_it_over() -> None:
    own = pipeline(Config(strict=True, any_port=True))
    lane = Lane(own)
    lane.begin(ETHERNET)
    talk = Conversation(("192.0.2.9", 40_000), ("192.0.2.8", 443)).open()
    talk.client(b"\x16\x03\x01\x02\x00\x01" + b"x" * 600).server(b"\x16").close()
    hello = 3
    taken = [takes(lane, data) for _, _, data in talk.frames]
    assert taken == [number <= hello for number in range(len(taken))]


def test_before_a_packet_at_which_time_must_pass_is_taken_it_passes() -> None:
    own = pipeline()
    lane = Lane(own)
    lane.begin(ETHERNET)
    assert not takes(lane, wrap(packet(), "ethernet"), NOW + SECOND)
    own.tick(NOW + SECOND)
    assert takes(lane, wrap(packet(), "ethernet"), NOW + SECOND)


def test_of_several_shards_none_takes_what_begins_a_connection() -> None:
    own = pipeline()
    lane = Lane(own)
    own.bypass.shard = Shard(0, 2)
    lane.begin(ETHERNET)
    assert not takes(lane, wrap(packet(), "ethernet"))


def test_packets_that_were_passed_over_are_counted_first() -> None:
    own = pipeline()
    lane = Lane(own)
    lane.begin(ETHERNET)
    own.bypass.packets, own.bypass.octets, own.bypass.last_ns = 3, 180, 4
    assert takes(lane, wrap(packet(), "ethernet"))
    assert (own.packet, own.packets, own.bypass.packets) == (4, 4, 0)


def test_a_run_goes_up_to_the_record_that_is_cut() -> None:
    talk = Conversation().open().client(b"EHLO a\r\n").server(b"250 b\r\n")
    other = Conversation(("192.0.2.9", 40_000), ("192.0.2.8", 443)).open()
    frames = [*talk.frames, *other.frames, (talk.frames[-1][0], 1, b"odd")]
    octets = pcap_bytes(frames)
    own = pipeline()
    lane = Lane(own)
    assert lane.begin(ETHERNET)
    bypass = own.bypass
    lane.begin_file("<", 1000, 262_144, Passer(bypass, ETHERNET, "<", 1000, 262_144))
    assert (lane.run(octets[:-1], 24), lane.count) == (len(octets) - 19, len(frames) - 1)
    assert (lane.run(octets, len(octets) - 19), lane.count) == (len(octets), 1)
    assert (own.packets, own.decoder.passed) == (len(frames), 3)


def test_a_record_that_claims_too_much_is_left_to_the_reader() -> None:
    lane = Lane(pipeline())
    lane.begin(ETHERNET)
    lane.begin_file("<", 1000, 60, Passer(Bypass(), ETHERNET, "<", 1000, 60))
    octets = pcap_bytes([(0, ETHERNET, bytes(61))])
    assert (lane.run(octets, 24), lane.count) == (24, 0)


TALK = Conversation().open().client(b"EHLO a\r\n").frames


@pytest.mark.parametrize(
    ("interface", "taken"),
    [
        ((ETHERNET, 0, 1, 1, 0), len(TALK)),
        ((ETHERNET, 0, 1000, 1, 0), 0),
        ((ETHERNET, 0, 10, 1, 0), 0),
        ((ETHERNET, 0, 1, 1, 5), 0),
        ((ETHERNET, 0, 1, 3, 0), 0),
    ],
    ids=["plain", "beyond 63 bits", "resolution", "offset", "divisor"],
)
@pytest.mark.parametrize("big_endian", [True, False], ids=["big", "little"])
def test_packet_blocks_are_taken_if_their_time_is_plain(
    interface: tuple[int, int, int, int, int], taken: int, big_endian: bool
) -> None:
    blocks = pcapng_bytes(TALK, big_endian=big_endian)
    alone = len(TALK[0][2])
    first = len(pcapng_bytes(TALK[:1], big_endian=big_endian)) - 32 - alone - -alone % 4
    own = pipeline()
    lane = Lane(own)
    order = "><"[not big_endian]
    end = lane.run_blocks(blocks, first, order, [interface])
    assert (lane.count, own.packets, end) == (taken, taken, len(blocks) if taken else first)
    assert own.last_ns == lane.last_ns == (TALK[-1][0] if taken else 0)
    assert lane.run_blocks(blocks, first, order, []) == first


def test_a_session_is_told_what_its_client_had_seen(tmp_path: Path) -> None:
    script = parse(
        "S: 220 mx ESMTP\nC: EHLO c\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n"
        "== unseen\nC: RSET\n--\nC| \\x16\\x03\\x01\\x00\\x05\\x01\\x00\\x00\\x01\\x00\n"
    )
    records: list[Event] = []
    own = Pipeline(Config(strict=True), counts=Counts(), on_record=records.append)
    own.hastens = True
    own.run(FileSource(str(write_pcap(tmp_path / "x", frames_of(script)))))
    assert records[0].fields["smtp.anomaly.kind"] == "starttls_injection"


@pytest.mark.parametrize("verify", [True, False])
def test_checksums_that_are_to_be_verified_are(verify: bool, tmp_path: Path) -> None:
    frames = list(TALK)
    ts_ns, linktype, data = frames[-1]
    frames[-1] = (ts_ns, linktype, data[:-1] + b"\r")
    own = pipeline(Config(strict=True, verify_checksums=verify))
    own.hastens = True
    own.run(FileSource(str(write_pcap(tmp_path / "x", frames))))
    assert own.decoder.bad_checksum == verify


class Broken:
    """A matcher with a bug."""

    history: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def match(self, event: Event) -> list[object]:
        """Fail on all that one client did."""
        if event.fields["source.ip"] == "192.0.2.1":
            message = "a bug"
            raise RuntimeError(message)
        return []


@pytest.mark.parametrize("strict", [True, False])
def test_a_bug_of_ours_costs_one_connection_on_this_way_too(strict: bool, tmp_path: Path) -> None:
    records: list[Event] = []
    own = Pipeline(
        Config(strict=strict),
        counts=Counts(),
        matcher=Broken(),  # type: ignore[arg-type]  # it has no rules
        on_record=records.append,
    )
    own.hastens = True
    frames = []
    for client in ("192.0.2.1", "192.0.2.9"):
        talk = Conversation((client, 40_000)).open().server(b"220 mx\r\n").client(b"QUIT\r\n")
        frames += talk.server(b"221 bye\r\n").close().frames
    source = FileSource(str(write_pcap(tmp_path / "x", frames)))
    if strict:
        with pytest.raises(RuntimeError, match="a bug"):
            own.run(source)
        return
    own.run(source)
    assert own.counts.internal_errors["smtp"] == 1
    assert [record.fields["source.ip"] for record in records] == ["192.0.2.9"]
    assert (own.packets, own.trackers, own.budget.held_octets) == (len(frames), 0, 0)
