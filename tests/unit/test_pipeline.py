"""What joins the layers: which connections are mail, what is told, what a bug of ours does."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from smtpids.alerts.alert import alert
from smtpids.alerts.record import Observer, record
from smtpids.alerts.table import alert_lines, event_lines
from smtpids.capture import TICK, FileSource
from smtpids.config import Config, MailServer
from smtpids.errors import CaptureError
from smtpids.history import Memory
from smtpids.metrics import Counts
from smtpids.mime.digests import HASHES, MD5
from smtpids.pipeline import Pipeline
from smtpids.rules import Matcher
from smtpids.rules.rule import Level, Rule
from tests.support.packets import fragment_ip, unwrap, wrap
from tests.support.rules import ruleset
from tests.support.transcript import FOLDER, frames_of, load, parse
from tests.support.visits import Listener
from tests.support.wire import START_NS, Conversation, write_pcap, write_pcapng

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from smtpids.capture.frames import Frame
    from smtpids.rules.rule import Match
    from smtpids.smtp import Event

HELLO = b"EHLO client.example\r\n"
SEND = [
    (b"220 mx.example ESMTP\r\n", HELLO),
    (b"250 mx.example\r\n", b"MAIL FROM:<a@b>\r\n"),
    (b"250 Ok\r\n", b"RCPT TO:<c@d>\r\n"),
    (b"250 Ok\r\n", b"DATA\r\n"),
    (b"354 go on\r\n", b"Subject: x\r\n\r\ny\r\n.\r\n"),
    (b"250 queued\r\n", b"QUIT\r\n"),
]


@dataclass
class Tape:
    """A source of frames from memory."""

    frames: list[Frame]
    name: str = "tape"
    position: int = 0
    received: int = 0
    dropped: int = 0

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)

    def stop(self) -> None:
        """Nothing to stop."""

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Run:
    """A pipeline and what it told."""

    config: Config = field(default_factory=lambda: Config(strict=True))
    records: list[Event] = field(default_factory=list)
    alerts: list[Match] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = Counts()
        self.pipeline = Pipeline(
            self.config,
            counts=self.counts,
            on_alert=self.alerts.append,
            on_record=self.records.append,
        )

    def read(self, *frames: Sequence[Frame]) -> list[str]:
        for number, part in enumerate(frames):
            self.pipeline.run(Tape(list(part), f"tape-{number}"))
        self.pipeline.finish()
        return [event.action for event in self.records]


def mail(port: int = 25, *, client: str = "192.0.2.1", close: bool = True) -> list[Frame]:
    talk = Conversation(client=(client, 50000), server=("198.51.100.2", port)).open()
    for server, answer in SEND:
        talk.server(server).client(answer)
    talk.server(b"221 bye\r\n")
    return talk.close().frames if close else talk.frames


def test_a_mail_makes_a_message_and_a_session_record() -> None:
    run = Run()
    assert run.read(mail()) == ["message", "session_end"]
    message = run.records[0].fields
    assert message["email.subject"] == "x"
    assert message["smtp.rcpt_to"] == ["c@d"]
    assert message["smtpids.pcap.file"] == "tape-0"
    assert message["network.community_id"] == run.records[1].fields["network.community_id"]
    assert run.counts.messages["accepted"] == 1


def fragmented(frame: Frame, *, forge: bool) -> list[Frame]:
    """Return a frame as IP fragments of 8 octets, the fourth sent first with other octets."""
    ts_ns, linktype, data = frame
    pieces = fragment_ip(unwrap(data, "ethernet"), 8)
    if forge:
        pieces[3:3] = [pieces[3][:20] + b"x" * (len(pieces[3]) - 20)]
    return [(ts_ns, linktype, wrap(piece, "ethernet")) for piece in pieces]


@pytest.mark.parametrize("forge", [True, False])
def test_fragments_that_cut_into_each_other_are_told_of_their_session(forge: bool) -> None:
    frames = mail()
    place = next(at for at, frame in enumerate(frames) if b"Subject" in frame[2])
    pieces = fragmented(frames[place], forge=forge)
    frames[place : place + 1] = pieces
    run = Run()
    run.read(frames)
    anomalies = [event.fields for event in run.records if event.action == "anomaly"]
    packets = [
        odd["smtpids.pcap.packet"]
        for odd in anomalies
        if odd["smtp.anomaly.kind"] == "ip_fragment_overlap"
    ]
    assert packets == ([place + len(pieces)] if forge else [])


def test_fragments_that_cut_into_each_other_are_not_told_of_what_is_no_mail() -> None:
    talk = Conversation(server=("198.51.100.2", 8080)).open().client(b"GET / HTTP/1.1\r\n" * 9)
    frames = talk.frames[:-1] + fragmented(talk.frames[-1], forge=True)
    run = Run()
    assert run.read(frames, mail()) == ["message", "session_end"]
    assert run.pipeline.decoder.fragment_overlaps == 1


def test_a_session_without_end_ends_with_its_file() -> None:
    run = Run()
    assert run.read(mail(close=False)) == ["message", "session_end"]
    assert run.records[1].fields["session.close_reason"] == "eof"


def test_sessions_go_on_in_the_next_file() -> None:
    frames = mail()
    run = Run()
    assert run.read(frames[:9], frames[9:]) == ["message", "session_end"]
    assert run.records[0].fields["smtpids.pcap.file"] == "tape-1"


@pytest.mark.parametrize("any_port", [True, False])
def test_mail_on_another_port_is_known_by_its_content_if_asked(any_port: bool) -> None:
    run = Run(Config(strict=True, any_port=any_port))
    assert bool(run.read(mail(10025))) is any_port


def test_what_came_before_the_verdict_is_not_lost() -> None:
    run = Run()
    run.read(mail(10025))
    session = run.records[1].fields
    assert session["smtp.greeting.code"] == 220
    assert session["smtp.helo"] == "client.example"


def test_other_protocols_leave_nothing() -> None:
    talk = Conversation(server=("198.51.100.2", 80)).open()
    talk.client(b"GET / HTTP/1.1\r\n\r\n").server(b"HTTP/1.1 200 OK\r\n\r\n").close()
    assert Run().read(talk.frames) == []


def test_in_mid_stream_the_content_tells_who_is_the_client() -> None:
    # the server's port is the higher one, so that TCP guesses wrong
    talk = Conversation(client=("192.0.2.1", 3000), server=("198.51.100.2", 10025))
    talk.skip("client", 100).skip("server", 100)
    for server, answer in SEND[2:]:
        talk.server(server).client(answer)
    talk.server(b"221 bye\r\n").close()
    run = Run()
    assert run.read(talk.frames) == ["message", "session_end"]
    assert run.records[0].fields["source.port"] == 3000
    assert run.records[0].fields["destination.port"] == 10025


@pytest.mark.parametrize(
    ("nets", "direction"),
    [
        ((), "unknown"),
        (("192.0.2.0/24",), "outbound"),
        (("198.51.100.0/24", "2001:db8::/32"), "inbound"),
        (("192.0.2.0/24", "198.51.100.2/32"), "internal"),
        (("10.0.0.0/8",), "external"),
    ],
)
def test_direction_needs_the_home_networks(nets: tuple[str, ...], direction: str) -> None:
    run = Run(Config(strict=True, home_nets=nets))
    run.read(mail())
    assert run.records[0].fields["network.direction"] == direction


def test_every_event_knows_the_roles_of_both_ends() -> None:
    servers = (MailServer("198.51.100.2", "mx", frozenset({25})),)
    run = Run(Config(strict=True, home_nets=("198.51.100.0/24",), mail_servers=servers))
    run.read(mail())
    assert {
        (event.fields["session.client_role"], event.fields["session.server_role"])
        for event in run.records
    } == {("external", "mx")}


def test_names_of_sessions_are_the_same_in_every_run_and_differ_from_each_other() -> None:
    first, again, other = Run(), Run(), Run()
    first.read(mail())
    again.read(mail())
    other.read(mail(client="192.0.2.9"))
    name, same, another = (run.records[0].fields["session.id"] for run in (first, again, other))
    assert name == same != another


def test_a_quiet_line_still_ends_idle_sessions() -> None:
    run = Run()
    run.pipeline.run(Tape([*mail(close=False), (START_NS + 3600 * 10**9, TICK, b"")]))
    assert run.records[-1].fields["session.close_reason"] == "timeout"
    assert run.pipeline.packets == len(mail(close=False))


class Once:
    """A matcher that is true of every session's end, and a broken one."""

    history: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.rule = Rule("every_session", "Every session", Level.LOW, category="test")

    def match(self, event: Event) -> list[Rule]:
        if self.broken:
            message = "a bug"
            raise RuntimeError(message)
        return [self.rule] if event.action == "session_end" else []


