"""Reads the two hellos, which every version sends in clear.

RFC 8446 4.1.2 and 4.1.3, RFC 5246 7.4.1, RFC 5246 E.2 for the SSL 2.0 form. What is cut short or
contradicts its own lengths is read as far as it goes and marked; extensions keep their order,
because fingerprints are made of it.
"""

from __future__ import annotations

import hashlib
from struct import unpack_from
from typing import Final

from smtpids.tls.names import FALLBACK_SCSV, GREASE, TLS12, VERSIONS, is_grease

SERVER_NAME: Final = 0  # RFC 6066 3
SUPPORTED_GROUPS: Final = 10  # RFC 8446 4.2.7
EC_POINT_FORMATS: Final = 11  # RFC 8422 5.1.2
SIGNATURE_ALGORITHMS: Final = 13  # RFC 8446 4.2.3
ALPN: Final = 16  # RFC 7301 3.1
PRE_SHARED_KEY: Final = 41  # RFC 8446 4.2.11
SUPPORTED_VERSIONS: Final = 43  # RFC 8446 4.2.1

#: RFC 8446 4.1.3: the random of a server that asks for another ClientHello.
HELLO_RETRY_RANDOM: Final = hashlib.sha256(b"HelloRetryRequest").digest()
#: RFC 8446 4.1.3: the end of the random of a server that could do TLS 1.3, or 1.2.
SENTINEL_FROM_13: Final = b"DOWNGRD\x01"
SENTINEL_FROM_12: Final = b"DOWNGRD\x00"
#: Real clients offer a handful of each; more are not listed.
MOST_LISTED: Final = 32


class Hello:
    """A ClientHello, or a ServerHello, in which `ciphers` and `versions` have one member."""

    __slots__ = (
        "ciphers",
        "extensions",
        "is_malformed",
        "legacy_version",
        "random",
        "session_id",
    )

    def __init__(self) -> None:
        self.legacy_version = 0
        self.random = b""
        self.session_id = b""
        self.ciphers: list[int] = []
        self.extensions: list[tuple[int, bytes]] = []
        self.is_malformed = False

    def extension(self, number: int) -> bytes | None:
        """Return the octets of the first extension of that number."""
        for kind, octets in self.extensions:
            if kind == number:
                return octets
        return None

    @property
    def is_retry(self) -> bool:
        """Whether a ServerHello is a HelloRetryRequest."""
        return self.random == HELLO_RETRY_RANDOM

    @property
    def has_fallback_scsv(self) -> bool:
        """Whether a client says that it tries again with a lower version (RFC 7507 4)."""
        return FALLBACK_SCSV in self.ciphers


class Cursor:
    """A place in octets; reading beyond the end gives nothing and sets `is_short`."""

    __slots__ = ("_at", "_octets", "is_short")

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0
        self.is_short = False

    @property
    def left(self) -> int:
        """How many octets were not read yet."""
        return len(self._octets) - self._at

    def take(self, count: int) -> bytes:
        """Return the next `count` octets, or what there is of them."""
        at = self._at
        taken = self._octets[at : at + count]
        self._at = at + len(taken)
        if len(taken) < count:
            self.is_short = True
        return taken

    def number(self, size: int) -> int:
        """Return the next number of `size` octets."""
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """Return what follows a length of `size` octets (RFC 8446 3.4)."""
        return self.take(self.number(size))


def read_client_hello(body: bytes) -> Hello:
    """Read a ClientHello (RFC 8446 4.1.2)."""
    hello = Hello()
    cursor = Cursor(body)
    hello.legacy_version = cursor.number(2)
    hello.random = cursor.take(32)
    hello.session_id = cursor.vector(1)
    hello.ciphers = _numbers(cursor.vector(2))
    cursor.vector(1)  # compression methods
    _read_extensions(hello, cursor)
    return hello


def read_server_hello(body: bytes) -> Hello:
    """Read a ServerHello or HelloRetryRequest (RFC 8446 4.1.3)."""
    hello = Hello()
    cursor = Cursor(body)
    hello.legacy_version = cursor.number(2)
    hello.random = cursor.take(32)
    hello.session_id = cursor.vector(1)
    hello.ciphers = [cursor.number(2)]
    cursor.number(1)  # compression method
    _read_extensions(hello, cursor)
    return hello


