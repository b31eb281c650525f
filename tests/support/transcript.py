"""The transcript: one conversation as text, with what must be said of it.

    # Plaintext after STARTTLS in the same segment.
    S: 220 mx ESMTP
    > greeting 220
    C: EHLO c
    S: 250 STARTTLS
    ...
    ! starttls_command_injection

`C:` and `S:` send a line with CRLF, `C|` and `S|` exactly what is written, with Python's escapes.
Lines of one side in a row are one packet; `--` ends a packet; a change of side ends it too.
`>` lists the events in order, all of them; `!` an alert that must be raised by the shipped rules,
those that are off by default included: what each rule must do is told beside it. A first line that
begins with `# Legal:` says that nothing in the dialogue is against the standards or what servers
are known to do: no anomaly may be raised but `hello_repeated`. tests/README.md explains it with
examples.

`==` does things to the network. Before the first line it says what the whole conversation is like:

    port N                the port of the server; 25 if nothing is said
    midstream             the capture begins behind the handshake
    only SIDE             the capture has this side alone
    limit NAME N          a limit of the engine (config.Limits) is this low
    tap                   behind a TLS inspection appliance; `config` then says so
    isn SIDE N            the first sequence number of a side; near 2**32 it wraps
    handshake WORD...     how the connection opens, of `syn synack ack serversyn clientsynack`;
                          `syn synack ack` if nothing is said
    syn SIDE TEXT         octets in the SYN of the client or the SYN+ACK of the server
    syn ignored TEXT      octets in the SYN of the client that the server does not take

Before a packet it says what is odd about that packet:

    unseen                its sender has not seen the other side's last packet
    late N                it is captured behind the next N steps, though it was sent before them
    tiny                  each octet is a segment of its own
    urgent N              one segment with URG; the urgent pointer is N
    fragments N           each IP packet comes in fragments of N octets, with -N the last one first
    torn N                the same, and the second fragment comes again with another last octet

Elsewhere it is a step of its own:

    gap SIDE N            N octets are sent that the capture misses
    resend                the last packet again
    conflict TEXT         the last packet again with other octets
    overlap N TEXT        a segment of the last packet's sender that begins N octets behind the
                          beginning of that packet (before it, if negative); what lies beyond all
                          that was sent is new
    ack SIDE              a segment without octets
    keepalive SIDE        an octet of nothing, one before the next number (RFC 9293 3.8.4)
    fin SIDE [N]          FIN; with N its number is N away from the right one (0: it is right) and
                          the other side does not get or not take it
    rst SIDE [N]          RST; the same
    wait SECONDS          time passes
    reuse                 the same ports again, for another connection

What only packets can show (`late`, `overlap`, whatever comes behind a RST, ...) is told through TCP
and the whole engine; all else is also fed to the tracker directly, as it stands and cut anywhere.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from smtpids.config import Config, Limits
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.quiet import fold, unfold
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.played import Sent, frames_of, sent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from smtpids.rules.rule import Rule
    from smtpids.smtp import Event

__all__ = [
    "FOLDER",
    "SUMMARIES",
    "Sent",
    "Side",
    "Step",
    "Transcript",
    "events_of",
    "frames_of",
    "load",
    "parse",
    "sent_of",
    "summary",
    "told",
    "told_on_the_wire",
]

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "transcripts"
Side: TypeAlias = Literal["client", "server"]
SIDE_NUMBER: dict[Side, int] = {"client": CLIENT, "server": SERVER}


@dataclass(slots=True)
class Step:
    """One packet of a side, or one thing that happens to the network."""

    act: str
    side: Side = "client"
    octets: bytes = b""
    number: float = 0
    forged: bool = False
    """A FIN or RST that the other side does not take."""
    unseen: bool = False
    late: int = 0
    tiny: bool = False
    urgent: int = 0
    fragments: int = 0
    torn: int = 0
    line: int = 0
    """The last line of the file that belongs to it."""


@dataclass(slots=True)
class Transcript:
    """A conversation and what must be said of it."""

    name: str
    port: int = 25
    midstream: bool = False
    only: Side | None = None
    tap: bool = False
    limits: dict[str, int] = field(default_factory=dict)
    legal: bool = False
    """Nothing in it is odd."""
    isn: dict[Side, int] = field(default_factory=lambda: {"client": 1000, "server": 5000})
    handshake: tuple[str, ...] = ("syn", "synack", "ack")
    syn: dict[Side, bytes] = field(default_factory=dict)
    """Octets in the SYN of a side."""
    syn_taken: bool = True
    """Whether the server takes those of the client."""
    wire_only: bool = False
    """It shows something that no tracker without TCP can be fed."""
    steps: list[Step] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    @property
    def config(self) -> Config:
        """The settings that the conversation asks for."""
        limits = Limits(**self.limits)
        return Config(any_port=True, strict=True, tls_inspection_tap=self.tap, limits=limits)

    @property
    def packets(self) -> list[Step]:
        """The steps that send octets."""
        return [step for step in self.steps if step.act == "send"]


def load(path: Path) -> Transcript:
    """Read a transcript from its file."""
    return parse(path.read_text(encoding="utf-8"), path.stem)


#: Steps behind which a reset connection is still the same to a tracker without TCP.
SILENT = frozenset({"fin", "wait"})
#: Acts that only packets can show.
ON_THE_WIRE = frozenset({"overlap", "keepalive", "ack", "reuse"})


def parse(text: str, name: str = "transcript") -> Transcript:
    """Read a transcript from text."""
    script = Transcript(name, legal=text.startswith("# Legal:"))
    open_packet: Step | None = None
    odd: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        mark, rest = raw[:2], raw[2:].removeprefix(" ")
        if not raw.strip() or raw.startswith("#"):
            continue
        if mark in {"C:", "S:", "C|", "S|"}:
            side: Side = "client" if mark[0] == "C" else "server"
            octets = _octets(rest) if mark[1] == "|" else rest.encode() + b"\r\n"
            if open_packet is None or open_packet.side != side:
                open_packet = _packet(side, odd)
                script.steps.append(open_packet)
            open_packet.octets += octets
            open_packet.line = number
        elif mark == "--":
            open_packet = None
        elif mark == "> ":
            script.events.append(rest.strip())
        elif mark == "! ":
            script.alerts.append(rest.strip())
        elif mark == "==":
            open_packet = None
            words = rest.split(maxsplit=1)
            if words[0] in ODDITIES:
                odd[words[0]] = int(words[1]) if len(words) > 1 else 1
            else:
                _network(script, words, number)
        else:
            message = f"{name}:{number}: no such line: {raw!r}"
            raise ValueError(message)
    script.wire_only |= _needs_packets(script)
    return script


#: What may be odd about a packet.
ODDITIES = frozenset({"unseen", "late", "tiny", "urgent", "fragments", "torn"})


def _packet(side: Side, odd: dict[str, int]) -> Step:
    step = Step(
        "send",
        side,
        unseen="unseen" in odd,
        late=odd.get("late", 0),
        tiny="tiny" in odd,
        urgent=odd.get("urgent", 0),
        fragments=odd.get("fragments", 0),
        torn=odd.get("torn", 0),
    )
    odd.clear()
    return step


def _needs_packets(script: Transcript) -> bool:
    acts = [step.act for step in script.steps]
    behind = acts[acts.index("rst") + 1 :] if "rst" in acts else []
    return (
        not ON_THE_WIRE.isdisjoint(acts)
        or not SILENT.issuperset(behind)
        or any(
            step.late
            or step.tiny
            or step.urgent
            or step.fragments
            or step.torn
            or (step.forged and step.act in {"fin", "rst"})
            for step in script.steps
        )
    )


def _network(script: Transcript, words: list[str], line: int) -> None:
    act = words[0]
    rest = words[1] if len(words) > 1 else ""
    if act in SETTINGS:
        SETTINGS[act](script, rest)
        return
    step = Step(act, line=line)
    if act in {"gap", "fin", "rst", "ack", "keepalive"}:
        side, _, number = rest.partition(" ")
        step.side = _side(side)
        step.number = int(number or 0)
        step.forged = bool(number)
    elif act == "wait":
        step.number = float(rest)
    elif act == "conflict":
        step.octets = _octets(rest)
    elif act == "overlap":
        number, _, octets = rest.partition(" ")
        step.number = int(number)
        step.octets = _octets(octets)
    elif act not in {"resend", "reuse"}:
        message = f"{script.name}:{line}: no such act: {act}"
        raise ValueError(message)
    script.steps.append(step)


def _set_port(script: Transcript, rest: str) -> None:
    script.port = int(rest)


def _set_midstream(script: Transcript, rest: str) -> None:
    script.midstream = True


def _set_tap(script: Transcript, rest: str) -> None:
    script.tap = True


def _set_limit(script: Transcript, rest: str) -> None:
    name, number = rest.split()
    script.limits[name] = int(number)


def _set_only(script: Transcript, rest: str) -> None:
    script.only = _side(rest)


def _set_isn(script: Transcript, rest: str) -> None:
    side, number = rest.split()
    script.isn[_side(side)] = int(number)
    script.wire_only = True


def _set_handshake(script: Transcript, rest: str) -> None:
    script.handshake = tuple(rest.split())
    script.wire_only = True


def _set_syn(script: Transcript, rest: str) -> None:
    side, _, text = rest.partition(" ")
    script.syn_taken = side != "ignored"
    script.syn[_side("client" if side == "ignored" else side)] = _octets(text)
    script.wire_only = True


SETTINGS: dict[str, Callable[[Transcript, str], None]] = {
    "port": _set_port,
    "midstream": _set_midstream,
    "tap": _set_tap,
    "limit": _set_limit,
    "only": _set_only,
    "isn": _set_isn,
    "handshake": _set_handshake,
    "syn": _set_syn,
}


def _octets(text: str) -> bytes:
    value = ast.literal_eval(f'b"{text}"')
    assert isinstance(value, bytes)
    return value


def _side(word: str) -> Side:
    assert word in {"client", "server"}, word
    return "client" if word == "client" else "server"


# -- straight to the tracker -----------------------------------------------------------------------


Cut: TypeAlias = "Callable[[int, bytes], Iterable[bytes]]"


def whole(index: int, octets: bytes) -> Iterator[bytes]:
    """Leave packets as they are."""
    yield octets


def events_of(script: Transcript, cut: Cut = whole, *, quiet: bool = False) -> list[Event]:
    """Feed the tracker without TCP; `cut` gets a packet's index and octets and yields its parts.

    `quiet`: before each step the session was quiet for a while, and took less room.
    """
    return [event for _, events in told(script, cut, quiet=quiet) for event in events]


def told(
    script: Transcript, cut: Cut = whole, *, quiet: bool = False
) -> Iterator[tuple[int, list[Event]]]:
    """Yield for each step, by index, what the tracker tells of it; the end belongs to the last.

    What only packets can show goes through the whole engine, uncut.
    """
    if script.wire_only:
        yield from told_on_the_wire(script, sent_of(script))
        return
    ends = Ends(
        "session", "1:x", "192.0.2.1", 50000, "198.51.100.2", script.port, 0,
        midstream=script.midstream,
    )  # fmt: skip
    tracker = Tracker(ends, script.config)
    sent, before = [0, 0], [0, 0]
    last = SERVER
    last_octets = b""
    closed: set[int] = set()
    reason = ""
    for index, step in enumerate(script.steps):
        side, now, packet = SIDE_NUMBER[step.side], 1_000_000 * index, index + 1
        if quiet:
            unfold(tracker, fold(tracker))
        if step.act == "send" and script.only in {None, step.side}:
            seen = before[1 - side] if step.unseen else sent[1 - side]
            before[side] = sent[side]
            if script.only or script.midstream:
                seen = -1
            for part in cut(index, step.octets):
                alone = script.only is not None
                yield index, tracker.octets(side, part, now, packet, seen, alone=alone)
                sent[side] += len(part)
            last, last_octets = side, step.octets
        elif step.act == "gap":
            sent[side] += int(step.number)
            yield index, tracker.gap(side, int(step.number), now, packet)
        elif step.act == "conflict":
            differing = sum(map(int.__ne__, last_octets, step.octets))
            yield index, tracker.conflict(last, differing, now, packet)
        elif step.act == "fin":
            closed.add(side)
            yield index, tracker.half_closed(side, now, packet)
        elif step.act == "rst":
            reason = "rst"
            break
    reason = reason or ("fin" if len(closed) == 2 else "eof")
    count = len(script.steps)
    yield count - 1, tracker.closed(reason, 1_000_000 * count, count)


# -- as packets ------------------------------------------------------------------------------------


class Ear:
    """Stands where the matcher stands, and keeps what it is asked about."""

    history: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.events: list[Event] = []

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Keep the event; no rule is true of it."""
        event.complete()
        self.events.append(event)
        return ()


