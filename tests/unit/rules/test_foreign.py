from __future__ import annotations

import pytest

from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.rules import foreign
from smtpids.rules.shipped_rules import folder
from tests.support.rules import PROBE


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xd4\xc3\xb2\xa1rest", "is a packet capture, not a rule; give it with '-r'"),
        (b"\xa1\xb2\x3c\x4drest", "is a packet capture, not a rule; give it with '-r'"),
        (b"\x0a\x0d\x0d\x0arest", "is a packet capture, not a rule; give it with '-r'"),
        (b"\x1f\x8b\x08", "is compressed; unpack it, or give it with '-r' if it is a capture"),
        (b"SQLite format 3\0", "is a database; what '--state' keeps is no rule"),
        (b"title: x", ""),
        (b"", ""),
    ],
)
def test_a_file_is_known_by_its_first_octets(content: bytes, what: str) -> None:
    assert what == foreign.octets(content)


def test_a_stranger_is_known_behind_comments() -> None:
    text = "# one\n\n  # two\nalert tcp $HOME_NET any -> [10.0.0.1, 10.0.0.2] 25 (msg: x;)\n"
    told, line = foreign.text(text)
    assert (told.partition(";")[0], line) == ("is a rule of Suricata or Snort", 4)


@pytest.mark.parametrize(
    "text", ["alert: true\n", "event: x\n", "rule: x\n", "title: x\n", "", "# x", "module: x\n"]
)
def test_yaml_that_begins_like_a_stranger_is_none(text: str) -> None:
    assert foreign.text(text)[0] == ""


@pytest.mark.parametrize(
    "source", ["{product: smtpid}", "{category: smtpp}", "{product: SMTPIDS}", "{}", "[]", "x"]
)
def test_a_log_source_that_is_misspelt_is_none_of_another_product(source: str) -> None:
    (value,) = read_documents(f"logsource: {source}\ndetection: {{}}\n", "x.yml", Faults())
    assert foreign.document(value)[0] == ""


def test_no_rule_of_ours_is_taken_for_a_stranger() -> None:
    paths = [path for path in folder().rglob("*.yml") if not path.name.endswith(".test.yml")]
    texts = [PROBE, *(path.read_text() for path in paths)]
    assert len(texts) > 10
    for text in texts:
        assert foreign.octets(text.encode()) == ""
        assert foreign.text(text)[0] == ""
        assert [foreign.document(one)[0] for one in read_documents(text, "x", Faults())] == [""]


def test_a_text_of_blanks_is_looked_at_in_no_time() -> None:
    assert foreign.text(" \n#\n" * 100_000)[0] == ""
