"""What a scene is: who talks to whom, how it is recorded, and what is known about it.

The facts of a scene are written down by hand beside the act, from what the client was told to do;
`logs.py` compares them with what the server wrote before the capture is kept.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pcaps.record import accounts
from pcaps.record.captures import Capture
from pcaps.record.machines import CLIENT, SERVER, Machine, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pcaps.record.servers import Server


@dataclass(frozen=True)
class Letter:
    """A message that the server took, or refused, at the end of data."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    """The recipients that were accepted."""
    refused: tuple[str, ...] = ()
    octets: bytes | None = None
    """The text as it was given to the client, where the client sends it unchanged."""
    framing: str = "DATA"


@dataclass(frozen=True)
class Login:
    """An AUTH exchange and how it ended: success or failure."""

    mechanism: str
    user: str
    outcome: str


@dataclass(frozen=True)
class Session:
    """One TCP connection of the scene, in the order of their first packets."""

    starttls: str = "none"
    """The last state: none, offered, refused, accepted, established."""
    tls: str = ""
    """The version that was agreed on; empty if there was no TLS."""
    logins: tuple[Login, ...] = ()
    letters: tuple[Letter, ...] = ()
    hidden: bool = False
    """Whether log-ins and letters are inside TLS, where a capture cannot show them."""
    quit: bool = True
    """Whether the client said QUIT; of no meaning where `hidden`."""
    strict: int | None = None
    """How many messages a strict reader sees, where the server took more."""
    ends: tuple[str, str] = (CLIENT, SERVER)
    """The addresses of client and server."""


@dataclass(frozen=True)
class Scene:
    """One recording."""

    file: str
    shows: str
    client: str
    """The package or program that speaks; a key of `clients.CLIENTS`."""
    server: Server
    port: int
    act: Callable[[Stage], object]
    sessions: tuple[Session, ...]
    alerts: tuple[str, ...] = ()
    """The rules that must raise an alert."""
    possible: tuple[str, ...] = ()
    """The rules of which it depends on the site's settings whether they do."""
    capture: Capture = field(default_factory=Capture)
    box: str = ""
    """What a rewriting box on the path does; see `proxy.py`. None if empty."""
    bad_cable: bool = False
    """Whether the cable loses, doubles and reorders frames; see `bad_cable.py`."""
    client_layers: tuple[str, ...] = ()
    link: str = "Ethernet"


class Stage:
    """The two machines while a scene plays, and ways to run each client."""

    def __init__(self, client: Machine, server: Machine, folder: Path) -> None:
        self.client = client
        self.server = server
        self._folder = folder

    def python(self, module: str, *words: str) -> str:
        """Run one of the Python programs of this package on the client's machine."""
        return self.client.run([sys.executable, "-m", f"pcaps.record.{module}", *words]).stdout

    def swaks(self, *options: str, letter: bytes = b"", codes: tuple[int, ...] = (0,)) -> str:
        """Run swaks, with a letter of ours if one is given; `codes` are the exit codes in order."""
        # swaks puts a line end of its own before the final dot
        text = letter.removesuffix(b"\r\n")
        data = ["--data", "@" + self._file(text)] if letter else []
        hello = ["--ehlo", "client.example.net"]
        target = [] if "--server" in options else ["--server", SERVER]
        done = self.client.run(["swaks", *target, *hello, *data, *options], check=False)
        if done.returncode not in codes:
            raise RuntimeError(f"swaks ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def curl(
        self, url: str, *options: str, letter: bytes = b"", codes: tuple[int, ...] = (0,)
    ) -> None:
        """Run curl on an SMTP URL; without a letter it only logs in."""
        data = ["--upload-file", self._file(letter)] if letter else []
        target = f"{url}/client.example.net"
        done = self.client.run(["curl", "-sS", *data, *options, target], check=False)
        if done.returncode not in codes:
            raise RuntimeError(f"curl ended with {done.returncode}: {done.stderr}")

    def msmtp(self, *options: str, letter: bytes, recipients: tuple[str, ...]) -> None:
        """Run msmtp without a configuration file."""
        hello = ["--host", "mail.example.org", "--domain", "client.example.net"]
        plain = letter.replace(b"\r\n", b"\n").decode()
        self.client.run(
            ["msmtp", "--file=/dev/null", *hello, *options, "--", *recipients], stdin=plain
        )

    def wait_for_log(self, words: str, path: str) -> None:
        """Wait until a log on the client's machine has these words."""
        wait_for(lambda: words in self.client.read(path), words)

    def _file(self, octets: bytes) -> str:
        path = self._folder / accounts.digest(octets)[:12]
        path.write_bytes(octets)
        return str(path)
