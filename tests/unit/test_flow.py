from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture import Decoder
from smtpids.config import MAIL_PORTS, Config, Limits
from smtpids.flow import Flow, ends_text
from smtpids.smtp import Ends, Tracker
from smtpids.tcp.events import Octets
from smtpids.tcp.table import ConnectionTable
from tests.support.command import login

if TYPE_CHECKING:
    from smtpids.tcp.events import StreamEvent


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
