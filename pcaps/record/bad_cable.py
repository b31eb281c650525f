"""A cable that loses, doubles and reorders frames, run as a program on a machine of its own.

It passes Ethernet frames between the interfaces `left` and `right` and harms, by fixed counts, only
those from the left (the client) that carry TCP payload; the two ends repair the rest by themselves.
"""

from __future__ import annotations

import selectors
import socket
import time

LOSE, DOUBLE, DELAY = 7, 5, 4
"""Every so many frames is lost, sent twice, or held back until the next one has passed."""

BARE = 14 + 20 + 32
"""A frame up to this size has no payload: Ethernet, IPv4, TCP with time stamps."""

REGULAR = 3
"""The count from which harm begins, so that the connection is established first."""

OUTGOING = 4
"""`PACKET_OUTGOING` in the address of a frame: one that this program sent itself."""


class Cable:
    """Decides what becomes of each frame from the left."""

    def __init__(self) -> None:
        self._count = 0
        self._held: list[bytes] = []

    def through(self, frame: bytes) -> list[bytes]:
        """Return the frames that come out, in order, when this one goes in."""
        if len(frame) <= BARE:
            return [frame]
        self._count += 1
        if self._count > REGULAR and self._count % LOSE == 0:
            return []
        if self._count > REGULAR and self._count % DELAY == 0:
            self._held.append(frame)
            return []
        out = [frame, *self._held]
        self._held.clear()
        if self._count % DOUBLE == 0:
            out.append(frame)
        return out


def opened(name: str) -> socket.socket:
    """Return a raw socket on an interface of this machine."""
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    raw.bind((name, 0))
    return raw


def main() -> None:
    """Pass frames until the machine ends."""
    left, right = opened("left"), opened("right")
    cable = Cable()
    selector = selectors.DefaultSelector()
    selector.register(left, selectors.EVENT_READ)
    selector.register(right, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            inlet = left if key.fileobj is left else right
            frame, address = inlet.recvfrom(65536)
            if address[2] == OUTGOING:
                continue
            if inlet is right:
                left.send(frame)
                continue
            for out in cable.through(frame):
                right.send(out)
                # apart in time, so that the receiver sees separate packets
                time.sleep(0.0005)


if __name__ == "__main__":
    main()
