"""The words that rules look for in commands that differ in names and addresses alone."""

from __future__ import annotations

import pytest

from smtpids.rules.alike import LINE, LOCAL_PART, words_asked
from smtpids.rules.specialise import specialise
from tests.support.rules import selection

KNOWN = {"smtp.command.verb": "MAIL", "smtp.command.known": True, "network.direction": "inbound"}
SIZED = {**KNOWN, "smtp.command.parameters": ["SIZE=10", "BODY=8BITMIME"]}


def asked(text: str, verb: str = "MAIL", *, sized: bool = False) -> set[tuple[str, str]] | None:
    """Return the words that a condition asks, None if it may be true without any."""
    node = specialise(selection(text), "reply" if verb == "reply" else "command")
    words = words_asked([node], verb, SIZED if sized else KNOWN)
    return None if words is None else set(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smtp.command.line|contains: Wget", {(LINE, "wget")}),
        ("smtp.command.argument|endswith|cased: X>", {(LINE, "x>")}),
        ("smtp.command.domain: [a.example, b.example]", {(LINE, "a.example"), (LINE, "b.example")}),
        ("smtp.command.local_part|startswith: '-'", {(LOCAL_PART, "-")}),
        ("smtp.command.argument|re: 'a(bc|de){2}'", {(LINE, "bc"), (LINE, "de")}),
        ("smtp.command.line|re: '(abc|de): '", {(LINE, ": ")}),
        ("smtp.command.line|re: '(abcd|efg): '", {(LINE, "abcd"), (LINE, "efg")}),
        ("{smtp.command.line|contains: ab, smtp.command.argument|contains: abc}", {(LINE, "abc")}),
        ("{smtp.command.line|contains: ab, smtp.auth.succeeded: true}", {(LINE, "ab")}),
    ],
)
def test_words_stand_where_their_field_does(text: str, words: set[tuple[str, str]]) -> None:
    assert asked(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "smtp.auth.succeeded: true",
        "{smtp.auth.succeeded: true, smtp.quit: true}",
        "smtp.command.line|re: [abc, '[a-z]']",
        "smtp.command.argument|re: '[a-z]{3}'",
        "smtp.command.argument: ''",
        "smtp.command.domain: 'a*b*.example'",
        "smtp.command.domain|neq: a.example",
        "smtp.command.domain|fieldref: smtp.helo",
        "smtp.command.domain|exists: true",
        "smtp.command.domain_own: null",
        "smtp.command.length|gt: 20",
        "smtp.command.verb: MAIL",
        "smtp.helo: a.example",
        "[wget]",
    ],
)
def test_what_is_no_word_of_the_command_may_be_true_of_any(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "smtp.command.verb: RCPT",
        "smtp.command.domain: null",
        "smtp.command.length|gt: 512",
        "smtp.command.parameters|contains: x",
        "smtp.command.domain_own: true",
        "smtp.command.argument|re: '[a-z]{200}'",
        "{smtp.command.line|contains: ab, network.direction: outbound}",
    ],
)
def test_what_is_true_of_none_asks_nothing(text: str) -> None:
    assert asked(text) == set()


def test_the_name_of_a_hello_stands_in_its_line() -> None:
    assert asked("smtp.helo: a.example", "EHLO") == {(LINE, "a.example")}
    assert asked("smtp.helo|exists: true", "EHLO") is None
    assert asked("smtp.helo: null", "EHLO") == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smtp.command.parameters|re: '(?i)^SIZE=.*[^0-9]'", set()),
        ("smtp.command.parameters|re: '^SIZE=[0-9]{20}'", set()),
        ("smtp.command.parameters|re: '^SIZE='", None),
        ("smtp.command.parameters|re: '^SIZE=[0-9][0-9]'", {(LINE, "size=")}),
        ("smtp.command.parameters|re: '^SIZE=666'", {(LINE, "size=666")}),
        ("smtp.command.parameters: SIZE=0", {(LINE, "size=0")}),
        ("smtp.command.parameters: BODY=8BITMIME", {(LINE, "body=8bitmime")}),
        ("smtp.command.parameters|startswith: BODY=", None),
        ("smtp.command.parameters|contains: REQUIRETLS", set()),
        ("smtp.command.parameters|exists: true", None),
    ],
)
def test_the_digits_of_a_size_may_be_any(text: str, words: set[tuple[str, str]] | None) -> None:
    assert asked(text, sized=True) == words


def test_a_reply_is_asked_for_the_words_of_its_text() -> None:
    assert asked("smtp.reply.text|contains: Queued", "reply") == {(LINE, "queued")}
    assert asked("smtp.reply.length|gt: 512", "reply") == set()
    assert asked("smtp.reply.length|gt: 64", "reply") is None


def test_one_rule_that_may_be_true_of_any_is_enough() -> None:
    nodes = [selection("smtp.command.line|contains: a"), selection("smtp.auth.succeeded: true")]
    assert words_asked(nodes, "RCPT", KNOWN) is None
    assert words_asked([], "RCPT", KNOWN) == frozenset()
