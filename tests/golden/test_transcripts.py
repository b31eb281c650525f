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
from smtpids.rules.matcher import actions_with_history
from smtpids.rules.tree import checks
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.trial.mutants import mutants
from tests.support.engine import OBJECTS, every_rule, shipped_rules, told_of_frames
from tests.support.transcript import FOLDER, Transcript, frames_of, load, summary

if TYPE_CHECKING:
    from smtpids.rules import RuleSource
    from smtpids.rules.tree import Node
    from smtpids.smtp import Event

Hits: TypeAlias = "set[tuple[str, int]]"

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
#: A rule that asks the history needs more than one conversation: see test_history.py.
SOURCES = [source for source in every_rule().sources if not actions_with_history([source])]
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
#: What legal traffic may be alerted on: it was in cleartext.
CLEARTEXT = {
    "auth_before_tls",
    "auth_token_in_clear",
    "port_25_no_tls",
    "starttls_offered_not_used",
    "starttls_refused_then_cleartext",
}
#: Legal conversations that there must be at least: as many ways to raise a false alarm.
LEGAL = 40
MECHANISMS = (
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "DIGEST-MD5",
    "NTLM",
    "GSSAPI",
    "XOAUTH2",
    "OAUTHBEARER",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "EXTERNAL",
)
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
        if name not in OBJECTS
        if name not in FIELDS
        or event.action not in FIELDS[name].actions
        or isinstance(value, list) is not FIELDS[name].many
        or (
            FIELDS[name].values
            and not set(value if isinstance(value, list) else [value]) <= set(FIELDS[name].values)
        )
    }
    assert strangers == set()


@pytest.mark.parametrize("kind", ANOMALIES)
def test_an_anomaly_is_raised_by_a_transcript(kind: str) -> None:
    assert [script.name for script in SCRIPTS if kind in anomalies_of(script)] != []


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mechanism_of_auth_has_a_transcript(mechanism: str) -> None:
    beginning = f"auth {mechanism} "
    assert [s.name for s in SCRIPTS if any(line.startswith(beginning) for line in s.events)] != []


@by_name
def test_legal_traffic_raises_nothing_but_a_repeated_hello(script: Transcript) -> None:
    if script.legal:
        assert anomalies_of(script) <= {"hello_repeated"}


@by_name
def test_legal_traffic_is_alerted_on_for_cleartext_at_most(script: Transcript) -> None:
    if script.legal:
        default = {source.rule.name for source in shipped_rules().sources if source.rule.enabled}
        assert default.intersection(script.alerts) <= CLEARTEXT


def test_there_are_many_legal_transcripts() -> None:
    assert sum(script.legal for script in SCRIPTS) >= LEGAL


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


def anomalies_of(script: Transcript) -> set[str]:
    """Return the kinds of anomalies that a transcript lists."""
    return {line.split()[1] for line in script.events if line.startswith("anomaly ")}


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
