from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smtpids.capture.sources import file_sources, followed
from smtpids.errors import CaptureError, UsageError
from tests.support.wire import Conversation, pcap_bytes, write_pcap


def named(folder: Path, *names: str) -> list[str]:
    """Write captures, the later named the earlier taken, and return their paths."""
    for number, name in enumerate(names):
        write_pcap(folder / name, Conversation(start_ns=10**12 - number).open().frames)
    return [str(folder / name) for name in names]


def names(paths: list[str]) -> list[str]:
    return [Path(source.name).name for source in file_sources(paths)]


def test_files_come_in_the_order_given(tmp_path: Path) -> None:
    paths = named(tmp_path, "b.pcap", "a.pcap")
    sources = file_sources(paths)
    assert paths == [source.name for source in sources]
    assert [Path(path).stat().st_size for path in paths] == [source.size for source in sources]


def test_a_folder_comes_in_time_order(tmp_path: Path) -> None:
    named(tmp_path, "a.pcap", "b.pcap")
    sources = file_sources([str(tmp_path)])
    assert [Path(source.name).name for source in sources] == ["b.pcap", "a.pcap"]
    assert None not in [source.size for source in sources]


def test_a_pattern_that_the_shell_left_alone_is_expanded(tmp_path: Path) -> None:
    named(tmp_path, "b.pcap", "a.pcap", "c.txt")
    assert names([f"{tmp_path}/*.pcap"]) == ["a.pcap", "b.pcap"]


def test_a_file_with_a_pattern_in_its_name_is_itself(tmp_path: Path) -> None:
    (path,) = named(tmp_path, "a[1].pcap")
    assert names([path]) == ["a[1].pcap"]


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    named(tmp_path, "mail.pcap")
    wrong = [f"{tmp_path}/mial.pcap", f"{tmp_path}/*.cap", f"{tmp_path}/none/x", f"{tmp_path}/qq"]
    with pytest.raises(UsageError) as raised:
        file_sources([f"{tmp_path}/mail.pcap", *wrong])
    assert [
        f"{wrong[0]}: no such file; did you mean {tmp_path}/mail.pcap?",
        f"{wrong[1]}: the pattern matches no file",
        f"{wrong[2]}: there is no folder {tmp_path}/none",
        f"{wrong[3]}: no such file",
    ] == str(raised.value).split("\n")


def test_a_folder_without_captures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="holds no captures"):
        file_sources([str(tmp_path)])


def test_a_name_that_cannot_be_is_an_error() -> None:
    with pytest.raises(CaptureError, match="cannot look at it: File name too long"):
        file_sources(["x" * 300])


def test_standard_input_is_read_once() -> None:
    program = (
        "from smtpids.capture.sources import file_sources\n"
        "(source,) = file_sources(['-'])\n"
        "print(source.name, len(list(source)))\n"
        "source.close()\n"
    )
    frames = Conversation().open().frames
    done = subprocess.run(
        [sys.executable, "-c", program], input=pcap_bytes(frames), capture_output=True, check=True
    )
    assert done.stdout == b"- 3\n"
    with pytest.raises(UsageError, match="standard input can be read only once"):
        file_sources(["-", "-"])


def test_what_is_followed_is_a_folder_a_pattern_or_a_file(tmp_path: Path) -> None:
    folder, pattern, file = str(tmp_path), f"{tmp_path}/mail*", f"{tmp_path}/a[1].pcap"
    assert [folder, pattern] == [followed([name], time.time_ns).name for name in (folder, pattern)]
    write_pcap(Path(file), Conversation().open().frames)
    write_pcap(tmp_path / "a1.pcap", Conversation().open().frames)
    follower = followed([file], time.time_ns)
    found = []
    for source in follower:
        found.append(source.name)
        follower.stop()
    assert found == [file]
    follower.close()


def test_what_cannot_be_followed_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write_pcap(tmp_path / "mail.pcap", [])
    told = []
    for paths in (
        [],
        ["a", "b"],
        ["-"],
        [f"{tmp_path}/pipe"],
        [f"{tmp_path}/mial.pcap"],
        [f"{tmp_path}/none/x*"],
    ):
        with pytest.raises(UsageError) as raised:
            followed(paths, time.time_ns)
        told.append(str(raised.value).replace(str(tmp_path), "DIR"))
    assert told == [
        "--follow needs one -r: a folder, a pattern or a file that is written to",
        "--follow needs one -r: a folder, a pattern or a file that is written to",
        "-: standard input is followed anyway; leave --follow out",
        "DIR/pipe: is no file; a pipe is followed anyway: leave --follow out",
        "DIR/mial.pcap: no such file; did you mean DIR/mail.pcap?",
        "DIR/none/x*: the pattern matches no file",
    ]
