"""Finds the stream of a plain IPv4 packet by numbers, before its key is cut out of the packet.

In compiled code, to cut a key out, to hash it and to find it in the dict of all streams takes as
long as the rest of the lane. So the streams whose packets came last stand in a table of places, a
place for each value of a cheap hash; whoever comes later to the same place takes it over. Nothing
depends on it: a stream that is not found here is in `ConnectionTable.streams`, or there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture.skim import PLACES, place_of

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.tcp.stream import Stream


class Near:
    """The table. `ends` are both addresses in 64 bits, `ports` both ports in 32."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: list[Stream | None] = [None] * PLACES

    def find(self, ends: i64, ports: i64) -> Stream | None:
        """Return a stream that stands here and goes on."""
        stream = self._places[place_of(ends, ports)]
        if stream is None or stream.ports != ports or stream.ends != ends:
            return None
        return stream

    def put(self, stream: Stream, ends: i64, ports: i64) -> None:
        """Let a stream stand here."""
        stream.ends = ends
        stream.ports = ports
        self._places[place_of(ends, ports)] = stream

    def drop(self, stream: Stream) -> None:
        """Let a stream that is forgotten stand here no more."""
        if stream.ports >= 0:
            place = place_of(stream.ends, stream.ports)
            stream.ports = -1
            if self._places[place] is stream:
                self._places[place] = None
