"""Every limit of the configuration, attacked through packets and the whole engine.

For each field of `config.Limits` there is one attack: what the engine holds stays within the limit,
that it was met is said, by an anomaly or a count, and the analysis goes on. The limits are small
here, so that an attack is some packets long.
"""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import pytest

from smtpids.config import KIB, MIB, Config, Limits
from smtpids.metrics import Counts
from smtpids.mime import LATE
from smtpids.pipeline import Pipeline
from smtpids.rules import Matcher, RuleSet
from smtpids.rules.rule import Level, Rule, Suppress
from smtpids.smtp.message import BATCH_OCTETS
from tests.support.engine import Ear, compiled
from tests.support.mails import attached, multipart, part
from tests.support.packets import LINKS, address, fragment_ip, ip_packet, tcp_segment
from tests.support.rules import ruleset
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtpids.capture.frames import Frame
    from smtpids.rules.rule import Match
    from smtpids.smtp import Event

SECOND: Final = 1_000_000_000
SERVER: Final = ("198.51.100.2", 25)


@dataclass
class Engine:
    """A pipeline with small limits, and what it says."""

    limits: Limits
    rules: RuleSet = field(default_factory=lambda: RuleSet(()))
    any_port: bool = True

    def __post_init__(self) -> None:
        self.counts = Counts()
        self.ear = Ear(compiled(self.rules))
        self.found: list[Match] = []
        config = Config(limits=self.limits, any_port=self.any_port, strict=True)
        self.pipeline = Pipeline(
            config,
            counts=self.counts,
            matcher=self.ear,
            on_alert=self.found.append,
        )
        self.pipeline.reading.want(LATE)  # so that no content waits to be hashed

    def feed(self, frames: Iterable[Frame]) -> Engine:
        """Take packets."""
        for frame in frames:
            self.pipeline.frame(*frame)
        return self

    def finish(self) -> Engine:
        """End the input."""
        self.pipeline.finish()
        return self

    @property
    def events(self) -> list[Event]:
        """All events so far."""
        return self.ear.events

    def anomalies(self) -> list[tuple[str, str]]:
        """Return kind and detail of all anomalies so far."""
        return [
            (
                str(event.fields["smtp.anomaly.kind"]),
                str(event.fields.get("smtp.anomaly.detail", "")),
            )
            for event in self.events
            if event.action == "anomaly"
        ]

    def said(self, name: str) -> bool:
        """Tell whether a limit was said, as anomaly and as count."""
        return ("limit_reached", name) in self.anomalies() and self.counts.limit_hits[name] > 0

    def ends(self) -> list[Event]:
        """Return what was said at the end of each session."""
        return [event for event in self.events if event.action == "session_end"]

    def messages(self) -> list[Event]:
        """Return the messages."""
        return [event for event in self.events if event.action == "message"]


def talk(port: int = 40_000, *, server: tuple[str, int] = SERVER) -> Conversation:
    """Return an open connection."""
    return Conversation(("192.0.2.1", port), server).open()


def greeted(port: int = 40_000) -> Conversation:
    """Return a session behind its EHLO."""
    opened = talk(port).server(b"220 mx ESMTP\r\n").client(b"EHLO c\r\n")
    return opened.server(b"250-mx\r\n250 PIPELINING\r\n")


def in_envelope(port: int = 40_000) -> Conversation:
    """Return a session that is about to send a message."""
    session = greeted(port).client(b"MAIL FROM:<a@b>\r\n").server(b"250 ok\r\n")
    return session.client(b"RCPT TO:<c@d>\r\n").server(b"250 ok\r\n")


def with_message(message: bytes, port: int = 40_000) -> Conversation:
    """Return a session with one message."""
    session = in_envelope(port).client(b"DATA\r\n").server(b"354 go\r\n")
    return session.client(message + b"\r\n.\r\n").server(b"250 queued\r\n")


def goes_on(session: Conversation, engine: Engine) -> bool:
    """Tell whether a session is still followed: a login is seen, and its end."""
    session.client(b"RSET\r\n").server(b"250 ok\r\n")
    session.client(b"AUTH PLAIN AGEAYg==\r\n").server(b"235 2.7.0 ok\r\n")
    session.client(b"QUIT\r\n").server(b"221 bye\r\n").close()
    engine.feed(session.frames).finish()
    ends = engine.ends()
    return len(ends) == 1 and ends[0].fields["smtp.auth.succeeded"] is True


