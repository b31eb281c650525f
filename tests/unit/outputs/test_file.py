from __future__ import annotations

import os
import resource
import signal
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import ExitCode, OutputError
from smtpids.outputs.entry import Entry
from smtpids.outputs.file import LOOK_SECONDS, FileOutput

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """Seconds that grow only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self) -> None:
        self.now += LOOK_SECONDS


@contextmanager
def limit(kind: int, most: int) -> Iterator[None]:
    """Let the system refuse what goes beyond a limit of this process."""
    before = resource.getrlimit(kind)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(kind, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_records_are_appended_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_bytes(b"old\n")
    output = FileOutput(path)
    output.write(Entry(b"new\n"))
    assert path.read_bytes() == b"old\nnew\n"
    output.close()


def test_what_a_killed_process_left_of_a_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_bytes(b'{"whole": 1}\n{"tor')
    output = FileOutput(path)
    output.write(Entry(b"new\n"))
    output.write(Entry(b"next\n"))
    assert path.read_bytes() == b'{"whole": 1}\nnew\nnext\n'
    output.close()


def test_after_what_another_left_without_its_end_a_line_begins(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    output = FileOutput(path)
    output.write(Entry(b"new\n"))
    with path.open("ab") as another:
        another.write(b"part")
    output.reopen()
    output.write(Entry(b"last\n"))
    assert path.read_bytes() == b"new\npart\nlast\n"
    output.close()


def test_a_pipe_has_no_line_to_look_at(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    output = FileOutput(path)
    output.write(Entry(b"new\n"))
    assert os.read(reader, 100) == b"new\n"
    output.close()
    os.close(reader)


def test_a_new_file_is_not_for_everybody_to_read(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    before = os.umask(0)
    try:
        FileOutput(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_two_writers_do_not_overwrite_each_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    first, second = FileOutput(path), FileOutput(path)
    first.write(Entry(b"1\n"))
    second.write(Entry(b"2\n"))
    first.write(Entry(b"3\n"))
    assert path.read_bytes() == b"1\n2\n3\n"
    first.close()
    second.close()


def test_a_path_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "alerts.json"
    with pytest.raises(OutputError) as caught:
        FileOutput(path)
    assert str(caught.value) == (
        f"cannot write {path}: no such file or directory; create the folder or name another file"
    )
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a directory; name a file in it"):
        FileOutput(tmp_path)


def test_reopen_begins_a_new_file_after_rotation(tmp_path: Path) -> None:
    path, old = tmp_path / "alerts.json", tmp_path / "alerts.json.1"
    output = FileOutput(path, clock=Clock())
    output.write(Entry(b"1\n"))
    path.rename(old)
    output.write(Entry(b"2\n"))
    output.reopen()
    output.write(Entry(b"3\n"))
    assert old.read_bytes() == b"1\n2\n"
    assert path.read_bytes() == b"3\n"
    output.close()


def test_a_moved_file_is_begun_anew_at_the_second_look(tmp_path: Path) -> None:
    """At the first, whoever moved it may be about to make the next one."""
    path, old, clock = tmp_path / "alerts.json", tmp_path / "alerts.json.1", Clock()
    output = FileOutput(path, clock=clock)
    for _ in range(2):
        path.rename(old)
        output.write(Entry(b"1\n"))
        clock.pass_by()
        output.write(Entry(b"2\n"))
        assert not path.exists()
        clock.pass_by()
        output.write(Entry(b"3\n"))
        assert (path.read_bytes(), old.read_bytes()) == (b"3\n", b"1\n2\n")
        path.write_bytes(b"")
    assert (output.delivered, output.lost) == (6, 0)
    output.close()


def test_a_removed_file_is_begun_anew_at_the_first_look(tmp_path: Path) -> None:
    """What is written to it can never be read."""
    path, clock = tmp_path / "alerts.json", Clock()
    output = FileOutput(path, clock=clock)
    path.unlink()
    clock.pass_by()
    output.write(Entry(b"1\n"))
    assert path.read_bytes() == b"1\n"
    output.close()


def test_a_file_that_another_took_the_place_of_is_noticed(tmp_path: Path) -> None:
    path, clock = tmp_path / "alerts.json", Clock()
    output = FileOutput(path, clock=clock)
    path.rename(tmp_path / "alerts.json.1")
    path.write_bytes(b"fresh\n")
    clock.pass_by()
    output.write(Entry(b"1\n"))
    assert path.read_bytes() == b"fresh\n1\n"
    output.close()


def test_a_file_in_its_place_is_not_opened_again(tmp_path: Path) -> None:
    clock = Clock()
    output = FileOutput(tmp_path / "alerts.json", clock=clock)
    with limit(resource.RLIMIT_NOFILE, 0):  # from here on, opening fails
        clock.pass_by()
        output.write(Entry(b"1\n"))
    assert (output.delivered, output.errors) == (1, {})
    output.close()


def test_a_folder_that_vanished_loses_records_until_it_is_back(tmp_path: Path) -> None:
    folder, clock = tmp_path / "log", Clock()
    folder.mkdir()
    path = folder / "alerts.json"
    output = FileOutput(path, clock=clock)
    path.unlink()
    folder.rmdir()
    clock.pass_by()
    output.write(Entry(b"1\n"))
    output.write(Entry(b"2\n"))
    folder.mkdir()
    output.write(Entry(b"3\n"))
    clock.pass_by()
    output.write(Entry(b"4\n"))
    assert path.read_bytes() == b"4\n"
    assert (output.delivered, output.lost) == (1, 3)
    assert output.errors == {"ENOENT": 1}
    output.close()


def test_a_rotation_whose_new_file_cannot_be_made_stays_with_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    path = folder / "alerts.json"
    output = FileOutput(path, clock=Clock())
    moved = tmp_path / "moved"
    folder.rename(moved)
    output.reopen()
    output.write(Entry(b"1\n"))
    assert (moved / "alerts.json").read_bytes() == b"1\n"
    assert (output.delivered, output.lost) == (1, 0)
    assert output.last_error.startswith(f"cannot write {path}: no such file or directory")
    output.close()


def test_a_full_disk_is_counted_and_the_next_record_begins_on_its_own_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "alerts.json"
    output = FileOutput(path, clock=Clock())
    with limit(resource.RLIMIT_FSIZE, 10):  # as a full disk would refuse
        output.write(Entry(b"1234567\n"))
        output.write(Entry(b"abcdefg\n"))
        output.write(Entry(b"more\n"))
    output.write(Entry(b"after\n"))
    assert path.read_bytes() == b"1234567\nab\nafter\n"
    assert (output.delivered, output.lost) == (2, 2)
    assert output.errors == {"EFBIG": 2}
    output.close()


def test_a_broken_target_is_opened_again_after_a_second(tmp_path: Path) -> None:
    pipe, clock = tmp_path / "pipe", Clock()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    output = FileOutput(pipe, clock=clock)
    os.close(reader)
    output.write(Entry(b"1\n"))
    output.write(Entry(b"2\n"))
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    clock.pass_by()
    output.write(Entry(b"3\n"))
    assert os.read(reader, 100) == b"3\n"
    assert (output.delivered, output.lost) == (1, 2)
    assert output.errors == {"EPIPE": 1}
    os.close(reader)
    output.close()


def writes_of_this_thread() -> int:
    """Return how many write calls the kernel has counted."""
    counts = dict(
        line.split(": ") for line in Path("/proc/thread-self/io").read_text().split("\n")[:-1]
    )
    return int(counts["syscw"])


def test_each_record_is_one_write(tmp_path: Path) -> None:
    output = FileOutput(tmp_path / "alerts.json", clock=Clock())
    before = writes_of_this_thread()
    output.write(Entry(b"x" * 100_000 + b"\n"))
    output.write(Entry(b"second\n"))
    assert writes_of_this_thread() - before == 2
    output.close()
