from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

from smtpids.cli.circles import OF_A_FILE, THRESHOLDS, leave, seldom_sought, spare_what_is_there


def test_circles_are_seldom_sought_while_a_run_reads_and_as_before_then() -> None:
    before = gc.get_threshold()
    with seldom_sought():
        assert gc.get_threshold() == THRESHOLDS
        spare_what_is_there()
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_a_run_that_fails_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyboardInterrupt), seldom_sought():
        raise KeyboardInterrupt
    assert gc.get_threshold() == before


def test_of_a_file_circles_are_sought_yet_more_seldom() -> None:
    before = gc.get_threshold()
    with seldom_sought():
        spare_what_is_there(endless=False)
        assert gc.get_threshold() == (OF_A_FILE, *THRESHOLDS[1:])
    assert gc.get_threshold() == before


def test_what_a_search_leaves_is_not_searched_again() -> None:
    with seldom_sought():
        spare_what_is_there()
        kept = [[one] for one in range(100)]
        frozen = gc.get_freeze_count()
        gc.collect(0)
        assert gc.get_freeze_count() >= frozen + len(kept)


def test_a_process_that_ends_searches_nothing() -> None:
    script = (
        "import gc, sys\n"
        "from smtpids.cli import main\n"
        "sys.argv = ['smtpids', 'version']\n"
        "main()\n"
        "sys.exit(gc.isenabled() or not gc.get_freeze_count())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_what_a_run_leaves_is_not_searched_when_it_ends() -> None:
    searches: list[str] = []

    def note(phase: str, _: dict[str, int]) -> None:
        searches.append(phase)

    with seldom_sought():
        kept = [[one] for one in range(10_000)]
        gc.callbacks.append(note)
    kept += [[one] for one in range(100)]
    gc.callbacks.remove(note)
    assert (len(kept), searches) == (10_100, [])


class Thing:
    """Anything."""


def test_what_is_left_lies_until_circles_are_sought() -> None:
    thing = Thing()
    alive = weakref.ref(thing)
    leave(thing)
    del thing
    assert alive() is not None
    gc.collect()
    assert alive() is None
