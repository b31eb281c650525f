"""Hostile packets: tiny, disordered, with gaps, conflicts, fragments, tunnels, many connections."""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, URG
from tests.support.certificates import alternative_names, by_hand
from tests.support.hostile.talk import Maker, greeted, in_message, opened
from tests.support.packets import LINKS, address, fragment_ip, ip_packet, tcp_segment, wrap

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame

#: Octets of a packet with an octet of payload, in a file.
TINY = 76
LETTER = b"Subject: a\r\n\r\n" + b"some text of a letter\r\n" * 40_000


def tiny(octets: int) -> list[Frame]:
    """A message in segments of one octet."""
    session = in_message()
    for place in range(octets // TINY):
        session.client(LETTER[place : place + 1])
    return session.frames


def tiny_acknowledged(octets: int) -> list[Frame]:
    """The same, each acknowledged."""
    session = in_message()
    for place in range(octets // (2 * TINY)):
        session.client(LETTER[place : place + 1]).ack_server()
    return session.frames


def tiny_dialogue(octets: int) -> list[Frame]:
    """Commands and replies in segments of one octet."""
    session = greeted()
    for _ in range(octets // (14 * TINY)):
        for place in range(6):
            session.client(b"NOOP\r\n"[place : place + 1])
        for place in range(8):
            session.server(b"250 ok\r\n"[place : place + 1])
    return session.frames


def reversed_order(size: int, octets: int) -> list[Frame]:
    """A message whose segments come last first."""
    session = in_message()
    before = len(session.frames)
    for place in range(octets // (TINY + size)):
        session.client(LETTER[place * size : place * size + size])
    session.frames[before:] = session.frames[: before - 1 : -1]
    return in_time(session.frames)


def reversed_both(octets: int) -> list[Frame]:
    """The same of both directions."""
    session = greeted()
    before = len(session.frames)
    for _ in range(octets // (TINY * 2 + 12)):
        session.client(b"NOOP\r\n").server(b"250 ok\r\n")
    session.frames[before:] = session.frames[: before - 1 : -1]
    return in_time(session.frames)


def swapped(octets: int) -> list[Frame]:
    """Each two segments have changed places."""
    session = in_message()
    before = len(session.frames)
    for place in range(octets // TINY // 2 * 2):
        session.client(LETTER[place : place + 1])
    later = session.frames[before:]
    later[::2], later[1::2] = later[1::2], later[::2]
    return in_time(session.frames[:before] + later)


def gaps(size: int, octets: int, *, seen: bool) -> list[Frame]:
    """Every other segment lacks; the server acknowledges what the capture lacks, or nothing."""
    session = in_message()
    for place in range(octets // ((TINY + size) * (2 if seen else 1))):
        session.client(LETTER[place : place + size]).skip("client", 1)
        if seen:
            session.ack_server()
    return session.frames


def gaps_filled(octets: int) -> list[Frame]:
    """Every other segment comes late, in a block at the end, the last one first."""
    session = in_message()
    late = []
    for place in range(octets // TINY // 2):
        session.client(LETTER[2 * place : 2 * place + 1])
        session.client(LETTER[2 * place + 1 : 2 * place + 2])
        late.append(session.frames.pop(-2))
    return in_time(session.frames + late[::-1])


def gaps_of_both(octets: int) -> list[Frame]:
    """Octets of both sides lack, and both acknowledge what the capture has not."""
    session = greeted()
    for _ in range(octets // (2 * TINY + 14)):
        session.client(b"NOOP\r\n").skip("client", 6).server(b"250 ok\r\n").skip("server", 8)
    return session.frames


def overlaps(size: int, octets: int) -> list[Frame]:
    """Each segment begins one octet behind the last one, with other octets."""
    session = in_message()
    first = session.halves["client"].seq
    for place in range(octets // (TINY + size)):
        session.packet("client", PSH | ACK, bytes([97 + place % 26]) * size, seq=first + place)
    return session.frames


def overlaps_held(size: int, octets: int) -> list[Frame]:
    """The same behind a hole that is never filled."""
    session = in_message()
    first = session.halves["client"].seq + 1
    for place in range(octets // (TINY + size)):
        session.packet("client", PSH | ACK, bytes([97 + place % 26]) * size, seq=first + 2 * place)
    return session.frames


def covers(octets: int) -> list[Frame]:
    """Octets with holes between them, then large segments over all of them, again and again."""
    session = in_message()
    first = session.halves["client"].seq + 1
    for place in range(octets // 2 // TINY):
        session.packet("client", PSH | ACK, b"x", seq=first + 2 * place)
    for place in range(octets // 2 // 1_530):
        start = first + place % 10 * 1_460
        session.packet("client", PSH | ACK, b"y" * 1_460, seq=start + place % 2)
    return session.frames


def again(payload: bytes, other: bytes, octets: int) -> list[Frame]:
    """One segment again and again, with other octets."""
    session = in_message().client(LETTER[:20_000])
    session.client(payload)
    for _ in range(octets // (TINY + len(other))):
        session.resend(other)
    return session.frames


def whole_again(octets: int) -> list[Frame]:
    """A window of small segments, all of them again and again."""
    session = in_message()
    first = session.halves["client"].seq
    for number in range(octets // TINY):
        session.packet("client", PSH | ACK, b"x", seq=first + number % 400)
    return session.frames


def acknowledgements(octets: int) -> list[Frame]:
    """The server acknowledges octets that nobody saw, farther with each packet."""
    session = greeted()
    first = session.halves["client"].seq
    for number in range(octets // TINY):
        session.packet("server", ACK, ack=first + number * 10)
    return session.frames


def alone(octets: int) -> list[Frame]:
    """Only one direction was captured, in small segments."""
    frames = []
    session = opened().client(b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
    for place in range(octets // TINY):
        session.client(LETTER[place : place + 1])
    frames += [frame for frame in session.frames if frame[2][26] == 10]  # those of the client
    return frames


def urgent(octets: int) -> list[Frame]:
    """Every segment has an urgent octet."""
    session = in_message()
    for place in range(octets // TINY):
        session.urgent("client", LETTER[place : place + 1], 1)
    return session.frames


def flags(mask: int, octets: int) -> list[Frame]:
    """Segments of one session with odd flags."""
    session = greeted()
    for number in range(octets // TINY):
        session.packet("client" if number % 2 else "server", mask, seq=number * 7)
    return session.frames


def resets(octets: int) -> list[Frame]:
    """RST, and octets behind it, again and again."""
    session = greeted()
    for _ in range(octets // (2 * TINY)):
        session.rst("client").client(b"NOOP\r\n")
    return session.frames


def syns(octets: int) -> list[Frame]:
    """Only SYN, each from another client."""
    frames: list[Frame] = []
    server = address("198.51.100.2")
    for number in range(octets // TINY):
        client = address("10.0.0.0")[:1] + number.to_bytes(3, "big")
        tcp = tcp_segment(client, server, (40_000, 25), (1, 0), SYN, b"")
        packet = ip_packet(client, server, 6, tcp)
        frames.append((number * 1_000, LINKS["ethernet"], wrap(packet, "ethernet")))
    return frames


def one_packets(payload: bytes, port: int, octets: int) -> list[Frame]:
    """Connections of one packet with octets, without a handshake."""
    frames: list[Frame] = []
    server = address("198.51.100.2")
    for number in range(max(octets // (70 + len(payload)), 1)):
        client = address("10.0.0.0")[:1] + number.to_bytes(3, "big")
        tcp = tcp_segment(client, server, (40_000, port), (1, 1), PSH | ACK, payload)
        packet = ip_packet(client, server, 6, tcp)
        frames.append((number * 1_000, LINKS["ethernet"], wrap(packet, "ethernet")))
    return frames


def ports_again(octets: int) -> list[Frame]:
    """One client uses the same port for each of very many connections."""
    frames: list[Frame] = []
    for number in range(max(octets // 400, 1)):
        session = opened()
        for half in session.halves.values():
            half.seq = (half.seq + number * 100_000) & 0xFFFFFFFF
        session.frames.clear()
        session.halves["client"].seq -= 1
        session.packet("client", SYN)
        session.halves["client"].seq += 1
        session.server(b"220 mx\r\n").client(b"NOOP\r\n")
        frames += session.frames
    return in_time(frames)


def sessions(port: int, octets: int) -> list[Frame]:
    """Very many short sessions, all open at the end."""
    frames: list[Frame] = []
    number = size = 0
    while size < octets:
        session = opened(number, port).server(b"220 mx\r\n").client(b"EHLO a\r\n")
        frames += session.server(b"250 ok\r\n").frames
        size += sum(len(data) + 16 for _, _, data in session.frames)
        number += 1
    return in_time(frames)


def undecided(payload: bytes, side: str, octets: int) -> list[Frame]:
    """Very many connections on a port that says nothing, with octets that say little."""
    frames: list[Frame] = []
    for number in range(max(octets // (300 + len(payload)), 1)):
        session = opened(number, 9_999)
        frames += (session.client(payload) if side == "client" else session.server(payload)).frames
    return in_time(frames)


def undecided_tiny(side: str, octets: int) -> list[Frame]:
    """One connection on such a port, in segments of one octet."""
    session = opened(0, 9_999)
    for _ in range(octets // TINY):
        session = session.client(b"E") if side == "client" else session.server(b"2")
    return session.frames


def fragments(size: int, octets: int, *, first: int = 0, reverse: bool = False) -> list[Frame]:
    """Datagrams in fragments, of which the first ones may lack, or the last come first."""
    frames: list[Frame] = []
    a, b = address("192.0.2.1"), address("198.51.100.2")
    ident = total = 0
    while total < octets:
        ident += 1
        tcp = tcp_segment(a, b, (40_000, 25), (ident * 1_400, 1), ACK, b"x" * 1_400)
        pieces = fragment_ip(ip_packet(a, b, 6, tcp, ident=ident), size, ident=ident)[first:]
        for piece in pieces[::-1] if reverse else pieces:
            frames.append((len(frames) * 1_000, LINKS["raw"], piece))
            total += len(piece) + 16
    return frames


def fragments_of_one(octets: int, step: int) -> list[Frame]:
    """Fragments of one datagram that lie over each other, and never all of it."""
    a, b = address("192.0.2.1"), address("198.51.100.2")
    tcp = tcp_segment(a, b, (40_000, 25), (1, 1), ACK, b"x" * 60_000)
    whole = fragment_ip(ip_packet(a, b, 6, tcp), 8)[1:-1:step]
    return [
        (number * 1_000, LINKS["raw"], whole[number % len(whole)]) for number in range(octets // 44)
    ]


def tunnels(header: bytes, protocol: int, octets: int) -> list[Frame]:
    """Packets in tunnels in each other, as deep as a packet has room."""
    a, b = address("192.0.2.1"), address("198.51.100.2")
    packet = ip_packet(a, b, 6, tcp_segment(a, b, (40_000, 25), (1, 1), PSH | ACK, b"NOOP\r\n"))
    while len(packet) < 1_450:
        packet = ip_packet(a, b, protocol, header + packet)
    frame = wrap(packet, "ethernet")
    return [(n * 1_000, 1, frame) for n in range(max(octets // (len(frame) + 16), 1))]


def hellos(extension: bytes, octets: int) -> list[Frame]:
    """TLS hellos with very many extensions, on the port that TLS is expected on."""
    count = 16_000 // len(extension)
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack(">H", 20_000) + b"\x13\x01" * 10_000
    extensions = extension * count
    body += b"\1\0" + struct.pack(">H", len(extensions)) + extensions
    message = b"\1" + len(body).to_bytes(3, "big") + body
    records = b"".join(
        b"\x16\x03\x01" + struct.pack(">H", len(piece)) + piece
        for piece in (message[n : n + 16_000] for n in range(0, len(message), 16_000))
    )
    frames: list[Frame] = []
    for number in range(max(octets // len(records), 1)):
        frames += opened(number, 465).client(records).close().frames
    return in_time(frames)


def tls_records(size: int, kind: int, octets: int) -> list[Frame]:
    """TLS records of few octets."""
    record = bytes([kind, 3, 3, 0, size]) + b"\1" * size
    session = opened(0, 465)
    for _ in range(max(octets // 14_000, 1)):
        session.client(record * (7_000 // len(record))).server(record * (7_000 // len(record)))
    return session.frames


def certificates(one: bytes, octets: int) -> list[Frame]:
    """Handshakes whose servers send as many certificates as a record has room for."""
    hello = _message(1, b"\x03\x03" + bytes(32) + b"\0\0\2\0\x2f\1\0")
    chain = one * max(16_000 // len(one), 1)
    server = _message(2, b"\x03\x03" + bytes(32) + b"\0\0\x2f\0")
    server += _message(11, len(chain).to_bytes(3, "big") + chain) + _message(14, b"")
    frames: list[Frame] = []
    for number in range(max(octets // (len(server) + 600), 1)):
        session = opened(number, 465).client(_record(hello)).server(_record(server))
        frames += session.close().frames
    return in_time(frames)


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _record(body: bytes) -> bytes:
    return b"\x16\x03\x03" + struct.pack(">H", len(body)) + body


def in_time(frames: list[Frame]) -> list[Frame]:
    """Give frames in this order times that follow each other."""
    first = frames[0][0] if frames else 0
    return [(first + n * 1_000, kind, data) for n, (_, kind, data) in enumerate(frames)]


def packets() -> dict[str, Maker]:
    """Return all of them by name."""
    gre = b"\0\0\x08\0"
    names = by_hand(extensions=alternative_names(*[b"%d.example" % n for n in range(60)]))
    wide = by_hand(common=(b"a" * 60,) * 20)
    made: dict[str, Maker] = {
        "segments of an octet": tiny,
        "segments of an octet, acknowledged": tiny_acknowledged,
        "dialogue in octets": tiny_dialogue,
        "swapped": swapped,
        "the last first, both": reversed_both,
        "gaps that are filled late": gaps_filled,
        "gaps of both": gaps_of_both,
        "holes, then covers": covers,
        "the same octet": partial(again, b"a", b"a"),
        "the same octet, another": partial(again, b"a", b"b"),
        "the same segment": partial(again, b"a" * 1_400, b"a" * 1_400),
        "the same segment, another": partial(again, b"a" * 1_400, b"b" * 1_400),
        "an octet of a segment": partial(again, b"a" * 1_400, b"b"),
        "a window again": whole_again,
        "acknowledged only": acknowledgements,
        "one side": alone,
        "urgent": urgent,
        "resets": resets,
        "SYN": syns,
        "a port again": ports_again,
        "sessions on 25": partial(sessions, 25),
        "sessions on 9999": partial(sessions, 9_999),
        "SYN of one packet": partial(one_packets, b"EHLO a\r\n", 25),
        "greetings of one packet": partial(one_packets, b"220 mx ESMTP\r\n", 9_999),
        "commands of one packet": partial(one_packets, b"MAIL FROM:<a@b>\r\n", 9_999),
        "octets of one packet": partial(one_packets, b"a", 9_999),
        "undecided octets": partial(undecided_tiny, "client"),
        "undecided octets of a server": partial(undecided_tiny, "server"),
        "undecided commands": partial(undecided, b"EHLO" * 50, "client"),
        "undecided greetings": partial(undecided, b"220 " * 300, "server"),
        "fragments that overlap": partial(fragments_of_one, step=1),
        "fragments with holes": partial(fragments_of_one, step=2),
        "tunnels in each other": partial(tunnels, b"", 4),
        "tunnels of GRE": partial(tunnels, gre, 47),
        "hellos of extensions": partial(hellos, b"\x12\x34\0\0"),
        "hellos of names": partial(hellos, b"\0\0\0\x06\0\x04\0\0\1a"),
        "hellos of protocols": partial(hellos, b"\0\x10\0\x04\0\x02\1a"),
        "records of an octet": partial(tls_records, 1, 22),
        "records of nothing": partial(tls_records, 0, 23),
        "records of alerts": partial(tls_records, 2, 21),
        "certificates of nothing": partial(certificates, b"\0\0\0"),
        "certificates of an octet": partial(certificates, b"\0\0\1\x30"),
        "certificates of names": partial(certificates, len(names).to_bytes(3, "big") + names),
        "certificates of words": partial(certificates, len(wide).to_bytes(3, "big") + wide),
    }
    for size in (1, 100, 1_400):
        made[f"the last first, {size}"] = partial(reversed_order, size)
        made[f"gaps behind {size}"] = partial(gaps, size, seen=False)
        made[f"gaps behind {size}, acknowledged"] = partial(gaps, size, seen=True)
        made[f"overlaps of {size}"] = partial(overlaps, size + 1)
        made[f"overlaps of {size} behind a hole"] = partial(overlaps_held, size + 1)
    for size in (8, 64, 512):
        made[f"fragments of {size}"] = partial(fragments, size)
        made[f"fragments of {size} without the first"] = partial(fragments, size, first=1)
        made[f"fragments of {size}, the last first"] = partial(fragments, size, reverse=True)
    for name, mask in {"no flags": 0, "FIN": FIN | ACK, "SYN again": SYN, "SYN ACK": SYN | ACK,
                       "RST": RST, "all flags": 0x3F, "URG": URG | ACK}.items():  # fmt: skip
        made[f"flags: {name}"] = partial(flags, mask)
    return made
