"""How a session is taken up that the capture shows from the middle, or from behind a hole.

What comes first may be anything: a piece of a message, of a password, of a TLS record. Commands
and TLS records have forms of their own by which they are known again; until one comes nothing is
said of the rest, which would be wrong about legal traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.commands import is_plausible
from smtpids.smtp.pending import Mode, Pending
from smtpids.smtp.states import END_OF_DATA, ROWS, State
from smtpids.smtp.upgrade import Upgrade
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.tls import looks_like_record

if TYPE_CHECKING:
    from smtpids.smtp.commands import Command
    from smtpids.smtp.tracker import Tracker

#: RFC 8314 3.3
IMPLICIT_TLS_PORT: Final = 465


def joins_tls(tracker: Tracker, side: int, data: bytes, ts_ns: int, packet: int) -> bool:
    """Begin with TLS where a side sends a record and the capture does not show how TLS began."""
    unseen = side == SERVER and not tracker.octets_seen[CLIENT]
    if (tracker.synced[side] and not unseen) or not looks_like_record(data):
        return False
    sides = [each for each in (CLIENT, SERVER) if not tracker.synced[each]]
    if unseen and CLIENT not in sides:
        sides.append(CLIENT)
    mode = "implicit" if is_implicit(tracker) else "starttls"
    tracker.upgrade = tracker.upgrade or Upgrade(tracker.session, tracker.limits, mode)
    tracker.upgrade.join(sides, ts_ns, packet)
    tracker.beginning = False
    tracker.pending.clear()
    tracker.move(State.TLS)
    tracker.mode = Mode.TLS
    return True


def is_implicit(tracker: Tracker) -> bool:
    """Tell whether TLS whose beginning is not seen was there from the first octet."""
    ends = tracker.session.ends
    return not tracker.octets_seen[SERVER] or ends.server_port == IMPLICIT_TLS_PORT


def is_command(tracker: Tracker, command: Command) -> bool:
    """Tell whether a line is a command, among lines that may be of a message or an exchange."""
    if command.line == b".":
        # the end of a message whose beginning is not in the capture
        tracker.synced[CLIENT] = True
        inbox, session = tracker.inbox, tracker.session
        session.line(CLIENT, "[message] .", inbox.ts_ns, inbox.packet)
        entry = session.step(END_OF_DATA)
        tracker.pending.append(Pending(ROWS[END_OF_DATA], State.READY, None, entry))
        return False
    tracker.synced[CLIENT] = is_plausible(command)
    return tracker.synced[CLIENT]
