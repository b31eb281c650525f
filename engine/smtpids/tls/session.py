"""One TLS session as a bystander sees it: both sides' records and the handshake in clear.

What is encrypted stays so; that it is encrypted is itself the fact that matters most. TLS 1.3
may hide even a failure, but not its size: the first protected record of a client that has
finished is longer than an alert. TLS 1.3 hides the server's certificate as well; what older
versions show of it is read when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.tcp.events import CLIENT, SERVER, UNKNOWN
from smtpids.text import printable
from smtpids.tls.certificate import read_certificate, read_chain
from smtpids.tls.fingerprint import ja3, ja3s, ja4
from smtpids.tls.half import Half
from smtpids.tls.handshake import (
    CERTIFICATE,
    CLIENT_HELLO,
    READ_OF_CLIENT,
    READ_OF_SERVER,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from smtpids.tls.hello import (
    PRE_SHARED_KEY,
    Hello,
    chosen_version,
    offered_versions,
    protocols,
    read_client_hello,
    read_server_hello,
    read_ssl2_hello,
    says_downgraded,
    server_name,
)
from smtpids.tls.names import (
    SSL2,
    TLS13,
    VERSIONS,
    alert_name,
    cipher_name,
    version_word,
)
from smtpids.tls.records import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    CONTINUED,
    HANDSHAKE,
    HEARTBEAT,
    SSL2_HELLO,
)

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.tls.certificate import Certificate

FATAL: Final = 2
#: Warnings that end a handshake all the same: close_notify and user_canceled.
CLOSING_ALERTS: Final = frozenset({0, 90})
#: An alert of TLS 1.3 as record: two octets, their type, and a tag of 16 or (CCM_8) 8 octets.
SEALED_ALERTS: Final = frozenset({19, 11})
HEARTBEAT_REQUEST: Final = 1
#: Octets of an alert or heartbeat that are looked at.
NOTED_OCTETS: Final = 3
#: Stands where no ClientHello was seen, or it is no longer needed.
_NO_HELLO: Final = Hello()


class TlsSession:
    """Follows a TLS session from its first octet; every public attribute is a fact of it."""

    __slots__ = (
        "_certificate",
        "_halves",
        "_hello",
        "_most",
        "_server_done",
        "_version",
        "alert",
        "alert_side",
        "alpn",
        "alpn_offered",
        "application_octets",
        "certificates",
        "cipher",
        "client_hello_seen",
        "downgrade_sentinel",
        "established",
        "failed",
        "fallback_scsv",
        "first_application_data",
        "heartbleed",
        "heartbleed_answered",
        "hello_retry",
        "ja3",
        "ja3s",
        "ja4",
        "limit_reached",
        "malformed",
        "malformed_side",
        "offered_versions",
        "records",
        "resumed",
        "server_hello_seen",
        "server_name",
        "version",
        "version_protocol",
    )

    def __init__(self, limits: Limits) -> None:
        self._halves = (Half(limits, READ_OF_CLIENT), Half(limits, READ_OF_SERVER))
        self._most = limits.text_chars
        self._hello = _NO_HELLO
        self._certificate = b""
        self._version = 0
        self._server_done = False
        self.client_hello_seen = False
        self.server_hello_seen = False
        self.offered_versions: list[str] = []
        """In the client's order: "1.3", "1.2", "1.1", "1.0", "ssl3", "ssl2" or a number."""
        self.version = ""
        self.version_protocol = ""
        self.cipher = ""
        self.server_name = ""
        self.ja3 = ""
        """Of the first ClientHello, `ja4` likewise; empty if it came in an SSL 2.0 frame."""
        self.ja4 = ""
        self.ja3s = ""
        self.certificates = 0
        """Certificates in the server's chain; 0 if they were not seen in clear."""
        self.alpn_offered: list[str] = []
        self.alpn = ""
        self.downgrade_sentinel = False
        self.fallback_scsv = False
        self.resumed = False
        self.hello_retry = False
        self.alert = ""
        """The first fatal alert in clear, by name, and the side that sent it."""
        self.alert_side = UNKNOWN
        self.established = False
        self.failed = False
        self.malformed_side = UNKNOWN
        self.malformed = False
        """A header, a hello or a length contradicts the protocol (text instead does not count)."""
        self.limit_reached = False
        """A handshake message was longer than `limits.tls_handshake_octets`."""
        self.heartbleed = False
        """A heartbeat request asked for more than it brought (CVE-2014-0160)."""
        self.heartbleed_answered = False
        """A heartbeat of the server followed it."""
        self.records = [0, 0]
        self.first_application_data = UNKNOWN
        """The side that sent application data first; handshake octets of TLS 1.3 count."""
        self.application_octets = [0, 0]
        """Octets in records of application data, protection included."""

    def feed(self, side: int, data: bytes) -> None:
        """Take the next octets of CLIENT or SERVER."""
        half = self._halves[side]
        for kind, length, octets in half.reader.feed(data):
            if length != CONTINUED:
                self._begin(side, half, kind, length)
            if octets and not (self.established or self.failed):
                self._read(side, half, kind, octets)
        if half.reader.malformed:
            self._contradict(side)
        if half.reader.cleartext is not None and not self.established:
            self._fail()

    def join(self, side: int) -> None:
        """Let a side begin in the middle: its next octet begins a record, of any kind."""
        self._halves[side].join()

    def gap(self, side: int, length: int) -> None:
        """Pass over `length` lost octets of a side, 0 if nobody knows how many.

        Unless they all lie in one record, nothing more is said of that side.
        """
        self._halves[side].lose(length)

    def certificate(self) -> Certificate | None:
        """Return the server's own certificate, None if it was not seen in clear."""
        if not self._certificate:
            return None
        return read_certificate(self._certificate, self._most)

    @property
    def held_octets(self) -> int:
        """Octets held of messages that are not whole yet, and of the certificate."""
        client, server = self._halves
        return client.messages.held_octets + server.messages.held_octets + len(self._certificate)

    def rest(self) -> None:
        """Hold nothing for a handshake that is over."""
        if self.established or self.failed:
            for half in self._halves:
                half.rest()

    def shed(self) -> None:
        """Forget the octets that are held; what they would have told is unknown."""
        self._certificate = b""
        for half in self._halves:
            half.messages.clear()

    def cleartext(self, side: int) -> bytes | None:
        """Return the octets from which on a side sent no TLS records, None if it always did.

        At most `limits.text_chars` octets are kept.
        """
        octets = self._halves[side].reader.cleartext
        return None if octets is None else bytes(octets)

    def cleartext_octets(self, side: int) -> int:
        """Return how many octets came since a side stopped sending TLS records."""
        return self._halves[side].reader.cleartext_octets

    @property
    def cleartext_after_tls(self) -> bool:
        """Whether a side sent something else after at least one good record."""
        return any(
            half.reader.cleartext is not None and half.reader.records > 0 for half in self._halves
        )

    def _begin(self, side: int, half: Half, kind: int, length: int) -> None:
        """Judge a record by its type and length."""
        self.records[side] += 1
        if kind == APPLICATION_DATA:
            self.application_octets[side] += length
            if self.first_application_data == UNKNOWN:
                self.first_application_data = side
        if self.established or self.failed:
            return
        if kind == HEARTBEAT and side == SERVER and self.heartbleed:
            self.heartbleed_answered = True
        half.length = length
        half.noted.clear()
        if kind == APPLICATION_DATA:
            self._protected(side, half, length)
        elif kind == CHANGE_CIPHER_SPEC:
            self._change(side, half)
        elif kind == HANDSHAKE and half.changed and not half.in_clear and self._version != TLS13:
            half.sealed = True
            self._settle()
        elif kind == ALERT and half.changed and not half.in_clear and self._version != TLS13:
            self._fail()

    def _protected(self, side: int, half: Half, length: int) -> None:
        if side == CLIENT and not self._server_spoke():
            return  # early data (RFC 8446 2.3)
        half.in_clear = False
        if not half.sealed and not half.lost and length in SEALED_ALERTS:
            self._fail()
            return
        half.seen = True
        half.sealed = True
        self._settle()

    def _change(self, side: int, half: Half) -> None:
        """RFC 5246 7.1; in TLS 1.3 the record means nothing (RFC 8446 D.4)."""
        half.changed = True
        if self._version == TLS13:
            return
        half.in_clear = False
        if side == SERVER and not half.lost and not self._server_done:
            self.resumed = True  # RFC 5246 7.3, RFC 5077 3.1: no certificate, no key exchange

    def _server_spoke(self) -> bool:
        return self.server_hello_seen or self._halves[SERVER].lost

    def _settle(self) -> None:
        if self._server_spoke() and self._finished(CLIENT) and self._finished(SERVER):
            self.established = True
            self._stop_reading()

    def _finished(self, side: int) -> bool:
        """Whether a side has finished, or its peer would not have sent what it did."""
        half = self._halves[side]
        if half.sealed:
            return True
        if not half.lost or not self._halves[1 - side].seen:
            return False
        return side == SERVER or 0 < self._version < TLS13

    def _fail(self) -> None:
        self.failed = True
        self._stop_reading()

    def _stop_reading(self) -> None:
        self._hello = _NO_HELLO
        for half in self._halves:
            half.stop_reading()

    def _read(self, side: int, half: Half, kind: int, octets: bytes) -> None:
        """Read octets of a record in clear."""
        if kind == HANDSHAKE:
            if half.in_clear:
                self._read_messages(side, half, octets)
            return
        most = half.length if kind == SSL2_HELLO else NOTED_OCTETS
        before = len(half.noted)
        half.noted += octets[: most - before]
        if len(half.noted) == before:
            return
        if kind == SSL2_HELLO:
            if len(half.noted) == most:
                self._ssl2_hello(side, bytes(half.noted))
        elif kind == ALERT:
            self._alert(side, half)
        elif half.in_clear:
            self._heartbeat(half)

    def _read_messages(self, side: int, half: Half, octets: bytes) -> None:
        for kind, body in half.messages.feed(octets):
            if side == CLIENT and kind == CLIENT_HELLO and not self.client_hello_seen:
                hello = read_client_hello(body or b"")
                self.ja3, self.ja4 = ja3(hello), ja4(hello)
                self._client_hello(hello)
            elif side == SERVER and kind == SERVER_HELLO and not self.server_hello_seen:
                self._server_hello(read_server_hello(body or b""))
            elif side == SERVER and kind == CERTIFICATE and not self.certificates:
                self._server_certificate(body or b"")
            elif side == SERVER and kind == SERVER_HELLO_DONE:
                self._server_done = True
        self.limit_reached |= half.messages.exceeded

    def _alert(self, side: int, half: Half) -> None:
        """RFC 8446 6: level and description; in clear a record holds nothing else."""
        if half.length != 2 or len(half.noted) != 2:
            return
        level, description = half.noted
        if level == FATAL:
            self.alert = alert_name(description)
            self.alert_side = side
        if level == FATAL or description in CLOSING_ALERTS:
            self._fail()

    def _heartbeat(self, half: Half) -> None:
        """RFC 6520 4: type and payload length, then the payload and 16 octets of padding."""
        if len(half.noted) < NOTED_OCTETS or half.noted[0] != HEARTBEAT_REQUEST:
            return
        if int.from_bytes(half.noted[1:3], "big") + NOTED_OCTETS > half.length:
            self.heartbleed = self.malformed = True

    def _client_hello(self, hello: Hello) -> None:
        self._hello = hello
        self.client_hello_seen = True
        if hello.is_malformed:
            self._contradict(CLIENT)
        self.offered_versions = [version_word(number) for number in offered_versions(hello)]
        self.server_name = self._text(server_name(hello))
        self.alpn_offered = [self._text(name) for name in protocols(hello)]
        self.fallback_scsv = hello.has_fallback_scsv

    def _server_hello(self, hello: Hello) -> None:
        if hello.is_malformed:
            self._contradict(SERVER)
        self._version = chosen_version(hello)
        self.version_protocol, self.version = VERSIONS.get(
            self._version, ("tls", version_word(self._version))
        )
        self.cipher = cipher_name(hello.ciphers[0])
        if hello.is_retry:
            self.hello_retry = True
            return
        self.server_hello_seen = True
        self.ja3s = ja3s(hello)
        self.alpn = next((self._text(name) for name in protocols(hello)), "")
        if self._version == TLS13:
            self.resumed = hello.extension(PRE_SHARED_KEY) is not None
        else:
            same = hello.session_id == self._hello.session_id
            self.resumed = bool(hello.session_id) and same
        if self.client_hello_seen:
            offered = offered_versions(self._hello)
            self.downgrade_sentinel = says_downgraded(hello, self._version, offered)

    def _server_certificate(self, body: bytes) -> None:
        """RFC 5246 7.4.2; in TLS 1.3 nobody honest sends one in clear."""
        if self.server_hello_seen and self._version != TLS13:
            self._certificate, self.certificates = read_chain(body)

    def _ssl2_hello(self, side: int, body: bytes) -> None:
        if side == CLIENT:
            self._client_hello(read_ssl2_hello(body))
            return
        self.server_hello_seen = True
        self._version = SSL2
        self.version_protocol, self.version = VERSIONS[SSL2]
        for half in self._halves:
            half.reader.opaque = True

    def _contradict(self, side: int) -> None:
        if not self.malformed:
            self.malformed, self.malformed_side = True, side

    def _text(self, octets: bytes) -> str:
        return printable(octets, self._most)
