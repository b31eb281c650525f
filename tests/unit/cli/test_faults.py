from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.cli.faults import WIDTH, fault_lines
from smtpids.errors import ConfigError, Location, RuleError

if TYPE_CHECKING:
    from pathlib import Path

RULE = "title: x\ndetection:\n  selection:\n    smtp.helo|contians: evil\n"


def fault(path: Path, line: int, column: int) -> RuleError:
    return RuleError(Location(str(path), line, column), "unknown modifier 'contians'")


def test_a_fault_shows_its_place_the_line_and_the_spot(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(RULE)
    assert fault_lines(fault(path, 4, 15)) == [
        f"{path}:4:15: error: unknown modifier 'contians'",
        "    4 |     smtp.helo|contians: evil",
        "      |               ^~~~~~~~",
    ]


def test_a_fault_of_the_configuration_may_have_no_place() -> None:
    assert fault_lines(ConfigError("unknown key 'x'")) == ["unknown key 'x'"]


def test_a_line_that_may_hold_a_secret_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text("basic_auth_users: {ann: s3cr3t}\n")
    hidden = ConfigError("no bcrypt hash", Location(str(path), 1, 20), secret=True)
    assert fault_lines(hidden) == [f"{path}:1:20: error: no bcrypt hash"]


def test_a_fault_without_column_shows_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(RULE)
    assert fault_lines(fault(path, 1, 0)) == [
        f"{path}:1: error: unknown modifier 'contians'",
        "    1 | title: x",
    ]


def test_a_file_that_cannot_be_read_leaves_the_message(tmp_path: Path) -> None:
    path = tmp_path / "gone.yml"
    assert fault_lines(fault(path, 4, 15)) == [f"{path}:4:15: error: unknown modifier 'contians'"]


def test_a_place_beyond_the_file_leaves_the_message(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(RULE)
    assert len(fault_lines(fault(path, 99, 1))) == 1


def test_a_column_beyond_the_line_leaves_out_the_marker(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(RULE)
    assert len(fault_lines(fault(path, 1, 9))) == 2


def test_a_line_cannot_drive_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(b"title: \x1b[31mred\xff\r\n")
    assert fault_lines(fault(path, 1, 0))[1] == "    1 | title:  [31mred\N{REPLACEMENT CHARACTER}"


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("a" * 10_000)
    lines = fault_lines(fault(path, 1, 1))
    assert [len(line) for line in lines[1:]] == [WIDTH + 8, WIDTH + 8]


def test_the_marker_stands_under_its_word_behind_tabs_and_wide_characters(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("\t- \u65e5\u672c: wrong\n")
    assert fault_lines(fault(path, 1, 8))[1:] == [
        "    1 |  - \u65e5\u672c: wrong",
        "      |          ^~~~~",
    ]


def test_a_marked_word_of_wide_characters_is_underlined_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("a: \u65e5\u672c\n")
    assert fault_lines(fault(path, 1, 4))[2] == "      |    ^~~~"


def test_of_a_long_line_the_part_around_the_spot_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("a " * 200 + "wrong " + "b " * 200)
    _, line, marker = fault_lines(fault(path, 1, 401))
    assert len(line) == WIDTH + 8
    assert line[8] == line[-1] == "\N{HORIZONTAL ELLIPSIS}"
    assert line[marker.index("^") :].startswith("wrong b")
    assert marker.endswith("^~~~~")
