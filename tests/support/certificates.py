"""Certificates of every kind that a server may show, made for one test.

`cryptography` makes the good ones. What it refuses to make, a hostile peer makes by hand, and so
does `by_hand`: a certificate of plain ASN.1, of which every part may be wrong.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

Key: TypeAlias = "rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey"

HOST = "mx.example.net"
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2030, 1, 1, tzinfo=UTC)


def key_of(kind: str) -> Key:
    """Make a key: `rsa`, `ec` or `ed25519`."""
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def name_of(common: str, organisation: str = "Example, Inc.") -> x509.Name:
    """Make a name whose organisation needs RFC 4514's escapes."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        ]
    )


class Made:
    """A certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: Key) -> None:
        self.certificate = certificate
        self.key = key
        self.der = certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The key and the certificate, as OpenSSL reads them."""
        return self.key_pem + self.certificate_pem

    @property
    def key_pem(self) -> bytes:
        """The key alone, without a password."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def save(self, path: Path, *others: Made) -> Path:
        """Write the key and the chain into a file and return its path."""
        chain = [other.certificate_pem for other in others]
        path.write_bytes(self.pem + b"".join(chain))
        return path


def make(
    kind: str = "ec",
    common: str = HOST,
    *,
    names: tuple[str, ...] = (HOST,),
    issuer: Made | None = None,
    begin: datetime = BEGIN,
    end: datetime = END,
    serial: int = 0x0ABC,
    forged: bool = False,
    authority: bool = False,
) -> Made:
    """Make a certificate, signed by itself or by `issuer`.

    `forged`: it names itself as issuer, and another key signed it. `authority`: it may sign others.
    """
    key = key_of(kind)
    signer: CertificateIssuerPrivateKeyTypes = issuer.key if issuer else key
    if forged:
        signer = key_of(kind)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common))
        .issuer_name(issuer.certificate.subject if issuer else name_of(common))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    if authority:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
    if names:
        listed = x509.SubjectAlternativeName([_alternative(name) for name in names])
        builder = builder.add_extension(listed, critical=False)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Made(builder.sign(signer, algorithm), key)


def _alternative(name: str) -> x509.GeneralName:
    if "@" in name:
        return x509.RFC822Name(name)
    if ":" in name:
        return x509.UniformResourceIdentifier(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def chain_message(*certificates: bytes) -> bytes:
    """Return the body of a Certificate message (RFC 5246 7.4.2)."""
    listed = b"".join(len(der).to_bytes(3, "big") + der for der in certificates)
    return len(listed).to_bytes(3, "big") + listed


# -- by hand ---------------------------------------------------------------------------------------

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, TEXT, TIME = 0x30, 0x31, 2, 3, 4, 6, 12, 23
RSA_KEY = "1.2.840.113549.1.1.1"
SHA256_RSA = "1.2.840.113549.1.1.11"
COMMON_NAME = "2.5.4.3"


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return a tag, the length of the parts, and the parts."""
    octets = b"".join(parts)
    size = len(octets)
    if size < 128:
        return bytes([tag, size]) + octets
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + octets


def integer(number: int) -> bytes:
    """Return an INTEGER."""
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    octets = bytes([first * 40 + second])
    for arc in rest:
        groups = [arc & 127]
        while arc := arc >> 7:
            groups.append(128 | arc & 127)
        octets += bytes(reversed(groups))
    return tlv(OID, octets)


def by_hand(
    *,
    common: tuple[bytes, ...] = (b"mx.example.net",),
    text: int = TEXT,
    serial: int = 1,
    modulus_bits: int = 2048,
    exponent: int = 65537,
    signature: str = SHA256_RSA,
    key: str = RSA_KEY,
    begin: bytes = b"200101000000Z",
    end: bytes = b"300101000000Z",
    extensions: bytes = b"",
) -> bytes:
    """Return a certificate that names itself as issuer and is signed with nonsense."""
    names = [tlv(SET, tlv(SEQUENCE, oid(COMMON_NAME), tlv(text, word))) for word in common]
    name = tlv(SEQUENCE, *names)
    algorithm = tlv(SEQUENCE, oid(signature), b"\x05\x00")
    numbers = tlv(SEQUENCE, integer(1 << (modulus_bits - 1) | 12345), integer(exponent))
    public = tlv(SEQUENCE, tlv(SEQUENCE, oid(key), b"\x05\x00"), tlv(BITS, b"\0", numbers))
    signed = tlv(
        SEQUENCE,
        tlv(0xA0, integer(2)),
        integer(serial),
        algorithm,
        name,
        tlv(SEQUENCE, tlv(TIME, begin), tlv(TIME, end)),
        name,
        public,
        tlv(0xA3, tlv(SEQUENCE, extensions)) if extensions else b"",
    )
    nonsense = b"\0\x01" + b"\x55" * (modulus_bits // 8 - 1)
    return tlv(SEQUENCE, signed, algorithm, tlv(BITS, nonsense))


def alternative_names(*names: bytes) -> bytes:
    """Return the extension that lists host names."""
    listed = tlv(SEQUENCE, *(tlv(0x82, name) for name in names))
    return tlv(SEQUENCE, oid("2.5.29.17"), tlv(OCTETS, listed))
