"""The web configuration in use follows its files."""

from __future__ import annotations

import logging
import os
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from smtpids.errors import ConfigSetError
from smtpids.metrics.web import Web, load
from smtpids.metrics.webconfig import CIPHERS, CURVES
from tests.support.certificates import Made, make

if TYPE_CHECKING:
    from pathlib import Path

HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
TLS = "tls_server_config: {cert_file: a.pem, key_file: a.pem"


def written(folder: Path, text: str) -> str:
    path = folder / "web.yml"
    path.write_text(text)
    return str(path)


def context_of(folder: Path, more: str = "") -> ssl.SSLContext:
    make(names=("127.0.0.1",)).save(folder / "a.pem")
    context = load(written(folder, f"{TLS}{more}}}")).context
    assert context is not None
    return context


def test_without_tls_there_is_no_context(tmp_path: Path) -> None:
    assert load(written(tmp_path, f"basic_auth_users: {{a: {HASH}}}")).context is None


def test_tls_begins_at_1_2_as_the_toolkit_does(tmp_path: Path) -> None:
    context = context_of(tmp_path)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.maximum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_mode is ssl.CERT_NONE
    assert context.options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_versions_suites_and_policy_are_as_written(tmp_path: Path) -> None:
    suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    context = context_of(
        tmp_path,
        f", max_version: TLS12, cipher_suites: [{suite}], prefer_server_cipher_suites: false,"
        " client_auth_type: VerifyClientCertIfGiven, client_ca_file: a.pem",
    )
    assert context.maximum_version is ssl.TLSVersion.TLSv1_2
    names = {told["name"] for told in context.get_ciphers() if told["protocol"] != "TLSv1.3"}
    assert names == {CIPHERS[suite]}
    assert context.verify_mode is ssl.CERT_OPTIONAL
    assert not context.options & ssl.OP_CIPHER_SERVER_PREFERENCE


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_is_one_that_openssl_has(tmp_path: Path, curve: str) -> None:
    context_of(tmp_path, f", curve_preferences: [{curve}]")


@pytest.mark.parametrize("suite", [name for name, ours in CIPHERS.items() if ours])
def test_every_suite_is_one_that_openssl_has(tmp_path: Path, suite: str) -> None:
    names = [
        told["name"] for told in context_of(tmp_path, f", cipher_suites: [{suite}]").get_ciphers()
    ]
    assert CIPHERS[suite] in names


def with_passphrase(certificate: Made) -> bytes:
    return certificate.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )


def test_what_is_wrong_with_the_files_is_told_at_their_section(tmp_path: Path) -> None:
    first, second = make(), make()
    first.save(tmp_path / "a.pem")
    second.save(tmp_path / "b.pem")
    (tmp_path / "text.pem").write_text("hello\n")
    (tmp_path / "locked.pem").write_bytes(with_passphrase(first))
    said = {}
    for name, keys in {
        "missing": "cert_file: gone.pem, key_file: a.pem",
        "mixed": "cert_file: a.pem, key_file: b.pem",
        "text": "cert_file: text.pem, key_file: a.pem",
        "locked": "cert_file: a.pem, key_file: locked.pem",
        "authority": "cert_file: a.pem, key_file: a.pem, client_ca_file: text.pem,"
        " client_auth_type: RequireAndVerifyClientCert",
    }.items():
        with pytest.raises(ConfigSetError) as told:
            load(written(tmp_path, f"tls_server_config: {{{keys}}}"))
        said[name] = (
            str(told.value).replace(str(tmp_path), "").removeprefix("/web.yml:1:1: error: ")
        )
    assert said == {
        "missing": "/gone.pem cannot be read: no such file or directory",
        "mixed": "cert_file and key_file do not belong together",
        "text": "cert_file or key_file is no PEM with a certificate and its key",
        "locked": "key_file has a passphrase; write the key without one",
        "authority": "client_ca_file holds no certificate in PEM",
    }


def test_a_change_is_taken_up(tmp_path: Path) -> None:
    path = written(tmp_path, f"basic_auth_users: {{a: {HASH}}}")
    web = Web(path)
    before = web.serving()
    assert web.serving() is before
    written(tmp_path, f"basic_auth_users: {{a: {HASH}, b: {HASH}}}")
    assert set(web.serving().config.users) == {"a", "b"}


def test_a_faulty_change_is_told_once_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    web = Web(written(tmp_path, f"basic_auth_users: {{a: {HASH}}}"))
    written(tmp_path, "basic_auth_users: {a: s3cr3t}")
    with caplog.at_level(logging.ERROR):
        assert [set(web.serving().config.users) for _ in range(3)] == [{"a"}] * 3
    assert len(caplog.records) == 1
    assert "stays in use" in caplog.text
    assert "s3cr3t" not in caplog.text
    written(tmp_path, "")
    assert web.serving().config.users == {}


def test_a_file_that_is_gone_leaves_what_was(tmp_path: Path) -> None:
    path = written(tmp_path, f"basic_auth_users: {{a: {HASH}}}")
    web = Web(path)
    os.remove(path)  # noqa: PTH107 - a plain path
    assert set(web.serving().config.users) == {"a"}


def test_a_certificate_is_read_again_when_it_changed(tmp_path: Path) -> None:
    make().save(tmp_path / "a.pem")
    web = Web(written(tmp_path, f"{TLS}}}"))
    web.serving()
    before = web.serving().context
    assert web.serving().context is before
    make().save(tmp_path / "a.pem")
    os.utime(tmp_path / "a.pem", ns=(1, 1))
    assert web.serving().context is not before
