"""What the servers wrote down, and whether it is what the scene says.

Each server's log is read by a few patterns into the same three lists: accepted letters, log-ins,
TLS versions. A scene whose facts differ from its server's log is not kept.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pcaps.record.machines import BEHIND

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcaps.record.scene import Scene


@dataclass
class Told:
    """What a log says, in order."""

    letters: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Sender and accepted recipients, sorted."""
    logins: set[tuple[str, str, str]] = field(default_factory=set)
    """Mechanism, user and outcome."""
    versions: set[str] = field(default_factory=set)


def differences(scene: Scene, log: str) -> list[str]:
    """Return a sentence for each fact of the scene that the server's log contradicts."""
    told = READERS[scene.server.title](log)
    # a letter that passes a box is seen twice and logged once
    once = [each for each in scene.sessions if not (scene.box and each.ends[0] == BEHIND)]
    letters = [letter for session in once for letter in session.letters]
    said = Told(
        [(letter.mail_from, tuple(sorted(letter.rcpt_to))) for letter in letters],
        {
            (login.mechanism, login.user, login.outcome)
            for session in scene.sessions
            for login in session.logins
        },
        {session.tls for session in scene.sessions if session.tls},
    )
    pairs = (
        ("letters", sorted(said.letters), sorted(told.letters)),
        ("logins", said.logins, told.logins),
        ("TLS", said.versions, told.versions),
    )
    return [f"{what}: scene {ours}, log {theirs}" for what, ours, theirs in pairs if ours != theirs]


def _postfix(log: str) -> Told:
    told = Told()
    recipients: dict[str, set[str]] = {}
    for queue_id, recipient in re.findall(r": (\w+): to=<([^>]*)>", log):
        recipients.setdefault(queue_id, set()).add(recipient)
    for queue_id, sender in re.findall(r": (\w+): from=<([^>]*)>, size=", log):
        told.letters.append((sender, tuple(sorted(recipients.get(queue_id, ())))))
    for mechanism, user in re.findall(r"sasl_method=(\S+), sasl_username=(\S+)", log):
        told.logins.add((mechanism, user, "success"))
    failed = r"SASL (\S+) authentication failed: .*sasl_username=(\S+)"
    for mechanism, user in re.findall(failed, log):
        told.logins.add((mechanism, user, "failure"))
    told.versions.update(re.findall(r"TLS connection established from \S+: (TLSv[\d.]+) ", log))
    return told


def _exim(log: str) -> Told:
    told = Told()
    for sender, recipients in re.findall(r" <= (\S+) .* for (.*)", log):
        told.letters.append((sender, tuple(sorted(recipients.split()))))
    for mechanism, user in re.findall(r" A=(\w+):(\S+)", log):
        told.logins.add((mechanism.upper(), user, "success"))
    failed = r" (\w+) authenticator failed for .*\(set_id=([^)]*)\)"
    for mechanism, user in re.findall(failed, log):
        told.logins.add((mechanism.upper(), user, "failure"))
    told.versions.update(f"TLSv{number}" for number in re.findall(r" X=TLS([\d.]+):", log))
    return told


def _opensmtpd(log: str) -> Told:
    told = Told()
    letters: dict[str, tuple[str, list[str]]] = {}
    envelope = r"smtp envelope evpid=(\w{8})\w{8} from=<([^>]*)> to=<([^>]*)>"
    for message, sender, recipient in re.findall(envelope, log):
        letters.setdefault(message, (sender, []))[1].append(recipient)
    for sender, recipients in letters.values():
        told.letters.append((sender, tuple(sorted(recipients))))
    return told


def _aiosmtpd(log: str) -> Told:
    told = Told()
    for line in log.splitlines():
        fact = json.loads(line) if line.startswith("{") else {}
        if fact.get("event") == "message":
            told.letters.append((fact["mail_from"], tuple(sorted(fact["rcpt_to"]))))
            told.versions.update([fact["tls"]] if fact["tls"] else [])
        elif fact.get("event") == "auth":
            outcome = "success" if fact["success"] else "failure"
            told.logins.add((fact["mechanism"], fact["user"], outcome))
    return told


READERS: dict[str, Callable[[str], Told]] = {
    "Postfix": _postfix,
    "Exim": _exim,
    "OpenSMTPD": _opensmtpd,
    "aiosmtpd": _aiosmtpd,
}
