"""Alerts and records in Suricata's EVE format, for receivers that read nothing else.

The objects of EVE are closed: a name that its schema does not have makes a line invalid. So each
record is built anew from the fields that EVE has a place for; what else an alert says stands in
`alert.metadata`, the one open object, as lists of texts, as rules for Suricata have them. What has
no place at all, such as replies and how far a session came, is in ECS only.

A rule has a number in EVE: see `Rule.number`. Severity 1 is the worst.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.alert import alert_id, evidence
from smtpids.alerts.attack import threat
from smtpids.alerts.eve_parts import eve_time, filled, of_email, of_flow, of_smtp, of_tls
from smtpids.alerts.reason import reason
from smtpids.rules.rule import Level
from smtpids.smtp.events import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.alerts.nesting import Record
    from smtpids.alerts.record import Observer
    from smtpids.alerts.stats import Stats
    from smtpids.rules.correlation import Correlated
    from smtpids.rules.rule import Match, Rule
    from smtpids.smtp.events import Event

SEVERITIES: Final[dict[Level, int]] = {
    Level.CRITICAL: 1,
    Level.HIGH: 1,
    Level.MEDIUM: 2,
    Level.LOW: 3,
    Level.INFORMATIONAL: 4,
}
"""`alert.severity`: Suricata's classes end at 3, and readers take 1 for high."""
WORDS: Final[dict[Level, str]] = {
    Level.CRITICAL: "Critical",
    Level.HIGH: "Major",
    Level.MEDIUM: "Major",
    Level.LOW: "Minor",
    Level.INFORMATIONAL: "Informational",
}
"""`signature_severity` in the words that rules for Suricata use."""
TYPES: Final[dict[str, str]] = {
    Action.SESSION_END: "flow",
    Action.MESSAGE: "smtp",
    Action.ANOMALY: "anomaly",
}
"""`event_type` of the records, by their action."""
FLOW_BITS: Final = 51
"""Bits of a `flow_id`, as Suricata has it: JavaScript reads such numbers exactly."""
_FROM_SERVER: Final = frozenset({Action.GREETING, Action.REPLY})


def eve_alert(match: Match, observer: Observer) -> Record:
    """Return the alert of a match."""
    named = alert_id(match)
    if observer.veil is not None:
        match = observer.veil.match(match)
    rule, event = match.rule, match.event
    fields = event.fields
    said = _head(event, observer, "alert")
    said["direction"] = "to_client" if _is_from_server(event) else "to_server"
    said["alert"] = filled(
        {
            "action": "allowed",  # a monitor blocks nothing
            "gid": 1,
            "signature_id": rule.number,
            "rev": _revision(rule),
            "signature": rule.title,
            "category": rule.category or "smtpids",
            "severity": SEVERITIES[rule.level],
            "references": list(rule.references),
            "metadata": _metadata(match, named),
        }
    )
    said |= {"smtp": of_smtp(fields), "email": of_email(fields), "tls": of_tls(fields)}
    said["flow"] = of_flow(fields)
    return filled(said)


def eve_record(event: Event, observer: Observer) -> Record:
    """Return the record of a session, message or anomaly; KeyError for other events."""
    if observer.veil is not None:
        event = observer.veil.event(event)
    fields = event.fields
    said = _head(event, observer, TYPES[event.action])
    if event.action == Action.SESSION_END:
        said["flow"] = of_flow(fields, ended=True)
    elif event.action == Action.MESSAGE:
        said |= {"smtp": of_smtp(fields), "email": of_email(fields)}
    else:
        said["anomaly"] = filled(
            {
                "app_proto": "smtp",
                "type": "applayer",
                "event": fields.get("smtp.anomaly.kind"),
                "layer": "proto_parser",
            }
        )
    return filled(said)


