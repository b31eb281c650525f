r"""A dialogue as text, and the packets that it is.

    S: 220 mx.example ESMTP        a line of the server, with CRLF
    C: EHLO client.example         a line of the client
    C| DATA\r\n                    exactly these octets, with Python's escapes
    --                             ends a packet; so does a change of side
    # nothing                      a line for readers

Lines of one side in a row are one packet. `{base64:\0alice\0secret}` stands for its base64, and
`{n}` for the number of the repetition. `==` does something to the network:

    port N               the port of the server, before the first line
    midstream            the capture begins behind the handshake of TCP
    repeat N ... end     the lines between, N times; `{n}` counts from 1
    gap SIDE N           a side sends N octets that the capture misses
    unseen               the sender of the next packet has not seen the other side's last one
    resend               the last packet again
    fin SIDE, rst SIDE   a side ends; without either, both end by FIN, the client first
    wait SECONDS         time passes
    tls NAME=VALUE ...   a TLS handshake, and some data in it; see OPTIONS
"""

from __future__ import annotations

import ast
import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from smtpids.faults import unknown
from smtpids.tls.names import ALERTS
from smtpids.trial.handshake import VERSIONS, Handshake

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.errors import Location
    from smtpids.faults import Faults
    from smtpids.trial.conversation import Conversation, Side

MARKS: Final[dict[str, Side]] = {"C": "client", "S": "server"}
ACTS: Final = (
    "port", "midstream", "repeat", "end", "gap", "unseen", "resend", "fin", "rst", "wait", "tls",
)  # fmt: skip
OPTIONS: Final = {
    "version": "ssl3, 1.0, 1.1, 1.2 or 1.3; 1.2 if nothing is said",
    "cipher": "the number of the cipher suite that the server chooses, such as 0x000A",
    "sni": "the server name that the client asks for",
    "alpn": "the application protocol that both sides name",
    "alert": "a fatal alert ends the handshake: its number or name",
    "from": "client or server: whose alert it is; the server's if nothing is said",
    "data": "octets of application data of each side; 200 if nothing is said",
}
ALERT_NUMBERS: Final = {name: number for number, name in ALERTS.items()}
#: Steps of one dialogue; a session of the limits' size fits.
MOST_STEPS: Final = 20_000
_BASE64: Final = re.compile(r"\{base64:([^{}]*)\}")


@dataclass(slots=True)
class Step:
    """One packet of a side, or one thing that happens to the network."""

    act: str
    side: Side = "client"
    octets: bytes = b""
    number: float = 0
    unseen: bool = False
    handshake: Handshake | None = None


@dataclass(slots=True)
class Dialog:
    """A dialogue that was understood."""

    port: int | None = None
    midstream: bool = False
    steps: list[Step] = field(default_factory=list)


class _FaultError(ValueError):
    """A line means nothing; the message says what to write."""


def read_dialog(
    text: str, place: Callable[[int], Location], faults: Faults, number: int = 1
) -> Dialog:
    """Return the dialogue in `text`; `place` tells where its lines stand, which count from 0.

    `number` is what `{n}` stands for outside `== repeat`.
    """
    reader = _Reader()
    for index, (line, count) in _unrolled(text, place, faults, number):
        try:
            reader.line(line.replace("{n}", str(count)))
        except _FaultError as error:
            faults.error(place(index), str(error))
    return reader.dialog


def _unrolled(
    text: str, place: Callable[[int], Location], faults: Faults, number: int
) -> list[tuple[int, tuple[str, int]]]:
    """Return each line with its index and what `{n}` means in it; repeated lines repeated."""
    told: list[tuple[int, tuple[str, int]]] = []
    block: list[tuple[int, str]] = []
    times, begun = 0, 0
    for index, line in enumerate(text.splitlines()):
        words = line.split()
        if words[:2] == ["==", "repeat"]:
            count = words[2] if len(words) == 3 else ""
            if times or not count.isdecimal() or not 0 < int(count) <= MOST_STEPS:
                faults.error(place(index), "write '== repeat 30', lines, and '== end'")
                continue
            times, begun, block = int(count), index, []
        elif words == ["==", "end"]:
            if not times:
                faults.error(place(index), "'== end' ends nothing; '== repeat N' begins it")
            rounds = [(i, (said, n)) for n in range(1, times + 1) for i, said in block]
            told += rounds[:MOST_STEPS]
            times = 0
        elif times:
            block.append((index, line))
        else:
            told.append((index, (line, number)))
    if times:
        faults.error(place(begun), "'== repeat' has no '== end'")
    return told


