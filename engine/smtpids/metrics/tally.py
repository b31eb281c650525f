"""What each event of the SMTP layer raises.

Apart from `counts`, because it is done at each event and a wheel has it compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from smtpids.config import SECOND
from smtpids.fields import AUTH_OUTCOMES, TLS_MODES
from smtpids.metrics import labels
from smtpids.smtp.events import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.metrics.counts import Counts
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Event, Fields

_Key = TypeVar("_Key")


def count_opened(counts: Counts, port: int) -> None:
    """Count a new TCP connection to the server's `port`."""
    if counts.is_read:
        _raise(counts.connections_opened, labels.service(port))


def count_match(counts: Counts, rule: Rule) -> None:
    """Count a match, before suppression."""
    if counts.is_read:
        _raise(counts.matches, rule.name)


def count_alert(counts: Counts, rule: Rule) -> None:
    """Count an alert that was handed on."""
    if counts.is_read:
        _raise(counts.alerts, labels.alert_key(rule))


def count_event(counts: Counts, event: Event) -> None:
    """Count one event of the SMTP layer."""
    action = event.action
    if not counts.is_read:
        if action == "message":
            _outcome(counts, event.fields)
        elif action == "session_end":
            _mode(counts, event.fields)
    elif action == "reply":  # most are
        _reply(counts, event.fields)
    elif action == "command":
        counts.often.command(event.fields.get("smtp.command.verb"))
    else:
        count = _OTHERS.get(action)
        if count is not None:
            count(counts, event.fields)


def _raise(counter: dict[_Key, int], key: _Key) -> None:
    number = counter.get(key)
    counter[key] = 1 if number is None else number + 1


def _reply(counts: Counts, fields: Fields) -> None:
    code = fields.get("smtp.reply.code")
    counts.often.reply(code, fields.get("smtp.reply.enhanced"))
    verb = fields.get("smtp.reply.verb")
    if isinstance(verb, str) and verb == "RCPT":
        _raise(counts.recipients, "accepted" if labels.code_class(code) == "2xx" else "rejected")


def _auth(counts: Counts, fields: Fields) -> None:
    mechanism = labels.fold(fields.get("smtp.auth.mechanism"), labels.MECHANISMS)
    outcome = labels.fold(fields.get("smtp.auth.outcome"), AUTH_OUTCOMES)
    _raise(counts.auth, (mechanism, outcome))


#: `smtp.starttls.state` when STARTTLS was answered, or the answer can no longer come.
_STARTTLS_OUTCOMES: Final[dict[object, str]] = {
    "accepted": "accepted",
    "established": "accepted",
    "refused": "refused",
    "requested": "unanswered",
}


def _starttls(counts: Counts, fields: Fields) -> None:
    state = fields.get("smtp.starttls.state")
    known = state if isinstance(state, str) else ""
    _raise(counts.starttls, _STARTTLS_OUTCOMES.get(known, labels.OTHER))


def _tls(counts: Counts, fields: Fields) -> None:
    version = labels.fold(fields.get("tls.version"), labels.TLS_VERSIONS)
    _raise(
        counts.handshakes, (version, labels.fold(fields.get("tls.outcome"), labels.TLS_OUTCOMES))
    )


def _outcome(counts: Counts, fields: Fields) -> None:
    accepted = fields.get("smtp.message.accepted")  # absent if no reply came
    outcome = "accepted" if accepted is True else "rejected" if accepted is False else "aborted"
    _raise(counts.messages, outcome)


def _message(counts: Counts, fields: Fields) -> None:
    _outcome(counts, fields)
    size = fields.get("smtp.message.size")
    if isinstance(size, int):
        counts.message_size.observe(size)
    _attachments(counts, fields)


def _attachments(counts: Counts, fields: Fields) -> None:
    attachments = fields.get("email.attachments")
    if not isinstance(attachments, list):
        return
    for attachment in attachments:
        file = attachment.get("file") if isinstance(attachment, dict) else None
        extension = file.get("extension") if isinstance(file, dict) else None
        known = extension.lower() if isinstance(extension, str) else ""
        _raise(counts.attachments, labels.ATTACHMENT_CATEGORIES.get(known, labels.OTHER))


def _anomaly(counts: Counts, fields: Fields) -> None:
    kind = fields.get("smtp.anomaly.kind")
    _raise(counts.anomalies, labels.fold(kind, labels.ANOMALIES))
    if kind == "limit_reached":
        counts.limit(str(fields.get("smtp.anomaly.detail")))


def _mode(counts: Counts, fields: Fields) -> str:
    service = labels.service(fields.get("destination.port"))
    mode = labels.fold(fields.get("tls.mode"), TLS_MODES)
    _raise(counts.sessions, (service, mode))
    return mode


def _session_end(counts: Counts, fields: Fields) -> None:
    mode = _mode(counts, fields)
    reason = labels.fold(fields.get("session.close_reason"), labels.CLOSE_REASONS)
    _raise(counts.sessions_closed, reason)
    duration = fields.get("session.duration")
    if isinstance(duration, int):
        counts.session_duration.observe(max(duration, 0) / SECOND)
    if mode == labels.NONE and _did_without_starttls(fields):
        _raise(counts.starttls, "not_offered")


def _did_without_starttls(fields: Fields) -> bool:
    """Whether the server listed its extensions, and STARTTLS was not among them."""
    return (
        bool(fields.get("smtp.ehlo.keywords"))
        and fields.get("smtp.starttls.offered") is False
        and fields.get("smtp.starttls.state") == labels.NONE
    )


_OTHERS: Final[dict[str, Callable[[Counts, Fields], None]]] = {
    Action.AUTH: _auth,
    Action.STARTTLS: _starttls,
    Action.TLS: _tls,
    Action.MESSAGE: _message,
    Action.ANOMALY: _anomaly,
    Action.SESSION_END: _session_end,
}
