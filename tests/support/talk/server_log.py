"""What the servers' logs say of the dialogues, each in its own words, read line by line.

A line that belongs to a connection names it by the client's port, with Postfix and Exim. What a
server does not write down is missing here, and is not compared.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class LoggedLetter:
    """A message that the server took."""

    mail_from: str
    size: int
    """Octets with the server's own header field, as the server counts them."""
    rcpt_to: list[str] = field(default_factory=list)
    recipients: int = 0
    """How many there are; `rcpt_to` may be written down later."""
    port: int = 0
    """The client's; 0 if the log does not tell."""
    user: str = ""
    """Who was logged in."""


@dataclass
class Logged:
    """What a log says."""

    letters: list[LoggedLetter] = field(default_factory=list)
    failures: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """Log-ins that failed: port, mechanism, and user (Postfix) or code of the reply (Exim)."""
    versions: dict[int, str] = field(default_factory=dict)
    """Port -> version of TLS."""
    commands: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)
    """Port -> verb -> how many succeeded, and how many there were (Postfix)."""
    refused: Counter[tuple[object, str]] = field(default_factory=Counter)
    """Refused recipients, with the port (Exim); refused commands, with the code (OpenSMTPD)."""

    def has(self, letters: int) -> bool:
        """Tell whether so many messages are there with all of their recipients."""
        return len(self.letters) >= letters and all(
            len(letter.rcpt_to) == letter.recipients for letter in self.letters
        )


def read(title: str, log: str) -> Logged:
    """Read the log of a server."""
    return READERS[title](log)


def _postfix(log: str) -> Logged:
    logged = Logged()
    clients: dict[str, tuple[int, str]] = {}
    latest: dict[str, LoggedLetter] = {}
    for line in log.splitlines():
        if found := re.search(r": (\w+): client=\S+\]:(\d+)(?:, .*sasl_username=(\S+))?", line):
            clients[found[1]] = (int(found[2]), found[3] or "")
        elif found := re.search(r": (\w+): from=<([^>]*)>, size=(\d+), nrcpt=(\d+)", line):
            port, user = clients[found[1]]
            letter = LoggedLetter(found[2], int(found[3]), [], int(found[4]), port, user)
            latest[found[1]] = letter
            logged.letters.append(letter)
        elif found := re.search(r": (\w+): to=<([^>]*)>", line):
            latest[found[1]].rcpt_to.append(found[2])
        elif found := re.search(r"\]:(\d+): SASL (\S+) authentication (failed|aborted)", line):
            named = re.search(r"sasl_username=([^(]\S*)", line)
            user = named[1] if named else ""
            logged.failures[int(found[1]), found[2], user] += 1
        elif found := re.search(r"TLS connection established from \S+\]:(\d+): TLSv(\S+)", line):
            logged.versions[int(found[1])] = found[2]
        elif found := re.search(r"disconnect from \S+\]:(\d+)((?: \w+=[\d/]+)*)", line):
            counts = dict(word.split("=") for word in found[2].split())
            counts.pop("commands")
            logged.commands[int(found[1])] = {verb: _of(count) for verb, count in counts.items()}
    return logged


def _of(count: str) -> tuple[int, int]:
    """Read `1/3`, or `3` for all of three."""
    good, _, every = count.partition("/")
    return int(good), int(every or good)


def _exim(log: str) -> Logged:
    logged = Logged()
    for line in log.splitlines():
        if version := re.search(r"\]:(\d+) .*X=TLS([\d.]+):", line):
            logged.versions[int(version[1])] = version[2]
        if found := re.search(r" <= (.+) H=.*\]:(\d+) .* S=(\d+)(?: id=\S+)? for (.*)", line):
            sender = "" if found[1] == "<>" else found[1]
            named = re.search(r" A=\w+:(\S+)", line)
            user = named[1] if named else ""
            to = found[4].split()
            logged.letters.append(
                LoggedLetter(sender, int(found[3]), to, len(to), int(found[2]), user)
            )
        elif found := re.search(r"(\w+) authenticator failed for .*\]:(\d+): (\d+) ", line):
            logged.failures[int(found[2]), found[1].upper(), found[3]] += 1
        elif found := re.search(r"\]:(\d+) .*rejected RCPT <([^>]*)>", line):
            logged.refused[int(found[1]), found[2]] += 1
    return logged


def _opensmtpd(log: str) -> Logged:
    logged = Logged()
    latest: dict[str, LoggedLetter] = {}
    # reports of delivery, which smtpd hands to itself
    inner = set(re.findall(r"(\w+) smtp connected address=local", log))
    for line in log.splitlines():
        if line.partition(" ")[0] in inner:
            continue
        if found := re.search(r" smtp message msgid=(\w+) size=(\d+) nrcpt=(\d+)", line):
            letter = LoggedLetter("", int(found[2]), [], int(found[3]))
            latest[found[1]] = letter
            logged.letters.append(letter)
        elif found := re.search(
            r" smtp envelope evpid=(\w{8})\w{8} from=<([^>]*)> to=<([^>]*)>", line
        ):
            latest[found[1]].mail_from = found[2]
            latest[found[1]].rcpt_to.append(found[3])
        elif found := re.search(r' smtp failed-command command="(\S*).*" result="(\d+) ', line):
            word = found[1].rstrip('"').upper()
            # what is not ASCII is written in an encoding of its own
            logged.refused[int(found[2]), "" if "\\" in word else word] += 1
    return logged


READERS: dict[str, Callable[[str], Logged]] = {
    "Postfix": _postfix,
    "Exim": _exim,
    "OpenSMTPD": _opensmtpd,
}
