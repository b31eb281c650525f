"""A box on the path that rewrites SMTP, run as a program on the server's machine.

The recorded client talks to it; behind it is a real server. What it changes are the three things
that such boxes are known for: masking (a firewall's "SMTP inspection"), a reply put behind the 220
to STARTTLS, and a 220 that the server never gave.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

from pcaps.record.machines import BEHIND, SERVER

if TYPE_CHECKING:
    from collections.abc import Callable

INJECTED = b"250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n"
READY = b"220 2.0.0 Ready to start TLS\r\n"


class Box:
    """Passes octets both ways for one connection, through a change of the server's words."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.greeted = False
        self.asked = False

    def from_client(self, octets: bytes) -> tuple[bytes, bytes]:
        """Return what goes on to the server and what is answered at once."""
        if octets.strip().upper() != b"STARTTLS":
            return octets, b""
        if self.mode == "swallow":
            return b"", READY
        self.asked = True
        return octets, b""

    def from_server(self, octets: bytes) -> bytes:
        """Return what goes on to the client."""
        if self.mode == "mask":
            return self._masked(octets)
        if self.mode == "inject" and self.asked and octets.startswith(b"220"):
            self.asked = False
            # one write, so that both travel in one segment
            return octets + INJECTED
        return octets

    def _masked(self, octets: bytes) -> bytes:
        if not self.greeted:
            self.greeted = True
            # the classic form: only the digits 2 and 0 are left of the banner
            return b"220 " + re.sub(rb"[^20\r\n]", b"*", octets[4:])
        return octets.replace(b"STARTTLS", b"XXXXXXXX")


async def serve(mode: str, port: int) -> None:
    """Listen where the server should be and pass on to where it is, until the machine ends."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(BEHIND, port)
        box = Box(mode)

        def to_server(octets: bytes) -> bytes:
            onward, answer = box.from_client(octets)
            writer.write(answer)
            return onward

        await asyncio.gather(
            _pass_on(reader, server_writer, to_server),
            _pass_on(server_reader, writer, box.from_server),
        )

    await asyncio.start_server(connected, SERVER, port)
    await asyncio.Event().wait()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]
) -> None:
    while octets := await reader.read(65536):
        writer.write(change(octets))
        await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