class _Reader:
    """Reads lines into steps."""

    def __init__(self) -> None:
        self.dialog = Dialog()
        self.packet: Step | None = None
        """The packet that is still open."""
        self.unseen = False

    def line(self, line: str) -> None:
        """Read one line; raises `_FaultError` if it means nothing."""
        mark, rest = line[:2], line[2:].removeprefix(" ")
        if not line.strip() or line.startswith("#"):
            return
        if mark == "--":
            self.packet = None
        elif mark == "==":
            self.packet = None
            self.act(rest.split())
        elif mark[:1] in MARKS and mark[1:] in {":", "|"}:
            self.say(MARKS[mark[0]], _octets(rest) if mark[1] == "|" else _line(rest))
        else:
            raise _FaultError(
                "a line begins with 'C: ' or 'S: ' (a line), 'C| ' or 'S| ' (octets), '--', '== '"
                " or '#'"
            )

    def say(self, side: Side, octets: bytes) -> None:
        """Let a side send octets, in the packet that it has begun if it has."""
        if self.packet is None or self.packet.side != side:
            self.packet = Step("send", side, unseen=self.unseen)
            self.unseen = False
            self.dialog.steps.append(self.packet)
        self.packet.octets += octets

    def act(self, words: list[str]) -> None:
        """Read what stands behind `==`."""
        act, rest = (words[0], words[1:]) if words else ("", [])
        if act not in ACTS:
            raise _FaultError(f"{unknown('act', act, ACTS)}; there is {', '.join(ACTS)}")
        if act == "tls":
            self.dialog.steps.append(Step("tls", handshake=_handshake(rest)))
            return
        wanted = {"port": 1, "gap": 2, "fin": 1, "rst": 1, "wait": 1}.get(act, 0)
        if len(rest) != wanted:
            raise _FaultError(f"'== {act}' is written {FORMS[act]}")
        if act == "port":
            self.dialog.port = int(_number(rest[0], 65535, whole=True))
        elif act == "midstream":
            self.dialog.midstream = True
        elif act == "unseen":
            self.unseen = True
        elif act == "wait":
            self.dialog.steps.append(Step(act, number=_number(rest[0], 10**9)))
        else:
            step = Step(act, _side(rest[0]) if rest else "client")
            if act == "gap":
                step.number = _number(rest[1], 1 << 30, whole=True)
            if act == "resend" and not any(one.act == "send" for one in self.dialog.steps):
                raise _FaultError("'== resend' has nothing to send again")
            self.dialog.steps.append(step)


FORMS: Final = {
    "port": "'== port 587'",
    "midstream": "alone",
    "gap": "'== gap client 100'",
    "unseen": "alone",
    "resend": "alone",
    "fin": "'== fin client'",
    "rst": "'== rst server'",
    "wait": "'== wait 2.5'",
    "repeat": "'== repeat 30'",
    "end": "alone",
}


def _line(text: str) -> bytes:
    return _filled(text).encode() + b"\r\n"


def _filled(text: str) -> str:
    """Put base64 where it is asked for."""
    return _BASE64.sub(lambda found: base64.b64encode(_octets(found[1])).decode(), text)


def _octets(text: str) -> bytes:
    r"""Return what a text with escapes such as `\r\n` and `\xff` means."""
    filled = _filled(text)
    if not filled.isascii():
        raise _FaultError("only ASCII and escapes such as '\\xc3' can stand here")
    quoted = filled.replace('"', '\\"')
    try:
        value = ast.literal_eval(f'b"{quoted}"')
    except (SyntaxError, ValueError):
        raise _FaultError("an escape is not whole; a backslash itself is written '\\\\'") from None
    assert isinstance(value, bytes)
    return value


def _number(word: str, most: int, *, whole: bool = False) -> float:
    if not re.fullmatch(r"\d{1,9}" if whole else r"\d{1,9}(\.\d{1,9})?", word, re.ASCII):
        raise _FaultError(f"'{word}' is not a number")
    if not 0 < float(word) <= most:
        raise _FaultError(f"{word} is not between 1 and {most}")
    return float(word)


def _side(word: str) -> Side:
    if word not in {"client", "server"}:
        raise _FaultError(f"'{word}' is not a side: write client or server")
    return "client" if word == "client" else "server"


def _handshake(words: list[str]) -> Handshake:
    told = dict(word.partition("=")[::2] for word in words)
    for name in told:
        if name not in OPTIONS:
            raise _FaultError(f"{unknown('option', name, OPTIONS)}; there is {', '.join(OPTIONS)}")
    version = told.get("version", "1.2")
    if version not in VERSIONS:
        raise _FaultError(f"there is no version '{version}': {OPTIONS['version']}")
    cipher = told.get("cipher", "0")
    if not re.fullmatch(r"0x[0-9a-fA-F]{1,4}|0", cipher):
        raise _FaultError(f"'{cipher}' is no cipher suite: {OPTIONS['cipher']}")
    alert = told.get("alert")
    if alert is not None and not (alert in ALERT_NUMBERS or alert.isdecimal()):
        raise _FaultError(unknown("alert", alert, ALERT_NUMBERS))
    return Handshake(
        version=VERSIONS[version],
        cipher=int(cipher, 16),
        sni=told.get("sni", ""),
        alpn=told.get("alpn", ""),
        alert=None if alert is None else ALERT_NUMBERS.get(alert) or int(alert) & 0xFF,
        alert_of=_side(told.get("from", "server")),
        data=int(_number(told["data"], 1 << 14, whole=True)) if "data" in told else 200,
    )


# -- as packets ------------------------------------------------------------------------------------


def play(dialog: Dialog, talk: Conversation) -> None:
    """Let the sides of a conversation say the dialogue."""
    if dialog.midstream:
        talk.skip("client", 1).skip("server", 1)
    else:
        talk.open()
    before: dict[Side, int] = {side: half.seq for side, half in talk.halves.items()}
    ended: set[Side] = set()
    for step in dialog.steps:
        if step.act == "send":
            other: Side = "server" if step.side == "client" else "client"
            ack = before[other] if step.unseen else None
            before[step.side] = talk.halves[step.side].seq
            say = talk.client if step.side == "client" else talk.server
            say(step.octets, ack=ack)
        elif step.act == "tls" and step.handshake is not None:
            for side, octets in step.handshake.flights():
                (talk.client if side == "client" else talk.server)(octets)
        elif step.act == "gap":
            talk.skip(step.side, int(step.number))
        elif step.act == "resend":
            talk.resend()
        elif step.act == "wait":
            talk.wait(step.number)
        elif step.act == "rst":
            talk.rst(step.side)
            ended |= {"client", "server"}
        else:
            ended.add(step.side)
            _end(talk, step.side)
    if not ended:
        talk.close()


def _end(talk: Conversation, side: Side) -> None:
    if side == "client":
        talk.fin_client()
    else:
        talk.fin_server()
