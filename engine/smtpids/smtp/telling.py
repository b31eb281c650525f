"""Says a message that ended: what was odd in it, then the message itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp import flood
from smtpids.smtp.events import ACTION_NAMES, Action

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields
    from smtpids.smtp.message import Message
    from smtpids.smtp.session import Session

#: A message of fewer octets holds nothing that a rule could mean.
LITTLE: Final = 64
_MESSAGE: Final[str] = ACTION_NAMES[Action.MESSAGE]


def weigh(session: Session, fields: Fields) -> None:
    """Add to the fields of a message how large it is beside what was declared and allowed."""
    size, context = fields.get("smtp.message.size"), session.context
    declared, most = context.get("smtp.message.declared_size"), context.get("smtp.size_limit")
    if isinstance(size, int) and fields["smtp.message.complete"]:
        if isinstance(declared, int):
            fields["smtp.message.size_excess"] = size - declared
            if declared:
                fields["smtp.message.size_percent"] = 100 * size // declared
        if isinstance(most, int):
            fields["smtp.message.over_limit"] = size > most


def say_message(
    session: Session, message: Message, code: int | None, ts_ns: int, packet: int
) -> None:
    """Say a message, unless it is one of very many of next to nothing that have no envelope."""
    if session.transaction is None and message.size < LITTLE and flood.is_beyond(session):
        flood.leave_out(session, ts_ns, packet)
        return
    message.tell(session, ts_ns, packet)
    fields = session.tell(_MESSAGE, ts_ns, packet)
    message.add_fields(fields, code, str(session.context.get("smtp.mail_from_domain", "")))
    weigh(session, fields)
    message.put_off(session.events[-1])
