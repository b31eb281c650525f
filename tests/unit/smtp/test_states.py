"""The two tables are complete and agree."""

from __future__ import annotations

import pytest

from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.states import (
    AUTH_ANSWER,
    CONNECT,
    END_OF_DATA,
    OUTCOMES,
    ROWS,
    UNKNOWN,
    VERBS,
    State,
    assumed,
    is_in_order,
    outcome,
)
from tests.support.transcript import FOLDER, load


def test_every_verb_has_an_outcome_and_the_reverse() -> None:
    assert set(OUTCOMES) == {*VERBS, CONNECT, END_OF_DATA, AUTH_ANSWER, UNKNOWN}


def test_digits_of_outcomes_are_those_of_replies() -> None:
    assert {digit for row in OUTCOMES.values() for digit in row} <= {2, 3, 4, 5}


def test_an_anomaly_of_a_verb_is_in_the_table() -> None:
    assert {verb.anomaly for verb in VERBS.values()} - {""} <= set(ANOMALIES)


def test_every_state_is_led_to() -> None:
    led = {state for row in OUTCOMES.values() for state in row.values()}
    assert led | {State.CONNECTED, State.LOST} == set(State)


def test_a_digit_that_is_not_listed_changes_nothing() -> None:
    assert outcome(ROWS["MAIL"], 5, State.READY) is State.READY
    assert outcome(ROWS["NOOP"], 2, State.RCPT) is State.RCPT


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", sorted(OUTCOMES))
def test_a_reply_leads_where_the_table_says(verb: str, state: State) -> None:
    for digit in range(10):
        behind = State.READY if state is State.LOST and digit in {2, 3} else state
        assert outcome(ROWS[verb], digit, state) is OUTCOMES[verb].get(digit, behind)


@pytest.mark.parametrize("verb", sorted(OUTCOMES))
def test_any_positive_reply_leads_out_of_lost(verb: str) -> None:
    assert outcome(ROWS[verb], 2, State.LOST) is not State.LOST


def test_a_client_believes_in_success() -> None:
    state = State.READY
    for verb, expected in (
        ("MAIL", State.MAIL),
        ("RCPT", State.RCPT),
        ("DATA", State.MESSAGE),
        (END_OF_DATA, State.READY),
        ("STARTTLS", State.TLS),
    ):
        state = assumed(ROWS[verb], state)
        assert state is expected


def test_every_verb_occurs_in_a_transcript() -> None:
    used = {
        line.split()[0].upper().decode("ascii", "replace")
        for path in FOLDER.glob("*.smtp")
        for step in load(path).packets
        if step.side == "client"
        for line in step.octets.splitlines()
        if line.strip()
    }
    assert set(VERBS) <= used


def test_where_nothing_is_known_every_command_is_in_order() -> None:
    assert is_in_order(ROWS["DATA"], State.RCPT)
    assert not is_in_order(ROWS["DATA"], State.GREETED)
    assert is_in_order(ROWS["DATA"], State.LOST)
    assert is_in_order(ROWS[UNKNOWN], State.GREETED)
