"""Plays all dialogues with one server, and gives what there is to compare.

The server and the client are two machines made of namespaces, as for the recorded captures
(`pcaps/record/`); nothing of it touches this machine's network.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcaps.record import machines, packages
from pcaps.record.captures import Capture, recording
from pcaps.record.machines import SERVER, Machine, connect, wait_for
from pcaps.record.servers import AUTHORITY, Exim, OpenSmtpd, Postfix, Server, Tls
from tests.support.talk.played import Played, load
from tests.support.talk.server_log import read

if TYPE_CHECKING:
    from pathlib import Path

PORTS = {25: Tls.STARTTLS, 587: Tls.STARTTLS, 2525: Tls.NONE, 465: Tls.IMPLICIT}
SERVERS: dict[str, Server] = {
    server.title: server
    for server in (
        Postfix(PORTS, auth=True),
        Exim(PORTS, auth=True),
        OpenSmtpd(PORTS, auth=True),
    )
}
TAKEN = 250
#: A play is some megabytes; the capture's buffer takes it all, so that no packet is lost.
CAPTURE = Capture(options=("-B", "65536"), limit=1 << 30)


@dataclass(frozen=True)
class Play:
    """What the three witnesses of the dialogues with one server say."""

    played: list[Played]
    capture: Path
    log: str


def why_not(title: str) -> str:
    """Return why a server cannot be played with on this machine; nothing if it can."""
    for layer in (SERVERS[title].layer, "tools"):
        if not packages.is_there(layer):
            return f"{layer} is not unpacked: python3 -m pcaps.record.packages {layer}"
    return machines.why_not()


def play(title: str, folder: Path) -> Play:
    """Hold all dialogues with a server; its capture is written into the folder."""
    server = SERVERS[title]
    capture = folder / f"{server.layer}.pcap"
    with ExitStack() as stack:
        there = stack.enter_context(Machine("mail.example.org", [server.layer]))
        here = stack.enter_context(Machine("client.example.net", []))
        connect(here, there)
        server.start(there)
        here.write(AUTHORITY, there.read(AUTHORITY))
        words = [sys.executable, "-m", "tests.support.talk.client", title, SERVER, AUTHORITY]
        with recording(here, CAPTURE, capture):
            played = load(here.run(words, timeout=300).stdout)
        taken = sum(letter.code == TAKEN for each in played for letter in each.letters)
        with suppress(TimeoutError):
            # what is still missing then is for the comparison to say
            wait_for(lambda: read(title, server.log(there)).has(taken), "the log")
        return Play(played, capture, server.log(there))
