"""What a server's certificate says, as far as it is sent in clear: up to TLS 1.2.

`cryptography` reads it, and is loaded when the first certificate comes, so that traffic without
one never waits for it. A certificate is whatever a peer made of 64 KiB: every fact is read by
itself, what cannot be read is unknown, and what would be slow to judge is not judged. Many
sessions show the same certificate, so the last ones read are remembered. Trust is not decided
here: which authorities a client trusts does not stand in its packets.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from smtpids.config import KIB, SECOND
from smtpids.text import printable
from smtpids.tls.hello import Cursor
from smtpids.tls.hostname import is_host_name, names_host, normal

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

Result = TypeVar("Result")

#: Octets of a certificate that is read; of a larger one only the hashes are known. Certificates
#: with a hundred names, or with keys and signatures against quantum computers, have 10 KiB.
MOST_OCTETS: Final = 16 * KIB
#: Certificates of one chain that are counted; RFC 5280 chains have three or four.
MOST_COUNTED: Final = 32
#: Alternative names that are listed, as many as public authorities put in.
MOST_LISTED: Final = 100
#: Names that are compared with the host's, and the length that a host's name may have.
MOST_COMPARED: Final = 1_000
MOST_HOST_CHARS: Final = 255  # RFC 1035 2.3.4
#: Certificates remembered: the servers of a site, and those it often speaks to.
MOST_REMEMBERED: Final = 256
#: The largest RSA key and exponent of which a signature is verified: it costs half a millisecond.
MOST_RSA_BITS: Final = 8192
MOST_EXPONENT_BITS: Final = 64

#: Algorithm of a key, by the names of Go's library, which ECS asks for.
KEYS: Final[dict[str, str]] = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10045.2.1": "ECDSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
#: Bits of the keys that come in one size.
KEY_BITS: Final[dict[str, int]] = {"1.3.101.112": 256, "1.3.101.113": 456}
#: Algorithm of a signature, by Go's names. RSASSA-PSS has its hash beside it.
PSS: Final = "1.2.840.113549.1.1.10"
SIGNATURES: Final[dict[str, str]] = {
    "1.2.840.113549.1.1.2": "MD2-RSA",
    "1.2.840.113549.1.1.4": "MD5-RSA",
    "1.2.840.113549.1.1.5": "SHA1-RSA",
    "1.3.14.3.2.29": "SHA1-RSA",
    "1.2.840.113549.1.1.14": "SHA224-RSA",
    "1.2.840.113549.1.1.11": "SHA256-RSA",
    "1.2.840.113549.1.1.12": "SHA384-RSA",
    "1.2.840.113549.1.1.13": "SHA512-RSA",
    "1.2.840.10040.4.3": "DSA-SHA1",
    "2.16.840.1.101.3.4.3.2": "DSA-SHA256",
    "1.2.840.10045.4.1": "ECDSA-SHA1",
    "1.2.840.10045.4.3.1": "ECDSA-SHA224",
    "1.2.840.10045.4.3.2": "ECDSA-SHA256",
    "1.2.840.10045.4.3.3": "ECDSA-SHA384",
    "1.2.840.10045.4.3.4": "ECDSA-SHA512",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY_NS: Final = 86_400_000_000_000
#: Hashes for which collisions are known.
BROKEN_HASHES: Final = ("MD2", "MD5", "SHA1")
#: Bits that a key of each kind must have (NIST SP 800-57 part 1, 112 bits of security).
LEAST_BITS: Final[dict[str, int]] = {"RSA": 2048, "DSA": 2048, "ECDSA": 224}


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of one certificate. Unknown is the empty text, 0 bits, or None."""

    sha256: str
    """Of the certificate as it was sent, upper case as in ECS; `sha1` likewise."""
    sha1: str
    subject: str = ""
    """As RFC 4514 writes names; `issuer` likewise."""
    issuer: str = ""
    serial: str = ""
    """Hexadecimal in upper case, whole octets."""
    not_before: int | None = None
    """Nanoseconds since 1970; `not_after` likewise. Both ends are still valid."""
    not_after: int | None = None
    key_algorithm: str = ""
    key_bits: int = 0
    signature_algorithm: str = ""
    alternative_names: tuple[str, ...] = ()
    """The first of them, of any kind."""
    hosts: tuple[str, ...] | None = None
    """The names it is for, ready to be compared; None if they could not be read."""
    has_more_hosts: bool = False
    """There are more than were read."""
    self_signed: bool | None = None
    """It names itself as issuer, and its own key verifies it."""

    def is_expired(self, ts_ns: int) -> bool | None:
        """Return whether it was no longer valid at that time."""
        return None if self.not_after is None else ts_ns > self.not_after

    def is_not_yet_valid(self, ts_ns: int) -> bool | None:
        """Return whether it was not valid before that time."""
        return None if self.not_before is None else ts_ns < self.not_before

    def days_left(self, ts_ns: int) -> int | None:
        """Return whole days from a time until it is no longer valid; negative if it is not."""
        return None if self.not_after is None else (self.not_after - ts_ns) // DAY_NS

    def days_valid(self) -> int | None:
        """Return the whole days for which it was issued."""
        return None if self.not_before is None else self.days_left(self.not_before)

    def is_weak(self) -> bool | None:
        """Tell whether its key is too short or its signature by a hash that was broken."""
        if not (self.key_algorithm or self.signature_algorithm):
            return None
        if any(broken in self.signature_algorithm for broken in BROKEN_HASHES):
            return True
        return 0 < self.key_bits < LEAST_BITS.get(self.key_algorithm, 0)

    def is_for(self, server_name: str) -> bool | None:
        """Return whether it is for a host; None without one, or if its names are unknown."""
        if self.hosts is None or not is_host_name(server_name):
            return None
        host = normal(server_name)
        if any(names_host(presented, host) for presented in self.hosts):
            return True
        return None if self.has_more_hosts else False


