from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.version import read_revision

if TYPE_CHECKING:
    from pathlib import Path


def test_the_revision_is_what_the_build_has_noted(tmp_path: Path) -> None:
    (tmp_path / "revision.txt").write_text("3f1c2b9e\n")
    assert read_revision(tmp_path) == "3f1c2b9e"


def test_without_a_note_that_can_be_read_there_is_no_revision(tmp_path: Path) -> None:
    assert read_revision(tmp_path) == ""
    (tmp_path / "revision.txt").write_bytes(b"\xff\n")
    assert read_revision(tmp_path) == ""
