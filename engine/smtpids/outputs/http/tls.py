"""TLS to a receiver: 1.2 or later, its certificate always checked."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from smtpids.errors import OutputError

if TYPE_CHECKING:
    from smtpids.config import OutputConfig

#: What OpenSSL says of a certificate, and what to do about it.
ADVICE: Final = {
    "self-signed": "name the certificate of its authority in ca_file",
    "self signed": "name the certificate of its authority in ca_file",
    "unable to get local issuer": "name the certificate of its authority in ca_file",
    "mismatch": "write the name that is in it into the target or server_name",
    "not valid for": "write the name that is in it into the target or server_name",
    "expired": "the receiver needs a new one",
    "not yet valid": "check the clocks of both ends",
}


def context_of(config: OutputConfig) -> ssl.SSLContext:
    """Return what the configuration asks for; OutputError if its files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = config.ca_file
    try:
        if config.ca_file:
            context.load_verify_locations(config.ca_file)
        else:
            context.load_default_certs()
        if config.cert_file:
            path = config.cert_file
            # a key with a password would ask for it on the terminal
            context.load_cert_chain(config.cert_file, config.key_file or None, lambda: "")
    except ssl.SSLError as error:
        raise OutputError(
            f"{path}: {words_of(error)}; write certificates and keys as PEM"
        ) from error
    except OSError as error:
        said = (error.strerror or "unknown error").lower()
        keyed = (
            f" or {config.key_file}" if path and path != config.ca_file and config.key_file else ""
        )
        raise OutputError(f"cannot read {path}{keyed}: {said}") from error
    return context


def words_of(error: ssl.SSLError) -> str:
    """Return what TLS has to say, without the names of OpenSSL's functions, and advice."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message.rstrip(".")
        advice = next((words for part, words in ADVICE.items() if part in said.lower()), "")
        told = f"its certificate is refused: {said[:1].lower()}{said[1:]}"
        return f"{told}; {advice}" if advice else told
    reason = getattr(error, "reason", None) or "failed"
    return f"TLS: {reason.lower().replace('_', ' ')}"