def read_chain(body: bytes) -> tuple[bytes, int]:
    """Return the server's own certificate and how many came, 0 and nothing if it is malformed.

    RFC 5246 7.4.2: the body of a Certificate message up to TLS 1.2.
    """
    cursor = Cursor(body)
    chain = Cursor(cursor.vector(3))
    own = chain.vector(3)
    count = 1
    while chain.left and count < MOST_COUNTED:
        chain.vector(3)
        count += 1
    if cursor.is_short or chain.is_short or not own:
        return b"", 0
    return own, count


@lru_cache(maxsize=MOST_REMEMBERED)
def read_certificate(der: bytes, most_chars: int) -> Certificate:
    """Read a certificate; no text of it becomes longer than `most_chars`."""
    sha256 = hashlib.sha256(der).hexdigest().upper()
    sha1 = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    nothing = Certificate(sha256, sha1)
    if len(der) > MOST_OCTETS:
        return nothing
    with warnings.catch_warnings():
        # The library warns of what it will refuse some day, such as serial numbers below 1.
        warnings.simplefilter("ignore")
        return _attempt(_read, der, nothing, most_chars) or nothing


def _read(der: bytes, nothing: Certificate, most: int) -> Certificate:
    from cryptography.x509 import load_der_x509_certificate

    loaded = load_der_x509_certificate(der)
    subject = _attempt(_subject, loaded)
    issuer = _attempt(_issuer, loaded)
    self_signed = None if subject is None or issuer is None else subject == issuer
    if self_signed:
        self_signed = _attempt(_verifies_itself, loaded)
    names = _attempt(_alternative_names, loaded)
    hosts = _attempt(_hosts, loaded, names)
    return Certificate(
        nothing.sha256,
        nothing.sha1,
        subject=printable(subject or "", most),
        issuer=printable(issuer or "", most),
        serial=printable(_attempt(_serial, loaded) or "", most),
        not_before=_attempt(_not_before, loaded),
        not_after=_attempt(_not_after, loaded),
        key_algorithm=_attempt(_key_algorithm, loaded) or "",
        key_bits=_attempt(_key_bits, loaded) or 0,
        signature_algorithm=_attempt(_signature_algorithm, loaded) or "",
        alternative_names=tuple(printable(name, most) for _, name in (names or [])[:MOST_LISTED]),
        hosts=None if hosts is None else tuple(hosts[:MOST_COMPARED]),
        has_more_hosts=hosts is not None and len(hosts) > MOST_COMPARED,
        self_signed=self_signed,
    )