def read(limits: Limits, message: bytes) -> Engine:
    """Read one message through packets, and see that the session goes on behind it."""
    engine = Engine(limits)
    assert goes_on(with_message(message), engine)
    assert len(engine.messages()) == 1
    return engine


# -- connections -----------------------------------------------------------------------------------


def connections() -> None:
    engine = Engine(Limits(connections=10))
    for port in range(1_000, 1_100):
        engine.feed(greeted(port).frames)
        assert engine.pipeline.table.active <= 10
        assert engine.pipeline.trackers <= 10
    assert engine.pipeline.table.evicted == 90
    assert engine.pipeline.table.limit_hits["connections"] == 90
    reasons = [event.fields["session.close_reason"] for event in engine.finish().ends()]
    assert reasons == ["evicted"] * 90 + ["eof"] * 10


def stream_octets() -> None:
    engine = Engine(Limits(stream_octets=16 * KIB))
    session = in_envelope().client(b"DATA\r\n").server(b"354 go\r\n").skip("client", 10)
    for _ in range(100):
        engine.feed(session.client(b"text\r\n" * 200).frames)
        session.frames.clear()
        assert engine.pipeline.table.held_octets <= 16 * KIB
    assert engine.pipeline.table.limit_hits["stream_octets"] > 0
    assert goes_on(session.client(b".\r\n").server(b"250 queued\r\n"), engine)
    assert engine.said("stream_octets")


def total_octets() -> None:
    engine = Engine(Limits(total_octets=64 * KIB))
    sessions = [greeted(port).skip("client", 10) for port in range(1_000, 1_100)]
    for session in sessions:
        engine.feed(session.client(b"NOOP\r\n" * 200).frames)
        session.frames.clear()
        assert engine.pipeline.table.held_octets <= 64 * KIB
    assert engine.pipeline.table.limit_hits["total_octets"] > 0
    engine.finish()
    assert engine.said("total_octets")
    assert len(engine.ends()) == 100


def tail_octets() -> None:
    """What is remembered to be compared is bounded; a conflict within it is still seen."""
    engine = Engine(Limits(tail_octets=4 * KIB))
    session = in_envelope().client(b"DATA\r\n").server(b"354 go\r\n")
    engine.feed(session.client(b"\r\na").frames)
    with Held() as held:
        for _ in range(100):
            session.frames.clear()
            engine.feed(session.client(b"a" * 10 * KIB).frames)
    assert held.octets < 40 * KIB
    last = session.last
    assert last is not None
    engine.feed(session.resend(b"b" * len(last[3])).frames[-1:])
    assert ("tcp_overlap_conflict", f"{len(last[3])} octets") in engine.anomalies()


def reorder_segments() -> None:
    engine = Engine(Limits(reorder_segments=4))
    session = in_envelope().client(b"DATA\r\n").skip("server", 20)
    for _ in range(6):
        session.client(b"text\r\n")
    engine.feed(session.client(b".\r\n").server(b"250 queued\r\n").frames)
    assert ("gap", "20 octets of the server") in engine.anomalies()
    session.frames.clear()
    assert goes_on(session, engine)


