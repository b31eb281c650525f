"""Where the fuzzer begins: transcripts, recorded captures, a few made by hand, and the seeds.

`seeds/TARGET/` holds what once broke something, each file named for what it broke; those are run
first, as a regression.
"""

from __future__ import annotations

import gzip
import re
import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.capture import file_sources
from smtpids.config import MAIL_PORTS, Limits
from smtpids.rules.shipped_rules import folder as rules_folder
from smtpids.tcp.events import CLIENT as CLIENT_SIDE
from smtpids.tcp.events import Gap, HalfClosed, Octets
from smtpids.tcp.table import ConnectionTable
from tests.fuzz import scripts
from tests.fuzz.scripts import Record
from tests.support.capture_files import pcap_bytes, pcapng_bytes
from tests.support.certificates import alternative_names, by_hand
from tests.support.engine import captures
from tests.support.mails import attached, multipart, part
from tests.support.packets import LINKS, address, fragment_ip, ip_packet, relink, tcp_segment
from tests.support.transcript import FOLDER, Transcript, frames_of, load

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame
    from smtpids.tcp.events import StreamEvent

SEEDS: Final = Path(__file__).parent / "seeds"
#: Octets of a seed taken from a capture.
MOST: Final = 24 * 1024
#: Link types of a frame, by the first octet of its record; the last ones are not known.
LINK_TYPES: Final = (1, 113, 276, 0, 108, 101, 228, 229, 12, 147, 65_000)
#: A certificate begins with two sequences of two-octet lengths.
DER: Final = re.compile(rb"\x30\x82([\x01-\x0f].)\x30\x82", re.DOTALL)
_ACTS: Final = {
    ("gap", "client"): scripts.CLIENT_GAP,
    ("gap", "server"): scripts.SERVER_GAP,
    ("fin", "client"): scripts.CLIENT_FIN,
    ("fin", "server"): scripts.SERVER_FIN,
    ("rst", "client"): scripts.CLIENT_RST,
    ("rst", "server"): scripts.SERVER_RST,
}


def broken(target: str) -> list[Path]:
    """Return the files that once broke something, in order of name."""
    folder = SEEDS / target
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


