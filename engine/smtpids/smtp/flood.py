"""What is not told of a session in which the client never stops: commands beyond a limit.

They are counted and await their replies all the same. What is left out changes nothing, such as
NOOP, or stands where it cannot; that it was left out is said once, as `limit_reached`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.states import COUNTED
from smtpids.tcp.events import CLIENT

if TYPE_CHECKING:
    from smtpids.smtp.session import Session

LIMIT: Final = "commands"
"""The field of `config.Limits`."""


def is_beyond(session: Session) -> bool:
    """Tell whether there were more commands than any ordinary session has."""
    return session.tally.commands > session.limits.commands


def is_only_counted(session: Session, verb: str) -> bool:
    """Tell whether a command is counted and no more.

    That is so if it changes nothing and there were more commands and anomalies than are listed, or
    far more commands; whatever it is, if that many were never answered.
    """
    if session.tally.unheard and session.tally.unheard > session.limits.commands:
        return True
    if "dialogue" not in session.told or verb not in COUNTED:
        return False
    return session.anomalies >= session.limits.anomalies or is_beyond(session)


def leave_out(session: Session, ts_ns: int, packet: int) -> None:
    """Say, once, that something is not told."""
    if LIMIT not in session.told:
        session.told = (*session.told, LIMIT)
        session.anomaly("limit_reached", CLIENT, LIMIT, ts_ns, packet)
