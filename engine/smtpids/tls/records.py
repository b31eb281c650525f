"""Cuts one side's octets into TLS records, without keeping what nobody will read.

Framing is the same in every version (RFC 5246 6.2.1, RFC 8446 5.1): type, version, length. An
SSL 2.0 hello, which old clients send first even to offer TLS (RFC 5246 E.2), has a frame of its
own. Octets that are no record are as telling as those that are: somebody speaks in clear where
TLS was agreed. After a gap nothing can be said, so nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.tls.names import SSL2, SSL3, TLS13

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HEARTBEAT: Final = 24  # RFC 6520 3
#: Our number for the message in an SSL 2.0 frame.
SSL2_HELLO: Final = 0x80

CONTENT_TYPES: Final = frozenset(
    {CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT}
)
#: The types whose octets are given on while they are in clear.
READ_TYPES: Final = frozenset({ALERT, HANDSHAKE, HEARTBEAT, SSL2_HELLO})
#: RFC 5246 6.2.3: the largest protected record of any version.
LONGEST_RECORD: Final = (1 << 14) + 2048
HEADER_OCTETS: Final = 5
#: Up to the lengths that make an SSL 2.0 hello certain.
SSL2_OCTETS: Final = 11
CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
SSL2_SERVER_HELLO: Final = 4
#: Said in place of a length: these octets belong to the record before.
CONTINUED: Final = -1


def looks_like_tls(data: bytes | bytearray) -> bool | None:
    """Return whether a side whose first octets are `data` speaks TLS; None if more are needed.

    TLS begins with a hello or an alert in a plausible record, or with an SSL 2.0 hello.
    """
    if not data:
        return None
    if data[0] & 0x80:
        return _looks_like_ssl2(data)
    if data[0] not in {HANDSHAKE, ALERT}:
        return False
    fault = record_fault(data)
    if fault is not None:
        return False
    if len(data) < HEADER_OCTETS:
        return None
    length = data[3] << 8 | data[4]
    if data[0] == ALERT:
        if length != 2:
            return False
        return data[5] in {1, 2} if len(data) > 5 else None
    if not length:
        return False
    return data[5] in {CLIENT_HELLO, SERVER_HELLO} if len(data) > 5 else None


def looks_like_record(data: bytes | bytearray) -> bool:
    """Return whether `data` begins with the whole header of a record, of any kind and version.

    For those who come in the middle: text cannot begin so.
    """
    if len(data) < HEADER_OCTETS or record_fault(data[:HEADER_OCTETS]) is not None:
        return False
    return bool(data[3] << 8 | data[4])


def record_fault(head: bytes | bytearray) -> str | None:
    """Return what is wrong with (the beginning of) a record header: "type", "version", "length"."""
    if head and head[0] not in CONTENT_TYPES:
        return "type"
    if len(head) > 1 and head[1] != SSL3 >> 8:
        return "version"
    if len(head) > 2 and head[2] > TLS13 & 0xFF:
        return "version"
    if len(head) > 4 and head[3] << 8 | head[4] > LONGEST_RECORD:
        return "length"
    return None


def _looks_like_ssl2(data: bytes | bytearray) -> bool | None:
    """RFC 5246 E.2 for the client's hello, the SSL 2.0 draft for the server's."""
    if len(data) > 2 and data[2] not in {CLIENT_HELLO, SSL2_SERVER_HELLO}:
        return False
    at = 3 if len(data) > 2 and data[2] == CLIENT_HELLO else 5
    if len(data) >= at + 2:
        version = data[at] << 8 | data[at + 1]
        if version != SSL2 and not SSL3 <= version <= TLS13:
            return False
    if len(data) < SSL2_OCTETS:
        return None
    length = (data[0] & 0x7F) << 8 | data[1]
    first, second, third = (data[i] << 8 | data[i + 1] for i in (5, 7, 9))
    if data[2] == CLIENT_HELLO:
        # Cipher specs of three octets, no or 16 octets of session id, a challenge.
        sizes_fit = bool(first) and not first % 3 and second in {0, 16} and 16 <= third <= 32
        return sizes_fit and length == 9 + first + second + third
    return length >= 11 + second + third and not third % 3


class RecordReader:
    """The records of one side.

    Until `keeps` is cleared, the octets of alerts, handshake messages and heartbeats are given
    on; all others are only counted. `cleartext` are the first octets that are no record, at most
    `most` of them; `cleartext_octets` how many came; `malformed` that a header was broken
    in a way that text is not; `opaque` that nothing more can be said of this side.
    """

    __slots__ = (
        "_head",
        "_kind",
        "_left",
        "_most",
        "cleartext",
        "cleartext_octets",
        "keeps",
        "malformed",
        "opaque",
        "records",
    )

    def __init__(self, most: int) -> None:
        self._head = bytearray()
        self._kind = 0
        self._left = 0
        self._most = most
        self.cleartext: bytearray | None = None
        self.cleartext_octets = 0
        self.keeps = True
        self.malformed = False
        self.opaque = False
        self.records = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield (content type, length or CONTINUED, octets if they are to be read)."""
        at = 0
        end = len(data)
        while at < end and not self.opaque:
            if self.cleartext is not None:
                self._note_cleartext(data[at:])
                return
            if self._left:
                taken = min(self._left, end - at)
                self._left -= taken
                if self.keeps and self._kind in READ_TYPES:
                    yield self._kind, CONTINUED, data[at : at + taken]
                at += taken
                continue
            if not self._head and end - at >= HEADER_OCTETS and not data[at] & 0x80:
                head: bytes | bytearray = data[at : at + HEADER_OCTETS]
                at += HEADER_OCTETS
            else:
                self._head.append(data[at])
                at += 1
                head = self._head
            length = self._begin(head)
            if length >= 0:
                yield self._kind, length, self._rest(head)

    def gap(self, length: int) -> None:
        """Pass over `length` lost octets, 0 if nobody knows how many."""
        if 0 < length <= self._left and self.cleartext is None:
            self._left -= length
        else:
            self.opaque = True
            self._head.clear()

    def _begin(self, head: bytes | bytearray) -> int:
        """Read a header if it is whole and return the record's length, else -1."""
        if head[0] & 0x80 and not self.records:
            return self._begin_ssl2(head)
        fault = record_fault(head)
        if fault is not None:
            if fault == "length":
                self.malformed = self.opaque = True
            else:
                self._break(head)
            return -1
        if len(head) < HEADER_OCTETS:
            return -1
        self._kind = head[0]
        self._left = head[3] << 8 | head[4]
        self.records += 1
        return self._left

    def _begin_ssl2(self, head: bytes | bytearray) -> int:
        verdict = looks_like_tls(head)
        if verdict is None:
            return -1
        if not verdict:
            self._break(head)
            return -1
        length = (head[0] & 0x7F) << 8 | head[1]
        self._kind = SSL2_HELLO
        self._left = length - (len(head) - 2)
        self.records += 1
        return length

    def _rest(self, head: bytes | bytearray) -> bytes:
        """Return what of a record stands in its header, and forget the header."""
        rest = bytes(head[2:]) if self._kind == SSL2_HELLO else b""
        self._head.clear()
        return rest

    def _break(self, head: bytes | bytearray) -> None:
        self.cleartext = bytearray()
        self._note_cleartext(bytes(head))
        self._head.clear()

    def _note_cleartext(self, data: bytes) -> None:
        assert self.cleartext is not None
        self.cleartext_octets += len(data)
        self.cleartext += data[: max(self._most - len(self.cleartext), 0)]