def test_a_match_is_handed_on_and_counted() -> None:
    run = Run()
    run.pipeline.swap(Once())
    run.read(mail())
    assert [match.rule.name for match in run.alerts] == ["every_session"]
    assert run.counts.alerts["every_session", "low", "test"] == 1


def test_a_bug_of_ours_costs_one_connection_and_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = Run(Config())
    run.pipeline.swap(Once(broken=True))
    with caplog.at_level(logging.ERROR, "smtpids"):
        run.pipeline.run(Tape(mail()))
        run.pipeline.swap(Once())
        run.read(mail(client="192.0.2.9"))
    assert sum(run.counts.internal_errors.values()) == 1
    assert "192.0.2.1:50000 -> 198.51.100.2:25" in caplog.text
    assert [match.event.fields["source.ip"] for match in run.alerts] == ["192.0.2.9"]


def test_in_strict_mode_a_bug_of_ours_rises() -> None:
    run = Run()
    run.pipeline.swap(Once(broken=True))
    with pytest.raises(RuntimeError, match="a bug"):
        run.read(mail())


def test_packets_that_are_no_mail_at_all_do_no_harm() -> None:
    junk: list[Frame] = [(START_NS, 1, b""), (START_NS, 1, b"x" * 60), (START_NS, 9999, b"y" * 60)]
    assert Run().read(junk) == []


