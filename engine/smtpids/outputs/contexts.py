"""What TLS asks of the receiver, and what it is shown of us.

The certificate is always checked, and so is the name in it: who could read or swallow alerts would
be whom they are about. The files are read at each connection, so a renewed certificate needs no
restart.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from smtpids.errors import OutputError

if TYPE_CHECKING:
    from smtpids.config import OutputConfig


def make_context(config: OutputConfig) -> ssl.SSLContext:
    """Return the context; OutputError if a file of the configuration cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _trust(context, config.ca_file)
    if config.cert_file:
        _show(context, config.cert_file, config.key_file)
    elif config.key_file:
        raise OutputError("key_file is a key without certificate; name it in cert_file")
    return context


def _trust(context: ssl.SSLContext, ca_file: str) -> None:
    if not ca_file:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError as error:
        raise OutputError(f"ca_file {ca_file} holds no certificate in PEM") from error
    except OSError as error:
        raise OutputError(_unreadable("ca_file", ca_file, error)) from error


def _show(context: ssl.SSLContext, cert_file: str, key_file: str) -> None:
    for name, path in (("cert_file", cert_file), ("key_file", key_file)):
        try:
            if path:
                Path(path).open("rb").close()  # OpenSSL does not say which of them it is
        except OSError as error:
            raise OutputError(_unreadable(name, path, error)) from error
    key = f"key_file {key_file}" if key_file else f"cert_file {cert_file}"

    def refuse() -> str:
        raise OutputError(f"{key}: the key has a password, which nobody is there to type")

    try:
        context.load_cert_chain(cert_file, key_file or None, password=refuse)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            said = f"{key} is not the key of the certificate in {cert_file}"
        else:
            said = f"cert_file {cert_file} and its key are not both there in PEM"
        raise OutputError(said) from error


def _unreadable(name: str, path: str, error: OSError) -> str:
    return f"{name} {path} cannot be read: {(error.strerror or 'unknown error').lower()}"
