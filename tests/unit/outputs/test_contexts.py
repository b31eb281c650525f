from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from smtpids.config import OutputConfig
from smtpids.errors import OutputError
from smtpids.outputs.contexts import make_context
from tests.support.certificates import Made, make

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made() -> Made:
    return make()


def config(**files: Path | str) -> OutputConfig:
    names = {name: str(path) for name, path in files.items()}
    return OutputConfig(
        type="syslog",
        target="tls://log.example.net",
        name="syslog",
        ca_file=names.get("ca_file", ""),
        cert_file=names.get("cert_file", ""),
        key_file=names.get("key_file", ""),
    )


def refusal(settings: OutputConfig) -> str:
    with pytest.raises(OutputError) as caught:
        make_context(settings)
    return str(caught.value)


def test_certificate_and_name_are_always_checked() -> None:
    context = make_context(config())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_only_the_authorities_named_are_trusted(tmp_path: Path) -> None:
    authority = make(authority=True)
    context = make_context(config(ca_file=authority.save(tmp_path / "ca.pem")))
    assert [authority.der] == context.get_ca_certs(binary_form=True)


def test_the_key_may_be_in_the_file_of_the_certificate(tmp_path: Path, made: Made) -> None:
    make_context(config(cert_file=made.save(tmp_path / "both.pem")))
    (tmp_path / "cert.pem").write_bytes(made.certificate_pem)
    (tmp_path / "key.pem").write_bytes(made.key_pem)
    make_context(config(cert_file=tmp_path / "cert.pem", key_file=tmp_path / "key.pem"))


def test_a_file_that_is_missing_is_named(tmp_path: Path, made: Made) -> None:
    gone = tmp_path / "gone.pem"
    there = made.save(tmp_path / "there.pem")
    assert refusal(config(ca_file=gone)) == (
        f"ca_file {gone} cannot be read: no such file or directory"
    )
    assert refusal(config(cert_file=gone)).startswith(f"cert_file {gone} cannot be read")
    assert refusal(config(cert_file=there, key_file=gone)).startswith(f"key_file {gone} cannot be")
    assert refusal(config(key_file=there)) == (
        "key_file is a key without certificate; name it in cert_file"
    )


def test_a_file_that_holds_something_else_is_named(tmp_path: Path, made: Made) -> None:
    text = tmp_path / "text"
    text.write_text("no certificate\n")
    assert refusal(config(ca_file=text)) == f"ca_file {text} holds no certificate in PEM"
    assert refusal(config(cert_file=text)) == (
        f"cert_file {text} and its key are not both there in PEM"
    )


def test_the_key_of_another_certificate_is_refused(tmp_path: Path, made: Made) -> None:
    (tmp_path / "cert.pem").write_bytes(made.certificate_pem)
    (tmp_path / "key.pem").write_bytes(make().key_pem)
    assert refusal(config(cert_file=tmp_path / "cert.pem", key_file=tmp_path / "key.pem")) == (
        f"key_file {tmp_path}/key.pem is not the key of the certificate in {tmp_path}/cert.pem"
    )


def test_a_key_with_a_password_does_not_wait_for_somebody_to_type_it(
    tmp_path: Path, made: Made
) -> None:
    locked = made.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    both = tmp_path / "both.pem"
    both.write_bytes(locked + made.certificate_pem)
    assert "has a password, which nobody is there to type" in refusal(config(cert_file=both))
