"""Fingerprints: which software speaks, by the hello that it makes, whatever name it gives.

JA3 and JA3S keep the order of everything and hash the decimal numbers; JA4 sorts ciphers and
extensions, so that a client that shuffles them stays the same, and keeps a part that people can
read. JA3 and JA4 are published under BSD-3-Clause; the methods of FoxIO beside JA4 ("JA4+", of
which JA4S is one) are not free and are not here. Numbers that only keep peers tolerant
(RFC 8701) count nowhere. A hello that is cut short or contradicts itself gets no fingerprint,
since half of it would be somebody else's.
"""

from __future__ import annotations

import hashlib
from struct import pack
from typing import TYPE_CHECKING, Final

from smtpids.tls.hello import (
    ALPN,
    SERVER_NAME,
    groups,
    point_formats,
    protocols,
    signature_algorithms,
    supported_versions,
    without_grease,
)
from smtpids.tls.names import SSL2, SSL3, TLS10, TLS12, TLS13

if TYPE_CHECKING:
    from smtpids.tls.hello import Hello

#: How JA4 writes versions; those of DTLS may be offered over TCP as well.
JA4_VERSIONS: Final[dict[int, str]] = {
    TLS13: "13",
    TLS12: "12",
    0x0302: "11",
    TLS10: "10",
    SSL3: "s3",
    SSL2: "s2",
    0xFEFF: "d1",
    0xFEFD: "d2",
    0xFEFC: "d3",
}
UNKNOWN_VERSION: Final = "00"
NO_PROTOCOL: Final = "00"
#: What JA4 writes in place of the hash of nothing.
NOTHING: Final = "0" * 12
#: JA4 counts in two digits.
MOST_COUNTED: Final = 99
#: Extensions that say where a client goes rather than what it is: JA4 has them in its first part.
PLACES: Final = frozenset({SERVER_NAME, ALPN})


def ja3(hello: Hello) -> str:
    """Return the JA3 of a ClientHello, empty if it is malformed."""
    return "" if hello.is_malformed else _md5(ja3_text(hello))


def ja3s(hello: Hello) -> str:
    """Return the JA3S of a ServerHello, empty if it is malformed."""
    return "" if hello.is_malformed else _md5(ja3s_text(hello))


def ja4(hello: Hello) -> str:
    """Return the JA4 of a ClientHello over TCP, empty if it is malformed."""
    if hello.is_malformed:
        return ""
    start, ciphers, rest = ja4_parts(hello)
    return f"{start}_{_sha256(ciphers)}_{_sha256(rest)}"


def ja3_text(hello: Hello) -> str:
    """Return what JA3 hashes: version, ciphers, extensions, groups, point formats."""
    return ",".join(
        (
            str(hello.legacy_version),
            _decimal(without_grease(hello.ciphers)),
            _decimal(_extensions(hello)),
            _decimal(groups(hello)),
            _decimal(point_formats(hello)),
        )
    )


def ja3s_text(hello: Hello) -> str:
    """Return what JA3S hashes: version, cipher, extensions."""
    return ",".join(
        (str(hello.legacy_version), _decimal(hello.ciphers), _decimal(_extensions(hello)))
    )


def ja4_parts(hello: Hello) -> tuple[str, str, str]:
    """Return the readable part of JA4 and the two texts that it hashes."""
    ciphers = without_grease(hello.ciphers)
    extensions = _extensions(hello)
    start = "".join(
        (
            "t",
            _ja4_version(hello),
            "d" if SERVER_NAME in extensions else "i",
            f"{min(len(ciphers), MOST_COUNTED):02}",
            f"{min(len(extensions), MOST_COUNTED):02}",
            _ja4_protocol(hello),
        )
    )
    rest = _hex(sorted(kind for kind in extensions if kind not in PLACES))
    signatures = signature_algorithms(hello)
    if rest and signatures:
        rest = f"{rest}_{_hex(signatures)}"
    return start, _hex(sorted(ciphers)), rest


def _ja4_version(hello: Hello) -> str:
    versions = supported_versions(hello)
    highest = hello.legacy_version if versions is None else max(versions, default=0)
    return JA4_VERSIONS.get(highest, UNKNOWN_VERSION)


def _ja4_protocol(hello: Hello) -> str:
    """First and last character of the first protocol, or of its octets in hexadecimal."""
    first = next(iter(protocols(hello)), b"")
    if not first:
        return NO_PROTOCOL
    ends = first[:1] + first[-1:]
    word = ends.decode("ascii") if ends.isalnum() else first.hex()
    return word[0] + word[-1]


def _extensions(hello: Hello) -> list[int]:
    return without_grease([kind for kind, _ in hello.extensions])


def _decimal(numbers: list[int]) -> str:
    return "-".join(map(str, numbers))


def _hex(numbers: list[int]) -> str:
    """Return numbers of 16 bits in four digits each, between commas."""
    return pack(f">{len(numbers)}H", *numbers).hex(",", 2)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else NOTHING
