from __future__ import annotations

import errno
import os
import socket
import ssl

import pytest

from smtpids.outputs.syslog import faults
from smtpids.outputs.syslog.address import parse
from smtpids.outputs.syslog.faults import closed_at_once, mistaken, unavailable

TLS = "tls://log.example.net:6514"


def said(error: OSError | EOFError, target: str = TLS, doing: str = "") -> tuple[str, str]:
    """Return what is said behind the target, and the label."""
    found = unavailable(target, parse(target), error, name="log.example.net", doing=doing)
    return str(found).removeprefix(target + ": "), found.reason


def system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def unverified(code: int, message: str = "") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "sentence", "reason"),
    [
        (
            system(errno.ECONNREFUSED),
            "nobody listens there; start the receiver or mend host and port",
            "refused",
        ),
        (
            system(errno.EHOSTUNREACH),
            "no way leads there; mend the address or the routes",
            "refused",
        ),
        (system(errno.ECONNRESET), "the receiver broke the connection", "write"),
        (
            system(errno.ETIMEDOUT),
            "the receiver no longer answers; see whether it and the way still are",
            "timeout",
        ),
        (system(errno.EPIPE), "the receiver closed the connection", "write"),
        (EOFError(), "the receiver closed the connection", "write"),
        (system(errno.EIO), "input/output error", "write"),
        (OSError(), "unknown error", "write"),
        (
            socket.gaierror(socket.EAI_NONAME, "x"),
            "the name has no address; mend the name or the resolver",
            "refused",
        ),
    ],
)
def test_what_the_system_says_is_told_with_what_to_do(
    error: OSError, sentence: str, reason: str
) -> None:
    assert said(error) == (sentence, reason)


@pytest.mark.parametrize(
    ("doing", "sentence"),
    [
        (faults.LOOKING_UP, "the resolver did not answer in time"),
        (
            faults.CONNECTING,
            "no connection in time; a firewall may drop it, or the receiver is overloaded",
        ),
        (
            faults.SHAKING_HANDS,
            "no TLS handshake in time; if this is a port without TLS, write tcp://",
        ),
        (
            faults.SENDING,
            "the receiver does not read; see whether it hangs or its disk is full",
        ),
    ],
)
def test_what_takes_too_long_is_told(doing: str, sentence: str) -> None:
    assert said(TimeoutError(), doing=doing) == (sentence, "timeout")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (62, 'its certificate is not for "log.example.net"; set server_name to a name that it has'),
        (64, 'its certificate is not for "log.example.net"; set server_name to a name that it has'),
        (10, "its certificate has expired; renew it at the receiver"),
        (9, "its certificate is not valid yet; set the clocks"),
        (18, "its certificate is signed by nobody we trust; name its authority in ca_file"),
        (20, "its certificate is signed by nobody we trust; name its authority in ca_file"),
        (24, "its certificate is not accepted: invalid CA certificate"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(code: int, sentence: str) -> None:
    assert said(unverified(code, "invalid CA certificate")) == (sentence, "refused")


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            "WRONG_VERSION_NUMBER",
            "the receiver does not speak TLS; write tcp:// or name its TLS port",
        ),
        (
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "the receiver asks for our certificate; set cert_file",
        ),
        (
            "SSLV3_ALERT_BAD_CERTIFICATE",
            "the receiver turns us down; set cert_file to a certificate that it accepts",
        ),
        ("DECRYPTION_FAILED", "TLS failed: decryption failed"),
        ("", "TLS failed: unknown error"),
    ],
)
def test_what_tls_says_is_told(reason: str, sentence: str) -> None:
    assert said(tls(reason)) == (sentence, "refused")


def test_an_end_in_the_handshake_points_to_the_certificate() -> None:
    assert said(ssl.SSLEOFError(8, "EOF"), doing=faults.SHAKING_HANDS) == (
        "the receiver ended TLS; see its log, and set cert_file if it asks for a certificate",
        "refused",
    )


def test_an_end_later_is_one_like_any_other() -> None:
    assert said(ssl.SSLEOFError(8, "EOF"), doing=faults.SENDING) == (
        "the receiver closed the connection",
        "write",
    )


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOENT, "there is no such socket; start the receiver or mend the path"),
        (errno.ECONNREFUSED, "nobody reads this socket; start the receiver"),
        (errno.EACCES, "the user smtpids runs as has no right to it; give it one"),
        (errno.ENOTSOCK, "this is no socket; mend the path"),
    ],
)
def test_what_is_wrong_with_a_socket_of_this_machine_is_told(number: int, sentence: str) -> None:
    assert said(system(number), "unix:///dev/log") == (sentence, "refused")


def test_a_port_with_tls_is_hinted_at_where_there_is_none() -> None:
    plain, secure = parse("tcp://log.example.net"), parse(TLS)
    assert closed_at_once(plain) == "; if this is a port with TLS, write tls://"
    assert closed_at_once(secure) == "; if it asks for a certificate, set cert_file"
    assert closed_at_once(parse("unix:///dev/log")) == ""
    assert mistaken(plain, b"\x15\x03\x01") == "; this is a port with TLS: write tls://"
    assert mistaken(plain, b"") == ""
    assert mistaken(secure, b"HTTP/1.1 400") == "; this is no syslog port"
