"""What every event of a session carries, as it is when the session begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.states import State

if TYPE_CHECKING:
    from smtpids.smtp.ends import Ends
    from smtpids.smtp.events import Fields

#: All of it in its order; that of the ends is filled in.
_FIELDS: Final[Fields] = {
    "event.action": "",
    "@timestamp": 0,
    "smtpids.pcap.packet": 0,
    "session.id": "",
    "session.start": 0,
    "network.community_id": "",
    "network.direction": "",
    "network.type": "",
    "network.transport": "tcp",
    "network.protocol": "smtp",
    "source.ip": "",
    "source.port": 0,
    "destination.ip": "",
    "destination.port": 0,
    "session.client_role": "",
    "session.server_role": "",
    "session.midstream": False,
    "session.gap": False,
    "session.one_sided": False,
    "session.state": State.CONNECTED,
    "tls.established": False,
    "tls.mode": "none",
    "smtp.starttls.offered": False,
    "smtp.starttls.state": "none",
    "smtp.auth.succeeded": False,
    "smtp.auth.attempts": 0,
    "smtp.auth.failures": 0,
    "smtp.transaction.index": 0,
    "smtp.message.count": 0,
    "smtp.command.count": 0,
    "smtp.quit": False,
}
#: Places that a session and an event of it fill at least.
_ROOM: Final = 12


def roomy(context: Fields) -> Fields:
    """Return a mapping of the same that has room for more: its copies need not grow either.

    One grows threefold when its places are used up, and what was taken out has used up its own.
    """
    roomy = {**context}
    for _ in range(_ROOM):
        roomy[""] = None
        del roomy[""]
    return roomy


_CONTEXT: Final[Fields] = roomy(_FIELDS)


def context_of(ends: Ends) -> Fields:
    """Return what is known of a session that begins between two ends."""
    context = _CONTEXT.copy()
    context["session.id"] = ends.session_id
    context["session.start"] = ends.start_ns
    context["network.community_id"] = ends.community_id
    context["network.direction"] = ends.direction
    context["network.type"] = "ipv6" if ":" in ends.client_ip else "ipv4"
    context["source.ip"] = ends.client_ip
    context["source.port"] = ends.client_port
    context["destination.ip"] = ends.server_ip
    context["destination.port"] = ends.server_port
    context["session.client_role"] = ends.client_role
    context["session.server_role"] = ends.server_role
    if ends.midstream:
        context["session.midstream"] = True
        context["session.state"] = State.LOST
    if ends.file:
        context["smtpids.pcap.file"] = ends.file
    return context
