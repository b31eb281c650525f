from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import OutputError
from smtpids.outputs.http.secret import MOST_OCTETS, Secret
from tests.support.http_server import config_of

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "https://siem/"


def test_without_files_the_receiver_is_told_nothing() -> None:
    secret = Secret(config_of(TARGET, username="alice"), "Bearer")
    assert (secret.header, secret.hide("alice"), secret.renew()) == ("", "alice", False)


@pytest.mark.parametrize(("mode", "told"), [(0o644, 1), (0o640, 0), (0o600, 0)])
def test_a_secret_that_everybody_may_read_is_warned_of_at_the_start(
    mode: int, told: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "token"
    path.write_text("secret")
    path.chmod(mode)
    for files in ({"token_file": str(path)}, {"username": "alice", "password_file": str(path)}):
        caplog.clear()
        config = config_of(TARGET, **files)
        Secret(config, "Bearer")
        said = f"output {config.name}: everybody may read {path}; chmod o-r it"
        assert [record.getMessage() for record in caplog.records] == [said] * told


def test_a_token_stands_behind_the_word_of_the_dialect(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  c2VjcmV0==\r\n")
    secret = Secret(config_of(TARGET, token_file=str(path)), "ApiKey")
    assert secret.header == "ApiKey c2VjcmV0=="
    assert secret.hide("no c2VjcmV0== here") == "no *** here"


def test_a_user_and_a_password_are_basic(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("pä ss:word\n", encoding="utf-8")
    secret = Secret(config_of(TARGET, username="alice", password_file=str(path)), "ApiKey")
    pair = base64.b64encode("alice:pä ss:word".encode()).decode()
    assert secret.header == f"Basic {pair}"
    assert secret.hide(f"{pair} pä ss:word") == "*** ***"


def test_a_token_goes_before_a_password(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("abc")
    config = config_of(TARGET, token_file=str(path), username="a", password_file=str(path))
    assert Secret(config, "Splunk").header == "Splunk abc"


def test_another_secret_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old")
    secret = Secret(config_of(TARGET, token_file=str(path)), "Bearer")
    assert secret.renew() is False
    path.write_text("new")
    assert (secret.renew(), secret.header, secret.hide("new")) == (True, "Bearer new", "***")


@pytest.mark.parametrize("octets", [None, b"", b"\n", b"two\nlines", b"\xff", b"x" * 70_000])
def test_a_file_that_holds_no_secret_later_leaves_the_old_one(
    tmp_path: Path, octets: bytes | None
) -> None:
    path = tmp_path / "token"
    path.write_text("old")
    secret = Secret(config_of(TARGET, token_file=str(path)), "Bearer")
    path.unlink() if octets is None else path.write_bytes(octets)
    assert (secret.renew(), secret.header) == (False, "Bearer old")


@pytest.mark.parametrize(
    "octets", [b"", b" \n", b"two\nlines", b"\xff\xfe", b"nul\0", b"x" * (MOST_OCTETS + 1)]
)
def test_a_file_that_holds_no_secret_is_told_at_once_without_what_it_holds(
    tmp_path: Path, octets: bytes
) -> None:
    path = tmp_path / "token"
    path.write_bytes(octets)
    with pytest.raises(OutputError) as caught:
        Secret(config_of(TARGET, token_file=str(path)), "Bearer")
    told = f"token_file {path} holds no secret; write it there as one line of text"
    assert str(caught.value) == told


def test_a_token_that_no_header_can_hold_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("tökén", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        Secret(config_of(TARGET, token_file=str(path)), "Bearer")
    assert str(caught.value) == f"{path}: a token has no other letters than those of ASCII"


def test_a_file_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "none"
    with pytest.raises(OutputError, match=r"^password_file .*none cannot be read: no such file"):
        Secret(config_of(TARGET, username="a", password_file=str(path)), "Bearer")
