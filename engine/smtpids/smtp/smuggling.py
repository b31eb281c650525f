"""What the replies tell of an ambiguous end of data: did the server take it for the end?

A monitor cannot know which octets a server ends a message at, until the server says so. It does:
a reply that comes while the strict reader still sees a message answers an end that this reader
does not know, and replies beyond those that are due are those to a smuggled envelope. The first is
how a careless client and a careless server agree, and the session is followed as they see it. The
second is told as `smuggling_accepted`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.endofdata import place_fields
from smtpids.smtp.pending import Mode
from smtpids.smtp.states import END_OF_DATA, State
from smtpids.tcp.events import CLIENT, SERVER

if TYPE_CHECKING:
    from smtpids.smtp.endofdata import Place
    from smtpids.smtp.message import Message
    from smtpids.smtp.replies import Reply
    from smtpids.smtp.tracker import Tracker

#: MAIL, RCPT and BDAT of a smuggled envelope: so many more replies of success are no accident.
SURPLUS_REPLIES: Final = 3


def ends_message(tracker: Tracker, reply: Reply) -> bool:
    """Tell whether an unexpected reply answers octets that both sides took for the end of data.

    So it is if an ambiguous end is the last that was sent: the client waits, and the server
    answers. The message is ended there, and counts as not complete.
    """
    message = tracker.message
    if message is None or tracker.mode is not Mode.MESSAGE or reply.digit not in {2, 4, 5}:
        return False
    if message.lost or tracker.one_sided or not tracker.aligned or not message.ambiguous_end():
        return False
    session = tracker.session
    session.line(CLIENT, "[message] .", reply.ts_ns, reply.packet)
    session.step(END_OF_DATA).code = reply.code
    tracker.mode = Mode.COMMANDS
    tracker.move(State.READY)
    session.reply(reply, END_OF_DATA, reply.text)
    tracker.end_message(message, reply.code, reply.ts_ns, reply.packet)
    return True


def message_ended(tracker: Tracker, message: Message) -> None:
    """Remember whether a message that ended hid an envelope: the next replies will tell."""
    tracker.suspect = message.hidden_envelope()
    tracker.surplus = 0


def surplus(tracker: Tracker, reply: Reply) -> None:
    """Judge a reply that answers nothing that the strict reader saw."""
    message = tracker.message
    place = tracker.suspect if message is None else message.hidden_envelope()
    if place is None or reply.digit not in {2, 3}:
        return
    if message is None:
        tracker.surplus += 1
        if reply.digit == 2 and tracker.surplus < SURPLUS_REPLIES:
            return
        tracker.suspect = None
    _tell(tracker, place, reply)


def _tell(tracker: Tracker, place: Place, reply: Reply) -> None:
    detail = f"{place.variant}: {reply.code} to what was hidden in a message"
    tracker.session.anomaly(
        "smuggling_accepted", SERVER, detail, reply.ts_ns, reply.packet, place_fields(place)
    )
