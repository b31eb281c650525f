"""An event that is kept for longer than its session: small, and as plain data for a file."""

from __future__ import annotations

from typing import Any

from smtpids.smtp.events import Event, Evidence, Line


def freed(event: Event) -> Event:
    """Return the event without its hold on the session's whole dialogue."""
    event.complete()
    lines = event.evidence.lines()
    evidence = Evidence(tuple(lines), lines[-1].number if lines else 0)
    return Event(event.action, event.ts_ns, event.packet, event.fields, evidence)


def plain(event: Event) -> dict[str, Any]:
    """Return the event as plain data."""
    event.complete()
    return {
        "action": str(event.action),
        "ts_ns": event.ts_ns,
        "packet": event.packet,
        "fields": event.fields,
        "lines": [
            [line.number, line.side, line.text, line.packet, line.ts_ns]
            for line in event.evidence.lines()
        ],
    }


def restored(data: dict[str, Any]) -> Event:
    """Return an event from plain data; KeyError, TypeError or ValueError if it is none."""
    lines = [
        Line(int(number), str(side), str(text), int(packet), int(ts_ns))
        for number, side, text, packet, ts_ns in data["lines"]
    ]
    evidence = Evidence(tuple(lines), lines[-1].number if lines else 0)
    fields = dict(data["fields"])
    return Event(str(data["action"]), int(data["ts_ns"]), int(data["packet"]), fields, evidence)
