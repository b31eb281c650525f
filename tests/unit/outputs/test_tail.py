from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from smtpids.outputs.file import FileOutput
from smtpids.outputs.tail import MOST_OCTETS, mend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = b'{"event": 1}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.json"


@pytest.fixture
def written(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    yield fd
    os.close(fd)


@pytest.mark.parametrize("part", [b"{", b'{"event": {"id": "a', b'{"a": "}', b'{"a": 1}\xff'])
@pytest.mark.parametrize("before", [b"", WHOLE, WHOLE * 3])
def test_a_part_of_a_record_is_cut_off(
    path: Path, written: int, before: bytes, part: bytes
) -> None:
    path.write_bytes(before + part)
    assert not mend(str(path), written)
    assert path.read_bytes() == before


@pytest.mark.parametrize("part", [b'{"a": 1}', b"my notes", b"}", b"[1, 2", b" {"])
def test_what_is_no_part_of_a_record_stays(path: Path, written: int, part: bytes) -> None:
    path.write_bytes(WHOLE + part)
    assert mend(str(path), written)
    assert path.read_bytes() == WHOLE + part


@pytest.mark.parametrize("octets", [b"", WHOLE, b"my notes\n", b"\n"])
def test_whole_lines_stay(path: Path, written: int, octets: bytes) -> None:
    path.write_bytes(octets)
    assert not mend(str(path), written)
    assert path.read_bytes() == octets


@pytest.mark.parametrize(
    ("more", "is_cut"), [(MOST_OCTETS - 1, True), (MOST_OCTETS, False), (MOST_OCTETS + 1, False)]
)
def test_a_part_longer_than_any_record_stays(
    path: Path, written: int, more: int, *, is_cut: bool
) -> None:
    path.write_bytes(WHOLE + b"{" * more)
    assert mend(str(path), written) is not is_cut
    assert path.stat().st_size == len(WHOLE) + (0 if is_cut else more)


def test_a_line_that_another_may_be_writing_stays(path: Path, written: int) -> None:
    output = FileOutput(path)
    with path.open("ab") as file:
        file.write(b'{"underway": ')
    assert mend(str(path), written)
    output.close()
    assert not mend(str(path), written)
    assert path.read_bytes() == b""


def test_a_writer_is_in_nobodys_way(path: Path, written: int) -> None:
    assert not mend(str(path), written)
    output, another = FileOutput(path), FileOutput(path)
    output.close()
    another.close()


def test_a_file_that_cannot_be_read_counts_as_whole(tmp_path: Path, written: int) -> None:
    assert not mend(str(tmp_path / "gone"), written)
