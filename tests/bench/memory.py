"""Measures what very many concurrent sessions cost in memory, and that it stays so.

A process of its own for each state that sessions wait in: it begins so many sessions, one each
millisecond, tells how many octets one of them costs, then lets millions of packets pass
(`--packets`) while it tells the resident set. All shipped rules that are on by default are on, as
in `smtpids run`; the packets come from memory, so that no file is needed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, Final

from smtpids import rules
from smtpids.alerts.record import Observer
from smtpids.cli.circles import seldom_sought
from smtpids.cli.renderers import Ecs
from smtpids.config import MIB, Config
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from tests.bench.commands import environment, load
from tests.bench.generate import ACK, CLIENT, PSH, SERVER, SYN, Ends, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.capture import Frame

BEGIN_NS: Final = 1_700_000_000_000_000_000
#: Nanoseconds from one packet to the next: 100 000 of them in ten seconds.
STEP_NS: Final = 100_000
#: Octets 26 to 29 of a frame are the source address, 30 to 33 the destination, of a client's frame.
CLIENT_ADDRESS: Final = {CLIENT: 26, SERVER: 30}
NUMBERS: Final = Struct(">II")
HELLO: Final = (
    b"250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-ETRN\r\n250-STARTTLS\r\n"
    b"250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250 SMTPUTF8\r\n"
)
CLIENT_HELLO: Final = (
    b"\x16\x03\x01\0\x2f\x01\0\0\x2b\x03\x03" + bytes(32) + b"\0\0\2\x13\1\1\0\0\0"
)
SERVER_HELLO: Final = b"\x16\x03\x03\0\x2c\x02\0\0\x28\x03\x03" + bytes(32) + b"\0\x13\1\0\0\0"
CHANGED: Final = b"\x14\x03\x03\0\1\1"
SEALED: Final = b"\x17\x03\x03\0\x20" + bytes(32)
LETTER: Final = (
    b"From: Some User <some.user@client.example.com>\r\nTo: <another.user@example.net>\r\n"
    b"Subject: the report for this week\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"some text of a letter\r\n" * 40
)
#: What is said in each state, and the state that it begins in.
STATES: Final[dict[str, tuple[str, list[tuple[int, bytes]]]]] = {
    "syn": ("", []),
    "opened": ("", []),
    "greeted": (
        "opened",
        [
            (SERVER, b"220 mx.example.net ESMTP Postfix\r\n"),
            (CLIENT, b"EHLO client.example.com\r\n"),
            (SERVER, HELLO),
        ],
    ),
    "tls": (
        "greeted",
        [
            (CLIENT, b"STARTTLS\r\n"),
            (SERVER, b"220 2.0.0 Ready to start TLS\r\n"),
            (CLIENT, CLIENT_HELLO),
            (SERVER, SERVER_HELLO + CHANGED),
            (CLIENT, CHANGED + SEALED),
            (SERVER, SEALED),
        ],
    ),
    "envelope": (
        "greeted",
        [
            (CLIENT, b"MAIL FROM:<some.user@client.example.com>\r\n"),
            (SERVER, b"250 2.1.0 Ok\r\n"),
            (CLIENT, b"RCPT TO:<another.user@example.net>\r\n"),
            (SERVER, b"250 2.1.5 Ok\r\n"),
        ],
    ),
    "message": (
        "envelope",
        [
            (CLIENT, b"DATA\r\n"),
            (SERVER, b"354 End data with <CR><LF>.<CR><LF>\r\n"),
            (CLIENT, LETTER),
        ],
    ),
    "delivered": (
        "message",
        [(CLIENT, b".\r\n"), (SERVER, b"250 2.0.0 Ok: queued as 4ABCDEF\r\n")],
    ),
}


def turns(state: str) -> list[tuple[int, bytes]]:
    """Return all that is said until a session waits in this state."""
    before, said = STATES[state]
    return (turns(before) if before else []) + said


class Script:
    """The frames of one session, which are those of every other one but for the client."""

    def __init__(self, said: Sequence[tuple[int, bytes]], *, handshake: bool = True) -> None:
        self.numbers = [1_000, 5_000]
        self._ends = Ends((b"\x0a\0\0\0", b"\xc6\x33\x64\x02"), (40_000, 25))
        self.frames: list[tuple[int, bytes]] = []
        self.add(CLIENT, SYN, b"")
        if handshake:
            self.add(SERVER, SYN | ACK, b"")
            self.add(CLIENT, ACK, b"")
        for side, octets in said:
            self.add(side, PSH | ACK, octets)

    def add(self, side: int, flags: int, payload: bytes) -> None:
        """Add a packet."""
        self.frames.append((side, frame_of(self._ends, side, self.numbers, flags, b"", payload)))
        self.numbers[side] += len(payload) + bool(flags & SYN)


def of_client(number: int, side: int, frame: bytes) -> bytes:
    """Return a frame as that of another client; checksums are not verified by default."""
    place = CLIENT_ADDRESS[side]
    return frame[:place] + (0x0A00_0000 + number).to_bytes(4, "big") + frame[place + 4 :]


def beginnings(script: Script, sessions: int) -> Iterator[Frame]:
    """Yield the frames of so many sessions, which begin one after the other."""
    now_ns = BEGIN_NS
    for number in range(sessions):
        for side, frame in script.frames:
            yield now_ns, 1, of_client(number, side, frame)
            now_ns += STEP_NS


def exchanges(script: Script, kind: str, sessions: int, packets: int) -> Iterator[Frame]:
    """Yield packets of sessions that are there, in turn: keep-alives, or NOOP and its reply."""
    now_ns = BEGIN_NS + sessions * len(script.frames) * STEP_NS
    said = [(CLIENT, b"NOOP\r\n"), (SERVER, b"250 2.0.0 Ok\r\n")] if kind == "noop" else []
    done = 0
    while done < packets:
        before = len(script.frames)
        if said:
            for side, octets in said:
                script.add(side, PSH | ACK, octets)
        else:
            # one octet before what was said last (RFC 9293 3.8.4), and its acknowledgement
            script.numbers[CLIENT] -= 1
            script.add(CLIENT, ACK, b"")
            script.numbers[CLIENT] += 1
            script.add(SERVER, ACK, b"")
        turn = script.frames[before:]
        del script.frames[before:]
        for number in range(sessions):
            for side, frame in turn:
                yield now_ns, 1, of_client(number, side, frame)
                now_ns += STEP_NS
            done += len(turn)
            if done >= packets:
                return


def churn(said: Sequence[tuple[int, bytes]], first: int, packets: int) -> Iterator[Frame]:
    """Yield packets of other sessions, which begin and stay open: the oldest go."""
    script = Script(said)
    now_ns = BEGIN_NS + 60_000_000_000
    done, number = 0, first
    while done < packets:
        for side, frame in script.frames:
            yield now_ns, 1, of_client(number, side, frame)
            now_ns += STEP_NS
        done += len(script.frames)
        number += 1


def resident() -> tuple[int, int]:
    """Return the resident set now and at its largest, in octets."""
    fields = dict(
        line.split(":", 1)
        for line in Path("/proc/self/status").read_text().splitlines()
        if ":" in line
    )
    return int(fields["VmRSS"].split()[0]) * 1024, int(fields["VmHWM"].split()[0]) * 1024


def made() -> Pipeline:
    """Return the pipeline of `smtpids run`; alerts are rendered and thrown away."""
    written: deque[int] = deque(maxlen=1)
    ruleset = rules.load(None)
    render = Ecs(Observer("", interface=""))
    config = Config()
    return Pipeline(
        config,
        counts=Counts(),
        matcher=rules.Matcher(ruleset),
        on_alert=lambda match: written.append(len(render.alert(match))),
        correlator=rules.Correlator(ruleset, config.limits),
    )


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Measure one state in this process."""
    pipeline = made()
    before = resident()[0]
    script = Script(turns(options.state), handshake=options.state != "syn")
    begun = time.process_time()
    for frame in beginnings(script, options.sessions):
        pipeline.frame(*frame)
    begun_octets = resident()[0]
    samples = []
    if options.kind == "churn":
        frames = churn(turns(options.state), options.sessions, options.packets)
    else:
        frames = exchanges(script, options.kind, options.sessions, options.packets)
    for number, frame in enumerate(frames, 1):
        pipeline.frame(*frame)
        if number % max(options.packets // 10, 1) == 0:
            samples.append(resident()[0] // MIB)
    return {
        "state": options.state,
        "sessions": pipeline.trackers,
        "before": before // MIB,
        "begun": begun_octets // MIB,
        "each": (begun_octets - before) // options.sessions,
        "held": pipeline.budget.held_octets // MIB,
        "samples": samples,
        "peak": resident()[1] // MIB,
        "cpu": time.process_time() - begun,
    }


def main() -> int:
    """Read the arguments; measure each state in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--packets", type=int, default=0, help="that pass then, %(default)s")
    parser.add_argument(
        "--kind",
        choices=("keepalive", "noop", "churn"),
        default="keepalive",
        help="what these are: keep-alives, NOOP and 250 of the sessions in turn, or new sessions "
        "for which the oldest go; %(default)s",
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter that measures")
    parser.add_argument("states", nargs="*", metavar="STATE", help=", ".join(STATES))
    parser.add_argument("--state", choices=STATES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.state:
        with seldom_sought():
            print(json.dumps(measure(options)))
        return 0
    print(f"{options.sessions:,} sessions, {options.packets:,} packets ({options.kind}); {load()}")
    print(
        f"{'state':10} {'before':>7} {'begun':>7} {'peak':>6} MiB {'octets/session':>15}"
        f" {'cpu s':>7}  resident set meanwhile, MiB"
    )
    for state in options.states or STATES:
        arguments = ["--sessions", str(options.sessions), "--packets", str(options.packets)]
        command = [options.python, "-m", "tests.bench.memory", *arguments, "--kind", options.kind]
        told = subprocess.run(
            [*command, "--state", state], stdout=subprocess.PIPE, check=True, env=environment()
        )
        one = json.loads(told.stdout)
        print(
            f"{one['state']:10} {one['before']:7,} {one['begun']:7,} {one['peak']:6,}"
            f"     {one['each']:15,} {one['cpu']:7.1f}  {' '.join(map(str, one['samples']))}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
