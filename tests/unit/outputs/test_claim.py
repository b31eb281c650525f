from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import OutputError
from smtpids.outputs.claim import NAME_CHARS, claim, folder_name

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["siem", "a/b", "a_b", "a:b", "..", ".", "", "é", "ü", "a" * 200, "a" * 201, "\udc80"]


def test_a_plain_name_is_the_folder() -> None:
    assert folder_name("siem-1.example_b") == "siem-1.example_b"


def test_every_name_has_a_folder_of_its_own_that_is_safe() -> None:
    folders = [folder_name(name) for name in NAMES]
    assert sorted(set(folders)) == sorted(folders)
    for folder in folders:
        assert "/" not in folder
        assert folder.strip(".")
        assert len(folder) <= NAME_CHARS + 9
        folder.encode("ascii")


def test_a_claim_holds_until_it_is_given_back(tmp_path: Path) -> None:
    held = claim(tmp_path / "lock")
    with pytest.raises(OutputError, match="is in use by another process"):
        claim(tmp_path / "lock")
    os.close(held)
    os.close(claim(tmp_path / "lock"))
