"""The records of a TLS handshake that never happened, for dialogues about TLS.

What a bystander reads in the clear is real: versions, cipher suites, server name, ALPN, alerts.
What would be encrypted is filling of the right size.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from smtpids.tls.names import SSL2, TLS10, TLS12, TLS13, VERSION_WORDS

Side: TypeAlias = Literal["client", "server"]

#: The word for a version in `== tls version=WORD`; SSL 2.0 has records of another kind.
VERSIONS: Final = {word: number for number, word in VERSION_WORDS.items() if number != SSL2}
#: What a server chooses if nothing is said: what mail servers of that time chose.
USUAL_CIPHER: Final = {TLS13: 0x1301, TLS12: 0xC02F}
OLD_CIPHER: Final = 0x002F
CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
FINISHED_OCTETS: Final = 40
"""A Finished message under protection; the exact size depends on the cipher."""
FATAL: Final = 2
RANDOM: Final = b"." * 32


@dataclass(frozen=True, slots=True)
class Handshake:
    """What is to be seen of a handshake."""

    version: int = TLS12
    cipher: int = 0
    """The suite that the server chooses; 0 is a usual one."""
    sni: str = ""
    alpn: str = ""
    alert: int | None = None
    """The description of a fatal alert that ends the handshake."""
    alert_of: Side = "server"
    data: int = 200
    """Octets of application data that each side sends behind the handshake."""

    def flights(self) -> list[tuple[Side, bytes]]:
        """Return what each side sends, in turn."""
        hello: tuple[Side, bytes] = ("client", self._client_hello())
        if self.alert is not None and self.alert_of == "server":
            return [hello, ("server", self._alert())]
        if self.alert is not None:
            return [hello, ("server", self._server_hello()), ("client", self._alert())]
        if self.version == TLS13:
            sealed = _record(APPLICATION_DATA, TLS12, b"+" * 1200)
            change = _record(CHANGE_CIPHER_SPEC, TLS12, b"\x01")
            finished = _record(APPLICATION_DATA, TLS12, b"+" * 69)
            turns = [
                hello,
                ("server", self._server_hello() + change + sealed),
                ("client", change + finished),
            ]
        else:
            turns = [
                hello,
                ("server", self._server_hello() + self._handshake(14, b"")),
                ("client", self._handshake(16, b"\0" * 66) + self._finished()),
                ("server", self._finished()),
            ]
        if self.data:
            data = _record(APPLICATION_DATA, min(self.version, TLS12), b"+" * self.data)
            turns += [("client", data), ("server", data)]
        return turns

    @property
    def _chosen(self) -> int:
        return self.cipher or USUAL_CIPHER.get(self.version, OLD_CIPHER)

    def _client_hello(self) -> bytes:
        names = [_extension(0, _vector(2, b"\0" + _vector(2, self.sni.encode())))]
        extensions = names if self.sni else []
        if self.alpn:
            extensions.append(self._alpn())
        if self.version == TLS13:
            offered = struct.pack(">HH", TLS13, TLS12)
            extensions.append(_extension(43, _vector(1, offered)))
        legacy = min(self.version, TLS12)
        body = struct.pack(">H", legacy) + RANDOM + _vector(1, b"")
        body += _vector(2, struct.pack(">H", self._chosen)) + _vector(1, b"\0")
        if extensions:
            body += _vector(2, b"".join(extensions))
        return _record(HANDSHAKE, min(self.version, TLS10), _message(1, body))

    def _server_hello(self) -> bytes:
        extensions = [self._alpn()] if self.alpn and self.version != TLS13 else []
        if self.version == TLS13:
            extensions.append(_extension(43, struct.pack(">H", TLS13)))
        body = struct.pack(">H", min(self.version, TLS12)) + RANDOM + _vector(1, b"")
        body += struct.pack(">HB", self._chosen, 0)
        if extensions:
            body += _vector(2, b"".join(extensions))
        return self._handshake(2, body)

    def _alpn(self) -> bytes:
        return _extension(16, _vector(2, _vector(1, self.alpn.encode())))

    def _handshake(self, kind: int, body: bytes) -> bytes:
        return _record(HANDSHAKE, min(self.version, TLS12), _message(kind, body))

    def _finished(self) -> bytes:
        version = min(self.version, TLS12)
        change = _record(CHANGE_CIPHER_SPEC, version, b"\x01")
        return change + _record(HANDSHAKE, version, b"+" * FINISHED_OCTETS)

    def _alert(self) -> bytes:
        return _record(ALERT, min(self.version, TLS12), bytes((FATAL, self.alert or 0)))


def _vector(size: int, octets: bytes) -> bytes:
    """Return octets behind their length (RFC 8446 3.4)."""
    return len(octets).to_bytes(size, "big") + octets


def _extension(number: int, body: bytes) -> bytes:
    return struct.pack(">H", number) + _vector(2, body)


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _vector(3, body)


def _record(kind: int, version: int, body: bytes) -> bytes:
    return struct.pack(">BH", kind, version) + _vector(2, body)
