from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.errors import ConfigSetError
from smtpids.settings import load
from smtpids.settings.privacy import LEAST_KEY_OCTETS, MOST_KEY_OCTETS, key_of

if TYPE_CHECKING:
    from pathlib import Path

ADVICE = "make one with 'head -c 32 /dev/urandom > privacy.key'"


def site(folder: Path, *lines: str) -> str:
    path = folder / "site.yml"
    path.write_text("privacy:\n" + "".join(f"  {line}\n" for line in lines))
    return str(path)


def fault(path: str) -> str:
    with pytest.raises(ConfigSetError) as raised:
        key_of(load(path, {}))
    (only,) = raised.value.errors
    return str(only)


def test_without_hashes_no_key_is_read(tmp_path: Path) -> None:
    assert key_of(load(None, {})) == b""
    path = site(tmp_path, "addresses: mask", "key_file: nowhere")
    assert key_of(load(path, {})) == b""


def test_the_key_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "the.key").write_bytes(bytes(range(LEAST_KEY_OCTETS)))
    path = site(tmp_path, "subjects: hash", "key_file: the.key")
    assert key_of(load(path, {})) == bytes(range(LEAST_KEY_OCTETS))


def test_the_environment_may_name_it(tmp_path: Path) -> None:
    (tmp_path / "the.key").write_bytes(b"k" * 32)
    variables = {
        "SMTPIDS_PRIVACY_ADDRESSES": "hash",
        "SMTPIDS_PRIVACY_KEY_FILE": str(tmp_path / "the.key"),
    }
    assert key_of(load(None, variables)) == b"k" * 32


def test_a_key_that_is_not_named_is_told_at_the_setting_that_needs_it(tmp_path: Path) -> None:
    path = site(tmp_path, "subjects: mask", "addresses: hash")
    what = "'privacy.addresses' is hash and 'privacy.key_file' is not set"
    assert fault(path) == f"{path}:3: error: {what}; {ADVICE} and name it there"


def test_hashes_asked_for_by_an_option_have_no_place() -> None:
    settings = load(None, {}).overridden({"privacy.subjects": "hash"})
    with pytest.raises(ConfigSetError, match=r"^'privacy.subjects' is hash and"):
        key_of(settings)


def test_a_key_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    path = site(tmp_path, "addresses: hash", "key_file: the.key")
    what = f"the key {tmp_path / 'the.key'} cannot be read: no such file or directory"
    assert fault(path) == f"{path}:3: error: {what}; {ADVICE}"


@pytest.mark.parametrize("octets", [0, LEAST_KEY_OCTETS - 1, MOST_KEY_OCTETS + 1])
def test_a_key_of_a_wrong_size_is_refused(tmp_path: Path, octets: int) -> None:
    (tmp_path / "the.key").write_bytes(b"k" * octets)
    path = site(tmp_path, "addresses: hash", "key_file: the.key")
    what = f"the key {tmp_path / 'the.key'} is not from 16 to 4096 octets long"
    assert fault(path) == f"{path}:3: error: {what}; {ADVICE}"
