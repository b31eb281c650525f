"""The file for node_exporter: whole, readable, and telling of the run's end."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from smtpids.config import SECOND
from smtpids.errors import OutputError, UsageError
from smtpids.metrics import Counts
from smtpids.metrics.collector import Collector
from smtpids.metrics.textfile import check_textfile, last_success_ns, write_textfile

if TYPE_CHECKING:
    from pathlib import Path


def test_it_holds_our_metrics_and_not_the_process_s(tmp_path: Path) -> None:
    path = tmp_path / "smtpids.prom"
    path.write_text("old")
    write_textfile(str(path), Collector(Counts()))
    names = {family.name for family in parse(path.read_text())}
    assert "smtpids_pcap_files" in names
    assert set() == {name for name in names if not name.startswith("smtpids_")}
    assert [path] == list(tmp_path.iterdir())


def test_everybody_may_read_it_whatever_the_umask_is(tmp_path: Path) -> None:
    path = tmp_path / "smtpids.prom"
    former = os.umask(0o077)
    try:
        write_textfile(str(path), Collector(Counts()))
    finally:
        os.umask(former)
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """Who has the old one open reads it to its end; none is ever half written."""
    path = tmp_path / "smtpids.prom"
    write_textfile(str(path), Collector(Counts(schema_version="old")))
    with path.open() as reader:
        first = reader.read(100)
        write_textfile(str(path), Collector(Counts(schema_version="new")))
        assert 'schema_version="old"' in first + reader.read()
    assert 'schema_version="new"' in path.read_text()


@pytest.mark.parametrize("what", ["folder", "pipe"])
def test_what_is_no_file_keeps_nobody_waiting(tmp_path: Path, what: str) -> None:
    path = tmp_path / "smtpids.prom"
    path.mkdir() if what == "folder" else os.mkfifo(path)
    assert last_success_ns(str(path)) == 0


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "smtpids.prom"
    (path / "full").mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be written: Is a directory"):
        write_textfile(str(path), Collector(Counts()))
    assert [path] == list(tmp_path.iterdir())


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "smtpids.prom"
    link.symlink_to(tmp_path / "elsewhere" / "real.prom")
    write_textfile(str(link), Collector(Counts()))
    assert link.is_symlink()
    assert "smtpids_build_info" in (tmp_path / "elsewhere" / "real.prom").read_text()


def test_a_file_in_no_folder_is_the_operator_s_mistake(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "smtpids.prom"
    with pytest.raises(OutputError, match=r"smtpids\.prom: cannot be written: No such file"):
        write_textfile(str(path), Collector(Counts()))
    with pytest.raises(UsageError, match=r"there is no folder .*missing; create it"):
        check_textfile(str(path))


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is no file"):
        check_textfile("/dev/null")
    with pytest.raises(UsageError, match="it is no file"):
        check_textfile(str(tmp_path))
    check_textfile(str(tmp_path / "new.prom"))


def test_the_last_success_is_read_from_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "smtpids.prom"
    assert last_success_ns(str(path)) == 0
    counts = Counts()
    counts.succeeded_ns = 1_700_000_000 * SECOND
    counts.completed_ns = 1
    counts.exit_code = 4
    write_textfile(str(path), Collector(counts))
    assert last_success_ns(str(path)) == 1_700_000_000 * SECOND


@pytest.mark.parametrize("number", ["", "..", "1e999", "-1", "now"])
def test_a_file_that_makes_no_sense_tells_nothing(tmp_path: Path, number: str) -> None:
    path = tmp_path / "other.prom"
    path.write_text(f"\nsmtpids_run_last_success_timestamp_seconds {number}\n")
    assert last_success_ns(str(path)) == 0


@pytest.mark.server
def test_promtool_finds_no_fault_in_it(tmp_path: Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed; the package prometheus has it")
    path = tmp_path / "smtpids.prom"
    counts = Counts()
    counts.completed_ns = SECOND
    counts.succeeded_ns = SECOND
    counts.exit_code = 0
    counts.output_opened("/var/log/smtpids/alerts.json", ["alert"])
    write_textfile(str(path), Collector(counts))
    checked = subprocess.run(
        [program, "check", "metrics"], input=path.read_bytes(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
