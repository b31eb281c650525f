"""Holds what smtpids says of the dialogues with one server against the client and the server's log.

Each check returns a text for every difference. Where TLS hides something from smtpids, the client
says it in its place, so that the log is compared as a whole and the client with it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from tests.support.talk.dialogues import dialogues
from tests.support.talk.facts import Facts, expected, seen
from tests.support.talk.server_log import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.rules.rule import Match
    from smtpids.smtp import Event
    from tests.support.engine import Told
    from tests.support.talk.played import Played
    from tests.support.talk.stage import Play

Fact = TypeVar("Fact")

#: Octets of the Received field that a server puts in front of a message.
RECEIVED = range(140, 340)
#: Servers that count a line end as one octet.
SHORT_LINE_ENDS = frozenset({"Exim", "OpenSMTPD"})
#: Replies to AUTH that servers do not count as a log-in that failed: it was never tried.
UNTRIED = frozenset({503, 504})
#: What is true of some hundred dialogues of one client within a minute: Bob gets a hundred letters,
#: all with one Message-ID, and names are asked for by VRFY and EXPN.
COUNTED_TOGETHER = frozenset(
    {"mail_bomb_recipient", "mail_loop_message_id", "user_enumeration_vrfy_expn"}
)
UNKNOWN_TO_POSTFIX = frozenset({"", "HELP", "EXPN", "TURN"})


class Compared:
    """What was played with one server, and what is said of it."""

    def __init__(self, title: str, play: Play, told: Told) -> None:
        self.title = title
        self.played = play.played
        self.told = told
        self.logged = read(title, play.log)
        self.dialogues = {dialogue.name: dialogue for dialogue in dialogues(title)}
        events: dict[object, list[Event]] = {}
        alerts: dict[object, list[Match]] = {}
        for event in told.events:
            events.setdefault(event.fields["source.port"], []).append(event)
        for match in told.alerts:
            if match.correlated is None:
                alerts.setdefault(match.event.fields["source.port"], []).append(match)
        self.seen: dict[str, Facts] = {}
        """What smtpids says, by the dialogue's name."""
        for each in self.played:
            port, dialogue = each.client_port, self.dialogues[each.name]
            self.seen[each.name] = seen(dialogue, events.get(port, []), alerts.get(port, []))

    def turns(self, played: Played) -> list[tuple[str, str, int | None]]:
        """Return verb, line and code of each turn."""
        facts = self.seen[played.name]
        lines = iter(line for line, _ in facts["commands"])
        shown = [
            (verb or "", "." if verb == "END_OF_DATA" else next(lines), code)
            for verb, code in facts["dialogue"]
        ]
        return shown + [(each.verb, each.line, each.code) for each in played.turns_in(hidden=True)]

    def logins(self, played: Played) -> list[tuple[str, str, str, int]]:
        """Return mechanism, user, outcome and code of each log-in."""
        shown = [login[:4] for login in self.seen[played.name]["logins"]]
        hidden = [
            (login.mechanism, login.user, login.outcome, login.code or 0)
            for login in played.logins
            if login.hidden
        ]
        return shown + hidden

    def letters(self, played: Played) -> list[tuple[str, list[str], int]]:
        """Return sender, recipients and size of each message that the server took."""
        shown = [
            (message["from"], message["to"], message["size"])
            for message in self.seen[played.name]["messages"]
            if message["accepted"]
        ]
        hidden = [
            (letter.mail_from or "", letter.rcpt_to, letter.size)
            for letter in played.letters
            if letter.hidden and letter.code == 250
        ]
        return shown + hidden


# -- the client ------------------------------------------------------------------------------------


def dialogues_differ(compared: Compared) -> list[str]:
    """The dialogues of which client and smtpids say different things, each with its transcript."""
    found = []
    for played in compared.played:
        by_client = expected(compared.dialogues[played.name], played)
        by_smtpids = compared.seen[played.name]
        lines = [
            f"{key}:\n  client  {by_client[key]}\n  smtpids {by_smtpids[key]}"
            for key in by_client
            if by_client[key] != by_smtpids[key]
        ]
        if lines:
            title = f"== {compared.title}: {played.name}"
            found.append("\n".join([title, *played.log, *lines]))
    return found


def dialogues_missing(compared: Compared) -> list[str]:
    """Those that were not held, that got stuck, or that are more or fewer in the capture."""
    names = [played.name for played in compared.played]
    lost = [name for name in compared.dialogues if name not in names]
    stuck = ["\n".join(played.log) for played in compared.played if played.silent]
    ends = sum(event.action == "session_end" for event in compared.told.events)
    sessions = [] if ends == len(names) else [f"{len(names)} dialogues, {ends} sessions"]
    return lost + stuck + sessions


def counts_of_all_differ(compared: Compared) -> list[str]:
    """Correlations that alerted on the dialogues together, and are not among those that may."""
    told = {match.rule.name for match in compared.told.alerts if match.correlated is not None}
    return sorted(told - COUNTED_TOGETHER)


# -- the server's log ------------------------------------------------------------------------------


