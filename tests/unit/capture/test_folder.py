from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.folder import NEVER, captures_in, first_time
from smtpids.errors import CaptureError
from tests.support.wire import Conversation, pcap_bytes, write_pcap, write_pcapng

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.capture.frames import Frame


def at(seconds: int) -> list[Frame]:
    return Conversation(start_ns=seconds * 1_000_000_000).open().frames


def test_captures_come_in_the_order_of_their_first_packet(tmp_path: Path) -> None:
    write_pcap(tmp_path / "mail.pcap0", at(30))
    write_pcapng(tmp_path / "mail.pcap1", at(10))
    (tmp_path / "z").write_bytes(gzip.compress(pcap_bytes(at(20))))
    assert [path.name for path in captures_in(tmp_path)] == ["mail.pcap1", "z", "mail.pcap0"]


def test_names_decide_where_times_do_not(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        write_pcap(tmp_path / name, at(10))
    write_pcap(tmp_path / "0-without-packets.pcap", [])
    names = [path.name for path in captures_in(tmp_path)]
    assert names == ["a", "b", "c", "0-without-packets.pcap"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    write_pcap(tmp_path / "a", at(10))
    write_pcap(tmp_path / ".hidden", at(10))
    (tmp_path / "README.md").write_text("# Captures\n")
    (tmp_path / "folder").mkdir()
    assert [tmp_path / "a"] == captures_in(tmp_path)


@pytest.mark.parametrize("name", ["broken.pcap", "broken.PCAPNG.gz", "broken.cap.zst"])
def test_a_file_named_like_a_capture_is_kept_to_be_told(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"rubbish")
    assert [tmp_path / name] == captures_in(tmp_path)
    assert first_time(tmp_path / name) == NEVER


def test_a_folder_without_captures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Captures\n")
    with pytest.raises(CaptureError, match="holds no captures"):
        captures_in(tmp_path)


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot list the folder: No such file"):
        captures_in(tmp_path / "none")
