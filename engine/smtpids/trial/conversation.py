"""One TCP connection written side by side, as the packets that a tap sees of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, URG
from smtpids.trial.packets import ETHERNET, WRAP, address, ethernet, ip_packet, tcp_segment

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame

Side: TypeAlias = Literal["client", "server"]
Address: TypeAlias = tuple[str, int]

#: When conversations begin: a time in 2023, so that nothing depends on today.
MSS: Final = 1460
"""Octets of a segment on Ethernet."""
START_NS: Final = 1_700_000_000_000_000_000


@dataclass(slots=True)
class Half:
    """One side of a conversation: where it is and what it sends next."""

    host: bytes
    port: int
    seq: int


class Conversation:
    """One TCP connection, written side by side; every act appends to `frames`.

    `ack` of a packet is everything the other side has sent so far, unless given. Acts return
    the conversation, so that they can be chained.
    """

    def __init__(
        self,
        client: Address = ("192.0.2.1", 50000),
        server: Address = ("198.51.100.2", 25),
        *,
        start_ns: int = START_NS,
        step_ns: int = 1_000_000,
        mss: int = MSS,
        client_isn: int = 1000,
        server_isn: int = 5000,
    ) -> None:
        self.now_ns = start_ns
        """The time of the next frame."""
        self.step_ns = step_ns
        self.mss = mss
        self.halves: dict[Side, Half] = {
            "client": Half(address(client[0]), client[1], client_isn),
            "server": Half(address(server[0]), server[1], server_isn),
        }
        self.frames: list[Frame] = []
        self.last: tuple[Side, int, int, bytes] | None = None
        """(side, seq, ack, payload) of the last segment with a payload."""

    def packet(
        self,
        side: Side,
        flags: int = ACK,
        payload: bytes = b"",
        *,
        seq: int | None = None,
        ack: int | None = None,
        options: bytes = b"",
        urgent: int = 0,
    ) -> Self:
        """Append one packet as it is said; sequence numbers of the sides do not move."""
        here, there = self.halves[side], self.halves["server" if side == "client" else "client"]
        if ack is None:
            ack = there.seq if flags & ACK else 0
        tcp = tcp_segment(
            here.host,
            there.host,
            (here.port, there.port),
            (here.seq if seq is None else seq, ack),
            flags,
            payload,
            options=options,
            urgent=urgent,
        )
        linktype, data = self.framed(ip_packet(here.host, there.host, 6, tcp))
        self.frames.append((self.now_ns, linktype, data))
        self.now_ns += self.step_ns
        return self

    def framed(self, packet: bytes) -> tuple[int, bytes]:
        """Return the link type and the frame in which an IP packet is captured."""
        return ETHERNET, ethernet(packet)

    def open(self) -> Self:
        """Shake hands: SYN, SYN+ACK, ACK."""
        mss = struct.pack(">BBH", 2, 4, self.mss)
        self.packet("client", SYN, options=mss)
        self._advance("client", 1)
        self.packet("server", SYN | ACK, options=mss)
        self._advance("server", 1)
        return self.ack_client()

    def client(self, data: bytes, *, ack: int | None = None, flags: int = PSH | ACK) -> Self:
        """Let the client send `data`, cut at the MSS."""
        return self._send("client", data, ack, flags)

    def server(self, data: bytes, *, ack: int | None = None, flags: int = PSH | ACK) -> Self:
        """Let the server send `data`, cut at the MSS."""
        return self._send("server", data, ack, flags)

    def ack_client(self) -> Self:
        """Let the client send a bare ACK."""
        return self.packet("client")

    def ack_server(self) -> Self:
        """Let the server send a bare ACK."""
        return self.packet("server")

    def urgent(self, side: Side, data: bytes, pointer: int) -> Self:
        """Send `data` as one segment with URG and an urgent pointer."""
        self.packet(side, PSH | ACK | URG, data, urgent=pointer)
        return self._advance(side, len(data))

    def fin_client(self, data: bytes = b"") -> Self:
        """Let the client end its stream, with last octets if given."""
        self.packet("client", FIN | ACK, data)
        return self._advance("client", len(data) + 1)

    def fin_server(self, data: bytes = b"") -> Self:
        """Let the server end its stream, with last octets if given."""
        self.packet("server", FIN | ACK, data)
        return self._advance("server", len(data) + 1)

    def close(self) -> Self:
        """End both streams: FIN of the client, FIN of the server, last ACK."""
        return self.fin_client().fin_server().ack_client()

    def rst(self, side: Side, *, seq: int | None = None) -> Self:
        """Reset the connection from `side`."""
        return self.packet(side, RST | ACK, seq=seq)

    def skip(self, side: Side, count: int) -> Self:
        """Let `side` send `count` octets that the capture misses; the other side got them."""
        return self._advance(side, count)

    def resend(self, data: bytes | None = None) -> Self:
        """Send the last segment with a payload again, with other octets if given."""
        assert self.last is not None, "nothing was sent yet"
        side, seq, ack, payload = self.last
        return self.packet(side, PSH | ACK, payload if data is None else data, seq=seq, ack=ack)

    def wait(self, seconds: float) -> Self:
        """Let packet time pass."""
        self.now_ns += round(seconds * 1_000_000_000)
        return self

    def _send(self, side: Side, data: bytes, ack: int | None, flags: int) -> Self:
        other = self.halves["server" if side == "client" else "client"]
        for start in range(0, len(data), self.mss):
            piece = data[start : start + self.mss]
            last = start + self.mss >= len(data)
            seq = self.halves[side].seq
            self.last = (side, seq, other.seq if ack is None else ack, piece)
            self.packet(side, flags if last else flags & ~PSH, piece, ack=ack)
            self._advance(side, len(piece))
        return self

    def _advance(self, side: Side, count: int) -> Self:
        half = self.halves[side]
        half.seq = (half.seq + count) & WRAP
        return self
