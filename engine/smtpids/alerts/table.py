"""Alerts and events for a person at a terminal (`--format table`, `inspect` without `--json`).

An alert is a small block: when, how bad, which rule, between whom; the sentence; the dialogue
that shows it. Colour and the width come from the stream, so a pipe gets plain lines that are
never cut. Every text is escaped, for this is where a peer's octets would reach a terminal.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from smtpids.alerts.layout import BOLD, DIM, INDENT, PLAIN, Style, dialogue, headline, wrapped
from smtpids.alerts.moment import rfc3339
from smtpids.alerts.reason import reason
from smtpids.alerts.text import escape
from smtpids.rules.correlation import Kind
from smtpids.rules.rule import Level
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.events import Action
from smtpids.tcp.events import CloseReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smtpids.alerts.stats import Stats
    from smtpids.rules.correlation import Correlated
    from smtpids.rules.rule import Match
    from smtpids.smtp.events import Event

LEVEL_COLOURS: dict[Level, str] = {
    Level.INFORMATIONAL: "2",  # dim
    Level.LOW: "36",  # cyan
    Level.MEDIUM: "33",  # yellow
    Level.HIGH: "1;31",  # bold red
    Level.CRITICAL: "1;97;41",  # white on red
}
LEVEL_COLUMNS = 8
"""The longest level that alerts, `critical`."""
DIALOGUE_LINES = 200
"""Lines of the dialogue that `inspect -v` shows of a session."""


def alert_lines(match: Match, style: Style = PLAIN) -> str:
    """Return the block of an alert, with the empty line that sets it off from the next."""
    rule, event = match.rule, match.event
    level = rule.level.value.upper().ljust(LEVEL_COLUMNS)
    lines = headline(
        [
            (_when(event.ts_ns), DIM),
            (level, LEVEL_COLOURS[rule.level]),
            (escape(rule.name), BOLD),
            (_ends(event.fields), ""),
        ],
        style,
    )
    lines += wrapped(reason(rule, event.fields, match.correlated), style)
    if match.correlated is not None:
        lines += wrapped(_together(match.correlated), style)
    lines += dialogue(event.evidence.lines(), style)
    if match.suppressed:
        note = f"{INDENT}{match.suppressed} more like this were held back since the last alert"
        lines.append(style.paint(note, DIM))
    return "\n".join(lines) + "\n\n"


_MEASURES: dict[Kind, str] = {
    Kind.EVENT_COUNT: "{} events",
    Kind.VALUE_COUNT: "{} values",
    Kind.VALUE_SUM: "sum {}",
    Kind.VALUE_AVG: "average {}",
    Kind.TEMPORAL: "{} rules",
    Kind.TEMPORAL_ORDERED: "{} rules in order",
}


def _together(correlated: Correlated) -> str:
    """Return `10 events in 42.0 s · source.ip 192.0.2.1 · ann, bob`."""
    measure = correlated.measure
    shown = f"{measure:.6g}" if isinstance(measure, float) else str(measure)
    span = _duration(correlated.last_ns - correlated.first_ns)
    parts = [f"{_MEASURES[correlated.kind].format(shown)} in {span}"]
    parts += [f"{name} {escape(value)}" for name, value in correlated.group]
    if correlated.values:
        parts.append(", ".join(escape(value) for value in correlated.values))
    return " · ".join(parts)


def event_lines(event: Event, style: Style = PLAIN, *, verbose: bool = False) -> str:
    """Return what `inspect` shows of an event: "" for those that are not recorded."""
    if event.action == Action.SESSION_END:
        return session_lines(event, style, verbose=verbose)
    draw = _ONE_LINERS.get(event.action)
    return "" if draw is None else draw(event, style)


def session_lines(event: Event, style: Style = PLAIN, *, verbose: bool = False) -> str:
    """Return the block of a session_end event; `verbose` adds the lines of the dialogue."""
    fields = event.fields
    start = fields.get("session.start")
    lines = headline(
        [
            (_when(start if isinstance(start, int) else event.ts_ns), DIM),
            ("session ", "32"),
            (_ends(fields), BOLD),
            (_duration(fields.get("session.duration")), DIM),
        ],
        style,
    )
    lines += wrapped(_names(fields), style)
    lines += wrapped(" · ".join(_facts(fields)), style)
    steps = _steps(fields.get("smtp.dialogue"))
    if verbose:
        lines += dialogue(event.evidence.lines(DIALOGUE_LINES), style)
    lines += [style.paint(line, DIM) for line in wrapped(steps, style)]
    return "\n".join(lines) + "\n\n"


def message_lines(event: Event, style: Style = PLAIN) -> str:
    """Return the block of a message event: the envelope, the outcome, the subject."""
    fields = event.fields
    outcome = "accepted" if fields.get("smtp.message.accepted") else "not accepted"
    code = fields.get("smtp.reply.code")
    lines = headline(
        [
            (_when(event.ts_ns), DIM),
            ("message ", "34"),
            (_ends(fields), ""),
            (outcome if code is None else f"{outcome} ({code})", BOLD),
        ],
        style,
    )
    lines += wrapped(f"{_text(fields, 'smtp.mail_from')} → {_recipients(fields)}", style)
    about = [_text(fields, "email.subject"), _size(fields), _attachments(fields)]
    lines += wrapped(" · ".join(part for part in about if part), style)
    return "\n".join(lines) + "\n\n"


def anomaly_lines(event: Event, style: Style = PLAIN) -> str:
    """Return the block of an anomaly event: the kind, its sentence, the detail."""
    fields = event.fields
    kind = _text(fields, "smtp.anomaly.kind")
    lines = headline(
        [
            (_when(event.ts_ns), DIM),
            ("anomaly ", "35"),
            (kind, BOLD),
            (_ends(fields), ""),
        ],
        style,
    )
    known = ANOMALIES.get(kind)
    about = [known.sentence if known else "", _text(fields, "smtp.anomaly.detail")]
    lines += wrapped(": ".join(part for part in about if part), style)
    return "\n".join(lines) + "\n\n"


def stats_lines(stats: Stats, style: Style = PLAIN) -> str:
    """Return the block of a run's figures."""
    lines = headline([(_when(stats.ts_ns), DIM), ("figures ", "36")], style)
    seen = [
        f"{_counted(stats.packets, 'packet')} ({stats.dropped:,} lost)",
        f"{_counted(stats.sessions, 'session')} ({stats.sessions_active:,} open)",
        _counted(stats.messages, "message"),
        f"{stats.anomalies:,} anomal{'y' if stats.anomalies == 1 else 'ies'}",
    ]
    if stats.lag_ns is not None:
        seen.append(f"{_duration(stats.lag_ns)} behind")
    levels = ", ".join(f"{number:,} {level}" for level, number in stats.alerts.items() if number)
    alerts = _counted(sum(stats.alerts.values()), "alert") + (f": {levels}" if levels else "")
    rules = _counted(stats.rules, "rule")
    lines += wrapped(" · ".join(seen), style)
    lines += wrapped(f"{alerts} · {stats.suppressed:,} held back · {rules}", style)
    return "\n".join(lines) + "\n\n"


