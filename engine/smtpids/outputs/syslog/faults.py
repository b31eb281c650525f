"""What went wrong between us and a receiver, as the operator is told: what it is, what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

from smtpids.outputs.faults import NETWORK, NO_ADDRESS, NO_ANSWER, NO_RECEIVER, NO_WAY
from smtpids.outputs.syslog.address import TCP, TLS, UNIX
from smtpids.outputs.transport import UnavailableError

if TYPE_CHECKING:
    from smtpids.outputs.syslog.address import Address

#: The labels of failures (UnavailableError.reason).
WRITE, TIMEOUT, REFUSED = "write", "timeout", "refused"

NUMBERS: Final[dict[int, tuple[str, str]]] = {
    errno.ECONNREFUSED: (NO_RECEIVER, REFUSED),
    errno.EHOSTUNREACH: (NO_WAY, REFUSED),
    errno.ENETUNREACH: (NO_WAY, REFUSED),
    errno.EADDRNOTAVAIL: (NO_WAY, REFUSED),
    errno.ENOENT: ("there is no such socket; start the receiver or mend the path", REFUSED),
    errno.ENOTSOCK: ("this is no socket; mend the path", REFUSED),
    errno.EACCES: ("the user smtpids runs as has no right to it; give it one", REFUSED),
    errno.EPERM: ("not permitted; a firewall of this machine may forbid it", REFUSED),
    errno.ETIMEDOUT: (NO_ANSWER, TIMEOUT),
    errno.ECONNRESET: (NETWORK[errno.ECONNRESET], WRITE),
    errno.EPIPE: (NETWORK[errno.EPIPE], WRITE),
}
"""Number of the system's error -> what is said, and the label."""

TLS_REASONS: Final[dict[str, str]] = {
    "WRONG_VERSION_NUMBER": "the receiver does not speak TLS; write tcp:// or name its TLS port",
    "HTTP_REQUEST": "the receiver does not speak TLS; write tcp:// or name its TLS port",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the receiver asks for our certificate; set cert_file",
    "TLSV1_ALERT_UNKNOWN_CA": "the receiver does not know who signed our certificate; have it"
    " signed by an authority that it trusts",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the receiver has no TLS 1.2; let it speak 1.2 or 1.3",
    "UNSUPPORTED_PROTOCOL": "the receiver has no TLS 1.2; let it speak 1.2 or 1.3",
}
"""OpenSSL's name of what failed -> what is said."""
#: Alerts by which a receiver turns our certificate down, or asks for one (RFC 5246 7.2.2).
TURNED_DOWN: Final = (
    "ALERT_BAD_CERTIFICATE",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_ACCESS_DENIED",
    "ALERT_HANDSHAKE_FAILURE",
)

#: X509_V_ERR_* of OpenSSL.
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_CHAIN, _NO_ISSUER, _NO_SIGNATURE = 18, 19, 20, 21
_OTHER_NAME, _OTHER_ADDRESS = 62, 64


def unavailable(
    target: str,
    address: Address,
    error: OSError | EOFError,
    *,
    name: str = "",
    doing: str = "",
    hint: str = "",
) -> UnavailableError:
    """Return the error for the sender: `tls://log.example.net:6514: what is wrong; what to do`.

    `name` is the one looked for in the receiver's certificate, `doing` what took too long, `hint`
    what the receiver has let be known of itself.
    """
    said, reason = _explained(address, error, name, doing)
    return UnavailableError(f"{target}: {said}{hint}", reason=reason)


def _explained(
    address: Address, error: OSError | EOFError, name: str, doing: str
) -> tuple[str, str]:
    if isinstance(error, EOFError):
        return "the receiver closed the connection", WRITE
    if isinstance(error, ssl.SSLEOFError) and doing != SHAKING_HANDS:
        return "the receiver closed the connection", WRITE
    if isinstance(error, ssl.SSLCertVerificationError):
        return _unverified(error, name), REFUSED
    if isinstance(error, ssl.SSLError):
        return _tls(error), REFUSED
    if isinstance(error, socket.gaierror):
        return NO_ADDRESS, REFUSED
    if isinstance(error, TimeoutError) and error.errno is None:
        return f"{doing}{_waited(address, doing)}", TIMEOUT
    if address.scheme == UNIX and error.errno == errno.ECONNREFUSED:
        return "nobody reads this socket; start the receiver", REFUSED
    unnamed = (error.strerror or "unknown error").lower(), WRITE
    return NUMBERS.get(error.errno or 0, unnamed)


#: What took too long.
LOOKING_UP: Final = "the resolver did not answer in time"
CONNECTING: Final = "no connection in time"
SHAKING_HANDS: Final = "no TLS handshake in time"
SENDING: Final = "the receiver does not read"


def _waited(address: Address, doing: str) -> str:
    """Return what helps against a wait."""
    if doing == SHAKING_HANDS:
        return "; if this is a port without TLS, write tcp://"
    if doing == CONNECTING:
        return "; a firewall may drop it, or the receiver is overloaded"
    if doing == SENDING:
        return "; see whether it hangs or its disk is full"
    return ""


def _unverified(error: ssl.SSLCertVerificationError, name: str) -> str:
    code = error.verify_code
    if code in {_OTHER_NAME, _OTHER_ADDRESS}:
        return f'its certificate is not for "{name}"; set server_name to a name that it has'
    if code == _EXPIRED:
        return "its certificate has expired; renew it at the receiver"
    if code == _NOT_YET_VALID:
        return "its certificate is not valid yet; set the clocks"
    if code in {_SELF_SIGNED, _SELF_SIGNED_CHAIN, _NO_ISSUER, _NO_SIGNATURE}:
        return "its certificate is signed by nobody we trust; name its authority in ca_file"
    return f"its certificate is not accepted: {error.verify_message}"


def _tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLEOFError):
        return "the receiver ended TLS; see its log, and set cert_file if it asks for a certificate"
    found = error.reason or ""
    if found in TLS_REASONS:
        return TLS_REASONS[found]
    if found.endswith(TURNED_DOWN):
        return "the receiver turns us down; set cert_file to a certificate that it accepts"
    return f"TLS failed: {found.replace('_', ' ').lower() or 'unknown error'}"


def mistaken(address: Address, heard: bytes) -> str:
    """Return a hint if what a receiver says shows that it is none; one has nothing to say."""
    if address.scheme == TCP and heard.startswith(b"\x15\x03"):  # a record of TLS: alert
        return "; this is a port with TLS: write tls://"
    if heard.startswith((b"HTTP/", b"220", b"SSH-")):
        return "; this is no syslog port"
    return ""


def closed_at_once(address: Address) -> str:
    """Return a hint for a connection that ended as soon as it had begun."""
    if address.scheme == TLS:
        return "; if it asks for a certificate, set cert_file"
    return "; if this is a port with TLS, write tls://" if address.scheme == TCP else ""
