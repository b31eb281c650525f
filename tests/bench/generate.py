"""Makes a capture of many SMTP sessions at once, the same octets for the same options.

A session is a whole TCP conversation in Ethernet: handshake, greeting, EHLO, MAIL, RCPT, DATA, a
message in full segments with an ACK for every other one, QUIT, FIN from both sides; every tenth
has a second recipient. That is 29.2 packets, so that 20 000 sessions are 584 000. A new session
begins before the others have ended, as it does on a busy server.

`--tls` replays the recorded STARTTLS session of `pcaps/` between other ends; `--other` adds
connections that are no mail; `--web` adds downloads in packets of 1 000 to 1 400 octets until so
many percent of the packets are theirs.
"""

from __future__ import annotations

import argparse
import random  # noqa: TID251 -- seeded: the same options make the same octets
import struct
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from smtpids.tcp.events import StreamEvent

RECORDED = Path(__file__).parents[2] / "pcaps" / "starttls-25.pcap"
CLIENT, SERVER = 0, 1
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
#: Octets of TCP payload in a full Ethernet frame, with the timestamps option (RFC 7323).
MSS = 1448
#: Octets of payload in a packet of a download, and packets of it that one ACK answers: a card that
#: joins segments on receipt answers as rarely.
WEB_SIZES = range(1_000, 1_401)
WEB_BURST = 32
#: Packets of a mail session of the default size.
MAIL_PACKETS = 29.2
#: MSS, SACK permitted, timestamps, window scale; then what every later segment carries.
SYN_OPTIONS = bytes.fromhex("020405b4 0402 080a 00000001 00000000 01 030307")
OPTIONS = bytes.fromhex("0101 080a 00000001 00000001")
MASK = 0xFFFFFFFF
BEGIN_US = 1_700_000_000_000_000
#: Frames are kept in order of time, and written when a block is full.
BLOCK_OCTETS = 4 << 20
TEXT = (
    "the report for this week is attached and will be read on Monday by all who take part please "
    "send what you have until then and say whether the numbers of last month are still right"
)
WORDS = TEXT.split()

#: Destination and source MAC, ethertype, then IPv4 and TCP up to the urgent pointer.
HEADERS = struct.Struct(">6s6sH BBHHHBBH4s4s HHIIBBHHH")
RECORD = struct.Struct("<IIII")
FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)

Turn = tuple[int, bytes]
"""Who speaks, and what is said in one go."""
Record = tuple[int, int, bytes]
"""Time in microseconds, a running number that keeps equal times in order, the pcap record."""


class Ends(NamedTuple):
    """The two ends of a connection: address and port of client and server."""

    addresses: tuple[bytes, bytes]
    ports: tuple[int, int]


