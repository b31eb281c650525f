from __future__ import annotations

import ssl

import pytest

from smtpids.tls.names import (
    CIPHERS,
    VERSION_WORDS,
    VERSIONS,
    alert_name,
    cipher_class,
    cipher_name,
    highest,
    is_grease,
    version_word,
)


def test_every_version_has_a_word() -> None:
    assert VERSIONS.keys() == VERSION_WORDS.keys()


def test_every_suite_that_this_python_offers_for_certificates_has_a_name() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    suites = {int(str(suite["id"])) & 0xFFFF for suite in context.get_ciphers()}
    assert suites <= CIPHERS.keys()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x1301, "TLS_AES_128_GCM_SHA256"),
        (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
        (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        (0xFEFE, "0xfefe"),
    ],
)
def test_a_suite_is_shown_by_name_or_number(number: int, name: str) -> None:
    assert cipher_name(number) == name


def test_unknown_alerts_and_versions_are_shown_as_numbers() -> None:
    assert (alert_name(48), alert_name(200)) == ("unknown_ca", "200")
    assert (version_word(0x0300), version_word(0x7F1C)) == ("ssl3", "0x7f1c")


def test_the_sixteen_numbers_that_mean_nothing_are_known() -> None:
    assert [n for n in range(0x10000) if is_grease(n)] == [
        high * 0x1010 + 0x0A0A for high in range(16)
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TLS_RSA_WITH_NULL_SHA", "null"),
        ("TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", "export"),
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "anonymous"),
        ("TLS_RSA_WITH_RC4_128_SHA", "rc4"),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "3des"),
        ("TLS_RSA_WITH_DES_CBC_SHA", "des"),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "cbc"),
        ("TLS_AES_128_GCM_SHA256", "aead"),
        ("TLS_CHACHA20_POLY1305_SHA256", "aead"),
        ("0xfefe", "other"),
        ("", ""),
    ],
)
def test_a_suite_is_of_the_class_of_its_weakest_part(name: str, kind: str) -> None:
    assert kind == cipher_class(name)


def test_the_highest_version_is_found_in_any_order_and_grease_is_none() -> None:
    lists = [["0x1a1a", "1.2", "1.3"], ["ssl3", "1.0"], ["0x1a1a"], []]
    assert [highest(words) for words in lists] == ["1.3", "1.0", "", ""]