def messages_differ(compared: Compared) -> list[str]:
    """Messages that smtpids and the log do not both know, with sender and recipients."""
    ours = Counter(
        (mail_from, tuple(sorted(set(rcpt_to))))
        for played in compared.played
        for mail_from, rcpt_to, _ in compared.letters(played)
    )
    logged = compared.logged.letters
    theirs = Counter((each.mail_from, tuple(sorted(set(each.rcpt_to)))) for each in logged)
    return _unlike("message", ours, theirs)


def sizes_differ(compared: Compared) -> list[str]:
    """Messages of which the log's size is not ours and that of a Received field."""
    logged = {letter.mail_from: letter.size for letter in compared.logged.letters}
    short = compared.title in SHORT_LINE_ENDS
    found = []
    for played in compared.played:
        lines = {letter.mail_from: letter.lines for letter in played.letters if letter.code == 250}
        for mail_from, _, size in compared.letters(played):
            octets = size - lines[mail_from] if short else size
            if logged.get(mail_from, 0) - octets not in RECEIVED:
                found.append(f"{mail_from}: {octets} octets, log {logged.get(mail_from)}")
    return found


def users_differ(compared: Compared) -> list[str]:
    """Messages of which the log names another user than the one who logged in."""
    users = {
        played.client_port: next(
            (user for _, user, outcome, _ in compared.logins(played) if outcome == "success"), ""
        )
        for played in compared.played
    }
    return [
        f"{letter}: {users[letter.port]}"
        for letter in compared.logged.letters
        if letter.port and letter.user != users[letter.port]
    ]


def failed_logins_differ(compared: Compared) -> list[str]:
    """Failed log-ins that smtpids and the log do not both know."""
    ours: Counter[tuple[int, str, str]] = Counter()
    for played in compared.played:
        for mechanism, user, outcome, code in compared.logins(played):
            if outcome == "success" or code in UNTRIED or not mechanism:
                continue
            named = user if outcome == "failure" else ""
            what = named if compared.title == "Postfix" else str(code)
            ours[played.client_port, mechanism, what] += 1
    # OpenSMTPD takes no log-in without TLS, and has none that works
    theirs = compared.logged.failures
    return _unlike("failed log-in", ours, theirs)


def versions_differ(compared: Compared) -> list[str]:
    """Connections of which the log has another version of TLS."""
    ours = {
        played.client_port: compared.seen[played.name]["tls"]["version"]
        for played in compared.played
        if compared.seen[played.name]["tls"]["established"]
    }
    theirs = compared.logged.versions
    # Exim tells it with what it takes or refuses, and not of a connection without a message
    ports = ours if compared.title == "Postfix" else theirs
    return [
        f"port {port}: TLS {ours.get(port)}, log {theirs.get(port)}"
        for port in ports
        if ours.get(port) != theirs.get(port)
    ]


def counts_differ(compared: Compared) -> list[str]:
    """Connections of which the log counts other commands or successes (Postfix)."""
    found = []
    for played in compared.played:
        theirs = compared.logged.commands.get(played.client_port, {})
        tls = compared.seen[played.name]["tls"]["established"]
        ours = _counted(compared.turns(played), tls=tls)
        if compared.title == "Postfix" and ours != theirs:
            found.append(f"{played.name}: {ours}, log {theirs}")
    return found


def _counted(turns: list[tuple[str, str, int | None]], *, tls: bool) -> dict[str, tuple[int, int]]:
    """Count commands as Postfix does: DATA succeeds with its message, STARTTLS with its handshake.

    A blank line is no command, and what comes where TLS is due is not read.
    """
    good: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for verb, line, code in turns:
        name = "unknown" if verb in UNKNOWN_TO_POSTFIX else verb.lower()
        if verb == "END_OF_DATA":
            good["data"] += code == 250
        elif line and code:
            every[name] += 1
            good[name] += code < 400 and (verb != "DATA") and (tls or verb != "STARTTLS")
    return {name: (good[name], count) for name, count in every.items()}


def refusals_differ(compared: Compared) -> list[str]:
    """Refused recipients (Exim) or commands (OpenSMTPD) that only one of them knows."""
    ours: Counter[tuple[object, str]] = Counter()
    for played in compared.played:
        if any(turn.grouped for turn in played.turns) and compared.title == "OpenSMTPD":
            # it refuses to be hurried, and does not tell which command it refused
            continue
        for verb, line, code in compared.turns(played):
            if compared.title == "Exim" and verb == "RCPT" and code == 550:
                ours[played.client_port, line.partition("<")[2].partition(">")[0]] += 1
            elif compared.title == "OpenSMTPD" and code and code >= 400:
                word = "DATA" if verb == "END_OF_DATA" else line.partition(" ")[0].upper()
                ours[code, word if word.isascii() else ""] += 1
    return _unlike("refusal", ours, compared.logged.refused)


def _unlike(what: str, ours: Counter[Fact], theirs: Counter[Fact]) -> list[str]:
    return [
        *(f"{what} {each} is not in the log" for each in ours - theirs),
        *(f"{what} {each} is only in the log" for each in theirs - ours),
    ]


CHECKS: tuple[Callable[[Compared], list[str]], ...] = (
    dialogues_differ,
    dialogues_missing,
    counts_of_all_differ,
    messages_differ,
    sizes_differ,
    users_differ,
    failed_logins_differ,
    versions_differ,
    counts_differ,
    refusals_differ,
)