@cache
def transcripts() -> tuple[Transcript, ...]:
    """Return all transcripts."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.smtp")))


# -- conversations ---------------------------------------------------------------------------------


@cache
def conversations() -> tuple[bytes, ...]:
    """Return scripts of the transcripts and of the connections in the captures."""
    found = [_of_transcript(script) for script in transcripts()]
    for path in captures():
        found += _of_capture(path)
    return tuple(dict.fromkeys(found))


def _of_transcript(script: Transcript) -> bytes:
    ports = {port: at for at, port in reversed(list(enumerate(scripts.PORTS)))}
    settings = ports.get(script.port, 4)
    settings |= scripts.MIDSTREAM if script.midstream else 0
    settings |= scripts.TAP if script.tap else 0
    settings |= {None: 0, "client": scripts.ONLY_CLIENT, "server": scripts.ONLY_SERVER}[script.only]
    records: list[Record] = []
    for step in script.steps:
        if step.act == "send":
            act = (step.side == "server") + (2 if step.unseen else 0)
            records.append(Record(act, step.octets))
        elif step.act == "gap":
            octets = struct.pack(">H", min(int(step.number), 0xFFFF))
            records.append(Record(_ACTS["gap", step.side], octets))
        elif step.act == "wait":
            octets = struct.pack(">H", min(int(step.number * 10), 0xFFFF))
            records.append(Record(scripts.WAIT, octets))
        elif step.act in {"resend", "conflict"}:
            act = scripts.RESEND if step.act == "resend" else scripts.CONFLICT
            records.append(Record(act, step.octets))
        elif (step.act, step.side) in _ACTS:
            records.append(Record(_ACTS[step.act, step.side]))
    return scripts.encode(settings, records)


def _frames(path: Path) -> list[Frame]:
    frames: list[Frame] = []
    for source in file_sources([str(path)]):
        frames += list(source)
        source.close()
    return frames


def _of_capture(path: Path) -> list[bytes]:
    from smtpids.config import Config
    from smtpids.packet import Decoder

    decoder, table = Decoder(Config()), ConnectionTable(Limits(), MAIL_PORTS)
    events: list[StreamEvent] = []
    for ts_ns, linktype, data in _frames(path):
        segment = decoder.decode(ts_ns, linktype, data)
        events += table.feed(segment, 0) if segment is not None else ()
    talks: dict[int, list[Record]] = {}
    ports: dict[int, int] = {}
    for event in [*events, *table.finish()]:
        talk = talks.setdefault(event.connection.uid, [])
        ports[event.connection.uid] = event.connection.server_port
        if isinstance(event, Octets):
            talk.append(Record(int(event.side != CLIENT_SIDE), event.data))
        elif isinstance(event, Gap):
            act = scripts.CLIENT_GAP if event.side == CLIENT_SIDE else scripts.SERVER_GAP
            talk.append(Record(act, struct.pack(">H", min(event.length, 0xFFFF))))
        elif isinstance(event, HalfClosed):
            act = scripts.CLIENT_FIN if event.side == CLIENT_SIDE else scripts.SERVER_FIN
            talk.append(Record(act))
    numbers = {25: 0, 465: 1, 587: 2}
    made = [scripts.encode(numbers.get(ports[uid], 4), talk) for uid, talk in talks.items()]
    return [script for script in made if len(script) <= MOST][:4]


@cache
def handshakes() -> tuple[bytes, ...]:
    """Return the conversations in which there is TLS."""
    return tuple(script for script in conversations() if b"\x16\x03" in script)


# -- frames and files ------------------------------------------------------------------------------


def pack_frames(frames: list[Frame]) -> bytes:
    """Write frames as records: one octet for the link type, two for the length."""
    records = []
    for _, linktype, data in frames:
        link = LINK_TYPES.index(linktype) if linktype in LINK_TYPES else len(LINK_TYPES) - 1
        records.append(Record(link, data))
    return scripts.encode(0, records)


@cache
def packets() -> tuple[bytes, ...]:
    """Return frames of every link type, fragmented, tunnelled, and as they were recorded."""
    found: list[bytes] = []
    scenes = [script for script in transcripts() if len(script.steps) < 25]
    for at, script in enumerate(scenes):
        link = list(LINKS)[at % len(LINKS)]
        ends = ("2001:db8::1", "2001:db8::2") if at % 3 == 0 else ("192.0.2.1", "198.51.100.2")
        found.append(pack_frames(frames_of(script, link=link, hosts=ends)))
    found += [pack_frames(_frames(path)[:24]) for path in captures()]
    found += _odd_packets()
    return tuple(script for script in found if len(script) <= 2 * MOST)


def _odd_packets() -> list[bytes]:
    """Return fragments, options, extension headers and tunnels."""
    found: list[bytes] = []
    for one, other in (("192.0.2.1", "198.51.100.2"), ("2001:db8::1", "2001:db8::2")):
        here, there = address(one), address(other)
        tcp = tcp_segment(here, there, (50_000, 25), (1, 1), 0x18, b"EHLO a\r\n" * 20)
        packet = ip_packet(here, there, 6, tcp)
        pieces = fragment_ip(packet, 48, ident=7)
        found.append(scripts.encode(0, [Record(5, piece) for piece in pieces]))
        found.append(scripts.encode(0, [Record(5, piece) for piece in reversed(pieces)]))
        if len(here) == 16:
            chain = b"\x3c\0\1\4\0\0\0\0" + b"\x2b\0\1\4\0\0\0\0" + b"\6\0\1\4\0\0\0\0"
            found.append(
                scripts.encode(0, [Record(5, ip_packet(here, there, 0, tcp, options=chain))])
            )
        else:
            found.append(
                scripts.encode(0, [Record(5, ip_packet(here, there, 6, tcp, options=b"\7\4\4\0"))])
            )
        kind = b"\x08\0" if len(here) == 4 else b"\x86\xdd"
        macs = bytes(12)
        frame = macs + kind + packet
        vxlan = struct.pack(">HHHH", 9, 4789, 16 + len(frame), 0) + b"\x08" + bytes(7) + frame
        geneve = (
            struct.pack(">HHHH", 9, 6081, 16 + len(frame), 0) + b"\0\0\x65\x58" + bytes(4) + frame
        )
        bodies = (
            (17, vxlan),
            (17, geneve),
            (47, b"\0\0" + kind + packet),
            (47, b"\x30\0\x65\x58" + bytes(8) + frame),
            (47, b"\x10\0\x88\xbe\0\0\0\1" + bytes(8) + frame),
            (4 if len(here) == 4 else 41, packet),
        )
        found += [
            scripts.encode(0, [Record(5, ip_packet(here, there, protocol, body))])
            for protocol, body in bodies
        ]
        carriers = (
            b"\x88\x47\0\0\x11\x40" + packet,
            b"\x88\x64\x11\0\0\1" + struct.pack(">H", len(packet) + 2) + b"\0\x21" + packet,
            struct.pack(">H", len(packet) + 8) + b"\xaa\xaa\3\0\0\0" + kind + packet,
        )
        found += [scripts.encode(0, [Record(0, macs + carrier)]) for carrier in carriers]
    return found


@cache
def files() -> tuple[bytes, ...]:
    """Return capture files of all formats, small ones."""
    from backports import zstd

    found = [path.read_bytes() for path in captures() if path.stat().st_size <= MOST]
    frames = frames_of(transcripts()[0])[:8]
    for big in (False, True):
        found += [pcap_bytes(frames, big_endian=big, nano=fine) for fine in (False, True)]
    mixed = [*frames[:3], *relink(frames[3:5], "raw"), *relink(frames[5:], "sll2")]
    found += [pcapng_bytes(mixed), pcapng_bytes(mixed, big_endian=True)]
    found += [gzip.compress(found[0], mtime=0), zstd.compress(found[0]), b""]
    return tuple(found)


# -- messages, certificates, rules -----------------------------------------------------------------


@cache
def messages() -> tuple[bytes, ...]:
    """Return messages: those of the transcripts, and one of each thing that mail may hold."""
    import io
    import tarfile
    import zipfile

    packed, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("a/invoice.pdf.exe", "word/document.xml", "xl/vbaProject.bin"):
            archive.writestr(zipfile.ZipInfo(name), b"x")
    with tarfile.open(fileobj=tarred, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in ("a.txt", "b" * 120, "c/é.sh"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    import base64 as base_64

    def b64(octets: bytes) -> bytes:
        return base_64.encodebytes(octets).replace(b"\n", b"\r\n")

    encoded = "Content-Transfer-Encoding: base64"
    quoted = "Content-Transfer-Encoding: quoted-printable"
    link = b"See http://example.org/a?b=c. <a href='https://u:p@example.net/'>x</a> &#104;ttp://x.y/\r\n"
    files_of = {
        "a.zip": packed.getvalue(),
        "a.tar": tarred.getvalue()[:3_000],
        "a.rar": b"Rar!\x1a\x07\x01\x00" + bytes.fromhex("3392b5e50a01050600050101808000"),
        "b.rar": b"Rar!\x1a\x07\x00" + bytes.fromhex("cf907300000d00000000000000") + bytes(40),
        "a.7z": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24),
        "a.gz": b"\x1f\x8b\x08\x08" + bytes(6) + b"inner.exe\0" + bytes(9),
        "a.exe": b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(30),
        "a.pdf": b"%PDF-1.4 /OpenAction /JS /Launch /Encrypt",
        "a.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"),
        "a.rtf": b"{\\rtf1 \\objdata \\*\\template http://a.b/c",
        "a.html": b"<html><script>createObjectURL</script><input type=password>",
        "a.one": bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(60),
    }
    parts = [attached(b64(octets), name, encoded) for name, octets in files_of.items()]
    inner = part(b"inner http://inner.example/\r\n", "Subject: inner", "From: x@y")
    message_part = part(inner, "Content-Type: message/rfc822")
    names = (
        'Content-Type: application/octet-stream; name="=?utf-8?B?aW52b2ljZS5leGU=?="',
        "Content-Disposition: attachment; filename=a.pdf; filename*0*=utf-8''a%2e; filename*1=scr",
    )
    header = part(
        link,
        'From: "A, B (c)" <a@example.org>, =?iso-8859-1?Q?=E9?= <b@c>',
        'To: group: c@d, (comment (nested)) e@f;, <@r1,@r2:g@h>, "q\\""@i',
        "Subject: =?utf-8?B?w6k=?= =?utf-8?Q?=C3=A9?=\r\n folded",
        "Date: Thu, 13 Feb 1969 23:32 -0330 (Newfoundland)",
        "Message-ID: <a.b@c>",
        *[f"Received: from a by b; Fri, 0{day} Jan 2021 00:00:00 GMT" for day in range(1, 5)],
    )
    deep = inner
    for level in range(6):
        deep = multipart(part(b"x\r\n"), deep, boundary=f"b{level}")
    found = [
        header,
        multipart(*parts[:6]),
        multipart(*parts[6:]),
        multipart(
            part(b64(link * 3), "Content-Type: text/html; charset=utf-8", encoded), message_part
        ),
        part(link.replace(b"=", b"=3D"), "Content-Type: text/html", quoted),
        part(
            "<a href=http://wide.example/>".encode("utf-16"),
            "Content-Type: text/html; charset=utf-16",
        ),
        multipart(part(b"x", *names), attached(b"begin 644 a.exe\r\n#86)C\r\n`\r\nend\r\n", "u")),
        multipart(message_part, multipart(message_part, boundary="c"), subtype="digest"),
        part(b64(inner), "Content-Type: message/rfc822", encoded),
        deep,
        b"no header at all",
    ]
    sent = [step.octets for script in transcripts() for step in script.packets]
    return tuple(found + [octets for octets in sent if b"Subject:" in octets])


@cache
def certificates() -> tuple[bytes, ...]:
    """Return certificates as DER: those that were recorded, and some made by hand."""
    found = [
        by_hand(extensions=alternative_names(b"a.example", b"*.b.example")),
        by_hand(common=(), serial=-5),
        by_hand(common=(b"a", b"b"), modulus_bits=512, signature="1.2.840.113549.1.1.10"),
        by_hand(key="1.3.101.112", begin=b"991231235959Z", end=b"nonsense"),
    ]
    for script in handshakes():
        _, records = scripts.decode(script)
        said = b"".join(record.payload for record in records if record.act == scripts.SERVER)
        for place in DER.finditer(said):
            size = 4 + int.from_bytes(place[1], "big")
            found.append(said[place.start() : place.start() + size])
    return tuple(dict.fromkeys(found))


@cache
def rules() -> tuple[bytes, ...]:
    """Return the shipped rules."""
    found = [path.read_bytes() for path in sorted(rules_folder().rglob("*.yml"))]
    return tuple(text for text in found if b"\ntitle:" in b"\n" + text)
