from __future__ import annotations

import ssl

import pytest

from smtpids.outputs.http.tls import words_of


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "self-signed certificate in certificate chain",
            (
                "its certificate is refused: self-signed certificate in certificate chain;"
                " name the certificate of its authority in ca_file"
            ),
        ),
        (
            "Hostname mismatch, certificate is not valid for 'siem'.",
            (
                "its certificate is refused: hostname mismatch, certificate is not valid for 'siem'"
                "; write the name that is in it into the target or server_name"
            ),
        ),
        ("unsuitable purpose", "its certificate is refused: unsuitable purpose"),
    ],
)
def test_a_certificate_that_is_refused_is_told_with_what_to_do(said: str, told: str) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = said
    assert words_of(error) == told


def test_a_fault_is_told_without_the_names_of_openssl() -> None:
    error = ssl.SSLError()
    error.reason = "BAD_RECORD_TYPE"
    assert words_of(error) == "TLS: bad record type"


@pytest.mark.parametrize("reason", ["WRONG_VERSION_NUMBER", "HTTP_REQUEST"])
def test_a_port_without_tls_is_told(reason: str) -> None:
    error = ssl.SSLError()
    error.reason = reason
    assert words_of(error) == "the receiver does not speak TLS; write http:// or name its TLS port"


def test_a_fault_that_openssl_does_not_name_has_words_too() -> None:
    assert words_of(ssl.SSLError()) == "TLS: failed"
