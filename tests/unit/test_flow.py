from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING

from smtpids.config import MAIL_PORTS, Config, Limits
from smtpids.flow import Flow, ends_of, ends_text, follow
from smtpids.packet import Decoder
from smtpids.roles import NOBODY, Roles
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.budget import held_octets
from smtpids.tcp.events import (
    Closed,
    CloseReason,
    Conflict,
    Gap,
    HalfClosed,
    Limit,
    Octets,
    Overlap,
    Urgent,
)
from smtpids.tcp.table import ConnectionTable
from tests.support.command import login

if TYPE_CHECKING:
    from smtpids.tcp.events import StreamEvent

#: What the ends of a session have of its connection as it is.
SAME = ("community_id", "client_port", "server_port", "start_ns", "midstream")


def told() -> list[StreamEvent]:
    """Return what TCP tells of a login."""
    decoder, table = Decoder(Config()), ConnectionTable(Limits(), MAIL_PORTS)
    events: list[StreamEvent] = []
    for number, frame in enumerate(login().frames, 1):
        segment = decoder.decode(*frame)
        assert segment is not None
        events += table.feed(segment, number)
    return events


def test_what_belongs_to_a_tunnel_is_taken_off_until_nothing_of_it_is_left() -> None:
    said = [event for event in told() if isinstance(event, Octets) and event.side == 1]
    first, second = said[:2]
    flow = Flow(first.connection, None, None)
    size = len(first.data)
    flow.skip = (0, size + 2)
    rest = second.data[2:]
    assert (flow.take_off(first), first.data) == (False, b"")
    assert (flow.take_off(second), second.data) == (True, rest)
    assert flow.skip == (0, 0)


def test_the_ends_of_a_connection_are_told_with_their_ports() -> None:
    connection = told()[0].connection
    ends = f"({connection.client}:{connection.client_port} -> "
    assert ends_text(connection) == f"{ends}{connection.server}:{connection.server_port})"


def test_a_quiet_session_takes_less_room_until_it_is_woken() -> None:
    connection = told()[0].connection
    flow = Flow(
        connection, Tracker(Ends("id", "1:x", "192.0.2.1", 1, "192.0.2.2", 25, 0), Config()), None
    )
    assert flow.tracker is not None
    known = dict(flow.tracker.session.context)
    for _ in range(2):
        flow.rest()
        assert flow.tracker.session.context == {}
    for _ in range(2):
        flow.wake()
        assert flow.tracker.session.context == known
    assert flow.folded is None


def test_a_session_is_named_by_its_ends_and_when_it_began() -> None:
    connection = told()[0].connection
    ends = ends_of(connection, Roles(Config()))
    text = f"{ends.client_ip}|{ends.client_port}|{ends.server_ip}|{ends.server_port}"
    digest = blake2b(f"{text}|{ends.start_ns}".encode(), digest_size=9).digest()
    assert ends.session_id == urlsafe_b64encode(digest).decode()
    assert [getattr(ends, name) for name in SAME] == [getattr(connection, name) for name in SAME]
    assert (ends.client_ip, ends.server_ip) == (connection.client, connection.server)
    assert (ends.direction, ends.client_role, ends.server_role) == NOBODY


def test_what_is_no_octets_is_told_in_the_words_of_a_session() -> None:
    connection = told()[0].connection
    flow = Flow(
        connection, Tracker(Ends("id", "1:x", "192.0.2.1", 1, "192.0.2.2", 25, 0), Config()), None
    )
    assert flow.is_plain()
    tracker = flow.tracker
    assert tracker is not None
    tracker.octets(1, b"220 mx\r\n", 0, 1, 0)
    tracker.octets(0, b"EHLO a\r\n", 0, 2, 8)
    kinds: list[tuple[StreamEvent, list[str]]] = [
        (Conflict(connection, 0, 3, 5, 3), ["tcp_overlap_conflict"]),
        (Urgent(connection, 0, 5, 4), ["urgent_data"]),
        (Overlap(connection, 0, 5, 5), ["ip_fragment_overlap"]),
        (Limit(connection, "stream_octets", 5, 6), ["limit_reached"]),
        (Gap(connection, 0, 3, 5, 7), ["gap"]),
        (HalfClosed(connection, 0, 5, 8), []),
        (Closed(connection, CloseReason.RST, 0, 5, 9), ["session_end"]),
    ]
    for event, expected in kinds:
        said = follow(tracker, event)
        names = [one.fields.get("smtp.anomaly.kind", one.action) for one in said]
        assert (type(event).__name__, names) == (type(event).__name__, expected)


def test_a_message_keeps_octets_as_if_the_session_had_taken_them() -> None:
    one, other = in_a_message(), in_a_message()
    body = b"a line\r\n"
    assert one.tracker is not None
    assert other.tracker is not None
    assert one.keep(body, 20, 21) is True
    assert other.tracker.octets(0, body, 20, 21, -1) == []
    for name in ("ts_ns", "packet", "packets", "octets_seen", "alone"):
        assert getattr(one.tracker, name) == getattr(other.tracker, name)
    assert held_octets(one.tracker) == held_octets(other.tracker)
    assert one.keep(b".\r\n", 22, 23) is False
    ends = [
        tracker.octets(0, b".\r\nQUIT\r\n", 22, 23, -1) for tracker in (one.tracker, other.tracker)
    ]
    assert [event.fields for event in ends[0]] == [event.fields for event in ends[1]]


def test_what_is_no_octets_of_a_message_is_not_kept() -> None:
    flow = Flow(told()[0].connection, None, None)
    assert flow.keep(b"a line\r\n", 20, 21) is False
    behind = in_a_message()
    assert behind.tracker is not None
    behind.tracker.inbox.put(b"x", 12, 13, -1)
    amid = in_a_message(b"MAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nBDAT 99 LAST\r\nx")
    for flow in (behind, amid):
        assert flow.tracker is not None
        before = flow.tracker.packets, held_octets(flow.tracker)
        assert flow.keep(b"a line\r\n", 20, 21) is False
        assert (flow.tracker.packets, held_octets(flow.tracker)) == before


def in_a_message(begun: bytes = b"DATA\r\n") -> Flow:
    """Return a flow whose client may send its message."""
    tracker = Tracker(Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7), Config())
    for side, said in (
        (1, b"220 mx ESMTP\r\n"),
        (0, b"HELO client\r\n"),
        (1, b"250 mx\r\n"),
        (0, begun),
        (1, b"354 go on\r\n"),
    ):
        tracker.octets(side, said, 10, 11, -1)
    return Flow(told()[0].connection, tracker, None)
