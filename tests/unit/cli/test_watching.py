from __future__ import annotations

import os
from queue import SimpleQueue
from typing import TYPE_CHECKING

from smtpids.cli.watching import Changes, Watcher, state_of

if TYPE_CHECKING:
    from pathlib import Path


def test_files_that_are_named_and_yaml_in_folders_are_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    for name in ("a.yml", "deep/b.yaml", "notes.txt", ".hidden.yml", ".git/c.yml"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    config = tmp_path / "site.conf"
    config.write_text("x")
    found = state_of([str(config), str(folder), str(tmp_path / "gone.yml")])
    assert set(found) == {str(config), str(folder / "a.yml"), str(folder / "deep" / "b.yaml")}


def test_a_change_counts_when_it_has_come_to_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("1")
    changes = Changes(lambda: [str(tmp_path)])
    assert changes.look() is False
    path.write_text("12")
    assert changes.look() is False
    path.write_text("123")  # still being written
    assert changes.look() is False
    assert [changes.look() for _ in range(3)] == [True, False, False]


def test_a_file_that_comes_goes_or_is_replaced_is_a_change(tmp_path: Path) -> None:
    path, other = tmp_path / "a.yml", tmp_path / "b.yml"
    path.write_text("1")
    changes = Changes(lambda: [str(tmp_path)])

    def is_change() -> list[bool]:
        return [changes.look(), changes.look()]

    other.write_text("2")
    assert is_change() == [False, True]
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    os.utime(other, ns=times)
    assert is_change() == [False, True]
    other.replace(path)  # the same size and time, another inode
    os.utime(path, ns=times)
    assert is_change() == [False, True]
    path.unlink()
    assert is_change() == [False, True]


def test_what_is_undone_before_it_came_to_rest_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    changes = Changes(lambda: [str(tmp_path)])
    path.write_text("1")
    assert changes.look() is False
    path.unlink()
    assert [changes.look() for _ in range(3)] == [False, False, False]


def test_the_watcher_calls_once_for_a_change_and_ends(tmp_path: Path) -> None:
    called: SimpleQueue[bool] = SimpleQueue()
    changes = Changes(lambda: [str(tmp_path)])
    with Watcher(changes, lambda: called.put(True), interval=0.01):
        (tmp_path / "a.yml").write_text("1")
        assert called.get(timeout=20)
    assert called.empty()
