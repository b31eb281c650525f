"""The transcripts through packets and the whole engine, with every rule that is shipped.

tests/unit/smtp reads them without TCP. Here the same conversations come as packets of several link
types and both versions of IP: the events must be the same, and the alerts are all that is said.
Each rule is then weakened, one condition at a time: a transcript must notice.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import pytest

from smtpids.rules.fields import FIELDS
from smtpids.rules.interpreter import evaluate
from smtpids.rules.tree import And, Check, Not, Or, checks, conjoin, disjoin, negate
from tests.support.engine import every_rule, told_of_frames
from tests.support.transcript import FOLDER, Transcript, frames_of, load, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.rules import RuleSource
    from smtpids.rules.tree import Node
    from smtpids.smtp import Event

Hits: TypeAlias = "set[tuple[str, int]]"

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
SOURCES = every_rule().sources
by_rule = pytest.mark.parametrize("source", SOURCES, ids=[source.rule.name for source in SOURCES])
V4 = ("192.0.2.1", "198.51.100.2")
V6 = ("2001:db8::1", "2001:db8::2")
WAYS = {
    "ethernet": ("ethernet", V4),
    "vlan": ("vlan", V4),
    "sll2": ("sll2", V4),
    "raw": ("raw", V4),
    "ipv6": ("ethernet", V6),
    "raw-ipv6": ("raw", V6),
}
#: Conditions that this engine makes needless: behind the first TLS record it sees no command and no
#: login, and some fields come with one kind of anomaly only. They tell readers what is meant.
NEEDLESS = {
    "auth_token_in_clear": {"tls.established"},
    "port_465_cleartext": {"tls.mode"},
    "starttls_command_injection": {"smtp.anomaly.kind"},
    "starttls_offered_not_used": {"tls.established"},
    "starttls_refused_then_cleartext": {"tls.established"},
}


@pytest.mark.parametrize("way", WAYS)
@by_name
def test_a_transcript_is_told_and_alerted_as_it_lists(script: Transcript, way: str) -> None:
    link, hosts = WAYS[way]
    told = told_of_frames(frames_of(script, link, hosts=hosts), every_rule(), script.config)
    assert (script.events, sorted(script.alerts)) == (
        [summary(event) for event in told.events],
        told.rules,
    )
    assert {hosts} == {
        (event.fields["source.ip"], event.fields["destination.ip"]) for event in told.events
    }


@by_name
def test_small_packets_raise_the_same_alerts(script: Transcript) -> None:
    told = told_of_frames(frames_of(script, mss=7), every_rule(), script.config)
    assert sorted(script.alerts) == told.rules


@by_name
def test_every_field_of_an_event_is_in_the_table(script: Transcript) -> None:
    strangers = {
        f"{name} of {event.action}"
        for event in events_of(script.name)
        for name, value in event.fields.items()
        if name not in FIELDS
        or event.action not in FIELDS[name].actions
        or isinstance(value, list) is not FIELDS[name].many
        or (FIELDS[name].values and value not in FIELDS[name].values)
    }
    assert strangers == set()


@by_rule
def test_a_rule_has_a_transcript_that_it_alerts_on(source: RuleSource) -> None:
    assert [script.name for script in SCRIPTS if source.rule.name in script.alerts] != []


@by_rule
def test_a_rule_has_a_near_miss(source: RuleSource) -> None:
    """A transcript on which the rule is quiet, and would not be with one condition less."""
    alerted = {name for name, _ in hits(source.condition)}
    weaker = {name for _, mutant in mutants(source.condition) for name, _ in hits(mutant)} - alerted
    assert weaker != set()


@by_rule
def test_every_condition_of_a_rule_matters(source: RuleSource) -> None:
    whole = hits(source.condition)
    needless = {
        check.field
        for dropped, mutant in mutants(source.condition)
        if hits(mutant) == whole
        for check in checks(dropped)
    }
    assert NEEDLESS.get(source.rule.name, set()) == needless


@cache
def events_of(name: str) -> list[Event]:
    """Return all that is told of a transcript."""
    script = next(script for script in SCRIPTS if script.name == name)
    return told_of_frames(frames_of(script), every_rule(), script.config).events


def hits(condition: Node) -> Hits:
    """Return the events of all transcripts of which a condition is true."""
    return {
        (script.name, index)
        for script in SCRIPTS
        for index, event in enumerate(events_of(script.name))
        if evaluate(condition, event.fields)
    }


def mutants(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each condition in `node`, and what is left of `node` without it.

    A list of values of one field is one condition; the kind of event is none.
    """
    if isinstance(node, Not):
        yield from ((dropped, negate(left)) for dropped, left in mutants(node.part))
    if not isinstance(node, And | Or) or is_one_question(node):
        return
    join = conjoin if isinstance(node, And) else disjoin
    for index, part in enumerate(node.parts):
        before, behind = node.parts[:index], node.parts[index + 1 :]
        if {check.field for check in checks(part)} != {"event.action"}:
            yield part, join((*before, *behind))
        for dropped, left in mutants(part):
            yield dropped, join((*before, left, *behind))


def is_one_question(node: And | Or) -> bool:
    """Tell whether a node asks one field for one of several values."""
    fields = {part.field if isinstance(part, Check) else None for part in node.parts}
    return len(fields) == 1 and None not in fields
