"""Puts the messages of a handshake together.

A message may span records and a record hold several messages (RFC 8446 5.1). Only the types that
somebody reads are kept; the others are passed over by their length, so that a certificate chain
costs nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
SERVER_HELLO_DONE: Final = 14

HEADER_OCTETS: Final = 4
#: The messages whose octets are kept.
READ_MESSAGES: Final = frozenset({CLIENT_HELLO, SERVER_HELLO})


class MessageAssembly:
    """The handshake messages of one side; a longer one than `most` octets is passed over."""

    __slots__ = ("_body", "_head", "_kind", "_left", "_most", "_reads", "exceeded")

    def __init__(self, most: int) -> None:
        self._most = most
        self._head = bytearray()
        self._body = bytearray()
        self._kind = 0
        self._left = 0
        self._reads = False
        self.exceeded = False

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

    def _begin(self) -> None:
        self._kind = self._head[0]
        self._left = int.from_bytes(self._head[1:], "big")
        self._head.clear()
        self._reads = self._kind in READ_MESSAGES and self._left <= self._most
        if self._left > self._most:
            self.exceeded = True