_ONE_LINERS: dict[str, Callable[[Event, Style], str]] = {
    Action.MESSAGE: message_lines,
    Action.ANOMALY: anomaly_lines,
}


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _when(ts_ns: int) -> str:
    """Return the moment in UTC to the millisecond: 2026-11-23 21:00:00.123."""
    return rfc3339(ts_ns)[:23].replace("T", " ")


def _ends(fields: Mapping[str, Any]) -> str:
    """Return `client:port → server:port`, or what is known of it."""
    ends = [_end(fields, side) for side in ("source", "destination")]
    return " → ".join(end for end in ends if end)


def _end(fields: Mapping[str, Any], side: str) -> str:
    address, port = _text(fields, f"{side}.ip"), fields.get(f"{side}.port")
    if ":" in address:
        address = f"[{address}]"
    return f"{address}:{port}" if address and port is not None else address


def _duration(value: Any) -> str:
    if not isinstance(value, int):
        return ""
    seconds = value / 1_000_000_000
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _names(fields: Mapping[str, Any]) -> str:
    helo, greeting = _text(fields, "smtp.helo"), _text(fields, "smtp.greeting.text")
    return " → ".join(name for name in (helo, greeting) if name)


def _facts(fields: Mapping[str, Any]) -> list[str]:
    """Say in a few words what a session came to."""
    return [*_security(fields), *_volume(fields), *_flaws(fields)]