def read_ssl2_hello(body: bytes) -> Hello:
    """Read an SSL 2.0 ClientHello from its type on; its cipher kinds of TLS begin with 0."""
    hello = Hello()
    cursor = Cursor(body)
    cursor.number(1)
    hello.legacy_version = cursor.number(2)
    ciphers, session_id, challenge = cursor.number(2), cursor.number(2), cursor.number(2)
    kinds = cursor.take(ciphers)
    hello.ciphers = [
        kinds[at + 1] << 8 | kinds[at + 2] for at in range(0, len(kinds) - 2, 3) if not kinds[at]
    ]
    hello.session_id = cursor.take(session_id)
    hello.random = cursor.take(challenge)
    hello.is_malformed = cursor.is_short
    return hello


def offered_versions(hello: Hello) -> list[int]:
    """Return the versions that a client offers, in its order.

    Without supported_versions it says only the highest.
    """
    versions = supported_versions(hello)
    return [hello.legacy_version] if versions is None else versions[:MOST_LISTED]


def supported_versions(hello: Hello) -> list[int] | None:
    """Return the versions in a client's extension of that name, None if it has none."""
    extension = hello.extension(SUPPORTED_VERSIONS)
    if extension is None:
        return None
    return without_grease(_numbers(Cursor(extension).vector(1)))


def chosen_version(hello: Hello) -> int:
    """Return the version that a server chose."""
    extension = hello.extension(SUPPORTED_VERSIONS)
    if extension is not None and len(extension) == 2:
        return int.from_bytes(extension, "big")
    return hello.legacy_version


def server_name(hello: Hello) -> bytes:
    """Return the first host name that the client asks for, or nothing."""
    names = Cursor(Cursor(hello.extension(SERVER_NAME) or b"").vector(2))
    while names.left and not names.is_short:
        kind = names.number(1)
        name = names.vector(2)
        if kind == 0:
            return name
    return b""


def protocols(hello: Hello) -> list[bytes]:
    """Return the protocol names of ALPN, without those that keep peers tolerant."""
    names = Cursor(Cursor(hello.extension(ALPN) or b"").vector(2))
    listed: list[bytes] = []
    while names.left and not names.is_short and len(listed) < MOST_LISTED:
        name = names.vector(1)
        if len(name) != 2 or not is_grease(int.from_bytes(name, "big")):
            listed.append(name)
    return listed


def groups(hello: Hello) -> list[int]:
    """Return the groups that a client can use, the former elliptic curves."""
    return without_grease(_numbers(_vector_of(hello, SUPPORTED_GROUPS, 2)))


def point_formats(hello: Hello) -> list[int]:
    """Return the formats of points on a curve that a client can use."""
    return list(_vector_of(hello, EC_POINT_FORMATS, 1))


def signature_algorithms(hello: Hello) -> list[int]:
    """Return the signature schemes that a client accepts, in its order."""
    return without_grease(_numbers(_vector_of(hello, SIGNATURE_ALGORITHMS, 2)))


def without_grease(numbers: list[int]) -> list[int]:
    """Return the numbers that mean something."""
    return [number for number in numbers if number not in GREASE]


def says_downgraded(server: Hello, version: int, offered: list[int]) -> bool:
    """Return whether a server that could do better says so to a client that offered better.

    RFC 8446 4.1.3: then somebody between them changed the offer.
    """
    best = max((number for number in offered if number in VERSIONS), default=0)
    if version >= best:
        return False
    if server.random.endswith(SENTINEL_FROM_13):
        return best > TLS12
    return server.random.endswith(SENTINEL_FROM_12) and best >= TLS12


def _read_extensions(hello: Hello, cursor: Cursor) -> None:
    """Read the extensions to the end of the message; SSL 3.0 and old TLS may have none."""
    if cursor.left:
        extensions = Cursor(cursor.vector(2))
        while extensions.left and not extensions.is_short:
            kind = extensions.number(2)
            hello.extensions.append((kind, extensions.vector(2)))
        cursor.is_short |= extensions.is_short
    hello.is_malformed = cursor.is_short or cursor.left > 0


def _vector_of(hello: Hello, extension: int, size: int) -> bytes:
    return Cursor(hello.extension(extension) or b"").vector(size)


def _numbers(octets: bytes) -> list[int]:
    """Return the numbers of 16 bits in octets, without half a one at the end."""
    count = len(octets) // 2
    return [*unpack_from(f">{count}H", octets)]