class Wire:
    """Writes the packets of one connection, as both ends send them."""

    def __init__(self, ends: Ends, start_us: int, draw: random.Random) -> None:
        self.records: list[tuple[int, bytes]] = []
        self._ends = ends
        self._now_us = start_us
        self._half_us = draw.randrange(4_000, 40_000)
        self._numbers = [draw.getrandbits(32), draw.getrandbits(32)]
        self._draw = draw

    def open(self) -> None:
        """SYN, SYN+ACK, ACK."""
        self._send(CLIENT, SYN, b"", SYN_OPTIONS)
        self._cross()
        self._send(SERVER, SYN | ACK, b"", SYN_OPTIONS)
        self._cross()
        self._send(CLIENT, ACK, b"")

    def say(self, side: int, octets: bytes) -> None:
        """Send octets in full segments; the other side acknowledges every other one."""
        self._cross()
        last = (len(octets) - 1) // MSS
        for number in range(last + 1):
            flags = PSH | ACK if number == last else ACK
            self._send(side, flags, octets[number * MSS : number * MSS + MSS])
            self._now_us += 12
            if last and (number % 2 or number == last):
                self._send(1 - side, ACK, b"")

    def download(self, octets: int) -> None:
        """Send a request, and an answer of so many octets in packets of `WEB_SIZES`."""
        draw = self._draw
        hello = b"\x16\x03\x01\x04\x7b\x01\x00\x04\x77\x03\x03" + draw.randbytes(1_141)
        self._cross()
        self._send(CLIENT, PSH | ACK, hello)
        self._cross()
        sent = 0
        while octets > 0:
            size = draw.choice(WEB_SIZES)
            self._send(SERVER, ACK, b"\x17\x03\x03" + draw.randbytes(size - 3))
            octets -= size
            sent += 1
            self._now_us += 12
            if sent % WEB_BURST == 0 or octets <= 0:
                self._send(CLIENT, ACK, b"")

    def close(self) -> None:
        """FIN, FIN, ACK."""
        self._cross()
        self._send(CLIENT, FIN | ACK, b"")
        self._cross()
        self._send(SERVER, FIN | ACK, b"")
        self._cross()
        self._send(CLIENT, ACK, b"")

    def _cross(self) -> None:
        """Let time pass for the way to the other side, and for the other side to think."""
        self._now_us += self._half_us + self._draw.randrange(2_000)

    def _send(self, side: int, flags: int, payload: bytes, options: bytes = OPTIONS) -> None:
        numbers = self._numbers
        frame = frame_of(self._ends, side, numbers, flags, options, payload)
        numbers[side] = (numbers[side] + len(payload) + bool(flags & (SYN | FIN))) & MASK
        self.records.append((self._now_us, frame))


def frame_of(
    ends: Ends, side: int, numbers: list[int], flags: int, options: bytes, payload: bytes
) -> bytes:
    """Return an Ethernet frame with valid checksums."""
    source, target = ends.addresses[side], ends.addresses[1 - side]
    port, to_port = ends.ports[side], ends.ports[1 - side]
    tcp_size = 20 + len(options) + len(payload)
    seq, ack = numbers[side], numbers[1 - side] if flags & ACK else 0
    offset = (20 + len(options)) << 2
    parts = (
        b"\x02\0" + target, b"\x02\0" + source, 0x0800,
        0x45, 0, 20 + tcp_size, seq & 0xFFFF, 0x4000, 64, 6,
    )  # fmt: skip
    tcp = (port, to_port, seq, ack, offset, flags, 64_240)
    bare = HEADERS.pack(*parts, 0, source, target, *tcp, 0, 0)
    ip_sum = checksum(bare[14:34])
    pseudo = source + target + struct.pack(">HH", 6, tcp_size)
    tcp_sum = checksum(pseudo + bare[34:] + options + payload)
    headers = HEADERS.pack(*parts, ip_sum, source, target, *tcp, tcp_sum, 0)
    return (headers + options + payload).ljust(60, b"\0")


def checksum(octets: bytes) -> int:
    """Return the Internet checksum (RFC 1071): ones' complement sums are remainders by 65 535."""
    if len(octets) % 2:
        octets += b"\0"
    return 0xFFFF - int.from_bytes(octets, "big") % 0xFFFF


# -- what is said ----------------------------------------------------------------------------------