def reorder_ns() -> None:
    engine = Engine(Limits(reorder_ns=SECOND // 10, reorder_segments=1_000))
    session = in_envelope().client(b"DATA\r\n").skip("server", 20).client(b"text\r\n").wait(0.2)
    engine.feed(session.client(b".\r\n").server(b"250 queued\r\n").frames)
    assert ("gap", "20 octets of the server") in engine.anomalies()
    session.frames.clear()
    assert goes_on(session, engine)


def idle_ns() -> None:
    engine = Engine(Limits(idle_ns=10 * SECOND))
    engine.feed(greeted(1_000).frames)
    engine.feed(
        Conversation(("192.0.2.1", 1_001), SERVER, start_ns=greeted().now_ns + 20 * SECOND)
        .open()
        .frames
    )
    assert [event.fields["session.close_reason"] for event in engine.ends()] == ["timeout"]
    assert engine.pipeline.table.active == 1


def closing_ns() -> None:
    """Closed connections are forgotten, however many there were."""
    engine = Engine(Limits(closing_ns=SECOND))
    engine.feed(greeted(999).client(b"QUIT\r\n").server(b"221 bye\r\n").close().frames)
    now_ns = greeted().now_ns
    for attempt in range(2):
        with Held() as held:
            for port in range(1_000, 2_000):
                quick = Conversation(("192.0.2.1", port), SERVER, start_ns=now_ns).open()
                engine.feed(quick.rst("server").frames)
                now_ns = quick.now_ns + SECOND // 20
        assert attempt == 0 or held.octets < 100 * KIB
    assert engine.pipeline.table.active == 0
    assert sum(engine.pipeline.table.closed_by_reason.values()) == 2_001


# -- fragments -------------------------------------------------------------------------------------


def fragments(ident: int, now_ns: int) -> list[Frame]:
    """Return a TCP segment in IP fragments."""
    here, there = address("192.0.2.1"), address(SERVER[0])
    tcp = tcp_segment(here, there, (50_000, 25), (ident, 0), 2, b"x" * 800)
    packet = ip_packet(here, there, 6, tcp, ident=ident)
    pieces = fragment_ip(packet, 200, ident=ident)
    return [(now_ns, LINKS["raw"], piece) for piece in pieces]


def fragments_octets() -> None:
    engine = Engine(Limits(fragments_octets=16 * KIB))
    for attempt in range(2):  # dpkt is loaded for the first one
        with Held() as held:
            for ident in range(1, 1_000):
                engine.feed(fragments(ident, SECOND)[:-1])
        assert attempt == 0 or held.octets < 64 * KIB
    assert engine.pipeline.decoder.fragment_limit > 1_900
    engine.feed(fragments(3_000, SECOND))
    assert engine.pipeline.decoder.reassembled == 1


def fragment_ns() -> None:
    engine = Engine(Limits(fragment_ns=SECOND))
    for number in range(100):
        engine.feed(fragments(number + 1, number * 2 * SECOND)[:-1])
    assert engine.pipeline.decoder.fragment_timeouts == 99
    engine.feed(fragments(3_000, 300 * SECOND))
    assert engine.pipeline.decoder.reassembled == 1


# -- lines and octets of a session -----------------------------------------------------------------


def command_octets() -> None:
    engine = Engine(Limits(command_octets=2 * KIB))
    session = greeted()
    for _ in range(200):
        engine.feed(session.client(b"x" * 1_000).frames)
        session.frames.clear()
        assert engine.pipeline.budget.held_octets <= 4 * KIB
    assert goes_on(session.client(b"\r\n").server(b"500 what\r\n"), engine)
    assert engine.said("command_octets")


def reply_octets() -> None:
    engine = Engine(Limits(reply_octets=2 * KIB))
    session = greeted().client(b"HELP\r\n")
    for _ in range(200):
        engine.feed(session.server(b"214-help\r\n" * 100).frames)
        session.frames.clear()
        assert engine.pipeline.budget.held_octets <= 1_200 * KIB
    assert goes_on(session.server(b"214 end\r\n"), engine)
    assert engine.said("reply_octets")
    (reply,) = [event for event in engine.events if event.fields.get("smtp.reply.code") == 214]
    assert len(str(reply.fields["smtp.reply.text"])) <= 2 * KIB


def held_octets() -> None:
    engine = Engine(Limits(held_octets=8 * KIB))
    session = in_envelope().client(b"DATA\r\n").client(b"\r\n")
    for _ in range(100):
        engine.feed(session.client(b"x" * 998 + b"\r\n").frames)
        session.frames.clear()
        assert engine.pipeline.budget.held_octets <= 16 * KIB
    session.client(b".\r\n").server(b"354 go\r\n").server(b"250 queued\r\n")
    assert goes_on(session, engine)
    assert engine.said("held_octets")


def pending() -> None:
    engine = Engine(Limits(pending=50, dialogue=10))
    session = greeted()
    for _ in range(100):
        engine.feed(session.client(b"NOOP\r\n" * 20).ack_server().frames)
        session.frames.clear()
        assert engine.pipeline.budget.held_octets <= 60 * KIB
    assert engine.said("pending")
    assert goes_on(session, engine)
    assert engine.ends()[0].fields["smtp.command.count"] == 2_004


def undecided_octets() -> None:
    """On an unlisted port nobody knows what it is; others are followed meanwhile."""
    engine = Engine(Limits(undecided_octets=4 * KIB))
    odd = talk(1_000, server=("198.51.100.2", 9_999))
    for _ in range(100):
        engine.feed(odd.server(b"220 wait\r\n").frames)
        engine.feed(odd.resend(b"220 WAIT\r\n").frames[-1:])
        odd.frames.clear()
        assert engine.pipeline.budget.held_octets <= 4 * KIB
    assert engine.counts.limit_hits == {"undecided_octets": 1}
    assert goes_on(greeted(), engine)


def sessions_octets() -> None:
    engine = Engine(Limits(sessions_octets=256 * KIB))
    sessions = [
        in_envelope(port).client(b"DATA\r\n").server(b"354 go\r\n") for port in range(1_000, 1_060)
    ]
    sessions[1::2] = [greeted(port) for port in range(2_001, 2_060, 2)]
    with Held() as held:
        for session in sessions:
            engine.feed(session.client(b"Subject: " + b"x" * 20 * KIB).frames)
            session.frames.clear()
            assert engine.pipeline.budget.held_octets <= 256 * KIB
    assert held.octets < 8 * MIB
    assert engine.said("sessions_octets")
    for session in sessions:
        session.client(b"\r\n\r\n.\r\nQUIT\r\n").server(b"250 ok\r\n250 ok\r\n221 bye\r\n").close()
        engine.feed(session.frames)
    assert [event.fields["session.close_reason"] for event in engine.ends()] == ["fin"] * 60
    assert len(engine.messages()) == 30
    assert engine.pipeline.budget.held_octets == 0


# -- what is listed of a session -------------------------------------------------------------------


def recipients() -> None:
    engine = Engine(Limits(recipients=10))
    session = greeted().client(b"MAIL FROM:<a@b>\r\n").server(b"250 ok\r\n")
    for number in range(100):
        session.client(b"RCPT TO:<%d@d>\r\n" % number).server(b"250 ok\r\n")
    engine.feed(session.client(b"NOOP\r\n").frames)
    session.frames.clear()
    listed = engine.events[-1].fields["smtp.rcpt_to"]
    assert listed == [f"{number}@d" for number in range(10)]
    assert engine.events[-1].fields["smtp.rcpt.accepted"] == 100
    assert goes_on(session.server(b"250 ok\r\n"), engine)
    assert engine.said("recipients")


def dialogue() -> None:
    engine = Engine(Limits(dialogue=10))
    session = greeted()
    for _ in range(100):
        session.client(b"NOOP\r\n").server(b"250 ok\r\n")
    assert goes_on(session, engine)
    listed = engine.ends()[0].fields["smtp.dialogue"]
    assert isinstance(listed, list)
    assert len(listed) == 10
    assert engine.ends()[0].fields["smtp.command.count"] == 104
    assert engine.anomalies().count(("limit_reached", "dialogue")) == 1
    assert engine.said("dialogue")


def commands() -> None:
    engine = Engine(Limits(dialogue=10, commands=20))
    session = greeted()
    for _ in range(100):
        session.client(b"NOOP\r\n").server(b"250 ok\r\n")
    assert goes_on(session, engine)
    told = [
        event.fields["smtp.command.verb"] for event in engine.events if event.action == "command"
    ]
    assert 20 <= told.count("NOOP") < 30
    assert engine.ends()[0].fields["smtp.command.count"] == 104
    assert engine.anomalies().count(("limit_reached", "commands")) == 1
    assert engine.said("commands")


def anomalies() -> None:
    engine = Engine(Limits(anomalies=10))
    session = greeted()
    for _ in range(100):
        session.client(b"WHAT\r\n").server(b"500 what\r\n")
    assert goes_on(session, engine)
    assert len(engine.anomalies()) == 10
    assert engine.anomalies()[-1] == ("limit_reached", "anomalies")
    assert engine.said("anomalies")


# -- TLS -------------------------------------------------------------------------------------------


def tls_handshake_octets() -> None:
    engine = Engine(Limits(tls_handshake_octets=4 * KIB))
    record = b"\x16\x03\x01\x10\x00" + b"\x01\x01\x00\x00" + b"\x03\x03" + bytes(4_090)
    session = talk(server=("198.51.100.2", 465))
    for number in range(16):
        body = record if not number else b"\x16\x03\x01\x10\x00" + bytes(4_096)
        engine.feed(session.client(body).frames)
        session.frames.clear()
        assert engine.pipeline.budget.held_octets <= 4 * KIB
    engine.feed(session.server(b"\x15\x03\x03\x00\x02\x02\x28").close().frames).finish()
    assert engine.said("tls_handshake_octets")
    (tls,) = [event for event in engine.events if event.action == "tls"]
    assert (tls.fields["tls.outcome"], tls.fields["tls.alert"]) == ("failed", "handshake_failure")


# -- messages --------------------------------------------------------------------------------------


def header_octets() -> None:
    engine = Engine(Limits(header_octets=4 * KIB))
    session = in_envelope().client(b"DATA\r\n").server(b"354 go\r\nSubject: x\r\n"[:8])
    session.client(b"Subject: x\r\n")
    for number in range(100):
        engine.feed(session.client(b"X-%d: " % number + b"y" * 900 + b"\r\n").frames)
        session.frames.clear()
        assert engine.pipeline.budget.held_octets <= 8 * KIB + BATCH_OCTETS
    session.client(b"\r\nbody\r\n.\r\n").server(b"250 queued\r\n")
    assert goes_on(session, engine)
    assert ("mime_header_too_large", "header of the message") in engine.anomalies()
    assert engine.messages()[0].fields["email.subject"] == "x"


def header_fields() -> None:
    message = b"Subject: x\r\n" + b"X:\r\n" * 1_000 + b"To: late@d\r\n\r\nbody"
    engine = read(Limits(header_fields=20), message)
    assert engine.said("header_fields")
    fields_of = engine.messages()[0].fields
    assert (fields_of["email.subject"], "email.to.address" in fields_of) == ("x", False)


def part_header_octets() -> None:
    large = part(b"text", "Content-Type: text/plain", "X-A: " + "a" * 4_000, "X-B: b")
    engine = read(Limits(part_header_octets=1 * KIB), multipart(large, part(b"other")))
    assert ("mime_header_too_large", "header of a part") in engine.anomalies()
    assert engine.messages()[0].fields["email.mime.parts"] == 2


def mime_depth() -> None:
    message = part(b"core")
    for level in range(20):
        message = multipart(message, boundary=f"b{level}")
    engine = read(Limits(mime_depth=5), message)
    assert ("mime_too_deep", "more than 5 levels") in engine.anomalies()
    assert engine.messages()[0].fields["email.mime.depth"] == 5


def mime_parts() -> None:
    engine = read(Limits(mime_parts=5), multipart(*[part(b"x")] * 50))
    assert engine.said("mime_parts")
    assert engine.messages()[0].fields["email.mime.parts"] == 5


def attachments() -> None:
    engine = read(Limits(attachments=3), multipart(*[attached(b"x" * 90)] * 50))
    assert engine.said("attachments")
    listed = engine.messages()[0].fields["email.attachments"]
    assert isinstance(listed, list)
    assert len(listed) == 3


def archive_members() -> None:
    local = b"PK\x03\x04" + bytes(22) + b"\x05\x00\x00\x00"
    archive = b"".join(local + b"%05d" % number for number in range(500))
    engine = read(Limits(archive_members=10), multipart(*[attached(archive, "a.zip")] * 3))
    assert engine.said("archive_members")
    names = engine.messages()[0].fields["email.attachments.archive.members.name"]
    assert isinstance(names, list)
    assert len(names) == 10


def urls() -> None:
    text = b"".join(b"http://%d.example/\r\n" % number for number in range(200))
    engine = read(Limits(urls=5), part(text))
    assert engine.said("urls")
    listed = engine.messages()[0].fields["email.urls"]
    assert listed == [f"http://{number}.example/" for number in range(5)]


def text_octets() -> None:
    text = b"http://first.example/ " + b"word " * 1_000 + b"http://last.example/ "
    engine = read(Limits(text_octets=1 * KIB), part(text))
    assert engine.said("text_octets")
    assert engine.messages()[0].fields["email.urls"] == ["http://first.example/"]


def body_text_octets() -> None:
    """A rule sees the beginning, and what is kept for it counts as held until the message ends."""
    engine = Engine(Limits(body_text_octets=4 * KIB))
    asked = ruleset(first="email.body.text|contains: first", last="email.body.text|contains: last")
    engine.pipeline.swap(Matcher(asked))
    engine.pipeline.reading.want(LATE)  # so that no content waits to be hashed
    session = in_envelope().client(b"DATA\r\n").server(b"354 go\r\n")
    session.client(b"Subject: x\r\n\r\nfirst\r\n")
    most = 0
    for _ in range(100):
        engine.feed(session.client(b"y" * 900 + b"\r\n").frames)
        session.frames.clear()
        most = max(most, engine.pipeline.budget.held_octets)
    assert 4 * KIB < most <= 8 * KIB + BATCH_OCTETS
    session.client(b"last\r\n.\r\n").server(b"250 queued\r\n")
    engine.feed(session.frames)
    assert [match.rule.name for match in engine.found] == ["first"]


def text_chars() -> None:
    """A text that was cut says so itself."""
    engine = read(Limits(text_chars=20), part(b"", "Subject: " + "s" * 500))
    assert engine.messages()[0].fields["email.subject"] == "s" * 19 + "…"


# -- across sessions -------------------------------------------------------------------------------


def history() -> None:
    engine = Engine(Limits(history=10))
    for number in range(100):
        session = Conversation((f"192.0.2.{number}", 1_000), (f"198.51.100.{number}", 25)).open()
        session.server(b"220 mx ESMTP\r\n").client(b"QUIT\r\n").server(b"221 bye\r\n").close()
        engine.feed(session.frames)
        memory = engine.pipeline.memory
        assert max(len(memory.servers), len(memory.clients)) <= 10
    assert (engine.pipeline.memory.clients.evicted, len(engine.ends())) == (90, 100)


def groups() -> None:
    told = ruleset(probe="smtp.helo|exists: true")
    by = Suppress(("smtp.helo",), 600 * SECOND)
    rule = Rule("probe", "Probe", Level.HIGH, suppress=by)
    source = type(told.sources[0])(rule, told.sources[0].condition)
    engine = Engine(Limits(groups=10), RuleSet((source,)))
    session = greeted()
    for number in range(100):
        session.client(b"EHLO %d" % number + b"x" * 900 + b"\r\n").server(b"250 ok\r\n")
    engine.feed(session.frames)
    session.frames.clear()
    assert engine.pipeline.suppressor.groups <= 10
    assert engine.pipeline.suppressor.evicted["probe"] > 80
    assert goes_on(session, engine)


# -- all of them -----------------------------------------------------------------------------------


class Held:
    """What was allocated inside a `with` and is still there behind it: `octets`."""

    def __init__(self) -> None:
        self.octets = 0

    def __enter__(self) -> Self:
        tracemalloc.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.octets = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()


ATTACKS: Final[dict[str, Callable[[], None]]] = {
    attack.__name__: attack
    for attack in (
        connections,
        stream_octets,
        total_octets,
        tail_octets,
        reorder_segments,
        reorder_ns,
        idle_ns,
        closing_ns,
        fragments_octets,
        fragment_ns,
        command_octets,
        reply_octets,
        held_octets,
        pending,
        undecided_octets,
        sessions_octets,
        header_octets,
        header_fields,
        recipients,
        dialogue,
        commands,
        anomalies,
        tls_handshake_octets,
        mime_depth,
        mime_parts,
        part_header_octets,
        attachments,
        archive_members,
        urls,
        text_octets,
        body_text_octets,
        text_chars,
        history,
        groups,
    )
}


#: Limits that are not of what the pipeline holds, and the tests that attack them.
ELSEWHERE: Final = {
    "capture_octets": "unit/capture/test_live.py",
    **dict.fromkeys(
        ("extract_file_octets", "extract_octets", "extract_files", "extract_open"),
        "unit/outputs/test_extract.py",
    ),
    **dict.fromkeys(
        ("correlation_windows", "correlation_keys", "correlation_values"),
        "unit/rules/test_groups.py",
    ),
    "correlation_held": "unit/rules/test_correlator.py",
    "correlation_lateness_ns": "property/test_correlator_oracle.py",
}


def test_every_limit_is_attacked() -> None:
    assert set(Limits._fields) == set(ATTACKS) | set(ELSEWHERE)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_limit_that_is_attacked_elsewhere_is_named_there(name: str) -> None:
    assert name in (Path(__file__).parents[1] / ELSEWHERE[name]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ATTACKS)
def test_a_limit_holds_is_said_and_does_no_harm(name: str) -> None:
    ATTACKS[name]()
