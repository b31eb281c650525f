"""Each shipped rule by example: what it must see, and what comes near and must not.

The complete set of rules is asked of each event, so a rule that fires on another's example shows.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from smtpids.rules.loader import load
from smtpids.rules.matcher import Matcher
from smtpids.rules.rule import Level, Rule
from smtpids.rules.shipped_rules import folder
from smtpids.smtp.events import Event
from tests.support.engine import every_rule
from tests.support.rules import judged, rule_document

RULES = {rule.name: rule for rule in load(None).rules}
#: Those that are off by default are asked, too.
MATCHER = Matcher(every_rule())

CONTEXT: dict[str, Any] = {
    "session.id": "CqlVyW1YwZ15RhTBc4",
    "source.ip": "198.51.100.7",
    "source.port": 49152,
    "destination.ip": "192.0.2.10",
    "destination.port": 587,
    "session.gap": False,
    "session.midstream": False,
    "tls.established": False,
    "tls.mode": "none",
    "smtp.greeting.masked": False,
    "smtp.ehlo.keywords": ["PIPELINING", "AUTH PLAIN LOGIN"],
    "smtp.ehlo.masked_keywords": [],
    "smtp.starttls.offered": False,
    "smtp.starttls.state": "none",
    "smtp.message.count": 0,
}
"""A cleartext session on the submission port whose server offers no STARTTLS."""

#: What an event of a kind has besides.
OWN: dict[str, dict[str, Any]] = {
    "greeting": {"smtp.greeting.code": 220},
    "command": {
        "smtp.command.verb": "EHLO",
        "smtp.command.known": True,
        "smtp.command.in_order": True,
    },
    "reply": {"smtp.reply.verb": "EHLO", "smtp.reply.code": 250, "smtp.reply.class": 2},
    "auth": {
        "smtp.auth.mechanism": "PLAIN",
        "smtp.auth.outcome": "success",
        "smtp.auth.initial_response": True,
        "smtp.auth.length": 24,
        "smtp.reply.code": 235,
    },
    "tls": {
        "tls.outcome": "established",
        "tls.established": True,
        "tls.mode": "implicit",
        "tls.version": "1.2",
        "tls.version_protocol": "tls",
        "destination.port": 465,
    },
    "anomaly": {"smtp.anomaly.side": "client"},
    "session_end": {"session.close_reason": "fin", "smtp.message.count": 1},
}

NOTHING_SENT = {
    "smtp.auth.outcome": "failure",
    "smtp.auth.length": 0,
    "smtp.reply.code": 538,
}
IN_TLS = {"tls.established": True, "tls.mode": "starttls", "smtp.starttls.state": "established"}
OFFERED_BEFORE = {
    "history.server.starttls_seen": 20,
    "history.server.starttls_clients": 2,
    "history.server.starttls_span": 86_400,
    "history.server.starttls_idle": 1_209_599,
}
INJECTION = {
    "smtp.anomaly.kind": "starttls_injection",
    "smtp.starttls.injected.side": "client",
    "smtp.starttls.injected.kind": "verb",
    "smtp.starttls.injected.verb": "RSET",
    "smtp.starttls.injected.octets": 6,
}
RESPONSE = {
    "smtp.anomaly.kind": "starttls_response_injection",
    "smtp.anomaly.side": "server",
    "smtp.starttls.injected.side": "server",
    "smtp.starttls.injected.octets": 12,
}
SMUGGLED = {
    "smtp.anomaly.kind": "ambiguous_end_of_data",
    "smtp.end_of_data.variant": "A1",
    "smtp.end_of_data.verb": "MAIL",
    "smtp.end_of_data.mail_from": "admin@example.com",
}
OFFERED = {"smtp.starttls.offered": True, "smtp.starttls.state": "offered"}
BEGIN_MAIL = {"smtp.command.verb": "MAIL"}

#: (rules that must match, the kind of event, what is different)
CASES: list[tuple[set[str], str, dict[str, Any]]] = [
    # auth_before_tls
    ({"auth_before_tls"}, "auth", {}),
    ({"auth_before_tls"}, "auth", {"smtp.auth.mechanism": "LOGIN", "smtp.auth.outcome": "failure"}),
    ({"auth_before_tls"}, "auth", {"smtp.auth.outcome": "unknown"}),
    (set(), "auth", {**NOTHING_SENT, "smtp.auth.outcome": "unknown"}),
    ({"auth_before_tls"}, "auth", {"destination.port": 25}),
    (set(), "auth", IN_TLS),
    (set(), "auth", {"smtp.auth.mechanism": "SCRAM-SHA-256"}),
    (set(), "auth", {"smtp.auth.mechanism": "CRAM-MD5"}),
    ({"auth_before_tls"}, "auth", {"smtp.auth.mechanism": "plain-clienttoken"}),
    ({"auth_before_tls"}, "auth", {"smtp.auth.length": 5, "smtp.auth.outcome": "aborted"}),
    (set(), "auth", NOTHING_SENT),
    (set(), "auth", {**NOTHING_SENT, "smtp.auth.outcome": "tempfail"}),
    (set(), "auth", {**NOTHING_SENT, "smtp.auth.outcome": "aborted"}),
    # auth_token_in_clear
    ({"auth_before_tls", "auth_token_in_clear"}, "auth", {"smtp.auth.mechanism": "XOAUTH2"}),
    ({"auth_before_tls", "auth_token_in_clear"}, "auth", {"smtp.auth.mechanism": "OAUTHBEARER"}),
    (set(), "auth", {"smtp.auth.mechanism": "XOAUTH2", **IN_TLS}),
    (set(), "auth", {"smtp.auth.mechanism": "XOAUTH2", **NOTHING_SENT}),
    # port_25_no_tls
    ({"port_25_no_tls"}, "session_end", {"destination.port": 25}),
    (set(), "session_end", {"destination.port": 25, **IN_TLS}),
    (set(), "session_end", {"destination.port": 25, "smtp.message.count": 0}),
    (set(), "session_end", {"destination.port": 587}),
    # port_465_cleartext
    ({"port_465_cleartext"}, "greeting", {"destination.port": 465}),
    ({"port_465_cleartext"}, "command", {"destination.port": 465}),
    ({"port_465_cleartext"}, "reply", {"destination.port": 465}),
    ({"port_465_cleartext", "auth_before_tls"}, "auth", {"destination.port": 465}),
    (set(), "greeting", {"destination.port": 587}),
    (set(), "command", {"destination.port": 465, "smtp.command.known": False}),
    (set(), "greeting", {"destination.port": 465, "tls.mode": "implicit"}),
    (set(), "command", {"destination.port": 465, "tls.mode": "implicit"}),
    # starttls_offered_not_used
    ({"starttls_offered_not_used"}, "command", {**OFFERED, **BEGIN_MAIL}),
    (
        {"starttls_offered_not_used", "auth_before_tls"},
        "auth",
        {**OFFERED, "destination.port": 25},
    ),
    (
        {"starttls_offered_not_used", "auth_before_tls", "auth_token_in_clear"},
        "auth",
        {**OFFERED, "smtp.auth.mechanism": "OAUTHBEARER"},
    ),
    (
        {"starttls_offered_not_used", "auth_before_tls", "auth_token_in_clear"},
        "auth",
        {**OFFERED, "smtp.auth.mechanism": "XOAUTH2"},
    ),
    (
        {"starttls_offered_not_used", "auth_before_tls"},
        "auth",
        {**OFFERED, "smtp.auth.mechanism": "LOGIN", "smtp.auth.outcome": "failure"},
    ),
    (
        {"starttls_offered_not_used", "auth_before_tls"},
        "auth",
        {**OFFERED, "smtp.auth.mechanism": "PLAIN-CLIENTTOKEN"},
    ),
    (
        {"starttls_offered_not_used", "auth_before_tls"},
        "auth",
        {**OFFERED, "smtp.auth.outcome": "unknown"},
    ),
    (set(), "auth", {**OFFERED, **NOTHING_SENT, "smtp.auth.outcome": "unknown"}),
    (
        {"starttls_offered_not_used"},
        "command",
        {**OFFERED, **BEGIN_MAIL, "destination.port": 2525},
    ),
    (set(), "auth", {**OFFERED, "smtp.auth.mechanism": "CRAM-MD5"}),
    (set(), "auth", {**OFFERED, "tls.established": True}),
    (set(), "auth", {**OFFERED, **NOTHING_SENT, "smtp.auth.outcome": "tempfail"}),
    (set(), "auth", {**OFFERED, **NOTHING_SENT, "smtp.auth.outcome": "aborted"}),
    (set(), "command", {**OFFERED, **BEGIN_MAIL, "tls.established": True}),
    (set(), "command", {**OFFERED, **BEGIN_MAIL, "destination.port": 25}),
    (set(), "command", OFFERED),
    (set(), "command", BEGIN_MAIL),
    (set(), "command", {**OFFERED, **BEGIN_MAIL, **IN_TLS}),
    (set(), "auth", {**OFFERED, **NOTHING_SENT}),
    # starttls_refused_then_cleartext
    (
        {"starttls_refused_then_cleartext", "auth_before_tls"},
        "auth",
        {"smtp.starttls.state": "refused"},
    ),
    (
        {"starttls_refused_then_cleartext"},
        "auth",
        {"smtp.starttls.state": "refused", "smtp.auth.mechanism": "CRAM-MD5"},
    ),
    (set(), "command", {"smtp.starttls.state": "refused", **BEGIN_MAIL}),
    (set(), "auth", {"smtp.starttls.state": "refused", "tls.established": True}),
    # starttls_command_injection
    ({"starttls_command_injection"}, "anomaly", INJECTION),
    (set(), "anomaly", {**INJECTION, "smtp.starttls.injected.kind": "clienthello"}),
    (set(), "anomaly", {**INJECTION, "smtp.starttls.injected.kind": "text"}),
    (set(), "anomaly", {**INJECTION, "smtp.anomaly.kind": "unknown_command"}),
    # starttls_response_injection
    ({"starttls_response_injection"}, "anomaly", RESPONSE),
    (set(), "anomaly", {**RESPONSE, "session.gap": True}),
    # starttls_plaintext_after
    ({"starttls_plaintext_after"}, "anomaly", {"smtp.anomaly.kind": "plaintext_after_starttls"}),
    (
        set(),
        "anomaly",
        {"smtp.anomaly.kind": "plaintext_after_starttls", "session.gap": True},
    ),
    (set(), "anomaly", {"smtp.anomaly.kind": "cleartext_after_tls"}),
    # starttls_masked_middlebox
    ({"starttls_masked_middlebox"}, "greeting", {"smtp.greeting.masked": True}),
    ({"starttls_masked_middlebox"}, "reply", {"smtp.ehlo.masked_keywords": ["XXXXXXXA"]}),
    ({"starttls_masked_middlebox"}, "reply", {"smtp.ehlo.masked_keywords": ["xxxx", "XXXXXXXX"]}),
    ({"starttls_masked_middlebox"}, "reply", {"smtp.ehlo.masked_keywords": ["XXXXXXXB 1000"]}),
    *(
        ({"starttls_masked_middlebox"}, "command", {"smtp.command.verb": verb})
        for verb in ("XXXX", "XXXXXXXX", "XXXXXXXA")
    ),
    (set(), "command", {"smtp.greeting.masked": True}),
    (set(), "reply", {"smtp.ehlo.masked_keywords": ["XXXX"]}),
    (set(), "reply", {"smtp.reply.verb": "MAIL", "smtp.ehlo.masked_keywords": ["XXXXXXXA"]}),
    (set(), "command", {"smtp.command.verb": "XCLIENT"}),
    # smuggling_verb_after_ambiguous_eod
    ({"smuggling_verb_after_ambiguous_eod"}, "anomaly", SMUGGLED),
    (
        {"smuggling_verb_after_ambiguous_eod"},
        "anomaly",
        {**SMUGGLED, "smtp.end_of_data.verb": "RCPT"},
    ),
    (set(), "anomaly", {**SMUGGLED, "smtp.end_of_data.verb": ""}),
    (set(), "anomaly", {**SMUGGLED, "smtp.end_of_data.verb": "QUIT"}),
    (set(), "anomaly", {**SMUGGLED, "smtp.anomaly.kind": "bare_lf"}),
    # smuggling_accepted
    ({"smuggling_accepted"}, "anomaly", {**SMUGGLED, "smtp.anomaly.kind": "smuggling_accepted"}),
    (set(), "anomaly", {**SMUGGLED, "smtp.anomaly.kind": "server_reply_unmatched"}),
    # starttls_capability_vanished
    ({"starttls_capability_vanished"}, "reply", OFFERED_BEFORE),
    (set(), "reply", {**OFFERED_BEFORE, "history.server.starttls_seen": 19}),
    (set(), "reply", {**OFFERED_BEFORE, "history.server.starttls_clients": 1}),
    (set(), "reply", {**OFFERED_BEFORE, "history.server.starttls_span": 86_399}),
    (set(), "reply", {**OFFERED_BEFORE, "history.server.starttls_idle": 1_209_600}),
    (set(), "reply", {**OFFERED_BEFORE, "smtp.starttls.offered": True}),
    (set(), "reply", {**OFFERED_BEFORE, "session.gap": True}),
    # tls_legacy_version
    ({"tls_legacy_version"}, "tls", {"tls.version": "1.0"}),
    ({"tls_legacy_version"}, "tls", {"tls.version": "1.1", "destination.port": 587}),
    (
        {"tls_legacy_version"},
        "tls",
        {"tls.version": "3.0", "tls.version_protocol": "ssl", "destination.port": 25},
    ),
    (set(), "tls", {"tls.version": "1.0", "destination.port": 25}),
    (set(), "tls", {"tls.version": "1.0", "tls.outcome": "failed"}),
    (set(), "tls", {"tls.version_protocol": "ssl", "tls.outcome": "failed"}),
    (set(), "tls", {}),
]


def named(case: tuple[set[str], str, dict[str, Any]]) -> str:
    rules, action, change = case
    return f"{'+'.join(sorted(rules)) or 'none'}-{action}-{'-'.join(map(str, change.values()))}"


def found(action: str, change: dict[str, Any]) -> set[str]:
    fields = {**CONTEXT, **OWN[action], **change, "event.action": action}
    return {rule.name for rule in MATCHER.match(Event(action, 0, 1, fields))}


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_rules_that_match_are_these_and_no_others(
    case: tuple[set[str], str, dict[str, Any]],
) -> None:
    rules, action, change = case
    assert rules == found(action, change)


each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())


@each_rule
def test_a_rule_has_an_example_that_it_sees(rule: Rule) -> None:
    assert any(rule.name in rules for rules, _, _ in CASES)


@each_rule
def test_a_rule_has_an_example_of_its_events_that_it_does_not_see(rule: Rule) -> None:
    assert any(not rules and action in rule.actions for rules, action, _ in CASES)


@each_rule
def test_a_rule_says_what_an_analyst_asks(rule: Rule) -> None:
    assert all(
        (rule.description, rule.message, rule.references, rule.false_positives, rule.revision)
    )
    assert rule.author == "smtpids"


@each_rule
def test_a_rule_has_the_tags_of_a_tactic_and_a_technique(rule: Rule) -> None:
    techniques = [tag for tag in rule.tags if re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag)]
    tactics = [
        tag for tag in rule.tags if re.fullmatch(r"attack\.[a-z]+-[a-z-]+|attack\.\w{6,}", tag)
    ]
    assert techniques
    assert set(tactics) - set(techniques)


@each_rule
def test_a_rule_has_a_random_uuid_and_a_number_of_ours(rule: Rule) -> None:
    assert (UUID(rule.uuid).version, rule.sid > 1_000_000) == (4, True)


def test_the_rules_that_were_asked_for_are_on_with_their_levels() -> None:
    asked = {
        "auth_before_tls": Level.HIGH,
        "port_465_cleartext": Level.HIGH,
        "port_25_no_tls": Level.LOW,
    }
    assert asked == {name: RULES[name].level for name in asked if RULES[name].enabled}


def test_an_alert_about_port_25_comes_once_an_hour_for_client_and_server() -> None:
    suppress = RULES["port_25_no_tls"].suppress
    assert suppress is not None
    assert (suppress.by, suppress.for_ns) == (("source.ip", "destination.ip"), 3600 * 10**9)


def test_the_shipped_rules_have_no_warning() -> None:
    assert load(None).warnings == ()


def test_the_folder_of_the_shipped_rules_is_there() -> None:
    assert {"auth", "protocol", "transport"} <= {path.name for path in folder().iterdir()}


def test_the_page_about_the_rules_names_each_with_its_level() -> None:
    page = (folder() / "README.md").read_text()
    assert [
        name for name, rule in RULES.items() if f"| `{name}` | {rule.level} |" not in page
    ] == []


def test_the_examples_of_the_page_are_rules() -> None:
    page = (folder() / "README.md").read_text()
    blocks = list(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    told = []
    for block in blocks:
        text = block if block.startswith("title:") else block.removeprefix("selection:\n")
        if block.startswith("title:"):
            named = re.search(r"^name: (\w+)", text, re.MULTILINE)  # an exception has no name
            told += rule_document(text, f"rules/own/{named[1] if named else 'x'}.yml")[1]
        else:
            told += judged(text)[1]
    without_id = [fault for fault in told if "no id; add 'id:" not in fault]
    assert (without_id, len(blocks)) == ([], 5)