def _security(fields: Mapping[str, Any]) -> list[str]:
    mode = fields.get("tls.mode", "none")
    if mode == "none":
        said = ["cleartext"]
        state = fields.get("smtp.starttls.state", "none")
        if state != "none":
            said = [f"cleartext, STARTTLS {state}"]
    else:
        version = _text(fields, "tls.version")
        said = [f"TLS {version} ({mode})" if version else f"TLS ({mode})"]
        if not fields.get("tls.established"):
            said[0] += ", handshake not completed"
    attempts = fields.get("smtp.auth.attempts")
    if attempts:
        user = _text(fields, "smtp.auth.user")
        outcome = "succeeded" if fields.get("smtp.auth.succeeded") else "did not succeed"
        said.append(f"AUTH {user} {outcome}" if user else f"AUTH {outcome}")
    return said


def _volume(fields: Mapping[str, Any]) -> list[str]:
    count = fields.get("smtp.message.count")
    if not isinstance(count, int):
        return []
    return [_counted(count, "message")]


_FLAWS: dict[str, str] = {
    "session.midstream": "picked up midstream",
    "session.gap": "octets missing",
    "session.one_sided": "one side only",
}


_ENDS: dict[str, str] = {
    CloseReason.RST: "reset",
    CloseReason.TIMEOUT: "timed out",
    CloseReason.EVICTED: "given up for newer ones",
    CloseReason.EOF: "open when the capture ended",
}


def _flaws(fields: Mapping[str, Any]) -> list[str]:
    said = [words for name, words in _FLAWS.items() if fields.get(name)]
    if not fields.get("smtp.quit", True):
        said.append("no QUIT")
    end = _ENDS.get(_text(fields, "session.close_reason"))
    return said if end is None else [*said, end]


def _steps(listed: Any) -> str:
    """Return `EHLO 250 · RCPT 250 x3`, equal neighbours counted."""
    steps = listed if isinstance(listed, list) else []
    named = [_step(step) for step in steps if isinstance(step, dict)]
    runs = [(name, len(list(run))) for name, run in groupby(named)]
    return " · ".join(name if count == 1 else f"{name} x{count}" for name, count in runs)


def _step(step: Mapping[str, Any]) -> str:
    verb, code = escape(str(step.get("verb") or "?")), step.get("code")
    return f"{verb} -" if code is None else f"{verb} {code}"


def _recipients(fields: Mapping[str, Any]) -> str:
    listed = fields.get("smtp.rcpt_to")
    names = [escape(str(name)) for name in listed] if isinstance(listed, list) else []
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest or "?"


def _size(fields: Mapping[str, Any]) -> str:
    size = fields.get("smtp.message.size")
    if not isinstance(size, int):
        return ""
    whole = "" if fields.get("smtp.message.complete", True) else ", incomplete"
    return f"{size:,} octets{whole}"


def _attachments(fields: Mapping[str, Any]) -> str:
    listed = fields.get("email.attachments")
    count = len(listed) if isinstance(listed, list) else 0
    return _counted(count, "attachment") if count else ""


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else escape(str(value))
