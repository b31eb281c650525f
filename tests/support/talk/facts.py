"""The facts of a dialogue that smtpids and the client must agree on, from either's account.

`expected` makes them of what the client wrote down, `seen` of what smtpids says. Both give the same
mapping, so that a difference shows as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tests.support.talk.steps import BLOCK, Cut, Group

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.rules.rule import Match
    from smtpids.smtp import Event
    from tests.support.talk.played import Played
    from tests.support.talk.steps import Dialogue

Facts: TypeAlias = dict[str, Any]

#: Verbs that any of the dialogues uses and SMTP has.
VERBS = frozenset(
    {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP"}
    | {"STARTTLS", "AUTH", "ETRN", "TURN", "XCLIENT", "XFORWARD", "END_OF_DATA"}
)
#: Characters of a command line that smtpids shows.
SHOWN = 200
#: The client's name of a TLS 1.2 cipher -> the registered one; in TLS 1.3 they are the same.
CIPHERS = {
    "ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305": "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-RSA-AES256-SHA": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
}
OLDER = frozenset({"1.1", "1.2"})
#: Mechanisms that show the password, or what is as good.
REVEALING = frozenset({"PLAIN", "LOGIN"})
#: Anomalies that a rule of the default set asks for.
RULES = {
    "starttls_injection": "starttls_command_injection",
    "plaintext_after_starttls": "starttls_plaintext_after",
}


def expected(dialogue: Dialogue, played: Played) -> Facts:
    """Return the facts by the client's account."""
    turns = played.turns_in(hidden=False)
    sure = _is_sure_of_groups(dialogue)
    letters = [letter for letter in played.letters if not letter.hidden]
    return {
        "greeting": played.greeting,
        "commands": [
            (_shown(turn.verb, turn.line), turn.grouped if sure else None)
            for turn in turns
            if turn.verb != "END_OF_DATA"
        ],
        "replies": played.replies + ([] if played.tls else played.last),
        "dialogue": [(turn.verb if turn.verb in VERBS else None, turn.code) for turn in turns],
        "helo": played.helo,
        "keywords": played.keywords,
        "quit": any(turn.verb == "QUIT" for turn in turns),
        "logins": [
            (login.mechanism, login.user, login.outcome, login.code, login.told)
            for login in played.logins
            if not login.hidden
        ],
        "messages": [
            {
                "from": letter.mail_from,
                "to": letter.rcpt_to,
                "refused": letter.refused,
                "framing": letter.framing,
                "chunks": letter.chunks,
                "size": letter.size,
                "sha256": letter.sha256,
                "complete": letter.complete,
                "code": letter.code,
                "accepted": letter.code // 100 == 2 if letter.code else None,
            }
            for letter in letters
        ],
        "tls": _tls(played),
        "anomalies": sorted([*dialogue.odd, *_due_anomalies(played)]),
        "rules": sorted(_due_rules(dialogue, played)),
        "flaws": [],
    }


def seen(dialogue: Dialogue, events: Iterable[Event], alerts: Iterable[Match]) -> Facts:
    """Return the facts by what smtpids says of one connection."""
    sure = _is_sure_of_groups(dialogue)
    told = list(events)
    end = next(event for event in told if event.action == "session_end").fields
    of = {action: [event.fields for event in told if event.action == action] for action in ACTIONS}
    flaws = ("session.gap", "session.midstream", "session.one_sided")
    greeted = of["greeting"]
    turns: Any = end["smtp.dialogue"]
    return {
        "greeting": (end["smtp.greeting.code"], end["smtp.greeting.text"]) if greeted else None,
        "commands": [
            (each["smtp.command.line"], each["smtp.command.pipelined"] if sure else None)
            for each in of["command"]
        ],
        "replies": [(each["smtp.reply.code"], each["smtp.reply.text"]) for each in of["reply"]],
        "dialogue": [(each["verb"], each["code"]) for each in turns],
        "helo": end.get("smtp.helo", ""),
        "keywords": end.get("smtp.ehlo.keywords", []),
        "quit": end["smtp.quit"],
        "logins": [
            (
                each.get("smtp.auth.mechanism", ""),
                each.get("smtp.auth.user", ""),
                each["smtp.auth.outcome"],
                each.get("smtp.reply.code"),
                each["smtp.auth.length"] != 0,
            )
            for each in of["auth"]
        ],
        "messages": [
            {
                "from": each.get("smtp.mail_from"),
                "to": each.get("smtp.rcpt_to", []),
                "refused": each.get("smtp.rcpt.rejected", 0),
                "framing": each["smtp.message.framing"],
                "chunks": each.get("smtp.message.chunks", 0),
                "size": each["smtp.message.size"],
                "sha256": each["smtp.message.hash.sha256"],
                "complete": each["smtp.message.complete"],
                "code": each.get("smtp.reply.code"),
                "accepted": each.get("smtp.message.accepted"),
            }
            for each in of["message"]
        ],
        "tls": {
            "starttls": end["smtp.starttls.state"],
            "mode": end["tls.mode"],
            "established": end["tls.established"],
            "outcomes": [each["tls.outcome"] for each in of["tls"]],
            "version": end.get("tls.version", "") if end["tls.established"] else "",
            "cipher": end.get("tls.cipher", "") if end["tls.established"] else "",
            "certificate": end.get("tls.server.hash.sha256", "") if end["tls.established"] else "",
        },
        "anomalies": sorted(str(each["smtp.anomaly.kind"]) for each in of["anomaly"]),
        "rules": sorted({match.rule.name for match in alerts}),
        "flaws": [name for name in flaws if end[name]],
    }


