"""How often Python looks for objects that only know each other, while packets are read.

What packets leave behind hardly ever does: an event is gone when it is told, and a connection that
ends lets go of its two streams by itself. So to look at every seven hundredth new object, as Python
does by itself, finds nothing, and with very many sessions takes a fifth of all time. What is loaded
before the first packet stays to the end, and is not looked at again.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: New objects between two looks at the youngest: some megabytes.
OBJECTS: Final = 10_000


@contextmanager
def seldom_looked_for() -> Iterator[None]:
    """Call what is there permanent, and look for cycles at every `OBJECTS`th new object."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
