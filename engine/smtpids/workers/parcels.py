"""Plain values between processes of one run: a length, then what `marshal` makes of the value.

Both ends are the same program on the same Python, forked from each other, and the socket between
them has no name. Tuples, lists, dicts, texts, numbers and octets travel; a text or a number of a
class of its own arrives as a plain one.
"""

from __future__ import annotations

import marshal
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import socket

_LENGTH: Final = Struct("<I")
#: Octets taken from a socket at once.
READ: Final = 256 * 1024


def send(to: socket.socket, value: object) -> None:
    """Send a value, waiting until the other end has taken most of it; OSError if it is gone."""
    octets = packed(value)
    head = _LENGTH.pack(len(octets))
    sent = to.sendmsg((head, octets))
    if sent < len(head) + len(octets):  # a signal came in between
        to.sendall((head + octets)[sent:])


def receive(from_: socket.socket) -> Any:
    """Wait for one value; EOFError if the other end is gone."""
    (size,) = _LENGTH.unpack(_exactly(from_, _LENGTH.size))
    return unpacked(_exactly(from_, size))


def packed(value: Any) -> bytes:
    """Return a value as octets."""
    try:
        return marshal.dumps(value)
    except ValueError:  # something in it is of a class of its own
        return marshal.dumps(plain(value))


def unpacked(octets: bytes | memoryview) -> Any:
    """Return the value that `packed` made octets of."""
    return marshal.loads(octets)  # noqa: S302 -- our own process sent it


def plain(value: Any) -> Any:
    """Return a value of which every part is of one of Python's own classes."""
    if value is None or type(value) in {str, int, float, bool, bytes}:
        return value
    if isinstance(value, dict):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [plain(inner) for inner in value]
        return parts if isinstance(value, list) else tuple(parts)
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


class Inbox:
    """Takes what a socket has, and gives the values that are whole."""

    def __init__(self, from_: socket.socket) -> None:
        self._from = from_
        self._octets = bytearray(READ)
        """Where octets come in: memory for a read that is made anew, the system clears first."""
        self._held = 0
        """Of these so many are there, of a value that is not whole."""
        self.taken = 0
        """Octets of the values that were given last."""

    def take(self) -> list[Any]:
        """Return the values that came, after the socket was found readable; EOFError at its end."""
        values: list[Any] = []
        at = 0
        with memoryview(self._octets) as view:
            try:
                count = self._from.recv_into(view[self._held :])
            except ConnectionResetError:  # it was killed with something of ours unread
                count = 0
            if not count:
                raise EOFError
            end = self._held + count
            while end - at >= _LENGTH.size:
                (size,) = _LENGTH.unpack_from(view, at)
                begin = at + _LENGTH.size
                if end - begin < size:
                    break
                at = begin + size
                values.append(unpacked(view[begin:at]))
        self._keep(at, end)
        self.taken = at
        return values

    def _keep(self, at: int, end: int) -> None:
        """Keep what is there of a value that is not whole, with room for the rest of it."""
        held = end - at
        needed = READ
        if held >= _LENGTH.size:
            needed = max(_LENGTH.size + _LENGTH.unpack_from(self._octets, at)[0], READ)
        if at or needed != len(self._octets):
            rest = self._octets[at:end]
            if needed != len(self._octets):
                self._octets = bytearray(needed)
            self._octets[:held] = rest
        self._held = held


def _exactly(from_: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        octets = from_.recv(min(count, READ))
        if not octets:
            raise EOFError
        parts.append(octets)
        count -= len(octets)
    return b"".join(parts)
