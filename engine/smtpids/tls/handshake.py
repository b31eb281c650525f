"""Puts the messages of a handshake together.

A message may span records and a record hold several messages (RFC 8446 5.1). Only the types that
somebody reads of that side are kept; the others are passed over by their length, so that they
cost nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
CERTIFICATE: Final = 11
SERVER_HELLO_DONE: Final = 14

HEADER_OCTETS: Final = 4
#: The messages whose octets are kept, of a client and of a server.
READ_OF_CLIENT: Final = frozenset({CLIENT_HELLO})
READ_OF_SERVER: Final = frozenset({SERVER_HELLO, CERTIFICATE})


class MessageAssembly:
    """The handshake messages of one side.

    Those of the kinds in `read` are kept, unless one is longer than `most` octets.
    """

    __slots__ = ("_body", "_head", "_kind", "_left", "_most", "_read", "_reads", "exceeded")

    def __init__(self, read: frozenset[int], most: int) -> None:
        self._read = read
        self._most = most
        self._head = bytearray()
        self._body = bytearray()
        self._kind = 0
        self._left = 0
        self._reads = False
        self.exceeded = False

    @property
    def held_octets(self) -> int:
        """Octets held of a message that is not whole yet."""
        return len(self._body)

    def feed(self, octets: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Yield (message type, its octets without header, None if they were passed over)."""
        at = 0
        end = len(octets)
        while at < end:
            if self._left:
                taken = min(self._left, end - at)
                if self._reads:
                    self._body += octets[at : at + taken]
                self._left -= taken
                at += taken
            else:
                missing = HEADER_OCTETS - len(self._head)
                self._head += octets[at : at + missing]
                at += missing
                if len(self._head) < HEADER_OCTETS:
                    return
                self._begin()
            if not self._left:
                yield self._kind, bytes(self._body) if self._reads else None
                self._body.clear()

    def clear(self) -> None:
        """Forget the message at hand: nobody will read it to its end."""
        self._reads = False
        self._body.clear()

    def _begin(self) -> None:
        self._kind = self._head[0]
        self._left = int.from_bytes(self._head[1:], "big")
        self._head.clear()
        self._reads = self._kind in self._read and self._left <= self._most
        if self._left > self._most:
            self.exceeded = True
