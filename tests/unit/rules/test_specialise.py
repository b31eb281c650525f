from __future__ import annotations

import pytest

from smtpids.fields import ALL
from smtpids.rules.specialise import actions_of, carried_by, specialise
from smtpids.rules.tree import FALSE, TRUE, Check, Op
from tests.support.rules import judged, selection

HELO = Check("smtp.helo", Op.EQUALS, "a")


def test_what_is_left_has_no_question_to_the_action() -> None:
    node = selection("{event.action: [auth, command], smtp.helo: a}")
    assert (specialise(node, "auth"), specialise(node, "reply")) == (HELO, FALSE)


def test_a_field_that_the_events_never_carry_is_missing() -> None:
    assert specialise(selection("smtp.auth.mechanism: PLAIN"), "command") == FALSE
    assert specialise(selection("smtp.auth.mechanism: null"), "command") == TRUE
    assert specialise(selection("smtp.auth.mechanism|exists: false"), "command") == TRUE
    assert specialise(selection("smtp.auth.mechanism|neq: PLAIN"), "command") == TRUE


def test_a_reference_to_a_field_that_is_never_there_is_false() -> None:
    node = selection("smtp.helo|fieldref: smtp.auth.ntlm.host")
    assert (FALSE, node) == (specialise(node, "command"), specialise(node, "auth"))


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("event.action: auth", {"auth"}),
        ("event.action: 's*'", {"session_end", "starttls"}),
        ("event.action|neq: auth", ALL - {"auth"}),
        ("smtp.reply.code: 250", {"auth", "message", "reply"}),
        ("smtp.helo: a", ALL),
        ("[foo]", ALL),
    ],
)
def test_a_condition_is_for_some_actions(text: str, actions: set[str]) -> None:
    assert actions == actions_of(judged(text)[0])


def test_a_field_is_carried_by_its_actions() -> None:
    assert frozenset({"tls"}) == carried_by("tls.alert")
    assert carried_by("smtp.helo") == ALL
