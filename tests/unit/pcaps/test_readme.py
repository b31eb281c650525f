"""The captures, their table in `pcaps/README.md`, and what `pcaps/expected.yml` says of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PCAPS = Path(__file__).parents[3] / "pcaps"
CAPTURES = sorted(path.name for path in PCAPS.iterdir() if ".pcap" in path.name)
EXPECTED: dict[str, Any] = yaml.safe_load((PCAPS / "expected.yml").read_text())
SECRETS = (PCAPS / "secrets.txt").read_text().split()
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|.*\| (?P<packets>\d+) \|.*\| `(?P<sha256>\w{64})` \|$")
ROWS = {
    match["file"]: match
    for line in (PCAPS / "README.md").read_text().splitlines()
    if (match := ROW.match(line))
}


def plain(name: str) -> bytes:
    octets = (PCAPS / name).read_bytes()
    if name.endswith(".gz"):
        return gzip.decompress(octets)
    return zstd.decompress(octets) if name.endswith(".zst") else octets


def test_every_capture_has_a_row_and_every_row_a_capture() -> None:
    assert sorted(ROWS) == CAPTURES


def test_every_capture_has_an_entry_of_facts_and_every_entry_a_capture() -> None:
    assert sorted(EXPECTED) == CAPTURES


@pytest.mark.parametrize("name", CAPTURES)
def test_the_hash_in_the_row_and_in_the_entry_is_that_of_the_file(name: str) -> None:
    digest = hashlib.sha256((PCAPS / name).read_bytes()).hexdigest()
    assert (ROWS[name]["sha256"], EXPECTED[name]["sha256"]) == (digest, digest)


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_is_small(name: str) -> None:
    assert (PCAPS / name).stat().st_size < 100_000


@pytest.mark.parametrize("name", CAPTURES)
def test_the_name_says_the_format(name: str) -> None:
    pcapng = plain(name).startswith(b"\x0a\x0d\x0d\x0a")
    assert pcapng == (".pcapng" in name)


@pytest.mark.parametrize("name", CAPTURES)
def test_a_session_whose_letters_are_in_tls_shows_no_address(name: str) -> None:
    hidden = all(not session["in_clear"] for session in EXPECTED[name]["sessions"])
    shown = re.search(rb"(?i)(mail from|rcpt to):<[^>]", plain(name)) is not None
    assert not (hidden and shown)


@pytest.mark.parametrize("name", CAPTURES)
def test_the_senders_of_letters_in_clear_are_in_the_capture(name: str) -> None:
    octets = plain(name).lower()
    senders = {
        letter["mail_from"]
        for session in EXPECTED[name]["sessions"]
        for letter in session["messages"]
        if session["in_clear"]
    }
    assert [each for each in senders if f"from:<{each}>".encode() not in octets] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_every_listed_secret_is_in_some_capture(secret: str) -> None:
    assert any(_has(plain(name), secret) for name in CAPTURES)


def test_only_files_of_this_folder_are_beside_the_captures() -> None:
    others = {path.name for path in PCAPS.iterdir()} - set(CAPTURES) - {"__pycache__"}
    assert others == {"README.md", "expected.yml", "record", "secrets.txt"}


def _has(octets: bytes, secret: str) -> bool:
    """Whether the secret is there as base64, at any of the three offsets that it can have."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode())
        # the first and last groups mix with what stands around the secret
        middle = encoded.rstrip(b"=")[4 if before else 0 : -2]
        if middle in octets:
            return True
    return False
