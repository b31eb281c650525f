"""Which files are taken for rules; what is said of them is in test_loader.py."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smtpids.faults import Faults
from smtpids.rules.files import RuleFile, find_files, in_folder
from tests.support.rules import said, written

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path) -> list[str]:
    return sorted(path.removeprefix(f"{folder}/") for path in in_folder(folder, refused))


def refused(error: OSError) -> None:
    raise error


def test_rules_are_found_in_all_folders_and_tests_are_none(tmp_path: Path) -> None:
    for name in ("b.yml", "deep/er/a.yaml", "deep/a.test.yml", "b.test.yaml", "README.md"):
        written(tmp_path, name)
    assert found(tmp_path) == ["b.yml", "deep/er/a.yaml"]


def test_what_begins_with_a_dot_is_no_rule(tmp_path: Path) -> None:
    for name in (".a.yml", ".git/b.yml", "c.yml"):
        written(tmp_path, name)
    assert found(tmp_path) == ["c.yml"]


def test_a_link_is_found_wherever_it_leads_and_a_pipe_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "b.yml")
    assert found(tmp_path) == ["a.yml"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = written(tmp_path, "own/a.yml")
    faults = Faults()
    assert list(find_files([path, tmp_path, path.parent], faults)) == [RuleFile(path, "")]
    assert said(faults) == []


def test_a_root_that_is_not_there_does_not_hide_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, "own/a.yml")
    faults = Faults()
    assert list(find_files([tmp_path / "none", tmp_path], faults)) == [RuleFile(path, "own")]
    assert said(faults) == [f"{tmp_path}/none: error: there is no such file or folder"]
