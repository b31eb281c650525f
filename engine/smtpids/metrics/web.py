"""The web configuration in use: read at the start, and again when it or a certificate changed.

As the exporter-toolkit does, so that a renewed certificate needs no restart. What is faulty when it
is read again is told once, and what was right before stays in use.
"""

from __future__ import annotations

import logging
import os
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from smtpids.errors import ConfigError, ConfigSetError
from smtpids.metrics.allowance import Allowance
from smtpids.metrics.webconfig import IF_GIVEN, NO_CERT, REQUIRED, TLS12, TLS13, read_web_config

if TYPE_CHECKING:
    import socket

    from smtpids.metrics.webconfig import Tls, WebConfig

_log = logging.getLogger(__name__)
_VERSIONS: Final = {TLS12: ssl.TLSVersion.TLSv1_2, TLS13: ssl.TLSVersion.TLSv1_3}
_VERIFY: Final = {
    NO_CERT: ssl.CERT_NONE,
    IF_GIVEN: ssl.CERT_OPTIONAL,
    REQUIRED: ssl.CERT_REQUIRED,
}
#: What Python calls the kinds of alternative names that the toolkit compares.
_SANS: Final = frozenset({"DNS", "IP Address", "email", "URI"})


@dataclass(frozen=True, slots=True)
class Serving:
    """A configuration, ready to serve by."""

    config: WebConfig
    context: ssl.SSLContext | None
    allowance: Allowance | None
    """Of requests; None: any number."""

    def secured(self, connection: socket.socket) -> socket.socket:
        """Return a connection after its handshake; OSError if that fails."""
        if self.context is None:
            return connection
        secured = self.context.wrap_socket(connection, server_side=True)
        tls = self.config.tls
        if tls is not None and tls.client_allowed_sans:
            known = _names(secured.getpeercert() or {})
            if known.isdisjoint(tls.client_allowed_sans):
                secured.close()
                raise ConnectionAbortedError("the client's certificate has no name that is allowed")
        return secured


class Web:
    """A file that may change. ConfigSetError if it cannot be used at the start."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock()
        self._seen: tuple[object, ...] = _state((path,))
        self._serving = load(path)

    def serving(self) -> Serving:
        """Return what holds now."""
        with self._lock:
            seen = self._look()
            if seen != self._seen:
                self._seen = seen  # looked at before it is read, so that no change is missed
                try:
                    self._serving = load(self._path)
                except ConfigSetError as error:
                    _log.error("%s\nthe web configuration from before stays in use", error)
            return self._serving

    def _look(self) -> tuple[object, ...]:
        tls = self._serving.config.tls
        return _state((self._path, *(() if tls is None else tls.files)))


def load(path: str) -> Serving:
    """Read a web configuration and the files that it names. ConfigSetError if one is faulty."""
    config = read_web_config(path)
    context = None if config.tls is None else _context(config.tls)
    allowance = Allowance(config.burst, config.a_second) if config.burst else None
    return Serving(config, context, allowance)


def _state(paths: tuple[str, ...]) -> tuple[object, ...]:
    """Return what changes when one of the files does."""
    found: list[object] = []
    for path in paths:
        try:
            told = os.stat(path)  # noqa: PTH116 - for every connection
            found.append((told.st_mtime_ns, told.st_size, told.st_ino))
        except OSError:
            found.append(None)
    return tuple(found)


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    if tls.ciphers:
        context.set_ciphers(":".join(tls.ciphers))
    if tls.curve:
        context.set_ecdh_curve(tls.curve)
    if not tls.servers_choice:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    for path in tls.files:
        try:
            with open(path, "rb"):  # noqa: PTH123 - ssl's own error names no file
                pass
        except OSError as error:
            raise _fault(tls, f"{path} cannot be read: {(error.strerror or '').lower()}") from error
    try:
        # a key with a passphrase is an error here, not a question on the terminal
        context.load_cert_chain(tls.cert_file, tls.key_file, password=lambda: b"")
    except (ssl.SSLError, ValueError) as error:
        raise _fault(tls, _reason(error, tls)) from error
    if tls.client_ca_file:
        try:
            context.load_verify_locations(cafile=tls.client_ca_file)
        except ssl.SSLError as error:
            raise _fault(tls, "client_ca_file holds no certificate in PEM") from error
        context.verify_mode = _VERIFY[tls.client_auth]
    return context


def _reason(error: Exception, tls: Tls) -> str:
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return "cert_file and key_file do not belong together"
    if b"ENCRYPTED" in Path(tls.key_file).read_bytes():  # both forms of PEM say so
        return "key_file has a passphrase; write the key without one"
    return "cert_file or key_file is no PEM with a certificate and its key"


def _fault(tls: Tls, message: str) -> ConfigSetError:
    return ConfigSetError([ConfigError(message, tls.place, secret=True)])


def _names(certificate: Any) -> set[str]:
    """Return the alternative names of a client, addresses in their usual form."""
    found = set()
    for kind, name in certificate.get("subjectAltName", ()):
        if kind == "IP Address":
            try:
                found.add(str(ip_address(name.strip())))
            except ValueError:
                continue
        elif kind in _SANS:
            found.add(name)
    return found
