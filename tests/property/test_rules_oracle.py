"""The compiled rules say what the interpreter says, of random rules and random events.

300 examples of several rules and events run by default; SMTPIDS_EXAMPLES=100000 asks for more, and
`python -m tests.property.rules_oracle` for large sets of rules alone.
"""

from __future__ import annotations

import json
import os
import random  # noqa: TID251 -- seeded
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.fields import ALL, FIELDS, Type
from smtpids.rules.condition import parse_condition
from smtpids.rules.detection import read_selection
from smtpids.rules.interpreter import evaluate
from smtpids.rules.matcher import Matcher
from smtpids.rules.rule import Level, Rule
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.specialise import actions_of
from smtpids.rules.tree import conjoin, disjoin, negate
from smtpids.smtp.events import Event
from tests.property import rules_oracle

if TYPE_CHECKING:
    from smtpids.rules.tree import Node

EXAMPLES = int(os.environ.get("SMTPIDS_EXAMPLES", "300"))

#: Few fields, so that rules and events meet; one of each type, of one action and of several.
TEXTS = (
    "smtp.helo",
    "smtp.auth.user",
    "smtp.command.verb",
    "smtp.reply.text",
    "email.subject",
    "smtp.ehlo.keywords",
    "smtp.rcpt_to",
)
NUMBERS = ("destination.port", "smtp.reply.code", "smtp.auth.attempts", "smtp.message.size")
BOOLEANS = ("tls.established", "session.gap", "smtp.command.known")
ADDRESSES = ("source.ip", "destination.ip")
NAMES = (*TEXTS, *NUMBERS, *BOOLEANS, *ADDRESSES, "@timestamp", "smtp.dialogue", "tls.mode")

# letters whose lower case is longer, or differs by its place in the word, among them
texts = st.one_of(
    st.sampled_from(["", "a", "A", "aB", "ab", "abba", "a-b /b", "ΑΣ", "İ", "ß", "a\nb", "25"]),
    st.text(alphabet="abAB.-/*?\\ \nİß", max_size=6),
)
numbers = st.sampled_from([-1, 0, 1, 2, 25, 250, 465])
addresses = st.sampled_from(
    ["10.0.0.1", "10.0.1.1", "192.0.2.7", "::1", "2001:db8::1", "2001:db9::1", "::ffff:10.0.0.1"]
)
networks = st.sampled_from(
    ["10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:10.0.0.0/120"]
)
# 1970-01-01, 2024-02-29T23:59, 2024-12-30 (week 1 of 2025), before 1970
moments = st.sampled_from([0, 1_709_251_140 * 10**9, 1_735_516_800 * 10**9, -1, 10**30])

patterns = st.sampled_from(["a", "^a", "b$", "^$", "a.b", "[ab]+$", "(a|B)b", "\\.", ".*"])


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


def item(names: tuple[str, ...], modifiers: list[str], values: st.SearchStrategy[Any]) -> Any:
    together = st.sampled_from(["", "", "", "|all", "|neq", "|all|neq"])
    keys = st.builds(
        lambda name, modifier, rest: f"{name}{'|' if modifier else ''}{modifier}{rest}",
        st.sampled_from(names),
        st.sampled_from(modifiers),
        together,
    )
    return st.tuples(keys, one_or_more(values))


items = st.one_of(
    item(TEXTS, ["", "contains", "startswith", "endswith"], texts),
    item(TEXTS, ["cased", "contains|cased", "cased|startswith", "endswith|cased"], texts),
    item(TEXTS, ["re", "re|i", "re|m|s"], patterns),
    item(TEXTS, ["windash", "wide", "base64offset|contains", "contains|windash"], st.just("-ab")),
    item(TEXTS, ["fieldref", "fieldref|contains", "fieldref|endswith"], st.sampled_from(TEXTS)),
    item(NUMBERS, ["", "lt", "lte", "gt", "gte"], numbers),
    item(NUMBERS, ["fieldref"], st.sampled_from(NUMBERS)),
    item(BOOLEANS, [""], st.booleans()),
    item(ADDRESSES, [""], addresses),
    item(ADDRESSES, ["cidr"], networks),
    item(("@timestamp",), ["hour"], st.integers(0, 23)),
    item(("@timestamp",), ["week", "month"], st.integers(1, 12)),
    item(("tls.mode",), [""], st.sampled_from(sorted(FIELDS["tls.mode"].values))),
    item(("event.action",), [""], st.sampled_from(sorted(ALL))),
    item(NAMES, [""], st.none()),
    item(NAMES, ["exists"], st.booleans()),
)
keywords = st.lists(texts.filter(bool) | numbers, min_size=1, max_size=2)
selections = st.one_of(
    st.lists(items, min_size=1, max_size=4).map(dict),
    st.lists(st.lists(items, min_size=1, max_size=2).map(dict), min_size=1, max_size=3),
    keywords,
)


