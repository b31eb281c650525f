"""FIN and RST that end a connection, and those that only seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture.frames import ACK, FIN, RST, SYN
from smtpids.tcp.chunk import Stamp
from smtpids.tcp.endings import forget_unsaid, refute_fin, reset, retract_rst
from smtpids.tcp.events import CLIENT, SERVER, StreamEvent
from tests.support.segments import SECOND, Talk, feed_all, make_table, run_all, tell

if TYPE_CHECKING:
    from smtpids.tcp.connection import Connection

BANNER = b"220 mx\r\n"
EHLO = b"EHLO a\r\n"
OK = b"250 ok\r\n"
NOOP = b"NOOP\r\n"
TOLD = [f"S {BANNER!r}", f"C {EHLO!r}", f"S {OK!r}"]
SAID = [f"C {NOOP!r}", f"S {OK!r}"]
STAMP = Stamp(0, 1, -1, 1)


def greeted() -> Talk:
    return Talk().handshake().server(BANNER).client(EHLO).server(OK)


def connected() -> tuple[Talk, Connection]:
    """Return a talk and its connection, both behind the reply to EHLO."""
    talk = greeted()
    event: StreamEvent = feed_all(make_table(), talk.segments)[-1]
    return talk, event.connection


def goes_on(talk: Talk, times: int = 12) -> Talk:
    for _ in range(times):
        talk.client(NOOP).server(OK)
    return talk.goodbye()


@pytest.mark.parametrize("side", [CLIENT, SERVER])
@pytest.mark.parametrize("away", [-70_000, -500, -1, 2, 7, 600, 60_000, 70_000])
def test_a_rst_with_another_number_ends_nothing_when_its_sender_goes_on(
    side: int, away: int
) -> None:
    talk = greeted()
    talk.send(side, flags=RST, ack=0, back=-away) if away > 0 else _back(talk, side, -away)
    told = tell(run_all(goes_on(talk).segments))
    assert [*TOLD, *SAID * 12, "S ends", "C ends", "closed fin S"] == told


def _back(talk: Talk, side: int, octets: int) -> None:
    seq = (talk.next_seq[side] - octets) & 0xFFFFFFFF
    talk.segments.append((talk.now_ns, talk.keys[side], seq, 0, RST, b"", 0))


def test_a_rst_behind_octets_that_the_capture_lacks_ends_the_connection_with_a_gap() -> None:
    talk = greeted()
    talk.send(CLIENT, flags=RST, back=-100)
    table = make_table()
    assert tell(feed_all(table, talk.segments)) == TOLD
    told = tell(table.tick(talk.now_ns + 2 * SECOND))
    assert told == ["C gap 100", "closed rst C"]


@pytest.mark.parametrize("away", [-1, 5_000])
def test_a_rst_behind_an_old_hole_is_given_time_to_be_retracted(away: int) -> None:
    """The hole is due already, and the RST must not end the connection with it."""
    talk = greeted()
    talk.client(NOOP)
    lost = talk.segments.pop()
    talk.send(SERVER)
    talk.wait(2 * SECOND)
    seq = (talk.next_seq[CLIENT] + away) & 0xFFFFFFFF
    talk.segments.append((talk.now_ns, talk.keys[CLIENT], seq, 0, RST, b"", 0))
    told = tell(run_all(goes_on(talk, 3).segments))
    gap = f"C gap {len(lost[5])}"
    assert told == [*TOLD, gap, *SAID * 3, "S ends", "C ends", "closed fin S"]


def test_a_rst_captured_before_the_last_octets_waits_for_them() -> None:
    talk = greeted().client(NOOP).rst(CLIENT)
    talk.segments[-2:] = talk.segments[:-3:-1]
    assert [*TOLD, f"C {NOOP!r}", "closed rst C"] == tell(run_all(talk.segments))


def test_a_rst_with_the_right_number_ends_the_connection() -> None:
    talk = greeted().rst(SERVER)
    assert [*TOLD, "closed rst S"] == tell(run_all(talk.segments))


def test_a_refused_connection_said_nothing_in_its_syn() -> None:
    talk = Talk()
    talk.send(CLIENT, EHLO, flags=SYN)
    talk.send(SERVER, flags=RST | ACK)
    assert tell(run_all(talk.segments)) == []


@pytest.mark.parametrize("away", [0, 5, 40])
def test_octets_behind_a_fin_come_when_the_receiver_has_taken_them(away: int) -> None:
    talk = greeted()
    seq = talk.next_seq[CLIENT] + away
    ack = talk.next_seq[SERVER]
    talk.segments.append((talk.now_ns, talk.keys[CLIENT], seq, ack, FIN | ACK, b"", 0))
    told = tell(run_all(goes_on(talk).segments))
    assert b"".join(_octets(told)) == NOOP * 12
    assert not [line for line in told if "gap" in line]
    assert told[-1] == "closed fin S"


def _octets(told: list[str]) -> list[bytes]:
    said = [line[4:-1] for line in told if line.startswith("C b")][1:]
    return [text.encode().decode("unicode_escape").encode() for text in said]


def test_a_fin_before_the_last_octets_waits_for_them() -> None:
    talk = greeted().client(NOOP).fin(CLIENT)
    talk.segments[-2:] = talk.segments[:-3:-1]
    assert [*TOLD, f"C {NOOP!r}", "C ends", "closed eof C"] == tell(run_all(talk.segments))


def test_what_a_waiting_rst_said_of_the_octets_before_it_is_taken_back_with_it() -> None:
    talk, connection = connected()
    stream = connection.from_client
    reset(stream, talk.next_seq[CLIENT] + 50, STAMP)
    assert (stream.count_held(), stream.acked) == (1, stream.delivered + 50)
    retract_rst(stream)
    assert (stream.count_held(), stream.acked) == (0, stream.delivered)


def test_a_fin_that_is_taken_back_began_no_end() -> None:
    talk, connection = connected()
    stream = connection.from_client
    connection.first_end = stream
    stream.put_fin(stream.delivered, STAMP)
    refute_fin(stream)
    assert connection.first_end != stream
    assert (stream.fin, stream.count_held()) == (-1, 0)
    assert talk.segments


def test_only_octets_behind_a_fin_are_forgotten() -> None:
    _, connection = connected()
    stream = connection.from_client
    stream.put(stream.delivered, NOOP, STAMP)
    forget_unsaid(stream)
    assert stream.count_held() == 1
    stream.ended = True
    forget_unsaid(stream)
    assert stream.count_held() == 0
