"""What a worker has to tell, gathered until it is worth a message.

A message holds the items so far, up to which place there will be no earlier ones, and now and then
the figures. Sending waits while the parent has enough to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.workers.kinds import Item, Place

#: Items of one message, an event as a whole (some kilobytes) counting for `WHOLE_ITEMS`, and of the
#: octets of a message beside it so many for one.
MOST_ITEMS: Final = 1024
WHOLE_ITEMS: Final = 32
ITEM_OCTETS: Final = 128
#: Seconds between two messages if there are alerts in them.
SOON: Final = 0.005
#: Seconds between two messages while there is little to tell, and between the figures.
EVERY: Final = 0.1
FIGURES_EVERY: Final = 0.25


class Report:
    """Gathers items. `send` takes a message, `figures` gives the numbers, `clock` the seconds.

    With `at_once`, an alert waits for others for `SOON` at most while items come.
    """

    def __init__(
        self,
        send: Callable[[object], None],
        clock: Callable[[], float],
        *,
        at_once: bool = False,
    ) -> None:
        self.figures: Callable[[], dict[str, Any]] = dict
        self._send = send
        self._clock = clock
        self._at_once = at_once
        self._items: list[Item] = []
        self._weight = 0
        self._pressing = False
        """There is an alert among the items, and it shall not wait."""
        self._sent = self._figured = clock()

    def add(self, item: Item, *, whole: bool = False, octets: int = 0, alert: bool = False) -> None:
        """Take an item, of which none that comes later is before it."""
        self._items.append(item)
        self._weight += WHOLE_ITEMS + octets // ITEM_OCTETS if whole else 1
        if alert and self._at_once:
            self._pressing = True
        if self._weight >= MOST_ITEMS or (self._pressing and self._clock() - self._sent >= SOON):
            self.flush(item[0])

    def pause(self, place: Place) -> None:
        """Send what there is, if that was not done just now; nothing before `place` comes."""
        if self._clock() - self._sent >= EVERY:
            self.flush(place)

    def flush(self, place: Place, *, last: bool = False) -> None:
        """Send what there is."""
        now = self._clock()
        figures = None
        if last or now - self._figured >= FIGURES_EVERY:
            figures = self.figures()
            self._figured = now
        items, self._items = self._items, []
        self._weight, self._pressing = 0, False
        self._send((items, place, figures, last))
        self._sent = now
