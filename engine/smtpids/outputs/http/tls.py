"""What went wrong with TLS, in words for people."""

from __future__ import annotations

import ssl
from typing import Final

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

#: What OpenSSL calls an answer that is not TLS.
NO_TLS: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


def words_of(error: ssl.SSLError) -> str:
    """Return what TLS has to say, without the names of OpenSSL's functions, and advice."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message.rstrip(".")
        advice = next((words for part, words in ADVICE.items() if part in said.lower()), "")
        told = f"its certificate is refused: {said[:1].lower()}{said[1:]}"
        return f"{told}; {advice}" if advice else told
    reason = getattr(error, "reason", None) or "failed"
    if reason in NO_TLS:
        return "the receiver does not speak TLS; write http:// or name its TLS port"
    return f"TLS: {reason.lower().replace('_', ' ')}"
