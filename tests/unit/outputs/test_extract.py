from __future__ import annotations

import os
import resource
import signal
import stat
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from smtpids.config import Limits
from smtpids.errors import ExitCode, OutputError
from smtpids.mime import MessageReader
from smtpids.outputs.extract import Extractor, sized
from tests.support.mails import attached, multipart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def digest(octets: bytes) -> str:
    return sha256(octets).hexdigest()


def place(octets: bytes, suffix: str = "") -> str:
    """Return where octets are to lie below the folder."""
    return f"{digest(octets)[:2]}/{digest(octets)}{suffix}"


class Folder:
    """A folder for attachments, what was said of it, and what is in it."""

    def __init__(self, path: Path, **limits: int) -> None:
        self.path = path
        self.said: list[str] = []
        self.extractor = Extractor(str(path), Limits(**limits), self.said.append)

    def put(self, *pieces: bytes, whole: bool = True, known: bool = True) -> str:
        """Write one attachment; return its path below the folder."""
        spool = self.extractor.begin()
        for piece in pieces:
            spool.feed(piece)
        path = spool.end(digest(b"".join(pieces)) if known else "", whole=whole)
        return path.removeprefix(f"{self.path.absolute()}/")

    def files(self) -> dict[str, bytes]:
        """Return the content of all that lies in the folder."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() or path.is_symlink()
        }

    def skipped(self) -> dict[str, int]:
        """Return the reasons that occurred."""
        return {reason: count for reason, count in self.extractor.skipped.items() if count}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


def test_a_file_is_called_by_its_hash(folder: Folder) -> None:
    assert folder.put(b"hel", b"lo") == place(b"hello")
    assert folder.put(b"other", known=False) == place(b"other")
    assert folder.files() == {place(b"hello"): b"hello", place(b"other"): b"other"}
    assert folder.extractor.written == {"whole": 2, "part": 0, "duplicate": 0}
    assert (folder.extractor.octets, folder.extractor.open, folder.said) == (10, 0, [])


def test_the_same_content_is_stored_once(folder: Folder) -> None:
    assert folder.put(b"hello") == folder.put(b"hel", b"lo") == place(b"hello")
    assert folder.files() == {place(b"hello"): b"hello"}
    assert folder.extractor.written == {"whole": 1, "part": 0, "duplicate": 1}
    assert (folder.extractor.octets, folder.extractor.kept) == (5, 2)
    again = Folder(folder.path)
    assert again.put(b"hello") == place(b"hello")
    assert again.extractor.written == {"whole": 0, "part": 0, "duplicate": 1}


def test_the_beginning_of_an_attachment_is_not_passed_off_as_all(folder: Folder) -> None:
    assert folder.put(b"hello", whole=False, known=False) == place(b"hello", ".part")
    assert folder.put(b"hello", whole=False) == place(b"hello", ".part")
    assert folder.put(b"hello") == place(b"hello")
    assert folder.files() == {place(b"hello"): b"hello", place(b"hello", ".part"): b"hello"}
    assert folder.extractor.written == {"whole": 1, "part": 1, "duplicate": 1}


def test_an_empty_attachment_makes_no_file(folder: Folder) -> None:
    assert folder.put() == folder.put(b"") == ""
    assert (folder.files(), folder.skipped()) == ({}, {})


def test_owner_and_group_only_may_read_and_nobody_may_run(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = Folder(tmp_path / "files")
        folder.put(b"#!/bin/sh\n")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    name = digest(b"#!/bin/sh\n")
    assert modes == {"files": 0o750, name[:2]: 0o750, name: 0o640}


HOSTILE = (
    "../../x",
    "/etc/passwd",
    "..\\..\\x.exe",
    "a\0b",
    "x" * 300,
    "CON",
    "invoice\u202ecod.exe",
    ".",
    "-rf",
    "\n",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_the_wire_becomes_one_of_a_file(name: str, folder: Folder) -> None:
    reader = MessageReader(Limits(), store=folder.extractor.begin)
    reader.feed(multipart(attached(b"hello", name)))
    reader.end()
    assert folder.files() == {place(b"hello"): b"hello"}
    expected = f"{folder.path.absolute()}/{place(b'hello')}"
    assert reader.fields()["email.attachments.file.path"] == [expected]
    assert list(folder.path.parent.iterdir()) == [folder.path]


def test_of_a_large_attachment_the_beginning_is_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path, extract_file_octets=8)
    assert folder.put(b"12345678") == place(b"12345678")
    assert folder.put(b"abcde", b"fgh", b"ij", b"kl") == place(b"abcdefgh", ".part")
    assert folder.put(b"x" * 1000) == place(b"x" * 8, ".part")
    assert folder.extractor.written == {"whole": 1, "part": 2, "duplicate": 0}
    assert (folder.skipped(), folder.extractor.octets) == ({}, 24)


def test_the_octets_of_a_run_are_limited(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "files", extract_octets=10)
    assert folder.put(b"123456") == place(b"123456")
    assert folder.put(b"ab", b"cdefgh", b"ij") == ""
    assert folder.put(b"abcde") == ""
    assert folder.put(b"123456") == ""  # that it is there already is known too late
    assert folder.put(b"abcd") == place(b"abcd")
    assert folder.files() == {place(b"123456"): b"123456", place(b"abcd"): b"abcd"}
    assert (folder.skipped(), folder.extractor.lost) == ({"quota": 3}, 0)
    assert folder.extractor.octets == 10
    (said,) = folder.said
    assert said == (
        f"{tmp_path}/files: more than 10 octets of attachments in a run (--extract-quota): "
        "what goes beyond is counted only"
    )


def test_the_files_of_a_run_are_limited(tmp_path: Path) -> None:
    folder = Folder(tmp_path, extract_files=2)
    assert [bool(folder.put(octets)) for octets in (b"a", b"a", b"b", b"c")] == [
        True,
        True,
        True,
        False,
    ]
    assert folder.skipped() == {"files": 1}


def test_so_many_are_written_at_once_and_no_more(tmp_path: Path) -> None:
    folder = Folder(tmp_path, extract_open=2)
    spools = [folder.extractor.begin() for _ in range(4)]
    for number, spool in enumerate(spools):
        spool.feed(b"%d" % number)
    assert folder.extractor.open == 2
    assert [bool(spool.end("", whole=True)) for spool in spools] == [True, True, False, False]
    assert folder.skipped() == {"open_files": 2}
    assert folder.put(b"later")
    assert len(folder.said) == 1


def test_an_attachment_that_never_ends_leaves_nothing(folder: Folder) -> None:
    spool = folder.extractor.begin()
    spool.feed(b"hello")
    assert len(folder.files()) == 1
    del spool
    assert (folder.files(), folder.extractor.open, folder.extractor.octets) == ({}, 0, 0)


@pytest.mark.parametrize("target", ["file", "nothing"])
def test_a_link_in_place_of_a_file_is_not_followed(
    target: str, folder: Folder, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    if target == "file":
        outside.write_bytes(b"dont!")
    planted = folder.path / place(b"hello")
    planted.parent.mkdir()
    planted.symlink_to(outside)
    assert folder.put(b"hello") == place(b"hello")
    assert not planted.is_symlink()
    assert planted.read_bytes() == b"hello"
    assert outside.exists() == (target == "file")
    assert target != "file" or outside.read_bytes() == b"dont!"


def test_a_link_in_place_of_a_folder_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder.path / digest(b"hello")[:2]).symlink_to(outside)
    assert folder.put(b"hello") == ""
    assert list(outside.iterdir()) == []
    assert (folder.skipped(), folder.extractor.lost) == ({"write": 1}, 1)
    assert folder.put(b"other") == place(b"other")
    assert [path.name for path in folder.path.iterdir() if path.is_file()] == []


def test_a_link_under_a_hidden_name_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    for number in range(1, 4):
        (folder.path / f".new-{os.getpid()}-{number}").symlink_to(outside)
    assert folder.put(b"hello") == place(b"hello")
    assert not outside.exists()


def test_a_file_of_that_name_that_is_not_whole_is_replaced(folder: Folder) -> None:
    path = folder.path / place(b"hello")
    path.parent.mkdir()
    path.write_bytes(b"hel")
    assert folder.put(b"hello") == place(b"hello")
    assert path.read_bytes() == b"hello"


@contextmanager
def no_files_beyond(octets: int) -> Iterator[None]:
    """Let the system refuse to write more into one file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_what_a_full_disk_refuses_is_told_and_the_next_one_tried(folder: Folder) -> None:
    with no_files_beyond(10):
        assert folder.put(b"x" * 8, b"y" * 8) == ""
        assert folder.put(b"x" * 20) == ""
        assert folder.put(b"small") == place(b"small")
    assert folder.put(b"x" * 20) == place(b"x" * 20)
    assert folder.files() == {place(b"small"): b"small", place(b"x" * 20): b"x" * 20}
    assert (folder.skipped(), folder.extractor.lost) == ({"full": 2}, 2)
    assert folder.extractor.octets == 25
    assert folder.said == [f"cannot write {folder.path.absolute()}: file too large"]


def test_a_folder_that_goes_away_is_told(folder: Folder) -> None:
    folder.path.rmdir()
    assert folder.put(b"hello") == ""
    assert folder.skipped() == {"write": 1}
    assert "no such file or directory" in folder.said[0]


def test_a_folder_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name, words in (("file", "not a directory"), ("none/x", "no such file or directory")):
        with pytest.raises(OutputError, match=words) as raised:
            Extractor(str(tmp_path / name), Limits(), print)
        assert raised.value.exit_code == ExitCode.USAGE


def test_closing_twice_is_harmless(folder: Folder) -> None:
    folder.extractor.close()
    folder.extractor.close()
    assert folder.put(b"late") == ""
    assert folder.skipped() == {"write": 1}


def test_sizes_are_written_for_people() -> None:
    assert [sized(octets) for octets in (300, 2048, 64 << 20, 3 << 29)] == [
        "300 octets",
        "2 KiB",
        "64 MiB",
        "1.5 GiB",
    ]