def test_a_reply_and_its_command_that_were_captured_in_the_wrong_order_still_pair() -> None:
    script = load(FOLDER / "plain_mail.smtp")
    frames = frames_of(script)
    plain = Run()
    expected = plain.read(frames)
    for place in range(4, len(frames) - 3):
        swapped = [*frames[:place], frames[place + 1], frames[place], *frames[place + 2 :]]
        run = Run()
        assert run.read(swapped) == expected, f"packets {place + 1} and {place + 2} swapped"
        assert (
            run.records[0].fields["smtp.message.hash.sha256"]
            == (plain.records[0].fields["smtp.message.hash.sha256"])
        )


def test_octets_sent_before_the_reply_was_seen_are_an_injection_whatever_the_packets() -> None:
    script = parse(
        "S: 220 mx ESMTP\nC: EHLO c\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n"
        "== unseen\nC: RSET\n--\nC| \\x16\\x03\\x01\\x00\\x05\\x01\\x00\\x00\\x01\\x00\n"
    )
    run = Run()
    run.read(frames_of(script))
    assert run.records[0].fields["smtp.anomaly.kind"] == "starttls_injection"


def test_a_record_and_an_alert_say_what_was_known_before() -> None:
    run = Run()
    run.pipeline.swap(Once())
    run.read(mail(), mail(client="192.0.2.2"))
    alerts = [match.event.fields["history.server.known"] for match in run.alerts]
    records = [event.fields["history.server.known"] for event in run.records]
    assert (alerts, records) == ([False, True], [False, False, True, True])
    assert run.records[-1].fields["history.client.known"] is False


def test_an_event_of_which_nobody_reads_the_history_does_not_carry_it() -> None:
    listener = Listener()
    listener.history = frozenset({"greeting"})
    run = Run()
    run.pipeline.swap(listener)
    run.read(mail())
    carrying = {e.action for e in listener.events if "history.server.known" in e.fields}
    assert carrying == {"greeting", "message", "session_end"}


def test_what_one_pipeline_learnt_another_can_go_on_with() -> None:
    memory = Memory(Config().limits)
    for known in (False, True):
        records: list[Event] = []
        pipeline = Pipeline(
            Config(strict=True), counts=Counts(), on_record=records.append, memory=memory
        )
        pipeline.run(Tape(mail()))
        pipeline.finish()
        assert records[-1].fields["history.client.known"] is known


SECRET = "Tr0ubador"
LETTER = f"X-Note: {SECRET}\r\nSubject: x\r\n\r\nthe word is {SECRET}\r\n.\r\n".encode()


def letter() -> list[Frame]:
    talk = Conversation().open()
    for server, answer in SEND:
        talk.server(server).client(LETTER if answer.startswith(b"Subject") else answer)
    return talk.server(b"221 bye\r\n").close().frames


def test_the_text_of_a_message_is_asked_by_rules_and_reaches_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = Run()
    wanted = ruleset(
        text=f"email.body.text|contains: {SECRET}",
        header=f"email.header.lines|startswith: 'X-Note: {SECRET}'",
        none="email.body.pan_count: 0",
    )
    run.pipeline.swap(Matcher(wanted))
    with caplog.at_level(logging.DEBUG):
        run.read(letter())
    assert [match.rule.name for match in run.alerts] == ["header", "none", "text"]
    observer = Observer()
    shown = [str(alert(match, observer)) + alert_lines(match) for match in run.alerts]
    shown += [str(record(event, observer)) + event_lines(event) for event in run.records]
    shown += [repr(event) for event in run.records]
    counted = {name: getattr(run.counts, name, "") for name in dir(run.counts)}
    assert SECRET not in "".join([*shown, str(counted), caplog.text])


