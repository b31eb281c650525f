"""A conversation as octets, so that what a fuzzer breaks can be kept in a file.

    header   one octet of settings (port, address family, which side was captured, ...)
    record   one octet for the act, two for a length, then as many octets of payload

Any octets are a script: an act is taken modulo their number, a length that reaches beyond the end
means what there is. `frames_of` plays a script to raw IP packets without checksums, which nobody
verifies by default; so a conversation of ten packets costs some microseconds.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.capture.frames import Frame

RAW: Final = 101
START_NS: Final = 1_700_000_000_000_000_000
MILLISECOND: Final = 1_000_000
PORTS: Final = (25, 465, 587, 2525, 8025, 25, 25, 587)
#: Settings of a script, beside the three bits of the port.
IPV6, MIDSTREAM, ONLY_CLIENT, ONLY_SERVER, TAP = 8, 16, 32, 64, 128

(
    CLIENT,
    SERVER,
    CLIENT_UNSEEN,
    SERVER_UNSEEN,
    CLIENT_GAP,
    SERVER_GAP,
    RESEND,
    CONFLICT,
    CLIENT_FIN,
    SERVER_FIN,
    CLIENT_RST,
    SERVER_RST,
    WAIT,
    SWAP,
    LOSE,
    SIZE,
) = range(16)
ACTS: Final = 16
#: Acts whose payload one side sends.
SPEAKING: Final = (CLIENT, SERVER, CLIENT_UNSEEN, SERVER_UNSEEN)
LARGEST: Final = 0xFFFF
#: Octets of the largest segment.
MOST_SEGMENT: Final = 60_000
MASK: Final = 0xFFFF_FFFF


class Record(NamedTuple):
    """One act of a script."""

    act: int
    payload: bytes = b""


def encode(settings: int, records: Iterable[Record]) -> bytes:
    """Write a script; a longer payload becomes several records."""
    parts = [bytes((settings,))]
    for act, payload in records:
        for at in range(0, max(len(payload), 1), LARGEST):
            piece = payload[at : at + LARGEST]
            parts.append(struct.pack(">BH", act, len(piece)) + piece)
    return b"".join(parts)


def decode(script: bytes) -> tuple[int, list[Record]]:
    """Read the settings and records of any octets."""
    settings = script[0] if script else 0
    records: list[Record] = []
    at = 1
    while at + 3 <= len(script):
        act, length = struct.unpack_from(">BH", script, at)
        at += 3
        records.append(Record(act % ACTS, script[at : at + length]))
        at += length
    return settings, records


class Player:
    """Plays records as packets of one connection."""

    def __init__(self, settings: int) -> None:
        self._port = PORTS[settings & 7]
        self._is_ipv6 = bool(settings & IPV6)
        self._only = settings & (ONLY_CLIENT | ONLY_SERVER)
        self._seq = [1_000, 0xFFFF_FF00]
        self._before = [1_000, 0xFFFF_FF00]
        self._size = 1_460
        self._now_ns = START_NS
        self._last: tuple[int, int, bytes] | None = None
        self.frames: list[Frame] = []

    def open(self) -> None:
        """Shake hands."""
        self._packet(0, SYN, b"", self._seq[0], 0)
        self._seq[0] += 1
        self._packet(1, SYN | ACK, b"", self._seq[1], self._seq[0])
        self._seq[1] += 1
        self._packet(0, ACK, b"", self._seq[0], self._seq[1])

    def play(self, record: Record) -> None:
        """Do what a record says."""
        act, payload = record
        side = act & 1
        if act in SPEAKING:
            self._speak(side, payload, unseen=act >= CLIENT_UNSEEN)
        elif act in {CLIENT_GAP, SERVER_GAP}:
            self._seq[side] += _number(payload)
        elif act in {RESEND, CONFLICT} and self._last is not None:
            who, seq, octets = self._last
            again = payload[:MOST_SEGMENT] if act == CONFLICT else octets
            self._packet(who, ACK | PSH, again, seq, self._ack(who))
        elif act in {CLIENT_FIN, SERVER_FIN}:
            self._packet(side, ACK | FIN, b"", self._seq[side], self._ack(side))
            self._seq[side] += 1
        elif act in {CLIENT_RST, SERVER_RST}:
            self._packet(side, RST | ACK, b"", self._seq[side], self._ack(side))
        elif act == WAIT:
            self._now_ns += _number(payload) * 100 * MILLISECOND
        elif act == SWAP and len(self.frames) >= 2:
            (first_ns, _, one), (second_ns, _, other) = self.frames[-2:]
            self.frames[-2:] = [(first_ns, RAW, other), (second_ns, RAW, one)]
        elif act == LOSE and self.frames:
            self.frames.pop()
        elif act == SIZE:
            self._size = max(_number(payload) % 1_461, 1)

    def _speak(self, side: int, octets: bytes, *, unseen: bool) -> None:
        ack = self._before[1 - side] if unseen else self._seq[1 - side]
        self._before[side] = self._seq[side]
        # a sender of tiny segments costs packets, not octets
        size = min(max(self._size, len(octets) // 2_000), MOST_SEGMENT)
        for at in range(0, len(octets), size):
            piece = octets[at : at + size]
            self._last = (side, self._seq[side], piece)
            self._packet(side, ACK | PSH, piece, self._seq[side], ack)
            self._seq[side] += len(piece)

    def _ack(self, side: int) -> int:
        return self._seq[1 - side]

    def _packet(self, side: int, flags: int, payload: bytes, seq: int, ack: int) -> None:
        now_ns = self._now_ns
        self._now_ns += MILLISECOND
        if self._only and bool(self._only & ONLY_SERVER) != bool(side):
            return
        ports = (50_000, self._port) if side == 0 else (self._port, 50_000)
        tcp = struct.pack(">HHIIBBHHH", *ports, seq & MASK, ack & MASK, 0x50, flags, 64_240, 0, 0)
        self.frames.append((now_ns, RAW, self._ip(side, tcp + payload)))

    def _ip(self, side: int, body: bytes) -> bytes:
        if self._is_ipv6:
            ends = (
                b"\x20\x01\x0d\xb8" + bytes(11) + b"\1",
                b"\x20\x01\x0d\xb8" + bytes(11) + b"\2",
            )
            return (
                struct.pack(">IHBB", 6 << 28, len(body), 6, 64) + ends[side] + ends[1 - side] + body
            )
        ends = (b"\xc0\0\2\1", b"\xc6\x33\x64\2")
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0x4000, 64, 6, 0)
        return head + ends[side] + ends[1 - side] + body


def _number(payload: bytes) -> int:
    return int.from_bytes(payload[:2], "big")


def frames_of(script: bytes) -> list[Frame]:
    """Play a script to its end."""
    settings, records = decode(script)
    player = Player(settings)
    if not settings & MIDSTREAM:
        player.open()
    for record in records:
        player.play(record)
    return player.frames
