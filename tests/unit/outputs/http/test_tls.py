from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from smtpids.errors import OutputError
from smtpids.outputs.http.tls import context_of, words_of
from tests.support.certificates import make
from tests.support.http_server import config_of

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "https://siem/"


def test_old_versions_are_not_spoken_and_certificates_are_checked() -> None:
    context = context_of(config_of(TARGET))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_with_ca_file_no_other_authority_is_trusted(tmp_path: Path) -> None:
    path = make().save(tmp_path / "ca.pem")
    assert context_of(config_of(TARGET, ca_file=str(path))).cert_store_stats()["x509"] == 1


def test_our_own_certificate_may_lie_in_one_file_with_its_key(tmp_path: Path) -> None:
    path = make().save(tmp_path / "own.pem")
    context_of(config_of(TARGET, cert_file=str(path)))
    context_of(config_of(TARGET, cert_file=str(path), key_file=str(path)))


@pytest.mark.parametrize("name", ["ca_file", "cert_file"])
def test_a_file_that_is_missing_is_told_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / "none.pem"
    with pytest.raises(OutputError, match=f"^cannot read {path}: no such file or directory$"):
        context_of(config_of(TARGET, **{name: str(path)}))


def test_a_key_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    cert, key = make().save(tmp_path / "own.pem"), tmp_path / "none.pem"
    with pytest.raises(OutputError, match=f"^cannot read {cert} or {key}: no such file"):
        context_of(config_of(TARGET, cert_file=str(cert), key_file=str(key)))


@pytest.mark.parametrize("name", ["ca_file", "cert_file"])
def test_a_file_that_is_no_certificate_is_told_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / "nonsense.pem"
    path.write_text("nonsense")
    with pytest.raises(OutputError, match=f"^{path}: .*; write certificates and keys as PEM$"):
        context_of(config_of(TARGET, **{name: str(path)}))


def test_a_key_of_another_certificate_is_told_at_once(tmp_path: Path) -> None:
    own, other = make().save(tmp_path / "own.pem"), make().save(tmp_path / "other.pem")
    with pytest.raises(OutputError, match=f"^{own}: TLS: .*mismatch; write"):
        context_of(config_of(TARGET, cert_file=str(own), key_file=str(other)))


def test_a_key_with_a_password_is_told_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    made = make()
    cert, key = made.save(tmp_path / "own.pem"), tmp_path / "key.pem"
    key.write_bytes(
        made.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"pass"),
        )
    )
    with pytest.raises(OutputError, match=f"^{cert}: TLS: "):
        context_of(config_of(TARGET, cert_file=str(cert), key_file=str(key)))


def test_a_fault_that_openssl_does_not_name_has_words_too() -> None:
    assert words_of(ssl.SSLError()) == "TLS: failed"