ACTIONS = ("greeting", "command", "reply", "auth", "starttls", "tls", "message", "anomaly")


def _is_sure_of_groups(dialogue: Dialogue) -> bool:
    """Tell whether each group is one segment, so that no reply comes before its last command."""
    groups = [step for step in dialogue.steps if isinstance(step, Group)]
    return dialogue.cut in {Cut.WHOLE, Cut.BLOCKS} and all(
        sum(len(step.wire) for step in group.steps) <= BLOCK for group in groups
    )


def _shown(verb: str, line: str) -> str:
    """Return a command line as it may be logged."""
    words = line.split(" ")
    if verb == "AUTH" and len(words) > 2:
        return f"{words[0]} {words[1]} [redacted]"
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "\u2026"


def _tls(played: Played) -> Facts:
    tried = played.implicit or played.starttls == "established" or bool(played.fault)
    mode = "implicit" if played.implicit else "starttls"
    # a certificate is only in clear before TLS 1.3
    shown = played.certificate if played.tls in OLDER else ""
    return {
        "starttls": played.starttls,
        "mode": mode if tried else "none",
        "established": bool(played.tls),
        "outcomes": (["established"] if played.tls else ["failed"]) if tried else [],
        "version": played.tls,
        "cipher": CIPHERS.get(played.cipher, played.cipher),
        "certificate": shown,
    }


def _due_anomalies(played: Played) -> list[str]:
    """Return what is told of a client that says hello again, or uses what was not offered."""
    due = []
    hellos = [
        turn
        for turn in played.turns_in(hidden=False)
        if turn.verb in {"EHLO", "HELO"} and turn.code == 250
    ]
    due += ["hello_repeated"] * (len(hellos) - 1)
    grouped = any(turn.grouped for turn in played.turns_in(hidden=False))
    if grouped and "PIPELINING" not in played.keywords:
        due.append("pipelined_without_advertisement")
    if played.tls and played.last:
        due.append("cleartext_after_tls")
    return due


def _due_rules(dialogue: Dialogue, played: Played) -> set[str]:
    """Return the rules of the default set that must alert."""
    clear = played.turns_in(hidden=False)
    due = {RULES[kind] for kind in dialogue.odd if kind in RULES}
    if played.server_port == 25 and not played.tls and played.letters:
        due.add("port_25_no_tls")
    revealed = any(
        login.mechanism in REVEALING and (login.told or login.outcome == "success")
        for login in played.logins
        if not login.hidden
    )
    if revealed:
        due.add("auth_before_tls")
    offered = any("STARTTLS" in text.split("\n") for _, text in played.replies)
    submits = played.server_port in {587, 2525} and any(turn.verb == "MAIL" for turn in clear)
    if offered and (revealed or submits) and played.starttls != "refused":
        due.add("starttls_offered_not_used")
    if played.starttls == "refused" and any(login.told for login in played.logins):
        due.add("starttls_refused_then_cleartext")
    if played.tls == "1.1" and played.server_port in {465, 587}:
        due.add("tls_legacy_version")
    if played.server_port == 465 and not played.implicit and any(turn.code for turn in clear):
        due.add("port_465_cleartext")
    if any(turn.verb in {"XCLIENT", "XFORWARD"} for turn in clear):
        due.add("xclient_xforward_untrusted")
    return due