def eve_stats(stats: Stats, observer: Observer) -> Record:
    """Return the figures of a run, as far as EVE has names for them."""
    figures: Record = {
        "uptime": stats.uptime_ns // 1_000_000_000,
        "capture": {"kernel_packets": stats.packets + stats.dropped, "kernel_drops": stats.dropped},
        "decoder": {"pkts": stats.packets, "bytes": stats.octets},
        "tcp": {"sessions": stats.sessions},
        "app_layer": {"flow": {"smtp": stats.sessions}, "tx": {"smtp": stats.messages}},
        "detect": {
            "engines": [{"id": 0, "rules_loaded": stats.rules, "rules_failed": 0}],
            "alert": sum(stats.alerts.values()),
            "alerts_suppressed": stats.suppressed,
        },
    }
    said = {
        "timestamp": eve_time(stats.ts_ns),
        "host": observer.name,
        "in_iface": observer.interface,
        "event_type": "stats",
        "stats": figures,
    }
    return {name: value for name, value in said.items() if value != ""}


def _head(event: Event, observer: Observer, kind: str) -> Record:
    """Return what all lines about a session have in common."""
    fields = event.fields
    index = fields.get("smtp.transaction.index")
    file = fields.get("smtpids.pcap.file") or observer.file
    said = {
        "timestamp": eve_time(event.ts_ns),
        "flow_id": _flow_id(str(fields.get("session.id"))),
        "host": observer.name,
        "in_iface": observer.interface,
        "event_type": kind,
        "src_ip": fields.get("source.ip"),
        "src_port": fields.get("source.port"),
        "dest_ip": fields.get("destination.ip"),
        "dest_port": fields.get("destination.port"),
        "proto": "TCP",
        "app_proto": "smtp",
        "community_id": fields.get("network.community_id"),
        "pcap_cnt": event.packet,
        "pcap_filename": file,
    }
    if isinstance(index, int) and kind != "flow":
        said["tx_id"] = max(index - 1, 0)  # Suricata counts from 0
    return said


@lru_cache(maxsize=1024)
def _flow_id(session: str) -> int:
    """Return the number of a session, the same in every run over the same packets."""
    digest = blake2b(session.encode("utf-8", "backslashreplace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - FLOW_BITS)


def _is_from_server(event: Event) -> bool:
    side = event.fields.get("smtp.anomaly.side")
    return event.action in _FROM_SERVER or side == "server"


def _revision(rule: Rule) -> int:
    """Return the day of the last change as a number such as 20261123; 1 if it is not known."""
    digits = rule.revision.replace("-", "")
    return int(digits) if digits.isascii() and digits.isdigit() else 1


def _metadata(match: Match, named: str) -> Record:
    """Return what EVE has no other place for: lists of texts by name."""
    rule, event, correlated = match.rule, match.event, match.correlated
    attack: Mapping[str, Any] = threat(rule.tags)
    tactic, technique = attack.get("tactic", {}), attack.get("technique", {})
    deeper = technique.get("subtechnique", {})
    said: dict[str, list[str]] = {
        "signature_severity": [WORDS[rule.level]],
        "tag": [tag for tag in rule.tags if not tag.startswith("attack.")],
        "updated_at": [rule.revision.replace("-", "_")] if rule.revision else [],
        "mitre_tactic_id": tactic.get("id", []),
        "mitre_tactic_name": tactic.get("name", []),
        "mitre_technique_id": [*technique.get("id", []), *deeper.get("id", [])],
        "mitre_technique_name": [*technique.get("name", []), *deeper.get("name", [])],
        "smtpids_event_id": [named],
        "smtpids_rule": [rule.name],
        "smtpids_uuid": [rule.uuid] if rule.uuid else [],
        "smtpids_severity": [rule.level.value],
        "smtpids_action": [str(event.action)],
        "smtpids_reason": [reason(rule, event.fields, correlated)],
        "smtpids_suppressed": [str(match.suppressed)] if match.suppressed else [],
        "smtpids_evidence": [
            f"#{line['packet']} {line['side']}: {line['line']}" for line in evidence(event)
        ],
    }
    if correlated is not None:
        said |= _together(correlated)
    return filled(said)


def _together(correlated: Correlated) -> dict[str, list[str]]:
    """Return what matched together."""
    return {
        "smtpids_correlation": [f"{correlated.kind.value} {correlated.measure}"],
        "smtpids_group": [f"{name}={value}" for name, value in correlated.group],
        "smtpids_rules": list(correlated.rules),
        "smtpids_values": list(correlated.values),
    }
