from __future__ import annotations

import gc

import pytest

from smtpids.cli.circles import THRESHOLDS, seldom_sought, spare_what_is_there


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
