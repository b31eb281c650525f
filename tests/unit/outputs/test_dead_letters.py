from __future__ import annotations

import json
import os
from pathlib import Path

from smtpids.outputs.dead_letters import DeadLetters, beside
from smtpids.outputs.entry import Entry


def test_each_record_is_a_line_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "dead.jsonl"
    letters = DeadLetters(str(path), "siem")
    assert letters.put([(Entry(b'{"a": 1}\n', "id1"), "no such field")]) == ""
    assert letters.put([(Entry(b"HIGH \xff text\n", "id2"), "too \udc80 long")]) == ""
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"output": "siem", "reason": "no such field", "event.id": "id1", "record": {"a": 1}},
        {
            "output": "siem",
            "reason": "too \\udc80 long",
            "event.id": "id2",
            "record": "HIGH \\xff text",
        },
    ]


def test_it_is_not_for_everybody_to_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        DeadLetters(str(tmp_path / "dead"), "siem").put([(Entry(b"1\n"), "why")])
    finally:
        os.umask(before)
    assert (tmp_path / "dead").stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    letters = DeadLetters(str(tmp_path), "siem")
    assert "is a directory; name a file in it" in letters.put([(Entry(b"1\n"), "why")])
    full = DeadLetters("/dev/full", "siem").put([(Entry(b"1\n"), "why")])
    assert "no space left on device" in full


def test_without_a_file_nothing_is_kept() -> None:
    assert DeadLetters("", "siem").put([(Entry(b"1\n"), "why")]) == ""


def test_beside_a_spool_is_in_its_folder() -> None:
    assert beside("/var/spool/smtpids", "siem") == str(
        Path("/var/spool/smtpids") / "siem.dead-letters.jsonl"
    )
