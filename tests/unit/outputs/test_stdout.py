from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import OutputError
from smtpids.outputs.entry import Entry
from smtpids.outputs.stdout import BLOCK_OCTETS, StdoutOutput

if TYPE_CHECKING:
    from pathlib import Path


class Full(io.BytesIO):
    """A stream in memory that refuses once it holds `room` octets."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, octets: object) -> int:
        data = bytes(octets)  # type: ignore[call-overload]
        fits = data[: self.room - len(self.getvalue())]
        if not fits:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(fits)


def test_live_records_go_out_at_once() -> None:
    stream = io.BytesIO()
    StdoutOutput(stream, live=True).write(Entry(b"1\n"))
    assert stream.getvalue() == b"1\n"


def test_other_records_go_out_in_blocks_and_at_the_end() -> None:
    stream = io.BytesIO()
    output = StdoutOutput(stream)
    output.write(Entry(b"1\n"))
    assert stream.getvalue() == b""
    block = b"x" * BLOCK_OCTETS + b"\n"
    output.write(Entry(block))
    assert stream.getvalue() == b"1\n" + block
    output.write(Entry(b"2\n"))
    output.close()
    assert stream.getvalue() == b"1\n" + block + b"2\n"
    assert output.delivered == 3


def test_a_reader_who_leaves_is_told_once_and_nothing_is_lost() -> None:
    left, right = os.pipe()
    os.close(left)
    with os.fdopen(right, "wb") as stream:
        output = StdoutOutput(stream, live=True)
        with pytest.raises(BrokenPipeError):
            output.write(Entry(b"1\n"))
        output.write(Entry(b"2\n"))
        output.close()
    assert (output.delivered, output.lost, output.errors) == (0, 0, {})


def test_a_reader_who_left_before_the_end_does_not_trouble_close() -> None:
    left, right = os.pipe()
    os.close(left)
    with os.fdopen(right, "wb") as stream:
        output = StdoutOutput(stream)
        output.write(Entry(b"1\n"))
        output.close()
    assert output.lost == 0


def test_a_full_disk_behind_a_redirection_is_counted_record_by_record() -> None:
    stream = Full(7)
    output = StdoutOutput(stream)
    for record in (b"one\n", b"two\n", b"three\n"):
        output.write(Entry(record))
    output.flush()
    stream.room = 100
    output.write(Entry(b"four\n"))
    output.close()
    assert stream.getvalue() == b"one\ntwo\nfour\n"
    assert (output.delivered, output.lost) == (2, 2)
    assert output.errors == {"ENOSPC": 1}
    assert output.last_error == (
        "cannot write standard output: no space left on device; make room on the file system"
    )


def test_the_line_end_that_mends_a_torn_line_is_no_part_of_a_record() -> None:
    stream = Full(2)
    output = StdoutOutput(stream)
    output.write(Entry(b"one\n"))
    output.flush()
    stream.room = 12
    for record in (b"four\n", b"five\n"):
        output.write(Entry(record))
    output.flush()
    assert stream.getvalue() == b"on\nfour\nfive"
    assert (output.delivered, output.lost) == (1, 2)


def test_a_terminal_that_does_not_block_is_waited_for() -> None:
    left, right = os.pipe()
    os.set_blocking(right, False)
    record = b"x" * 300_000 + b"\n"
    script = "import sys; sys.stdout.write(str(len(sys.stdin.buffer.read())))"
    with os.fdopen(right, "wb") as stream:
        reader = subprocess.Popen(
            [sys.executable, "-c", script], stdin=left, stdout=subprocess.PIPE
        )
        os.close(left)
        output = StdoutOutput(stream, live=True)
        output.write(Entry(record))
    said, _ = reader.communicate()
    assert said == b"300001"
    assert output.delivered == 1


def test_a_closed_standard_output_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="it is closed; name a file"):
        StdoutOutput()


def test_a_program_under_head_ends_without_a_word(tmp_path: Path) -> None:
    program = tmp_path / "endless.py"
    program.write_text(
        "from smtpids.outputs import Entry, StdoutOutput\n"
        "output = StdoutOutput()\n"
        "try:\n"
        "    while True:\n"
        "        output.write(Entry(b'line\\n'))\n"
        "except BrokenPipeError:\n"
        "    output.close()\n"
    )
    done = subprocess.run(
        f"{sys.executable} {program} | head -n 1", shell=True, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"line\n", b"")
