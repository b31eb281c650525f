"""The lane says and counts what the way that all packets can go says and counts, of any traffic."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.capture.pcapfile import FileSource
from smtpids.capture.shard import Shard
from smtpids.config import SECOND, Config, Limits
from smtpids.errors import CaptureError
from smtpids.metrics import Counts
from smtpids.packet.counters import DecodeCounters
from smtpids.pipeline import Pipeline
from smtpids.workers.analysis import Analysis
from smtpids.workers.merger import NEVER
from smtpids.workers.report import Report
from smtpids.workers.sieve import Sieve
from tests.support.attributes import attributes
from tests.support.capture_files import pcap_bytes, pcapng_bytes
from tests.support.engine import Ear, captures, compiled, shipped_rules
from tests.support.wire import LINKS, Conversation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smtpids.capture.frames import Frame

COUNTS = [name for name in attributes(DecodeCounters) if name != "slow"]
FORMS: dict[str, Callable[..., bytes]] = {
    "pcap": pcap_bytes,
    "big.pcap": partial(pcap_bytes, big_endian=True, nano=True),
    "pcapng": pcapng_bytes,
    "big.pcapng": partial(pcapng_bytes, big_endian=True, nano=False),
}
SIZES = st.sampled_from([1, 700, 1448])
STEPS = st.sampled_from([0, 0, 1_000, 1_000_000, 300_000_000, SECOND, 40 * SECOND, -SECOND])
ENDS = [
    (("192.0.2.1", 40_000), ("198.51.100.2", 25)),
    (("192.0.2.1", 40_001), ("198.51.100.2", 443)),
    (("198.51.100.2", 25), ("192.0.2.1", 587)),
    (("2001:db8::1", 40_000), ("2001:db8::2", 25)),
]


@st.composite
def talks(draw: st.DrawFn, link: str) -> list[bytes]:
    """Draw the frames of one mail, or of something that is sent to the ports of mail."""
    client, server = draw(st.sampled_from(ENDS))
    talk = Conversation(client, server, link=link)
    if draw(st.integers(0, 5)):
        talk.open()
    talk.server(b"220 mx.example\r\n").client(b"EHLO a\r\n").server(b"250 mx.example\r\n")
    talk.client(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
    talk.server(b"250 Ok\r\n250 Ok\r\n354 go on\r\n")
    size = draw(SIZES)
    text = b"Subject: x\r\n\r\n" + b"y" * draw(st.integers(0, 3000)) + b"\r\n.\r\n"
    for at in range(0, len(text), size) if size > 1 else ():
        talk.client(text[at : at + size])
    talk.server(b"250 queued\r\n").client(b"QUIT\r\n").server(b"221 bye\r\n")
    if draw(st.booleans()):
        talk.close()
    return [data for _, _, data in talk.frames]


@st.composite
def traffic(draw: st.DrawFn) -> list[Frame]:
    """Draw frames of several talks, in order or not, some of them lost, sent twice or changed."""
    link = draw(st.sampled_from(["ethernet", "ethernet", "vlan", "sll", "sll2", "raw"]))
    parts = draw(st.lists(talks(link), min_size=1, max_size=3))
    datas: list[bytes] = []
    while parts:
        part = draw(st.sampled_from(parts))
        count = draw(st.integers(1, 12))
        datas += part[:count]
        del part[:count]
        parts = [one for one in parts if one]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(datas) - 1))
        match draw(st.sampled_from(["swap", "lose", "again", "change", "cut", "pad"])):
            case "swap":
                datas.insert(draw(st.integers(0, len(datas) - 1)), datas.pop(at))
            case "lose" if len(datas) > 1:
                del datas[at]
            case "again":
                datas.insert(draw(st.integers(at, len(datas))), datas[at])
            case "change" if datas[at]:
                changed = bytearray(datas[at])
                changed[draw(st.integers(0, min(len(changed), 90) - 1))] = draw(st.integers(0, 255))
                datas[at] = bytes(changed)
            case "cut":
                datas[at] = datas[at][: draw(st.integers(0, len(datas[at])))]
            case _:
                datas[at] += bytes(6)
    now = 1_700_000_000 * SECOND
    frames: list[Frame] = []
    for data in datas:
        now += draw(STEPS)
        frames.append((now, LINKS[link], data))
    return frames


def told(path: Path, config: Config, *, hastens: bool) -> list[Any]:
    """Return all that a pipeline says and has counted of a file."""
    ear = Ear(compiled(shipped_rules()))
    records: list[Any] = []
    pipeline = Pipeline(config, counts=Counts(), matcher=ear, on_record=records.append)
    pipeline.hastens = hastens
    said: list[Any] = []
    try:
        pipeline.run(FileSource(str(path), chunk=4_000))
    except CaptureError as error:
        said.append(str(error))
    said += [held(pipeline), pipeline.packet, pipeline.last_ns]
    pipeline.finish()
    said += [(one.action, one.ts_ns, one.packet, one.fields) for one in (*ear.events, *records)]
    return [*said, held(pipeline), pipeline.counts.sessions]


def held(pipeline: Pipeline) -> tuple[object, ...]:
    """Return what a pipeline has counted, and holds."""
    table, budget = pipeline.table, pipeline.budget
    return (
        pipeline.packets,
        pipeline.octets,
        pipeline.trackers,
        [getattr(pipeline.decoder, name) for name in COUNTS],
        (table.opened, table.active, table.closed_by_reason, table.gap_octets),
        (table.retransmissions, table.conflicts, table.held_octets, table.limit_hits),
        budget.held_octets,
    )


CONFIGS = st.sampled_from(
    [
        Config(strict=True),
        Config(strict=True, any_port=True),
        Config(strict=True, limits=Limits()._replace(sessions_octets=2_000, tail_octets=1_000)),
        Config(strict=True, limits=Limits()._replace(connections=1, reorder_ns=SECOND // 10)),
        Config(strict=True, verify_checksums=True),
    ]
)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(frames=traffic(), config=CONFIGS, cut=st.integers(0, 40))
def test_what_is_said_and_counted_is_the_same_by_both_ways(
    form: str,
    frames: list[Frame],
    config: Config,
    cut: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.getbasetemp() / f"lane.{form}"
    octets = FORMS[form](frames)
    path.write_bytes(octets[: len(octets) - max(cut - 20, 0)])
    assert told(path, config, hastens=True) == told(path, config, hastens=False)


@pytest.mark.slow
@pytest.mark.parametrize("any_port", [True, False])
@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
def test_recorded_captures_say_the_same_by_both_ways(path: Path, any_port: bool) -> None:
    config = Config(strict=True, any_port=any_port)
    assert told(path, config, hastens=True) == told(path, config, hastens=False)


def reported(path: Path, index: int, *, hastens: bool) -> list[Any]:
    """Return all that one of two workers tells of a file."""
    sent: list[object] = []
    report = Report(sent.append, lambda: 0.0)
    sieve = Sieve(shipped_rules())
    config = Config(strict=True)
    analysis = Analysis(config, report, sieve, Counts(), Shard(index, 2), records=True)
    analysis.hastens = hastens
    analysis.run(FileSource(str(path), chunk=4_000))
    place = analysis.place()
    analysis.finish()
    report.flush(NEVER)
    return [sent, held(analysis), analysis.own, place]


@settings(max_examples=30, deadline=None)
@given(frames=traffic())
def test_a_worker_tells_the_same_by_both_ways(
    frames: list[Frame], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "lane.pcap"
    path.write_bytes(pcap_bytes(frames))
    for index in range(2):
        by_lane, by_frames = (reported(path, index, hastens=hastens) for hastens in (True, False))
        assert by_lane == by_frames
