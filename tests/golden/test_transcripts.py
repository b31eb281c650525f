"""The transcripts through packets and the whole engine, with every rule that is shipped.

tests/unit/smtp reads them without TCP. Here the same conversations come as packets of several link
types and both versions of IP: the events must be the same, and the alerts that are listed must be
raised. All that a rule must do is told beside it: see test_rule_tests.py.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import EVE, encode
from smtpids.alerts.eve import eve_alert, eve_record
from smtpids.alerts.record import Observer, record
from smtpids.fields import FIELDS
from smtpids.smtp.anomalies import ANOMALIES
from tests.golden.test_golden import faults_of
from tests.support import eve as eve_schemas
from tests.support.engine import (
    CLEARTEXT,
    FOR_TRUSTED,
    OBJECTS,
    every_rule,
    shipped_rules,
    told_of_frames,
)
from tests.support.transcript import FOLDER, Transcript, frames_of, load, summary

if TYPE_CHECKING:
    from smtpids.smtp import Event
    from tests.support.engine import Told

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
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
#: What these rules look for is how packets are cut and put together.
OF_PACKETS = {"tcp_evasion"}
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


@pytest.mark.parametrize("way", WAYS)
@by_name
def test_a_transcript_is_told_and_alerted_as_it_lists(script: Transcript, way: str) -> None:
    link, hosts = WAYS[way]
    told = told_of_frames(frames_of(script, link, hosts=hosts), every_rule(), script.config)
    assert script.events == [summary(event) for event in told.events]
    assert Counter(script.alerts) <= Counter(told.rules)
    assert {hosts} == {
        (event.fields["source.ip"], event.fields["destination.ip"]) for event in told.events
    }


@by_name
def test_small_packets_raise_the_same_alerts(script: Transcript) -> None:
    small, whole = (
        told_of_frames(frames_of(script, mss=mss), every_rule(), script.config) for mss in (7, 1460)
    )
    assert [rule for rule in whole.rules if rule not in OF_PACKETS] == [
        rule for rule in small.rules if rule not in OF_PACKETS
    ]


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


@by_name
def test_what_is_written_of_a_transcript_is_valid_by_ecs_and_by_every_schema(
    script: Transcript,
) -> None:
    told = told_of(script.name)
    observer = Observer(name="tap1", clock=lambda: 0)
    lines = [encode(alert(match, observer)) for match in told.alerts]
    lines += [encode(record(event, observer)) for event in told.records]
    assert lines != []
    assert faults_of(lines) == []
    eve = [encode(eve_alert(match, observer), form=EVE) for match in told.alerts]
    eve += [encode(eve_record(event, observer), form=EVE) for event in told.records]
    assert [fault for line in eve for fault in eve_schemas.faults_of(json.loads(line))] == []


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
        told = told_of_frames(frames_of(script), shipped_rules(), script.config)
        assert set(told.rules) <= CLEARTEXT | FOR_TRUSTED


def test_there_are_many_legal_transcripts() -> None:
    assert sum(script.legal for script in SCRIPTS) >= LEGAL


def anomalies_of(script: Transcript) -> set[str]:
    """Return the kinds of anomalies that a transcript lists."""
    return {line.split()[1] for line in script.events if line.startswith("anomaly ")}


def events_of(name: str) -> list[Event]:
    """Return the events of a transcript."""
    return told_of(name).events


@cache
def told_of(name: str) -> Told:
    """Return what is told of a transcript."""
    script = next(script for script in SCRIPTS if script.name == name)
    return told_of_frames(frames_of(script), every_rule(), script.config)