def told_on_the_wire(script: Transcript, sent: Iterable[Sent]) -> Iterator[tuple[int, list[Event]]]:
    """Yield for each packet its step and what the engine, without rules, tells of it."""
    ear = Ear()
    pipeline = Pipeline(script.config, counts=Counts(), matcher=ear)
    latest = 0
    for frame, _, step in sent:
        pipeline.frame(*frame)
        latest = max(latest, step)
        yield latest, ear.events
        ear.events = []
    pipeline.finish()
    yield len(script.steps) - 1, ear.events


# -- what is compared ------------------------------------------------------------------------------


def summary(event: Event) -> str:
    """Return an event as a transcript writes it."""
    fields = event.fields
    shown = [str(fields.get(name, "")) for name in SUMMARIES[event.action]]
    words = " ".join([event.action, *(word for word in shown if word)]).rstrip()
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in words)


SUMMARIES: dict[str, tuple[str, ...]] = {
    "greeting": ("smtp.greeting.code",),
    "command": ("smtp.command.line",),
    "reply": ("smtp.reply.code", "smtp.reply.verb"),
    "auth": ("smtp.auth.mechanism", "smtp.auth.outcome", "smtp.auth.user"),
    "starttls": ("smtp.starttls.state", "smtp.starttls.code"),
    "tls": ("tls.outcome", "tls.version"),
    "message": ("smtp.message.framing", "smtp.message.size", "smtp.reply.code"),
    "anomaly": ("smtp.anomaly.kind", "smtp.anomaly.detail"),
    "session_end": ("session.close_reason",),
}


def rewrite(path: Path) -> None:
    """Write the events that the tracker tells into a transcript, each behind what caused it.

    For a new transcript, and for a change that was meant: read the difference before it is kept.
    """
    script = load(path)
    behind: dict[int, list[str]] = {}
    for index, events in told(script):
        said = behind.setdefault(script.steps[index].line, [])
        said += [f"> {summary(event)}" for event in events]
    lines: list[str] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not raw.startswith("> "):
            lines.append(raw)
        lines += behind.get(number, [])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        rewrite(Path(argument))
