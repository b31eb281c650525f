"""How seldom Python looks for circles of objects while packets are read.

Sessions and connections leave none behind when they end (`tests/golden/test_circles.py`), so
reference counts alone give their memory back. Python's collector would look at all that is alive
again and again to find nothing: a fifth of the time of a long file, and with many sessions a stop
of a second in which an interface loses packets. What circles other parts make, an exception of a
scrape or a library's, the two young generations find.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLDS: Final = (250_000, 20, 1_000_000)
"""Objects more than before that begin a search; searches of the youngest that begin one of the
next generation; and of all, which is to say never."""


@contextmanager
def seldom_sought() -> Iterator[None]:
    """Look seldom while the block runs."""
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def spare_what_is_there() -> None:
    """Take all that is there out of any search: rules and modules stay to the end."""
    gc.freeze()
