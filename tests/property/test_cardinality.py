"""No traffic makes a time series, and none of its words becomes a label value.

Hostile sessions say thousands of different verbs, mechanisms, names, codes and extensions, on all
kinds of ports, through packets and the whole engine with every rule. All series of the tables of
labels are there before the first packet, and afterwards there is none more. More sessions run with
SMTPIDS_HOSTILE_SESSIONS.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, TypeAlias

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families as parse

from smtpids.cli.measures import measure
from smtpids.cli.reading import Reading
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.metrics.collector import Collector, registry
from smtpids.metrics.families import FAMILIES
from smtpids.metrics.family import Kind
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator
from tests.support.engine import compiled, every_rule
from tests.support.mails import attached, multipart
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.rules import RuleSet

pytestmark = pytest.mark.slow

SESSIONS = int(os.environ.get("SMTPIDS_HOSTILE_SESSIONS", "40"))
#: Different words of each kind in one session.
WORDS = 30
#: A mark that every word of the traffic bears, in the case in which it is sent.
MARK = "zqx"
PORTS = (25, 465, 587, 2525, 24, 8025, 443, 65535)
#: Labels whose values come from what the operator configured.
RULE_LABELS = {"rule_id", "severity", "category"}

Series: TypeAlias = "tuple[str, frozenset[tuple[str, str]]]"


def words(session: int, what: str) -> Iterator[str]:
    for number in range(WORDS):
        yield f"{MARK}{what}{session}n{number}"


def attack(session: int) -> Conversation:
    """Return one session in which everything has a name of its own."""
    talk = Conversation(
        client=(f"203.0.{session % 250}.{session // 250 + 1}", 20_000 + session),
        server=(f"198.51.{session % 200}.7", PORTS[session % len(PORTS)]),
        start_ns=1_700_000_000_000_000_000 + session * 1_000_000_000,
    )
    talk.open()
    talk.server(f"220 {MARK}host{session}.example ESMTP {MARK}soft/{session}\r\n".encode())
    talk.client(f"EHLO {MARK}helo{session}.example\r\n".encode())
    keywords = "".join(f"250-{word.upper()}\r\n" for word in words(session, "kw"))
    talk.server(f"250-{MARK}\r\n{keywords}250 AUTH PLAIN {MARK.upper()}\r\n".encode())
    for number, verb in enumerate(words(session, "verb")):
        talk.client(f"{verb} argument\r\n".encode())
        code = (500, 150, 299, 354, 421, 599, 555, 699, 999, 100)[number % 10]
        talk.server(f"{code} 5.{number * 7}.{session} {verb}\r\n".encode())
    for mechanism in words(session, "mech"):
        talk.client(f"AUTH {mechanism.upper()} {MARK}\r\n".encode())
        talk.server(b"504 5.5.4 no\r\n")
    for user in words(session, "user"):
        plain = base64.b64encode(f"\0{user}\0{MARK}secret".encode()).decode()
        talk.client(f"AUTH PLAIN {plain}\r\n".encode()).server(b"535 5.7.8 no\r\n")
    talk.client(f"MAIL FROM:<{MARK}@{MARK}{session}.example> {MARK.upper()}=1\r\n".encode())
    talk.server(b"250 ok\r\n")
    for recipient in words(session, "rcpt"):
        talk.client(f"RCPT TO:<{recipient}@{recipient}.example>\r\n".encode())
        talk.server(b"550 5.1.1 no\r\n")
    talk.client(b"RCPT TO:<a@b.example>\r\n").server(b"250 ok\r\n")
    talk.client(b"DATA\r\n").server(b"354 go on\r\n")
    parts = [attached(b"x", f"{word}.{word}") for word in words(session, "ext")]
    talk.client(multipart(*parts).replace(b"\n.", b"\n..") + b"\r\n.\r\n")
    talk.server(b"250 queued\r\n")
    talk.client(f"STARTTLS {MARK}\r\nSTARTTLS\r\n".encode()).server(b"501 no\r\n220 go\r\n")
    # a TLS record and a handshake of versions that nobody knows, by both sides
    strange = bytes([22, session % 256, 77, 0, 8, 1, 0, 0, 4, 9, session % 256, 0, 0])
    talk.client(strange).server(strange)
    return talk.close() if session % 3 else talk


class Engine:
    """The whole engine with every rule, and what Prometheus reads of it."""

    def __init__(self) -> None:
        self.rules: RuleSet = every_rule()
        self.counts = Counts(live=True)
        self.counts.started_ns = 1
        self.counts.reload_ok = True
        self.counts.reload_ns = 1
        matcher = compiled(self.rules)
        asked = [source.rule for source in self.rules.asked]
        self.counts.rules_loaded(self.rules.alerting, asked=asked)
        self.counts.output_opened("siem", ["alert", "session", "message", "anomaly"])
        config = Config(strict=True, any_port=True)
        self.pipeline = Pipeline(
            config,
            counts=self.counts,
            matcher=matcher,
            on_alert=lambda _: None,
            correlator=Correlator(self.rules, config.limits),
        )
        reading = Reading([])

        def refresh() -> None:
            measure(self.counts, self.pipeline, reading, matcher, "eth0")

        self.collector = Collector(self.counts, refresh)

    def text(self) -> str:
        return generate_latest(registry(self.collector, of_process=False)).decode()

    def series(self) -> set[Series]:
        return {
            (sample.name, frozenset(sample.labels.items()))
            for family in parse(self.text())
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def attacked() -> tuple[Engine, set[Series]]:
    """Return an engine after all sessions, and its series before them."""
    engine = Engine()
    engine.counts.last_packet_ns = 1  # the newest packet has no time before there is one
    engine.pipeline.last_ns = 1
    before = engine.series()
    for session in range(SESSIONS):
        for ts_ns, linktype, data in attack(session).frames:
            engine.pipeline.frame(ts_ns, linktype, data)
    engine.pipeline.finish()
    return engine, before


def test_the_attack_is_one(attacked: tuple[Engine, set[Series]]) -> None:
    """What makes the words was followed: else the other tests would show nothing."""
    counts = attacked[0].counts
    assert counts.commands["other"] > SESSIONS * WORDS / 2
    assert sum(n for (mechanism, _), n in counts.auth.items() if mechanism == "other") > SESSIONS
    assert counts.attachments["other"] > SESSIONS
    assert sum(counts.anomalies.values()) > SESSIONS
    assert sum(counts.alerts.values()) > SESSIONS / 4
    assert counts.connections_opened["other"] > 0


def test_not_one_series_is_added(attacked: tuple[Engine, set[Series]]) -> None:
    engine, before = attacked
    after = engine.series()
    assert (after - before, before - after) == (set(), set())


def test_the_series_of_the_traffic_are_those_of_the_tables(
    attacked: tuple[Engine, set[Series]],
) -> None:
    after = attacked[0].series()
    for family in FAMILIES.values():
        if family.known and family.kind is Kind.COUNTER:
            names = [label.name for label in family.labels]
            expected = {frozenset(zip(names, values, strict=True)) for values in family.known}
            assert expected == {labels for name, labels in after if name == family.name}


def test_what_is_not_in_a_table_is_named_by_the_operator(
    attacked: tuple[Engine, set[Series]],
) -> None:
    engine, _ = attacked
    rules = {rule.name: rule for rule in engine.rules.rules}
    named = {
        "source": {"eth0"},
        "output": {"siem"},
        "ruleset": {"default"},
        "table": {"history_servers", "history_clients", "history_users", "suppression"},
        "rule_id": set(rules),
        "category": {rule.category for rule in rules.values()} | {"other"},
    }
    families = {name: row for row in FAMILIES.values() for name in row.series_names}
    for name, labels in engine.series():
        for label in families[name].labels:
            value = dict(labels).get(label.name)
            if label.values is None and label.name in named:
                assert value in named[label.name]
            elif label.values is not None:
                assert value in label.possible


def test_a_rule_costs_a_fixed_number_of_series(attacked: tuple[Engine, set[Series]]) -> None:
    """Matches, alerts, errors and, if it can be, held back: severity and category add none."""
    engine, _ = attacked
    by_rule: dict[str, int] = {}
    for _, labels in engine.series():
        rule = dict(labels).get("rule_id")
        if rule is not None:
            by_rule[rule] = by_rule.get(rule, 0) + 1
    assert max(by_rule.values()) <= 4 + 3  # and three of a correlation


def test_no_word_of_the_traffic_is_exposed(attacked: tuple[Engine, set[Series]]) -> None:
    assert MARK not in attacked[0].text().lower()