def test_the_text_is_not_even_kept_if_no_rule_asks_for_it() -> None:
    run = Run()
    listener = Listener()
    run.pipeline.swap(listener)
    run.read(letter())
    assert SECRET not in "".join(map(repr, listener.events))


def test_new_rules_have_the_text_of_messages_that_begin_from_then_on() -> None:
    run = Run()
    frames = letter()
    for frame in frames[:6]:
        run.pipeline.frame(*frame)
    run.pipeline.swap(Matcher(ruleset(text=f"email.body.text|contains: {SECRET}")))
    for frame in frames[6:]:
        run.pipeline.frame(*frame)
    assert [match.rule.name for match in run.alerts] == ["text"]


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("email.subject: x", ()),
        ("smtp.message.hash.md5: none", (MD5,)),
        ("history.server.known: true", HASHES),
    ],
)
def test_of_the_hashes_only_what_a_rule_asks_is_made_before_it_is_known_who_reads_them(
    rule: str, made: Collection[str]
) -> None:
    matcher, listener = Matcher(ruleset(rule=rule)), Listener()
    alerts: list[Match] = []
    listener.fields, listener.history = matcher.fields, matcher.history
    Pipeline(Config(strict=True), counts=Counts(), matcher=listener).run(Tape(mail(), "tape"))
    message = next(event for event in listener.events if event.action == "message")
    assert HASHES & message.fields.keys() == {*made}
    pipeline = Pipeline(
        Config(strict=True), counts=Counts(), matcher=matcher, on_alert=alerts.append
    )
    pipeline.run(Tape(mail(), "tape"))
    assert all(match.event.fields.keys() >= HASHES for match in alerts)
    assert len(alerts) == (rule == "email.subject: x")


def test_what_our_domains_decide_of_a_message_comes_from_the_configuration() -> None:
    run = Run(Config(strict=True, own_domains=("example.com",)))
    frames = Conversation().open()
    for server, answer in SEND:
        named = b"From: Boss <boss@examp1e.com>\r\n\r\ny\r\n.\r\n"
        frames.server(server).client(named if answer.startswith(b"Subject") else answer)
    run.read(frames.close().frames)
    fields = run.records[0].fields
    assert (fields["email.from.own"], fields["email.from.lookalike"]) == (False, True)
    assert fields["email.from.aligned"] is False


def web(frames: list[Frame]) -> list[Frame]:
    """Return a download beside each frame of another session, and before and after all."""
    talk = Conversation(("192.0.2.9", 40_000), ("192.0.2.8", 443)).open()
    talk.client(b"\x16\x03\x01\x02\x00\x01" + b"x" * 600)
    for _ in frames:
        talk.server(b"\x17\x03\x03\x04\x00" + b"y" * 1024)
    datas = [(linktype, data) for _, linktype, data in talk.frames]
    mixed = [(frames[0][0], *data) for data in datas[:6]]
    for frame, data in zip(frames, datas[6:], strict=False):
        mixed += [frame, (frame[0], *data)]
    return [*mixed, *frames[len(datas) - 6 :], (frames[-1][0], *datas[-1])]


@pytest.mark.parametrize("any_port", [True, False])
@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
def test_packets_that_are_passed_over_are_counted_and_change_nothing(
    any_port: bool, write: Callable[[Path, list[Frame]], Path], tmp_path: Path
) -> None:
    frames = web(mail())
    path = write(tmp_path / "x", frames)
    told = []
    for fast in (True, False):
        run = Run(Config(any_port=any_port, fast_lane=fast, strict=True))
        run.pipeline.run(FileSource(str(path)))
        run.pipeline.finish()
        pipeline = run.pipeline
        told.append(
            (
                [(record.action, record.packet, record.ts_ns) for record in run.records],
                (pipeline.packets, pipeline.packet, pipeline.octets, pipeline.last_ns),
                pipeline.decoder.frames,
            )
        )
        assert (pipeline.decoder.passed > 10) is fast
    assert told[0] == told[1]
    assert told[0][1] == (
        len(frames),
        len(frames),
        sum(len(data) for _, _, data in frames),
        frames[-1][0],
    )


def test_packets_passed_over_before_a_damage_are_counted(tmp_path: Path) -> None:
    frames = web(mail())
    path = write_pcap(tmp_path / "x", frames)
    path.write_bytes(path.read_bytes()[:-1])
    run = Run(Config(any_port=False, strict=True))
    with pytest.raises(CaptureError, match=f"{len(frames) - 1} packets before it were read"):
        run.pipeline.run(FileSource(str(path)))
    assert run.pipeline.packets == len(frames) - 1
