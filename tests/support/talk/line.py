"""The client's end of a connection: writes cut as told, replies read to their last line, all noted.

It says nothing of its own; `client.py` says what to send.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import struct
from typing import TYPE_CHECKING

from tests.support.talk.steps import BLOCK, Cut

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Octets of a line that the transcript shows.
SHOWN = 120
VERSIONS = {
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
NAME = "mail.example.org"


class Line:
    """A connection to a server."""

    def __init__(self, address: tuple[str, int], port: int, authority: str, cut: Cut) -> None:
        self._socket = socket.create_connection(address, timeout=10, source_address=("", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._authority = authority
        self._cut = cut
        self._held = b""
        self.secured = False
        self.silent = False
        """Whether the server owed an answer for too long."""
        self.log: list[str] = []

    def send(self, octets: bytes, *, message: bool = False) -> bool:
        """Send a message or commands in the writes that `Cut` names; False if nobody hears."""
        for line in octets.split(b"\r\n")[:12]:
            self._note("C", line)
        try:
            for piece in pieces(octets, self._cut, message=message):
                self._socket.sendall(piece)
        except OSError:
            self.log.append("-- the server has closed")
            return False
        return True

    def reply(self) -> tuple[int, str] | None:
        """Return code and text of the next reply; None when the server has closed."""
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            line = self._take_line()
            if line is None:
                self.log.append("S: (closed)")
                return None
            self._note("S", line)
            if not line[:3].isdigit():
                # a TLS alert, where the server had gone on to TLS and the client had not
                return None
            lines.append(line)
        return int(lines[-1][:3]), b"\n".join(line[4:] for line in lines).decode()

    def secure(self, newest: str, *, trusting: bool) -> None:
        """Make the TLS handshake. ssl.SSLError and OSError say that it failed."""
        context = ssl.create_default_context(cafile=self._authority if trusting else None)
        if newest == "1.1":
            context.set_ciphers("DEFAULT@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = VERSIONS[newest]
        self._socket = context.wrap_socket(self._socket, server_hostname=NAME)
        self.secured = True
        self.log.append(f"-- {self._socket.version()}")

    def tls_facts(self) -> tuple[str, str, str]:
        """Return version, cipher and the certificate's SHA-256."""
        assert isinstance(self._socket, ssl.SSLSocket)
        cipher, certificate = self._socket.cipher(), self._socket.getpeercert(binary_form=True)
        assert cipher is not None
        assert certificate is not None
        digest = hashlib.sha256(certificate).hexdigest().upper()
        return (self._socket.version() or "").removeprefix("TLSv"), cipher[0], digest

    def close(self) -> list[tuple[int, str]]:
        """Say that nothing more comes, and close; return the replies that still came in clear."""
        # inside TLS as well: what comes behind this is read as it is on the wire
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        last = []
        while (reply := self.reply()) is not None:
            last.append(reply)
        self._socket.close()
        return last

    def reset(self) -> None:
        """End the connection by RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _take_line(self) -> bytes | None:
        while b"\n" not in self._held:
            try:
                octets = self._socket.recv(65536)
            except TimeoutError:
                self._timed_out()
                octets = b""
            except OSError:
                octets = b""
            if not octets:
                return None
            self._held += octets
        line, _, self._held = self._held.partition(b"\n")
        return line.removesuffix(b"\r")

    def _timed_out(self) -> None:
        self.silent = True
        self.log.append("S: (silent)")

    def _note(self, side: str, line: bytes) -> None:
        where = " (TLS)" if self.secured else ""
        self.log.append(f"{side}{where}: {line[:SHOWN].decode(errors='backslashreplace')}")


def pieces(octets: bytes, cut: Cut, *, message: bool) -> Iterable[bytes]:
    """Return the writes in which octets are sent."""
    if cut is Cut.OCTETS and message:
        return [octets[:-5], *_single(octets[-5:])] if len(octets) > 5 else _single(octets)
    if cut is Cut.OCTETS:
        return _single(octets)
    if cut is Cut.LINE_ENDS:
        return re.findall(rb"[^\n]*\r|\n[^\r]*$|\n[^\n]*\r|.+", octets, re.DOTALL) or [octets]
    if cut is Cut.BLOCKS:
        return [octets[at : at + BLOCK] for at in range(0, len(octets), BLOCK)]
    return [octets]


def _single(octets: bytes) -> list[bytes]:
    return [octets[at : at + 1] for at in range(len(octets))]
