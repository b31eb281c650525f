"""The pure parts of `python -m tests.bench`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from smtpids import rules
from smtpids.capture import FileSource
from tests.bench.__main__ import commands_of, picture, rows_of, table
from tests.bench.commands import Cost
from tests.bench.programs import HAS_WORKERS, Program, digest_of, pure, rivals
from tests.bench.throughput import packets_of
from tests.bench.traffic import WORKLOADS, concurrent, prepare, rules_folder
from tests.support.engine import told_of_capture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COSTS = {
    "pure -j 1": [Cost(2, 1.5, 30, 0, 0), Cost(4, 2.5, 40, 0, 0), Cost(3, 2.0, 35, 0, 0)],
    "tshark": [Cost(9, 8, 200, 0, 1)],
}


class Silent(Program):
    """A program that is asked nothing."""

    def has_workers(self) -> bool:
        return self.name == "new"


def test_rows_tell_medians_and_the_ratio_to_the_first() -> None:
    first, other = rows_of("small", COSTS, 600, 4_000_000)
    assert (first["cpu_s"], first["cpu_least_s"], first["wall_s"]) == (2.0, 1.5, 3)
    assert (first["packets_per_s"], first["mb_per_cpu_s"], first["peak_mib"]) == (200, 2, 40)
    assert (first["ratio"], other["ratio"], other["exit"]) == (1, 4, [1])


def test_the_table_and_the_picture_have_a_line_for_each() -> None:
    rows = rows_of("small", COSTS, 600, 4_000_000)
    lines = table("small: mail", rows)
    assert lines[1] == "small: mail: 600 packets, 4 MB"
    assert [line.split()[0] for line in lines[3:]] == ["pure", "tshark"]
    assert "tshark" in picture(rows)


def test_two_workers_are_tried_where_the_program_has_them() -> None:
    programs = [Silent("old", ("smtpids",), {}), Silent("new", ("smtpids",), {})]
    commands = commands_of(programs, Path("a.pcap"), ["--ports", "25"])
    assert list(commands) == ["old -j 1", "new -j 1", "new -j 2"]
    assert commands["new -j 2"][0] == [
        "smtpids", "run", "-q", "-j", "2", "--ports", "25", "-r", "a.pcap",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("help_text", "has"),
    [("  -j, --jobs N  Workers.\n", True), ("  --json  As JSON, -j.\n", False)],
)
def test_workers_are_known_by_the_help(help_text: str, has: bool) -> None:
    assert (HAS_WORKERS.search(help_text) is not None) is has


def test_the_tree_itself_is_the_pure_one() -> None:
    program = pure()
    assert program.words == (sys.executable, "-m", "smtpids")
    assert "engine" in program.env["PYTHONPATH"]


def test_a_wheel_is_named_by_its_sources(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    first = digest_of(tmp_path)
    assert digest_of(tmp_path) == first
    (tmp_path / "a.py").write_text("a = 2\n")
    assert digest_of(tmp_path) != first


def test_rivals_that_are_not_there_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert rivals(frozenset({"tshark"}), Path("a.pcap"), tmp_path / "out") == {}
    (tmp_path / "tshark").touch(mode=0o755)
    found = rivals(frozenset({"tshark", "suricata"}), Path("a.pcap"), tmp_path / "out")
    assert found == {"tshark": ["tshark", "-r", "a.pcap", "-Y", "smtp"]}


@pytest.mark.slow
@pytest.mark.parametrize("workload", WORKLOADS, ids=[workload.name for workload in WORKLOADS])
def test_the_captures_are_made_once_and_can_be_read(
    workload: object, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (chosen,) = (one for one in WORKLOADS if one is workload)
    path, arguments = prepare(chosen, tmp_path, 4)
    frames = list(FileSource(str(path)))
    assert len(frames) == packets_of(path) > 0
    before = path.stat()
    assert prepare(chosen, tmp_path, 4) == (path, arguments)
    assert path.stat() == before
    assert all(Path(word).is_dir() for word in arguments if "/" in word)


def test_concurrent_sessions_are_all_open_at_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "concurrent.pcap"
    concurrent(path, 5)
    told = told_of_capture(path)
    ends = [event for event in told.events if event.action == "session_end"]
    assert [event.fields["session.close_reason"] for event in ends] == ["fin"] * 5
    assert [event.fields["smtp.reached"] for event in ends] == ["message"] * 5
    greetings = [event.ts_ns for event in told.events if event.action == "greeting"]
    hellos = [event.ts_ns for event in told.events if event.action == "command"]
    assert max(greetings) < min(hellos)


def test_made_up_rules_are_rules(tmp_path: Path) -> None:
    folder = rules_folder(tmp_path, 30)
    assert rules_folder(tmp_path, 30) == folder
    loaded = rules.load([str(folder)])
    assert len(loaded.rules) == 30
    written: Sequence[Mapping[str, object]] = [
        yaml.safe_load(path.read_text()) for path in folder.iterdir()
    ]
    assert {rule["level"] for rule in written} == {"low"}
