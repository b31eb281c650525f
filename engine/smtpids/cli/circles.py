"""How seldom Python looks for circles of objects while packets are read.

Sessions and connections leave none behind when they end (`tests/golden/test_circles.py`), so
reference counts alone give their memory back. Python's collector would look at all that is alive
again and again to find nothing: a fifth of the time of a long file, and with many sessions a stop
of a second in which an interface loses packets. What circles other parts make, an exception of a
scrape or a library's, it finds among the youngest objects; what is alive then is not looked at
again, for it is what is remembered of sessions, and there is more of it each time.
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
OF_A_FILE: Final = 2_000_000
"""The first of them while files are read: a file ends before such circles take much room, and to
look through what a hundred thousand sessions leave to be remembered takes half a second."""


@contextmanager
def seldom_sought() -> Iterator[None]:
    """Look seldom while the block runs."""
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    gc.callbacks.append(_spare)
    try:
        yield
    finally:
        gc.callbacks.remove(_spare)
        gc.freeze()  # and back: what is young is old then, and not looked at because it is so much
        gc.unfreeze()
        gc.set_threshold(*before)


def spare_what_is_there(*, endless: bool = True) -> None:
    """Take all that is there out of any search: rules and modules stay to the end."""
    gc.freeze()
    if not endless:
        gc.set_threshold(OF_A_FILE, *THRESHOLDS[1:])


def leave(thing: object) -> None:
    """Let what is used no more lie until circles are sought: in a process that ends, never.

    To take apart all that a run remembers takes a fiftieth of its time.
    """
    circle: list[object] = [thing]
    circle.append(circle)


def search_no_more() -> None:
    """Let Python not search all that is there at its own end: the memory goes with the process."""
    gc.disable()
    gc.freeze()


def _spare(phase: str, _: dict[str, int]) -> None:
    """Look at what a search has left alive no more."""
    if phase == "stop":
        gc.freeze()
