"""What is remembered of a user, by the name that logged in, and what an event says of it.

Only a login that succeeds makes an entry: anybody can try any name. With each network goes the time
of the last login from it, in one row of octets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from smtpids.config import SECOND
from smtpids.history import marks
from smtpids.history.span import earliest, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.smtp.events import Fields

#: Networks remembered of a user; the one without login for longest goes.
NETWORKS: Final = 32
#: Characters of a name that are kept; of a longer one the rest stands as a mark.
NAME: Final = 64
#: A row: the mark of the network, and seconds since 1970 of the last login from it.
_ROW: Final = marks.WIDTH + 4
_MOST_SECONDS: Final = (1 << 32) - 1


class User:
    """What earlier logins told of a user."""

    __slots__ = ("failures", "first_ns", "last_ns", "logins", "networks")
    COLUMNS: ClassVar[Mapping[str, type]] = {
        "first_ns": int,
        "last_ns": int,
        "logins": int,
        "failures": int,
        "networks": bytes,
    }

    def __init__(self) -> None:
        self.first_ns = 0
        self.last_ns = 0
        self.logins = 0
        self.failures = 0
        """Since the last login."""
        self.networks = b""


UNKNOWN: Final[Fields] = {
    "history.user.known": False,
    "history.user.logins": 0,
    "history.user.failures": 0,
    "history.user.networks": 0,
    "history.user.network_known": False,
}
"""What an event says of a user who never logged in."""


def key_of(name: str) -> str:
    """Return the name under which a user is remembered: upper and lower case are one."""
    name = name.lower()
    if len(name) <= NAME:
        return name
    return f"{name[: NAME - 2 * marks.WIDTH]}{marks.mark_of(name).hex()}"


def context(user: User | None, network: bytes, ts_ns: int) -> Fields:
    """Return what events say of a user who is named at `ts_ns` by a client of `network`."""
    if user is None:
        return UNKNOWN
    at = marks.place(user.networks, network, _ROW)
    said: Fields = {
        "history.user.known": True,
        "history.user.first_seen": user.first_ns,
        "history.user.last_seen": user.last_ns,
        "history.user.age": seconds(user.first_ns, ts_ns),
        "history.user.logins": user.logins,
        "history.user.failures": user.failures,
        "history.user.networks": len(user.networks) // _ROW,
        "history.user.network_known": at >= 0,
    }
    if at >= 0:
        said["history.user.network_idle"] = max(ts_ns // SECOND - _last(user.networks, at), 0)
    return said


def login(user: User, network: bytes, ts_ns: int) -> None:
    """Take a login that succeeded."""
    user.first_ns = earliest(user.first_ns, ts_ns)
    user.last_ns = max(user.last_ns, ts_ns)
    user.logins += 1
    user.failures = 0
    rows = user.networks
    last = min(ts_ns // SECOND, _MOST_SECONDS)
    at = marks.place(rows, network, _ROW)
    if at >= 0:
        last = max(last, _last(rows, at))
        rows = rows[:at] + rows[at + _ROW :]
    row = network + last.to_bytes(4, "big")
    user.networks = (rows + row)[-NETWORKS * _ROW :]


def _last(rows: bytes, at: int) -> int:
    return int.from_bytes(rows[at + marks.WIDTH : at + _ROW], "big")
