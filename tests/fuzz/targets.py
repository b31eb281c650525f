"""What is fuzzed: for each target where it begins, how its inputs are changed, what must hold.

A target's function takes octets, whatever they are. It fails by raising, and returns words for what
it saw, so that inputs that lead to new places are kept.
"""

from __future__ import annotations

import json
import os
import random  # noqa: TID251 -- seeded by the input itself: the same octets are cut at the same places
import zlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids import rules
from smtpids.capture.pcapfile import FileSource
from smtpids.config import Config, Limits
from smtpids.errors import CaptureError, RuleSetError
from smtpids.mime import HIDDEN, MessageReader
from smtpids.packet import Decoder
from smtpids.rules import Matcher
from smtpids.rules.interpreter import evaluate
from smtpids.smtp.upgrade import certificate_fields
from smtpids.tls import TlsSession
from smtpids.tls.certificate import read_certificate
from tests.fuzz import corpus, logins, scripts, words
from tests.fuzz.judging import judged
from tests.fuzz.scripts import Record
from tests.support.engine import told_of_frames
from tests.support.transcript import frames_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.capture.frames import Frame
    from smtpids.smtp import Event

MILLISECOND: Final = 1_000_000
#: Frames of one file that go through the whole engine.
MOST_FRAMES: Final = 4_000
SLOW: Final = Config(fast_lane=False)
FAST: Final = Config()


class Target(NamedTuple):
    """One thing to be fuzzed."""

    name: str
    sentence: str
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[bytes]
    is_script: bool
    run: Callable[[bytes], set[str]]
    readings: int = 1
    """How many times it reads its input, and may take as long."""


# -- frames and files ------------------------------------------------------------------------------


def _frames_of(script: bytes) -> list[Frame]:
    _, records = scripts.decode(script)
    links = corpus.LINK_TYPES
    return [
        (scripts.START_NS + at * MILLISECOND, links[act % len(links)], data)
        for at, (act, data) in enumerate(records)
    ]


def frames(script: bytes) -> set[str]:
    """Frames of any link type: both lanes say the same, and the whole engine takes them."""
    frames = _frames_of(script)
    fast, slow = Decoder(FAST), Decoder(SLOW)
    for frame in frames:
        one, other = fast.decode(*frame), slow.decode(*frame)
        assert one == other, (frame, one, other)
    return judged(frames).seen


def files(octets: bytes) -> set[str]:
    """Whole files: only CaptureError rises, and what was read before it goes through the engine."""
    fd = os.memfd_create("capture")
    try:
        os.write(fd, octets)
        source = FileSource(f"/proc/self/fd/{fd}", chunk=1 + zlib.crc32(octets) % 65_536)
        read: list[Frame] = []
        ended = "end"
        try:
            for frame in source:
                if len(read) < MOST_FRAMES:
                    read.append(frame)
        except CaptureError as error:
            message = str(error).partition(": ")[2]
            ended = "".join(letter for letter in message if not letter.isdigit())[:24]
        finally:
            source.close()
    finally:
        os.close(fd)
    assert all(type(ts_ns) is int and type(data) is bytes for ts_ns, _, data in read)
    return judged(read).seen | {ended}


# -- conversations ---------------------------------------------------------------------------------


def _config(script: bytes) -> Config:
    tap = bool(script and script[0] & scripts.TAP)
    return Config(any_port=True, strict=True, tls_inspection_tap=tap)


def dialogues(script: bytes) -> set[str]:
    """Conversations: both sides say anything, and packets are cut, lost, repeated and swapped."""
    return judged(scripts.frames_of(script), _config(script)).seen


def secrets(script: bytes) -> set[str]:
    """Logins among anything else: no secret of theirs stands in anything that is written."""
    judge = judged(scripts.frames_of(logins.planted(script)), _config(script))
    assert logins.leaks(b"".join(judge.text)) == []
    return judge.seen


# -- messages --------------------------------------------------------------------------------------


def _pieces(octets: bytes) -> list[bytes]:
    """Cut octets, always in the same way; a long message into packets of the usual size."""
    lots = random.Random(zlib.crc32(octets))
    if len(octets) > 16_384:
        return [octets[at : at + 1_460] for at in range(0, len(octets), 1_460)]
    most = lots.choice((1, 3, 40, 1_000))
    found, at = [], 0
    while at < len(octets):
        size = lots.randint(1, most)
        found.append(octets[at : at + size])
        at += size
    return found


def _read(*pieces: bytes) -> tuple[dict[str, object], list[tuple[str, str]]]:
    reader = MessageReader(Limits(), hidden=HIDDEN, own_domains=("example.com", "example"))
    for piece in pieces:
        reader.feed(piece)
    reader.end()
    return {**reader.fields()}, reader.anomalies()