@st.composite
def nodes(draw: st.DrawFn) -> Node:
    """A condition over selections, read from YAML as a rule's are."""
    written = draw(st.lists(selections, min_size=1, max_size=3))
    faults = Faults()
    found: list[Node] = []
    for selection in written:
        (document,) = read_documents(json.dumps(selection), "rule.yml", faults)
        found.append(read_selection(document, faults))
    # what no event can have is refused with an error, and asks nothing new of the two
    whole = draw(st.sampled_from([conjoin, disjoin]))(
        negate(node) if draw(st.booleans()) else node for node in found
    )
    event("faults" if faults.errors else "sound")
    return whole


def value_of(name: str) -> st.SearchStrategy[Any]:
    field = FIELDS[name]
    one: dict[Type, st.SearchStrategy[Any]] = {
        Type.TEXT: texts,
        Type.KEYWORD: st.sampled_from(sorted(field.values)) if field.values else texts,
        Type.INTEGER: numbers,
        Type.BOOLEAN: st.booleans(),
        Type.IP: addresses,
        Type.TIME: moments,
        Type.OBJECT: st.just({"verb": "EHLO", "code": 250}),
    }
    values = one[field.type]
    return st.none() | (st.lists(values, max_size=3) if field.many else values)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """An event with some of the fields that its kind may carry, each of its type or None."""
    action = draw(st.sampled_from(sorted(ALL)))
    fields: dict[str, Any] = {"event.action": action}
    for name in NAMES:
        if action in FIELDS[name].actions and draw(st.booleans()):
            fields[name] = draw(value_of(name))
    return Event(action, 0, 1, fields)


def ruleset(conditions: list[Node]) -> RuleSet:
    return RuleSet(
        tuple(
            RuleSource(
                Rule(f"rule_{number}", "A Rule", Level.HIGH, actions=actions_of(node)),
                node,
            )
            for number, node in enumerate(conditions)
        )
    )


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(nodes(), min_size=1, max_size=5), st.lists(events(), min_size=1, max_size=6))
def test_compiled_rules_say_what_the_interpreter_says(
    conditions: list[Node], happenings: list[Event]
) -> None:
    matcher = Matcher(ruleset(conditions))
    for happening in happenings:
        plainly = [
            f"rule_{number}"
            for number, node in enumerate(conditions)
            if evaluate(node, happening.fields)
        ]
        event("hit" if plainly else "miss")
        assert plainly == [rule.name for rule in matcher.match(happening)]
    assert (matcher.errors, matcher.fallbacks) == ({}, {})


@pytest.mark.slow
def test_large_sets_of_rules_say_what_the_interpreter_says() -> None:
    tally: Counter[str] = Counter()
    assert list(rules_oracle.differences(EXAMPLES * 50, 7, tally)) == []
    paths = ("guards", "look-ups", "comparisons", "joined lists", "true")
    assert [path for path in paths if not tally[path]] == []


@pytest.mark.slow
def test_a_value_of_another_type_never_raises_and_is_asked_plainly_if_it_fails() -> None:
    rng = random.Random(7)
    fell = 0
    for _ in range(30):
        conditions = [rules_oracle.made_rule(rng) for _ in range(40)]
        matcher = Matcher(ruleset(conditions))
        for _ in range(10):
            fields = rules_oracle.made_event("message", rng, odd=True)
            before = sum(matcher.fallbacks.values())
            found = {rule.name for rule in matcher.match(Event("message", 0, 1, fields))}
            if sum(matcher.fallbacks.values()) > before:
                fell += 1
                plainly = {
                    f"rule_{number}"
                    for number, node in enumerate(conditions)
                    if evaluate(node, fields)
                }
                assert plainly == found
        assert matcher.errors == {}
    assert fell > 0


SIGMA_NAMES = ("selection_a", "selection_b", "filter_c", "_hidden")
operands = st.sampled_from(
    [*SIGMA_NAMES, "1 of selection_*", "all of selection_*", "1 of them", "any of filter_*"]
)
conditions = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.builds("not {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=min(EXAMPLES, 150), deadline=None)
@given(conditions, st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_condition_is_read_as_pysigma_reads_it(text: str, answers: list[bool]) -> None:
    from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
    from sigma.rule import SigmaDetections

    field = {name: f"f{number}" for number, name in enumerate(SIGMA_NAMES)}
    sigma = SigmaDetections.from_dict(
        {**{name: {field[name]: 1} for name in SIGMA_NAMES}, "condition": text}
    )
    answer = dict(zip(field.values(), answers, strict=True))

    def theirs(node: Any) -> bool:
        if isinstance(node, ConditionNOT):
            return not theirs(node.args[0])
        if isinstance(node, ConditionAND):
            return all(map(theirs, node.args))
        if isinstance(node, ConditionOR):
            return any(map(theirs, node.args))
        return answer[node.field]

    from smtpids.rules.tree import Check, Op

    ours = parse_condition(
        text, {name: Check(field[name], Op.EQUALS, True) for name in SIGMA_NAMES}
    ).node
    assert theirs(sigma.parsed_condition[0].parsed) == evaluate(ours, answer)
