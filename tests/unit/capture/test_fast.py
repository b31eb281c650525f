"""Where readers hand their packets to what is fast, and what they do with those it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture.bypass import Bypass
from smtpids.capture.fast import Fast
from smtpids.capture.passing import Passer

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_way_itself_leads_beyond_this_layer() -> None:
    way = Fast()
    passer = Passer(Bypass(), 1)
    calls: tuple[Callable[[], object], ...] = (
        lambda: way.begin(1),
        lambda: way.begin_file("<", 1, 1, passer),
        lambda: way.run(b"", 0),
        lambda: way.take(b"", 0, 0, 0, 0),
        lambda: way.frame(0, 1, b""),
    )
    for call in calls:
        with pytest.raises(NotImplementedError):
            call()
    assert way.count == 0
