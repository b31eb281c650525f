from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.ringblock import LOOPBACK, OUTGOING, RingBlock, tagged
from smtpids.config import Config
from smtpids.lane import Lane
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from smtpids.smtp import Event

FIRST = 48
OFFSET = 82
TAGGED, TYPED = 0x10, 0x40


def block(frames: list[tuple[int, bytes]], status: int = 0, way: int = 0) -> bytes:
    """Return frames as the kernel lays them out in a block (linux/if_packet.h, TPACKET_V3)."""
    out = [bytes(FIRST)]
    for ts_ns, data in frames:
        step = OFFSET + len(data) + -(OFFSET + len(data)) % 16
        seconds, rest = divmod(ts_ns, 1_000_000_000)
        size = len(data)
        head = pack("=6I2H", step, seconds, rest, size, size, status, OFFSET, OFFSET + 14)
        more = pack("=IIHH8x", 0, 0xB007, 0x88A8, 0) + pack("=HHIHBB8x", 17, 8, 1, LOOPBACK, way, 6)
        out.append((head + more).ljust(OFFSET, b"\0") + data.ljust(step - OFFSET, b"\0"))
    return b"".join(out)


def mail() -> list[tuple[int, bytes]]:
    """Return a session and a frame that is no packet at all."""
    talk = Conversation().open().server(b"220 mx\r\n").client(b"QUIT\r\n").server(b"221 bye\r\n")
    return [(ts_ns, data) for ts_ns, _, data in talk.close().frames] + [
        (talk.frames[-1][0], b"odd")
    ]


def told(data: bytes, left: int, most: int = 100, since_ns: int = 0) -> tuple[list[int], Pipeline]:
    """Return how many frames of a block each call gives, and who was given them."""
    records: list[Event] = []
    own = Pipeline(Config(strict=True), counts=Counts(), on_record=records.append)
    lane = Lane(own)
    assert lane.begin(1)
    ring = RingBlock(data, FIRST, left)
    given = []
    while ring.left:
        given.append(ring.give(lane, most, since_ns))
    own.finish()
    assert [record.action for record in records] in ([], ["session_end"])
    return given, own


@pytest.mark.parametrize("most", [1, 3, 100])
def test_all_frames_of_a_block_are_given_no_more_than_wanted_at_once(most: int) -> None:
    frames = mail()
    given, own = told(block(frames), len(frames), most)
    assert (sum(given), max(given)) == (len(frames), min(most, len(frames)))
    assert (own.packets, own.octets) == (len(frames), sum(len(data) for _, data in frames))
    assert own.table.opened == 1
    assert own.decoder.slow == 1


def test_frames_from_before_a_time_are_passed_over() -> None:
    frames = mail()[:-1]
    given, own = told(block(frames), len(frames), since_ns=frames[4][0])
    assert given == [own.packets] == [len(frames) - 4]


def test_what_goes_out_on_loopback_comes_in_again_and_is_given_then() -> None:
    frames = mail()
    assert told(block(frames, way=OUTGOING), len(frames))[0] == [0]


def test_a_tag_that_the_kernel_took_off_counts_and_is_put_back_for_what_is_not_plain() -> None:
    frames = mail()[:-1]
    octets = sum(len(data) + 4 for _, data in frames)
    given, own = told(block(frames, TAGGED), len(frames))
    assert (given, own.octets, own.table.opened) == ([len(frames)], octets, 1)
    web = Conversation(("192.0.2.9", 40_000), ("192.0.2.8", 443)).open().frames[0][2]
    _, own = told(block([(5, web)], TAGGED), 1)
    assert (own.octets, own.table.opened) == (len(web) + 4, 1)


@pytest.mark.parametrize(("status", "kind"), [(TAGGED, b"\x81\0"), (TAGGED | TYPED, b"\x88\xa8")])
def test_the_tag_has_its_type_if_the_kernel_says_it(status: int, kind: bytes) -> None:
    frame = mail()[0][1]
    data = block([(5, frame)], status)
    begin = FIRST + OFFSET
    assert tagged(data, FIRST, begin, begin + len(frame), status) == (
        frame[:12] + kind + b"\xb0\x07" + frame[12:]
    )
