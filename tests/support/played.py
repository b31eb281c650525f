"""Plays a transcript as packets: what a tap would see of the conversation.

Each packet is tagged with its side and with the step that caused it, so that a test can repeat or
reorder packets and still tell what it did. The words of `==` lines are in `transcript.py`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN
from tests.support.wire import LINKS, Conversation, fragment_ip, unwrap, wrap

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame
    from tests.support.transcript import Side, Step, Transcript

HANDSHAKE = -1
"""The step of packets that come before the first."""
HOSTS = ("192.0.2.1", "198.51.100.2")
CLIENT_PORT = 50000


class Sent(NamedTuple):
    """One packet of a side."""

    frame: Frame
    side: Side
    step: int


def frames_of(
    script: Transcript, link: str = "ethernet", mss: int = 1460, hosts: tuple[str, str] = HOSTS
) -> list[Frame]:
    """Make the packets of the conversation; `hosts` are the addresses of client and server."""
    return [sent.frame for sent in sent_of(script, link, mss, hosts)]


def sent_of(
    script: Transcript, link: str = "ethernet", mss: int = 1460, hosts: tuple[str, str] = HOSTS
) -> list[Sent]:
    """Make the packets of the conversation, each with its side and its step."""
    player = Player(script, link, mss, hosts)
    player.begin()
    for index, step in enumerate(script.steps):
        player.play(index, step)
    return [sent for sent in player.captured() if script.only in {None, sent.side}]


def other(side: Side) -> Side:
    """Return the other side."""
    return "server" if side == "client" else "client"


@dataclass
class Player:
    """Sends one step after the other and notes in which order the tap sees the packets."""

    script: Transcript
    link: str
    mss: int
    hosts: tuple[str, str]
    sent: list[Sent] = field(default_factory=list)
    held: list[tuple[int, list[Sent]]] = field(default_factory=list)
    """Late packets, each with the step behind which it is captured."""
    used: int = 0
    """Connections before this one."""

    def __post_init__(self) -> None:
        self.talk = self._conversation(0)
        self.before: dict[Side, int] = {}
        """Where the last packet of each side began."""
        self.last: tuple[Side, int, bytes] = ("client", 0, b"")
        """Side, first number and octets of the last packet that was sent."""

    def begin(self) -> None:
        """Open the connection, or begin in its middle."""
        if not self.script.midstream:
            self._shake_hands()
        elif self.script.steps:
            # the stream began before the capture
            self.talk.skip("client", 1).skip("server", 1)
        self.before = {side: half.seq for side, half in self.talk.halves.items()}
        self._take(HANDSHAKE)

    def play(self, index: int, step: Step) -> None:
        """Do what a step says."""
        if step.act == "reuse":
            self.used += 1
            self.talk = self._conversation(self.talk.now_ns - self._start_ns())
            self.begin()
        else:
            ACTS[step.act](self, step)
        made = self._take(index)
        size = step.fragments or step.torn
        if size:
            torn = step.torn > 0
            made = [piece for sent in made for piece in self._fragments(sent, size, torn=torn)]
        if step.late:
            self.held.append((index + step.late, made))
        else:
            self.sent += made
        self._release(index)

    def captured(self) -> list[Sent]:
        """Return all packets as the tap saw them, the time never running back."""
        self._release(len(self.script.steps) + max((due for due, _ in self.held), default=0))
        times = sorted(sent.frame[0] for sent in self.sent)
        return [
            sent._replace(frame=(ts_ns, *sent.frame[1:]))
            for ts_ns, sent in zip(times, self.sent, strict=True)
        ]

    # -- steps -------------------------------------------------------------------------------------

    def send(self, step: Step) -> None:
        """Send a packet, in several segments if need be."""
        talk, side = self.talk, step.side
        ack = self.before[other(side)] if step.unseen else None
        start = self.before[side] = talk.halves[side].seq
        if step.urgent:
            talk.urgent(side, step.octets, step.urgent)
        else:
            talk.mss = 1 if step.tiny else self.mss
            say = talk.client if side == "client" else talk.server
            say(step.octets, ack=ack)
        self.last = (side, start, step.octets)

    def overlap(self, step: Step) -> None:
        """Send octets that lie, in part or wholly, where the last packet's lay."""
        side, start, _ = self.last
        half = self.talk.halves[side]
        seq = start + int(step.number)
        self.talk.packet(side, PSH | ACK, step.octets, seq=seq & 0xFFFFFFFF)
        beyond = (seq + len(step.octets) - half.seq) & 0xFFFFFFFF
        if 0 < beyond < 1 << 31:
            self.talk.skip(side, beyond)

    def resend(self, step: Step) -> None:
        """Send the last packet again."""
        side, start, octets = self.last
        self.talk.packet(side, PSH | ACK, octets, seq=start)

    def gap(self, step: Step) -> None:
        """Let octets be sent that the tap misses."""
        self.talk.skip(step.side, int(step.number))

    def fin(self, step: Step) -> None:
        """End one direction, or only pretend to with a number that is not next."""
        if step.forged:
            self._forge(step, FIN | ACK)
        elif step.side == "client":
            self.talk.fin_client()
        else:
            self.talk.fin_server()

    def rst(self, step: Step) -> None:
        """Break the connection, or only pretend to with a number that is not next."""
        self._forge(step, RST | ACK)

    def ack(self, step: Step) -> None:
        """Acknowledge all that came, and say nothing."""
        self.talk.packet(step.side)

    def keepalive(self, step: Step) -> None:
        """Ask whether the other side lives: an octet of nothing before the next number."""
        self.talk.packet(step.side, ACK, b"\0", seq=self.talk.halves[step.side].seq - 1)

    def wait(self, step: Step) -> None:
        """Let time pass."""
        self.talk.wait(step.number)

    def _forge(self, step: Step, flags: int) -> None:
        seq = self.talk.halves[step.side].seq + int(step.number)
        self.talk.packet(step.side, flags, seq=seq & 0xFFFFFFFF)

    # -- the connection ----------------------------------------------------------------------------

    def _conversation(self, since_ns: int) -> Conversation:
        isn, far = self.script.isn, 0x10000000 * self.used
        client, server = self.hosts
        talk = Conversation(
            (client, CLIENT_PORT),
            (server, self.script.port),
            link=self.link,
            mss=self.mss,
            client_isn=isn["client"] + far,
            server_isn=isn["server"] + far,
        )
        talk.now_ns += since_ns
        return talk

    def _start_ns(self) -> int:
        return Conversation().now_ns

    def _shake_hands(self) -> None:
        """Play the words of the handshake; then the sides stand behind their SYN."""
        talk, script = self.talk, self.script
        mss = struct.pack(">BBH", 2, 4, self.mss)
        client, server = (talk.halves[side].seq for side in ("client", "server"))
        client_data = script.syn.get("client", b"")
        taken = len(client_data) if script.syn_taken else 0
        server_data = script.syn.get("server", b"")
        for word in script.handshake:
            if word == "syn":
                talk.packet("client", SYN, client_data, seq=client, options=mss)
            elif word == "synack":
                ack = client + 1 + taken
                talk.packet("server", SYN | ACK, server_data, seq=server, ack=ack, options=mss)
            elif word == "ack":
                seq, ack = client + 1 + taken, server + 1 + len(server_data)
                talk.packet("client", ACK, seq=seq, ack=ack)
            elif word == "serversyn":
                talk.packet("server", SYN, seq=server, options=mss)
            else:
                assert word == "clientsynack", word
                talk.packet("client", SYN | ACK, seq=client, ack=server + 1, options=mss)
        talk.skip("client", 1 + taken).skip("server", 1 + len(server_data))

    # -- the tap -----------------------------------------------------------------------------------

    def _take(self, index: int) -> list[Sent]:
        """Take the frames that were made, and hand on those of the handshake."""
        frames, self.talk.frames = self.talk.frames, []
        made = [Sent(frame, self._side(frame), index) for frame in frames]
        if index == HANDSHAKE:
            self.sent += made
            return []
        return made

    def _release(self, index: int) -> None:
        """Let late packets be captured that are due behind a step."""
        for due, made in [entry for entry in self.held if entry[0] <= index]:
            self.sent += made
            self.held.remove((due, made))

    def _side(self, frame: Frame) -> Side:
        ports = [half.port.to_bytes(2, "big") for half in self.talk.halves.values()]
        return "client" if b"".join(ports) in frame[2] else "server"

    def _fragments(self, sent: Sent, size: int, *, torn: bool) -> list[Sent]:
        """Cut a packet as a router with a small link does; a negative size sends the last first."""
        ts_ns, _, data = sent.frame
        pieces = fragment_ip(unwrap(data, self.link), abs(size), ident=ts_ns // 1000 & 0xFFFF)
        if torn and len(pieces) > 1:
            pieces.insert(2, pieces[1][:-1] + bytes([pieces[1][-1] ^ 1]))
        frames = [(ts_ns, LINKS[self.link], wrap(piece, self.link)) for piece in pieces]
        return [sent._replace(frame=frame) for frame in frames[:: 1 if size > 0 else -1]]


ACTS = {
    "send": Player.send,
    "overlap": Player.overlap,
    "conflict": Player.overlap,
    "resend": Player.resend,
    "gap": Player.gap,
    "fin": Player.fin,
    "rst": Player.rst,
    "ack": Player.ack,
    "keepalive": Player.keepalive,
    "wait": Player.wait,
}