def mail_session(number: int, message_octets: int, draw: random.Random) -> list[Turn]:
    """Return the turns of a session that delivers one message."""
    user, domain = f"user{number % 5_000}", f"org{number % 700}.example"
    to_user, to_domain = f"staff{number % 900}", f"mx{number % 40}.example.net"
    client, server = f"mail.{domain}", f"mx.{to_domain}"
    recipients = [to_user, f"{to_user}.deputy"] if number % 10 == 0 else [to_user]
    turns: list[Turn] = [
        (SERVER, f"220 {server} ESMTP Postfix\r\n".encode()),
        (CLIENT, f"EHLO {client}\r\n".encode()),
        (
            SERVER,
            f"250-{server}\r\n250-SIZE 52428800\r\n250-ETRN\r\n250-ENHANCEDSTATUSCODES\r\n"
            "250-8BITMIME\r\n250-DSN\r\n250 SMTPUTF8\r\n".encode(),
        ),
        (CLIENT, f"MAIL FROM:<{user}@{domain}> SIZE={message_octets}\r\n".encode()),
        (SERVER, b"250 2.1.0 Ok\r\n"),
    ]
    for recipient in recipients:
        turns += [
            (CLIENT, f"RCPT TO:<{recipient}@{to_domain}>\r\n".encode()),
            (SERVER, b"250 2.1.5 Ok\r\n"),
        ]
    sender, receiver = f"{user}@{domain}", f"{to_user}@{to_domain}"
    return [
        *turns,
        (CLIENT, b"DATA\r\n"),
        (SERVER, b"354 End data with <CR><LF>.<CR><LF>\r\n"),
        (CLIENT, message(number, sender, receiver, message_octets, draw) + b".\r\n"),
        (SERVER, f"250 2.0.0 Ok: queued as 4{number:011X}\r\n".encode()),
        (CLIENT, b"QUIT\r\n"),
        (SERVER, b"221 2.0.0 Bye\r\n"),
    ]


