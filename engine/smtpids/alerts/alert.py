"""A match as an alert: the ECS mapping that is written and shipped.

`message` is the rule's title and nothing else, because receivers use it as the alert's name and
group by it; what happened this time stands in `event.reason`. `event.action` stays the action of
the event that the rule was true of (`auth`, `message`, ...): that the record is an alert is said
by `event.kind` and `event.dataset`. `event.id` is the same on every run over the same packets, so
that receivers can drop what they have already.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from smtpids.alerts.attack import threat
from smtpids.alerts.detail import compact_evidence, compacted
from smtpids.alerts.draft import Drafted
from smtpids.alerts.moment import rfc3339
from smtpids.alerts.reason import reason
from smtpids.alerts.record import ECS_VERSION, Dataset, Observer, identity, mapping
from smtpids.alerts.text import cut

if TYPE_CHECKING:
    from smtpids.alerts.nesting import Record
    from smtpids.rules.correlation import Correlated
    from smtpids.rules.rule import Match, Rule
    from smtpids.smtp.events import Event

ALERT = Dataset("smtpids.alert", ("intrusion_detection", "network", "email"), ("info",))
"""`info` is the only type that ECS expects for all three categories."""
DESCRIPTION_CHARS = 1024
"""Characters of a rule's description that travel with each alert."""


def alert(match: Match, observer: Observer) -> Record:
    """Return the alert of a match as a nested mapping."""
    named = alert_id(match)
    if observer.veil is not None:
        match = observer.veil.match(match)
    rule, event = match.rule, match.event
    said = reason(rule, event.fields, match.correlated)
    body = mapping(event, observer, ALERT, facts_of(rule, named, said))
    body["smtpids"] |= {
        "severity": rule.level.value,
        "suppressed": match.suppressed,
        "evidence": compact_evidence(rule, event) if observer.compact else evidence(event),
    }
    if match.correlated is not None:
        body["smtpids"]["correlation"] = correlation(match.correlated)
    body.pop("ecs")
    whole = headed(rule, observer.ruleset, body.pop("@timestamp"), body.pop("event")) | body
    return compacted(whole) if observer.compact else whole


def facts_of(rule: Rule, named: Any, said: Any) -> Record:
    """Return what an alert says in `event` that other records do not: its id, why it is there."""
    facts: Record = {
        "kind": "alert",
        "id": named,
        "code": str(rule.sid or rule.name),
        "severity": rule.level.severity,
        "risk_score": float(rule.level.severity),
        "reason": said,
    }
    if rule.references:
        facts["reference"] = rule.references[0]
    return facts


def headed(rule: Rule, ruleset: str, time: Any, said: Record) -> Record:
    """Return what stands first in an alert: when, what, and the rule."""
    return {
        "@timestamp": time,
        "ecs": {"version": ECS_VERSION},
        "message": rule.title,
        "event": said,
        **_of_rule(rule, ruleset),
    }


def alert_id(match: Match) -> str:
    """Return `event.id` of the alert of a match."""
    rule, event, correlated = match.rule, match.event, match.correlated
    if correlated is not None:
        return identity(event, _case(rule, correlated))
    return event.drafts[rule.name][0] if isinstance(event, Drafted) else identity(event, rule.name)


def correlation(correlated: Correlated) -> Record:
    """Return what matched together (`smtpids.correlation`); what there is not is left out."""
    said: Record = {
        "type": correlated.kind.value,
        "count": correlated.measure,
        "group": [{"field": name, "value": value} for name, value in correlated.group],
        "rules": list(correlated.rules),
        "values": list(correlated.values),
        "start": rfc3339(correlated.first_ns),
        "end": rfc3339(correlated.last_ns),
    }
    return {name: value for name, value in said.items() if value != []}


def _case(rule: Rule, correlated: Correlated) -> str:
    """Name what one correlation found in one group, for one event may end several of them."""
    return repr((rule.name, correlated.group, correlated.last_ns))


def evidence(event: Event) -> list[dict[str, Any]]:
    """Return the few dialogue lines that show the event, oldest first."""
    return [
        {
            "@timestamp": rfc3339(line.ts_ns),
            "packet": line.packet,
            "side": line.side,
            "line": line.text,
        }
        for line in event.evidence.lines()
    ]


@lru_cache(maxsize=4096)
def _of_rule(rule: Rule, ruleset: str) -> Record:
    """Return what all alerts of a rule say; it is one object and stays as it is."""
    said: Record = {"rule": _rule(rule, ruleset)}
    attack = threat(rule.tags)
    if attack:
        said["threat"] = attack
    if rule.tags:
        said["tags"] = list(rule.tags)
    return said


def _rule(rule: Rule, ruleset: str) -> Record:
    """Name the rule; what it does not say is left out."""
    said: Record = {
        "id": rule.name,
        "uuid": rule.uuid,
        "name": rule.title,
        "version": rule.revision,
        "category": rule.category,
        "ruleset": ruleset,
        "description": cut(" ".join(rule.description.split()), DESCRIPTION_CHARS),
        "reference": rule.references[0] if rule.references else "",  # ECS has room for one
        "author": [name.strip() for name in rule.author.split(",") if name.strip()],
    }
    return {name: value for name, value in said.items() if value}