def _attempt(read: Callable[..., Result], /, *given: object) -> Result | None:
    """Return what `read` returns, None if the certificate defeats it."""
    try:
        return read(*given)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 -- the library fails in many ways; a panic of its Rust is no Exception
        return None


def _subject(loaded: x509.Certificate) -> str:
    return loaded.subject.rfc4514_string()


def _issuer(loaded: x509.Certificate) -> str:
    return loaded.issuer.rfc4514_string()


def _serial(loaded: x509.Certificate) -> str:
    number = loaded.serial_number
    digits = f"{abs(number):X}"
    return ("-" if number < 0 else "") + "0" * (len(digits) % 2) + digits


def _not_before(loaded: x509.Certificate) -> int:
    return _nanoseconds(loaded.not_valid_before_utc)


def _not_after(loaded: x509.Certificate) -> int:
    return _nanoseconds(loaded.not_valid_after_utc)


def _nanoseconds(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND


def _key_algorithm(loaded: x509.Certificate) -> str:
    number = loaded.public_key_algorithm_oid.dotted_string
    return KEYS.get(number, number)


def _key_bits(loaded: x509.Certificate) -> int:
    fixed = KEY_BITS.get(loaded.public_key_algorithm_oid.dotted_string)
    return fixed or int(getattr(loaded.public_key(), "key_size", 0))


def _signature_algorithm(loaded: x509.Certificate) -> str:
    number = loaded.signature_algorithm_oid.dotted_string
    if number == PSS and loaded.signature_hash_algorithm is not None:
        return f"{loaded.signature_hash_algorithm.name.upper()}-RSAPSS"
    return SIGNATURES.get(number, number)


def _alternative_names(loaded: x509.Certificate) -> list[tuple[bool, str]]:
    """Return the alternative names that can be written as text, and whether each is a host's."""
    from cryptography import x509

    try:
        extension = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    names: list[tuple[bool, str]] = []
    for name in extension.value:
        if isinstance(name, x509.DNSName | x509.RFC822Name | x509.UniformResourceIdentifier):
            names.append((isinstance(name, x509.DNSName), name.value))
        elif isinstance(name, x509.IPAddress):
            names.append((False, str(name.value)))
        elif isinstance(name, x509.DirectoryName):
            names.append((False, name.value.rfc4514_string()))
    return names


def _hosts(loaded: x509.Certificate, names: list[tuple[bool, str]] | None) -> list[str] | None:
    """Return the hosts it is for: without alternative ones, the common name (RFC 7817 3)."""
    if names is None:
        return None
    hosts = [name for is_host, name in names if is_host]
    if not hosts:
        from cryptography.x509.oid import NameOID

        said = loaded.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        hosts = [attribute.value for attribute in said if isinstance(attribute.value, str)]
    return [normal(host) for host in hosts if len(host) <= MOST_HOST_CHARS]


def _verifies_itself(loaded: x509.Certificate) -> bool | None:
    """Verify it by its own key; None if that may take long."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import dsa, rsa

    key = loaded.public_key()
    if isinstance(key, dsa.DSAPublicKey):
        return None
    if isinstance(key, rsa.RSAPublicKey):
        exponent = key.public_numbers().e
        if key.key_size > MOST_RSA_BITS or exponent.bit_length() > MOST_EXPONENT_BITS:
            return None
    try:
        loaded.verify_directly_issued_by(loaded)
    except InvalidSignature:
        return False
    return True
