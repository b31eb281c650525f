"""What an alert shows of what is known: all of it, or what a person judges and a SIEM joins by.

`alerts.detail: full` writes every field of the event. `compact`, the default, keeps who, whom, when
and what, the sentence, the ids, the state of TLS and AUTH, and the lines of the dialogue that prove
it. What a rule says of itself at length stands in the rule; what a session was like at length, in
its session record, which has the same `session.id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.reason import names_in

if TYPE_CHECKING:
    from smtpids.alerts.nesting import Record
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Event, Line

#: What stays of a compact alert, by dotted name; of an object that is named all stays.
KEPT: Final = (
    *("@timestamp", "ecs", "message", "smtpids", "history", "destination.domain"),
    *("event.kind", "event.id", "event.code", "event.severity", "event.reason", "event.category"),
    *("event.type", "event.module", "event.dataset", "event.action", "event.outcome"),
    "event.created",
    *("rule.id", "rule.name", "rule.category", "rule.reference"),
    *("threat.framework", "threat.tactic.id", "threat.technique.id"),
    "threat.technique.subtechnique.id",
    *("session.id", "session.gap", "session.one_sided"),
    *("network.transport", "network.protocol", "network.community_id", "network.direction"),
    *("source.ip", "source.port", "destination.ip", "destination.port"),
    *("tls.established", "tls.mode", "tls.version", "tls.version_protocol", "tls.cipher"),
    *("tls.outcome", "tls.alert", "tls.inspected", "tls.client.server_name", "tls.client.ja4"),
    *("tls.server.subject", "tls.server.issuer", "tls.server.not_after"),
    "tls.server.hash.sha256",
    *("smtp.helo", "smtp.mail_from", "smtp.rcpt_to"),
    *("smtp.starttls.offered", "smtp.starttls.state", "smtp.foreign_protocol", "smtp.anomaly"),
    *("smtp.auth.mechanism", "smtp.auth.user", "smtp.auth.outcome", "smtp.auth.succeeded"),
    *("smtp.command.verb", "smtp.command.line", "smtp.reply.code", "smtp.reply.text"),
    *("smtp.message.count", "smtp.message.accepted", "smtp.message.size"),
    "smtp.message.hash.sha256",
    *("email.direction", "email.from.address", "email.subject", "email.message_id"),
    *("email.attachments.file.name", "email.attachments.file.hash.sha256"),
    "email.attachments.file.path",
    "observer",
)

#: Lines of the dialogue in a compact alert.
MOST_LINES: Final = 6
#: By the beginning of a field's name: the side whose lines show it, and how these begin.
_SHOWN_BY: Final = (
    ("smtp.greeting.", "server", ("220",)),
    ("smtp.helo", "client", ("EHLO", "HELO", "LHLO")),
    ("smtp.ehlo.", "server", ("250-",)),
    ("smtp.starttls.offered", "server", ("250-",)),
    ("smtp.auth.offered", "server", ("250-",)),
    ("smtp.starttls.", "client", ("STARTTLS",)),
    ("smtp.auth.", "client", ("AUTH",)),
    ("smtp.mail_from", "client", ("MAIL",)),
    ("smtp.rcpt", "client", ("RCPT",)),
    ("smtp.message.", "client", ("[message]", "DATA", "BDAT")),
    ("email.", "client", ("[message]", "DATA", "BDAT")),
)


def compacted(record: Record) -> Record:
    """Return a record with what `KEPT` names; lists of objects keep what is named of each."""
    return _pruned(record, _KEPT)


def _pruned(record: Record, kept: Record) -> Record:
    result: Record = {}
    for name, value in record.items():
        inner = kept.get(name)
        if inner and isinstance(value, dict):
            left = _pruned(value, inner)
            if left:
                result[name] = left
        elif inner and isinstance(value, list):
            result[name] = [_pruned(one, inner) if isinstance(one, dict) else one for one in value]
        elif inner is not None:
            result[name] = value
    return result


def _tree(names: tuple[str, ...]) -> Record:
    """Return the names as nested mappings; an empty one keeps all below it."""
    tree: Record = {}
    for name in names:
        node = tree
        for part in name.split("."):
            node = node.setdefault(part, {})
    return tree


_KEPT: Final = _tree(KEPT)


def proof(rule: Rule, event: Event) -> list[Line]:
    """Return the lines of the dialogue that a compact alert shows, oldest first.

    Those are the one that the event came with, those that show what the rule's sentence names, and
    the last ones before.
    """
    lines = event.evidence.lines()
    if len(lines) <= MOST_LINES:
        return lines
    chosen = {len(lines) - 1}
    order = [place for place, line in enumerate(lines) if _shows(line, names_in(rule))]
    order += [0, *range(len(lines) - 2, 0, -1)]
    for place in order:
        if len(chosen) == MOST_LINES:
            break
        chosen.add(place)
    return [lines[place] for place in sorted(chosen)]


def _shows(line: Line, names: tuple[str, ...]) -> bool:
    return any(
        line.side == side and line.text.startswith(begins)
        for prefix, side, begins in _SHOWN_BY
        if any(name.startswith(prefix) for name in names)
    )


def compact_evidence(rule: Rule, event: Event) -> list[dict[str, Any]]:
    """Return these lines as they stand in an alert: the time of each is that of its packet."""
    return [
        {"packet": line.packet, "side": line.side, "line": line.text} for line in proof(rule, event)
    ]