def messages(octets: bytes) -> set[str]:
    """Messages: read the same however they are cut, and by DATA or BDAT through the engine."""
    whole, pieces = _read(octets), _pieces(octets)
    assert whole == _read(*pieces)
    json.dumps(whole[0])
    reader = MessageReader(Limits(), hashes=False)
    for at, piece in enumerate(pieces[:400]):
        reader.feed(piece)
        if at % 7 == 3:
            reader.gap(len(piece))
            reader.header()
    reader.end()
    reader.fields()
    said = [(b"220 mx ESMTP\r\n", b"EHLO a\r\n"), (b"250 mx\r\n", b"MAIL FROM:<a@b>\r\n")]
    said += [(b"250 ok\r\n", b"RCPT TO:<c@d>\r\n")]
    if zlib.crc32(octets) % 3:
        said += [(b"250 ok\r\n", b"DATA\r\n"), (b"354 go\r\n", octets + b"\r\n.\r\n")]
    else:
        said += [(b"250 ok\r\n", b"BDAT %d LAST\r\n" % len(octets) + octets)]
    said += [(b"250 queued\r\n", b"QUIT\r\n")]
    talk = [
        Record(act, line)
        for pair in said
        for act, line in zip((scripts.SERVER, scripts.CLIENT), pair, strict=True)
    ]
    return judged(scripts.frames_of(scripts.encode(0, talk))).seen


# -- TLS -------------------------------------------------------------------------------------------


def handshakes(script: bytes) -> set[str]:
    """TLS of both sides: by itself, and on port 465 or behind STARTTLS."""
    _, records = scripts.decode(script)
    session = TlsSession(Limits())
    for act, octets in records:
        if act in scripts.SPEAKING:
            session.feed(act & 1, octets)
        elif act in {scripts.CLIENT_GAP, scripts.SERVER_GAP}:
            session.gap(act & 1, int.from_bytes(octets[:2], "big"))
    certificate = session.certificate()
    seen = {f"{name}={getattr(session, name)}"[:60] for name in FACTS}
    if certificate is not None:
        seen |= set(certificate_fields(certificate, session.server_name, scripts.START_NS))
    return seen | judged(scripts.frames_of(script), _config(script)).seen


FACTS: Final = (
    "version",
    "cipher",
    "alert",
    "established",
    "failed",
    "malformed",
    "limit_reached",
    "heartbleed",
    "resumed",
    "hello_retry",
    "downgrade_sentinel",
    "fallback_scsv",
    "certificates",
    "cleartext_after_tls",
)


def certificates(der: bytes) -> set[str]:
    """Certificates: whatever DER, or none, gives facts or nothing."""
    read_certificate.cache_clear()
    read = read_certificate(der, 1_024)
    facts = certificate_fields(read, "mx.example.net", scripts.START_NS)
    json.dumps(facts)
    seen = {name for name, value in facts.items() if value}
    return seen | {read.key_algorithm[:30], read.signature_algorithm[:30]}


# -- rules -----------------------------------------------------------------------------------------


@cache
def _events() -> tuple[Event, ...]:
    """Return events of every kind, to be asked about."""
    found: list[Event] = []
    for script in corpus.transcripts()[::6]:
        found += told_of_frames(frames_of(script), config=script.config).events
    return tuple(found)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="smtpids-fuzz-")


def rule_files(text: bytes) -> set[str]:
    """Rule files: only RuleSetError rises, and a rule that is taken can be asked of every event."""
    path = Path(_folder().name) / "probe.yml"
    path.write_bytes(text)
    try:
        ruleset = rules.load([path])
    except RuleSetError as error:
        return {fault.message[:40] for fault in error.errors}
    matcher = Matcher(ruleset)
    seen = {"loaded"}
    for event in _events():
        matched = {rule.name for rule in matcher.match(event)}
        plain = {
            source.rule.name
            for source in ruleset.sources
            if source.rule.enabled
            and source.rule.level != "informational"
            and evaluate(source.condition, event.fields)
        }
        assert matched == plain, (event.action, matched, plain)
        seen |= {f"{event.action} matched" for _ in matched}
    assert not matcher.errors, matcher.errors
    assert not matcher.fallbacks, matcher.fallbacks
    return seen


_ALL: Final = (
    Target("frames", "frames of any link", corpus.packets, words.PACKETS, True, frames, 3),
    Target("files", "capture files", corpus.files, words.PACKETS, False, files, 2),
    Target("dialogues", "both sides of TCP", corpus.conversations, words.WORDS, True, dialogues),
    Target("secrets", "logins", corpus.conversations, words.WORDS, True, secrets, 2),
    Target("messages", "messages", corpus.messages, words.MAIL, False, messages, 4),
    Target("tls", "TLS of both sides", corpus.handshakes, words.PACKETS, True, handshakes, 2),
    Target("certificates", "DER", corpus.certificates, words.PACKETS, False, certificates),
    Target("rules", "rule files", corpus.rules, words.RULES, False, rule_files, 20),
)
TARGETS: Final = {target.name: target for target in _ALL}
