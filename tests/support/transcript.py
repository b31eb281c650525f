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
`==` does things to the network: `gap SIDE N`, `unseen` (the next packet's sender has not seen the
other side's last one), `resend`, `conflict TEXT` (the last packet again with other octets),
`fin SIDE`, `rst SIDE`, `wait SECONDS`, and before the first line `port N`, `midstream`,
`only SIDE`, `tap` (behind a TLS inspection appliance; `config` then says so). `>` lists the events
in order, all of them; `!` the alerts, all of them, with the shipped rules and those that are off
by default too. tests/README.md explains it with examples.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from smtpids.config import Config
from smtpids.smtp import Ends, Tracker
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from smtpids.capture.frames import Frame
    from smtpids.smtp import Event

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
    unseen: bool = False
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
    steps: list[Step] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    @property
    def config(self) -> Config:
        """The settings that the conversation asks for."""
        return Config(any_port=True, strict=True, tls_inspection_tap=self.tap)

    @property
    def packets(self) -> list[Step]:
        """The steps that send octets."""
        return [step for step in self.steps if step.act == "send"]


def load(path: Path) -> Transcript:
    """Read a transcript from its file."""
    return parse(path.read_text(encoding="utf-8"), path.stem)


def parse(text: str, name: str = "transcript") -> Transcript:
    """Read a transcript from text."""
    script = Transcript(name)
    open_packet: Step | None = None
    unseen = False
    for number, raw in enumerate(text.splitlines(), 1):
        mark, rest = raw[:2], raw[2:].removeprefix(" ")
        if not raw.strip() or raw.startswith("#"):
            continue
        if mark in {"C:", "S:", "C|", "S|"}:
            side: Side = "client" if mark[0] == "C" else "server"
            octets = _octets(rest) if mark[1] == "|" else rest.encode() + b"\r\n"
            if open_packet is None or open_packet.side != side:
                open_packet = Step("send", side, unseen=unseen)
                script.steps.append(open_packet)
                unseen = False
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
            if rest.strip() == "unseen":
                unseen = True
            else:
                known = len(script.steps)
                _network(script, rest.split(maxsplit=1), f"{name}:{number}")
                for step in script.steps[known:]:
                    step.line = number
        else:
            message = f"{name}:{number}: no such line: {raw!r}"
            raise ValueError(message)
    return script


def _network(script: Transcript, words: list[str], where: str) -> None:
    act = words[0]
    rest = words[1] if len(words) > 1 else ""
    if act == "port":
        script.port = int(rest)
    elif act == "midstream":
        script.midstream = True
    elif act == "tap":
        script.tap = True
    elif act == "only":
        script.only = _side(rest)
    elif act == "gap":
        side, count = rest.split()
        script.steps.append(Step("gap", _side(side), number=int(count)))
    elif act in {"fin", "rst"}:
        script.steps.append(Step(act, _side(rest)))
    elif act == "wait":
        script.steps.append(Step("wait", number=float(rest)))
    elif act == "resend":
        script.steps.append(Step("resend"))
    elif act == "conflict":
        script.steps.append(Step("conflict", octets=_octets(rest)))
    else:
        message = f"{where}: no such act: {act}"
        raise ValueError(message)


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


def events_of(script: Transcript, cut: Cut = whole) -> list[Event]:
    """Feed the tracker without TCP; `cut` gets a packet's index and octets and yields its parts."""
    return [event for _, events in told(script, cut) for event in events]


def told(script: Transcript, cut: Cut = whole) -> Iterator[tuple[int, list[Event]]]:
    """Yield for each step, by index, what the tracker tells of it; the end belongs to the last."""
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


def frames_of(
    script: Transcript,
    link: str = "ethernet",
    mss: int = 1460,
    hosts: tuple[str, str] = ("192.0.2.1", "198.51.100.2"),
) -> list[Frame]:
    """Make the packets of the conversation; `hosts` are the addresses of client and server."""
    client, server = hosts
    talk = Conversation((client, 50000), (server, script.port), link=link, mss=mss)
    if not script.midstream:
        talk.open()
    elif script.steps:
        # the stream began before the capture
        talk.skip("client", 1).skip("server", 1)
    before = {side: talk.halves[side].seq for side in ("client", "server")}
    for step in script.steps:
        other: Side = "server" if step.side == "client" else "client"
        if step.act == "send":
            ack = before[other] if step.unseen else None
            before[step.side] = talk.halves[step.side].seq
            if step.side == "client":
                talk.client(step.octets, ack=ack)
            else:
                talk.server(step.octets, ack=ack)
        elif step.act == "gap":
            talk.skip(step.side, int(step.number))
        elif step.act == "fin":
            talk.fin_client() if step.side == "client" else talk.fin_server()
        elif step.act == "rst":
            talk.rst(step.side)
        elif step.act == "wait":
            talk.wait(step.number)
        else:
            talk.resend(step.octets or None)
    if script.only is None:
        return talk.frames
    return [
        frame for frame, side in zip(talk.frames, _sides(talk), strict=True) if side == script.only
    ]


def _sides(talk: Conversation) -> Iterator[Side]:
    client_port = talk.halves["client"].port.to_bytes(2, "big")
    server_port = talk.halves["server"].port.to_bytes(2, "big")
    for _, _, data in talk.frames:
        yield "client" if client_port + server_port in data else "server"


# -- what is compared ------------------------------------------------------------------------------


def summary(event: Event) -> str:
    """Return an event as a transcript writes it."""
    fields = event.fields
    words = SUMMARIES[event.action]
    shown = [str(fields.get(name, "")) for name in words]
    return " ".join([event.action, *(word for word in shown if word)])


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
