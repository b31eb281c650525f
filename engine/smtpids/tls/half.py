"""One side of a TLS session: its records, its handshake messages, and what they have shown so far.

`session.py` decides what it means that one side did this and the other that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.tls.handshake import MessageAssembly
from smtpids.tls.records import RecordReader

if TYPE_CHECKING:
    from smtpids.config import Limits


class Half:
    """What is known of a side; `read` are the handshake messages that are kept."""

    __slots__ = (
        "changed",
        "in_clear",
        "length",
        "lost",
        "messages",
        "noted",
        "reader",
        "sealed",
        "seen",
    )

    def __init__(self, limits: Limits, read: frozenset[int]) -> None:
        self.reader = RecordReader(limits.text_chars)
        self.messages = MessageAssembly(read, limits.tls_handshake_octets)
        self.in_clear = True
        """Handshake messages of this side can still be read."""
        self.changed = False
        """ChangeCipherSpec was sent."""
        self.sealed = False
        """A protected record was sent that is not an alert."""
        self.seen = False
        """A record of application data was sent, early data apart."""
        self.lost = False
        """Octets of this side are missing."""
        self.length = 0
        """Octets of the record at hand."""
        self.noted = bytearray()
        """The first octets of an alert or heartbeat."""

    def lose(self, length: int) -> None:
        """Pass over `length` lost octets, 0 if nobody knows how many."""
        self.reader.gap(length)
        self.lost = True
        self.in_clear = False
        self.messages.clear()

    def join(self) -> None:
        """Begin amid the records: their framing is known, what was before is not."""
        self.lost = True
        self.in_clear = False

    def rest(self) -> None:
        """Hold nothing for a handshake: it is over."""
        self.messages = _UNREAD
        self.noted = _UNNOTED

    def stop_reading(self) -> None:
        """Only count records from here on, and hold nothing."""
        self.reader.keeps = False
        self.messages.clear()


#: What sides share whose handshake is over; both are never fed again.
_UNREAD: Final = MessageAssembly(frozenset(), 0)
_UNNOTED: Final = bytearray()
