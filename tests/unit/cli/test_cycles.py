from __future__ import annotations

import gc

from smtpids.cli.cycles import OBJECTS, seldom_looked_for


def test_what_is_loaded_is_not_looked_at_again_and_what_is_new_seldom() -> None:
    before = gc.get_threshold()
    with seldom_looked_for():
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold() == (OBJECTS, *before[1:])
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before