def message(number: int, sender: str, receiver: str, octets: int, draw: random.Random) -> bytes:
    """Return a text message of `octets` octets with the header fields that mails have."""
    domain = sender.partition("@")[2]
    day, hour, minute = number % 28 + 1, number % 24, number % 60
    date = f"{day:02} Nov 2023 {hour:02}:{minute:02}:17 +0000"
    subject = " ".join(draw.choices(WORDS, k=6))
    header = (
        f"Received: from pc{number % 250}.{domain} (pc{number % 250}.{domain} [192.0.2.{day}])\r\n"
        f"\tby mail.{domain} (Postfix) with ESMTPSA id 3{number:09X}\r\n"
        f"\tfor <{receiver}>; {date}\r\n"
        f"Date: {date}\r\nFrom: Some User {number % 97} <{sender}>\r\nTo: <{receiver}>\r\n"
        f"Message-ID: <{number:08x}.{draw.getrandbits(48):012x}@{domain}>\r\n"
        f"Subject: {subject}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
        "User-Agent: Mozilla Thunderbird\r\n\r\n"
    ).encode()
    words = draw.choices(WORDS, k=12)
    line = " ".join(words)[:70].encode() + b"\r\n"
    left = max(octets - len(header) - 2, 0)
    body = (line * (left // len(line) + 1))[:left].rstrip(b"\r\n")
    return header + body + b"\r\n"


def other_session(draw: random.Random) -> list[Turn]:
    """Return the turns of a download in TLS: octets that nobody can read."""
    records = (b"\x17\x03\x03\x40\x00" + draw.randbytes(1_000) * 16 for _ in range(4))
    return [
        (CLIENT, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + draw.randbytes(500)),
        *((SERVER, record) for record in records),
    ]


def recorded_session() -> list[Turn]:
    """Return the turns of the recorded STARTTLS session, read by the engine itself."""
    from smtpids.capture import FileSource
    from smtpids.config import Config
    from smtpids.packet import Decoder
    from smtpids.tcp.events import Octets
    from smtpids.tcp.table import ConnectionTable

    config = Config()
    decoder, table = Decoder(config), ConnectionTable(config.limits, config.ports)
    events: list[StreamEvent] = []
    for packet, (ts_ns, linktype, data) in enumerate(FileSource(str(RECORDED)), 1):
        segment = decoder.decode(ts_ns, linktype, data)
        if segment is not None:
            events += table.feed(segment, packet)
    return [(event.side, event.data) for event in events if isinstance(event, Octets)]


# -- all sessions ----------------------------------------------------------------------------------


def conversations(options: argparse.Namespace) -> Iterator[tuple[Ends, list[Turn], random.Random]]:
    """Yield the ends and turns of each connection, in the order in which they begin."""
    recorded = recorded_session() if options.tls else []
    web = web_chance(options.web / 100, options.web_octets)
    clients = options.clients or options.sessions
    for number in range(options.sessions):
        draw = random.Random(options.seed * 1_000_003 + number)
        if web and draw.random() < web:
            yield ends_of(number, 443, clients), [], draw
        elif draw.random() * 100 < options.other:
            yield ends_of(number, 443, clients), other_session(draw), draw
        elif draw.random() * 100 < options.tls:
            yield ends_of(number, 25, clients), recorded, draw
        else:
            mail = mail_session(number, options.octets, draw)
            yield ends_of(number, 25, clients), mail, draw


def web_chance(share: float, octets: int) -> float:
    """Return the chance of a download that gives downloads this share of the packets."""
    packets = octets / (sum(WEB_SIZES) / len(WEB_SIZES)) * (1 + 1 / WEB_BURST) + 8
    return share * MAIL_PACKETS / (share * MAIL_PACKETS + (1 - share) * packets)


def ends_of(number: int, port: int, clients: int) -> Ends:
    """Return ends that no other session has, with a client that comes again after so many."""
    place = number % clients
    client = bytes((10, place // 60_000 % 250, place // 250 % 250, place % 250 + 1))
    server = bytes((172, 16, number % 8, number % 40 + 1))
    return Ends((client, server), (20_000 + number % 40_000, port))


def records(options: argparse.Namespace) -> Iterator[bytes]:
    """Yield the pcap records of all connections in order of time."""
    waiting: list[Record] = []
    count = 0
    start_us = BEGIN_US
    for ends, turns, draw in conversations(options):
        wire = Wire(ends, start_us, draw)
        wire.open()
        for side, octets in turns:
            wire.say(side, octets)
        if not turns:
            wire.download(options.web_octets)
        wire.close()
        for when_us, frame in wire.records:
            count += 1
            heappush(waiting, (when_us, count, record_of(when_us, frame)))
        lasts_us = wire.records[-1][0] - start_us
        start_us += lasts_us // options.at_once + draw.randrange(50)
        while waiting[0][0] < start_us:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]


def record_of(when_us: int, frame: bytes) -> bytes:
    """Return a frame as a record of a pcap file."""
    seconds, rest = divmod(when_us, 1_000_000)
    return RECORD.pack(seconds, rest, len(frame), len(frame)) + frame


def write(out: BinaryIO, options: argparse.Namespace) -> int:
    """Write the capture and return how many packets it has."""
    out.write(FILE_HEADER)
    packets = 0
    for record in records(options):
        packets += 1
        out.write(record)
    return packets


def main() -> None:
    """Read the arguments, write the file, say what is in it."""
    parser = argparse.ArgumentParser(description="Make a capture of many SMTP sessions.")
    parser.add_argument("file", type=Path, help="the pcap file to write")
    parser.add_argument("-n", "--sessions", type=int, default=20_000, help="default: %(default)s")
    parser.add_argument("--octets", type=int, default=10_000, help="of each message, 10 000")
    parser.add_argument("--at-once", type=int, default=200, help="sessions at a time, 200")
    parser.add_argument("--clients", type=int, default=0, help="that take turns; all differ")
    parser.add_argument("--tls", type=float, default=0, help="percent of mail with STARTTLS")
    parser.add_argument("--other", type=float, default=0, help="percent of sessions not mail")
    parser.add_argument("--web", type=float, default=0, help="percent of packets of downloads")
    parser.add_argument("--web-octets", type=int, default=400_000, help="of a download, 400 000")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other octets")
    options = parser.parse_args()
    with options.file.open("wb", buffering=BLOCK_OCTETS) as out:
        packets = write(out, options)
    size = options.file.stat().st_size / 1e6
    print(f"{options.file}: {options.sessions:,} sessions, {packets:,} packets, {size:,.0f} MB")


if __name__ == "__main__":
    main()
