"""The web configuration as operators write it, and as they write it wrongly."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.errors import ConfigSetError, ExitCode
from smtpids.metrics.webconfig import CIPHERS, WebConfig, read_web_config

HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
TLS = "tls_server_config: {cert_file: a.crt, key_file: a.key"
WHOLE = f"""\
tls_server_config:
  cert_file: tls/server.crt
  key_file: /etc/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites:
    - TLS_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP384]
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  alice: {HASH}
  bob: '{HASH}'
rate_limit:
  interval: "500ms"
  burst: 20
"""


def read(folder: Path, text: str) -> WebConfig:
    path = folder / "web.yml"
    path.write_text(text)
    return read_web_config(str(path))


def faults(folder: Path, text: str) -> list[str]:
    """Return what is said of a file, without its path."""
    with pytest.raises(ConfigSetError) as told:
        read(folder, text)
    assert told.value.exit_code is ExitCode.RULES
    return [str(fault).replace(f"{folder}/", "") for fault in told.value.errors]


def test_every_key_of_the_format_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    tls = found.tls
    assert tls is not None
    assert tls.files == (
        f"{tmp_path}/tls/server.crt",
        "/etc/server.key",
        f"{tmp_path}/ca.crt",
    )
    assert (tls.min_version, tls.max_version) == ("TLS12", "TLS13")
    assert tls.ciphers == ("ECDHE-RSA-AES256-GCM-SHA384",)
    assert (tls.curve, tls.servers_choice) == ("secp384r1", False)
    assert tls.client_allowed_sans == ("prometheus.example",)
    assert found.users == {"alice": HASH, "bob": HASH}
    assert found.headers == {
        "X-Frame-Options": "deny",
        "Strict-Transport-Security": "max-age=31536000",
    }
    assert (found.burst, found.a_second) == (20, 2.0)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "basic_auth_users:\n", "basic_auth_users: {}", "rate_limit: {}"]
)
def test_what_says_nothing_changes_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == WebConfig()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"basic_auth_users: {{a: {HASH}}}", False),
        (f"{TLS}}}", True),
        (f"{TLS}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca}}", True),
        (f"{TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca}}", False),
    ],
)
def test_it_is_known_whether_everybody_may_read(tmp_path: Path, text: str, expected: bool) -> None:
    assert read(tmp_path, text).is_open is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("basic_auth_usres: {}", ("1:1: error: unknown key of a web configuration"
         " 'basic_auth_usres', did you mean 'basic_auth_users'?")),
        ("[a]", ("1:1: error: a web configuration has keys: tls_server_config, http_server_config,"
         " basic_auth_users, rate_limit")),
        ("--- {}\n--- {}", "2:5: error: a web configuration is one document; remove the '---'"),
        ("tls_server_config: {}", "1:1: error: TLS needs 'cert_file'; name a file in PEM"),
        (f"{TLS}, cert_flie: x}}", ("1:56: error: unknown key of 'tls_server_config' 'cert_flie',"
         " did you mean 'cert_file'?")),
        (f"{TLS}, key: x}}", "1:56: error: 'key' in the file itself is not read; write key_file"),
        (f"{TLS}, client_auth_type: RequireAnyClientCert}}", ("1:56: error: 'RequireAnyClientCert'"
         " believes any certificate; write RequireAndVerifyClientCert or NoClientCert")),
        (f"{TLS}, client_auth_type: Requireandverify, client_ca_file: x}}", ("1:74: error: unknown"
         " value of 'client_auth_type' 'Requireandverify', did you mean"
         " 'RequireAndVerifyClientCert'?; one of NoClientCert, VerifyClientCertIfGiven,"
         " RequireAndVerifyClientCert")),
        (f"{TLS}, client_auth_type: RequireAndVerifyClientCert}}", ("1:56: error:"
         " 'RequireAndVerifyClientCert' needs client_ca_file, the authority of the clients")),
        (f"{TLS}, client_ca_file: x}}", ("1:56: error: this needs client_auth_type, such as"
         " RequireAndVerifyClientCert")),
        (f"{TLS}, client_allowed_sans: [x]}}", ("1:56: error: this needs client_auth_type:"
         " RequireAndVerifyClientCert")),
        (f"{TLS}, min_version: TLS10}}",
         "1:69: error: this version is broken; write TLS12 or TLS13"),
        (f"{TLS}, min_version: TLS13, max_version: TLS12}}",
         "1:56: error: min_version is above max_version"),
        (f"{TLS}, cipher_suites: [RC4]}}",
         "1:72: error: unknown cipher suite 'RC4'"),
        (f"{TLS}, cipher_suites: TLS}}", "1:71: error: 'cipher_suites' takes a list of words"),
        (f"{TLS}, curve_preferences: [X25519, CurveP256]}}",
         ("1:84: error: only one curve can be set"
         " here; keep one, or remove the key for all")),
        (f"{TLS}, curve_preferences: [x25519]}}",
         "1:76: error: unknown curve 'x25519', did you mean 'X25519'?"),
        (f"{TLS}, prefer_server_cipher_suites: 1}}",
         "1:85: error: 'prefer_server_cipher_suites' is true or false"),
        ("http_server_config: {http2: maybe}", "1:29: error: 'http2' is true or false"),
        ("http_server_config: {headers: {X-Powered-By: x}}",
         "1:32: error: unknown key of 'headers' 'X-Powered-By'"),
        ("http_server_config: {headers: {X-Frame-Options: allow}}",
         "1:49: error: 'X-Frame-Options' is one of deny, sameorigin"),
        ('http_server_config: {headers: {X-XSS-Protection: "a\\r\\nSet-Cookie: b"}}',
         "1:50: error: 'X-XSS-Protection' takes one line of ASCII"),
        ("basic_auth_users: [ann]",
         "1:19: error: 'basic_auth_users' has a name and a bcrypt hash on each line"),
        ("basic_auth_users: {ann: s3cr3t}", ("1:20: error: what 'ann' has is no bcrypt hash;"
         " 'htpasswd -nBC 10 NAME' makes one")),
        (f"basic_auth_users: {{ann: {HASH.replace('10', '15')}}}", ("1:20: error: the hash of 'ann'"
         " has cost 15, which takes too long; make it with 14 at most")),
        (f"basic_auth_users: {{'a:b': {HASH}}}",
         "1:20: error: the name of a user is not empty and has no colon"),
        ("rate_limit: {interval: soon, burst: 1}",
         "1:14: error: 'interval' takes a time such as 500ms or 1s"),
        ("rate_limit: {interval: 1s}", "1:13: error: 'burst' takes a number above 0, such as 20"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    assert faults(tmp_path, text)[0] == f"web.yml:{said}"


@pytest.mark.parametrize(
    "text",
    [
        "basic_auth_users: {ann: s3cr3t}",
        "basic_auth_users: {ann: [s3cr3t]}",
        "basic_auth_users: s3cr3t",
        "basic_auth_users: {ann: !!int s3cr3t}",
        "basic_auth_users:\n  ann: s3cr3t: x\n",
        "basic_auth_users:\n  ann: !odd s3cr3t\n",
        "rate_limit: {interval: s3cr3t}",
        "http_server_config: {headers: {X-Frame-Options: s3cr3t}}",
    ],
)
def test_no_message_repeats_a_value(tmp_path: Path, text: str) -> None:
    path = tmp_path / "web.yml"
    path.write_text(text)
    with pytest.raises(ConfigSetError) as told:
        read_web_config(str(path))
    assert "s3cr3t" not in str(told.value)
    assert all(fault.secret for fault in told.value.errors)


def test_all_faults_are_told_in_order(tmp_path: Path) -> None:
    told = faults(tmp_path, f"a: 1\nbasic_auth_users: {{x: y}}\n{TLS}, b: 1}}\n")
    assert [line.split(":")[1] for line in told] == ["1", "2", "3"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigSetError, match=r"gone\.yml: error: cannot be read: no such file"):
        read_web_config(str(tmp_path / "gone.yml"))
    path = tmp_path / "web.yml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigSetError, match="2: error: this line is not UTF-8"):
        read_web_config(str(path))
    path.write_bytes(b"#" * 100_000)
    with pytest.raises(ConfigSetError, match="is larger than 65536 octets; is it the right file"):
        read_web_config(str(path))


def test_the_suites_are_those_that_go_takes_for_secure() -> None:
    assert len(CIPHERS) == 13
    assert sum(not name for name in CIPHERS.values()) == 3


@given(st.text(max_size=60) | st.lists(st.sampled_from(WHOLE.split("\n"))).map("\n".join))
@settings(max_examples=60)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".yml") as file:
        Path(file.name).write_text(text, errors="replace")
        try:
            read_web_config(file.name)
        except ConfigSetError as error:
            assert error.errors  # noqa: PT017 - most texts are refused, not all
