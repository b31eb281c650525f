from __future__ import annotations

from smtpids.smtp.dialogue import MOST_KEPT, MOST_STEPS, dialogue_of
from smtpids.smtp.pending import Step


def step(verb: str | None, code: int | None = 250) -> Step:
    made = Step(verb)
    made.code = code
    return made


def test_commands_are_listed_with_the_codes_of_their_replies() -> None:
    assert dialogue_of([step("EHLO"), step(None, 500), step("QUIT", None)]) == [
        {"verb": "EHLO", "code": 250},
        {"verb": None, "code": 500},
        {"verb": "QUIT", "code": None},
    ]


def test_sessions_that_say_the_same_share_a_list_and_others_do_not() -> None:
    first, again = (dialogue_of([step("EHLO"), step("QUIT", 221)]) for _ in range(2))
    assert first is again
    assert dialogue_of([step("EHLO"), step("QUIT", 421)]) != first


def test_a_long_dialogue_is_not_kept() -> None:
    long = [step("NOOP")] * (MOST_STEPS + 1)
    assert dialogue_of(long) == dialogue_of(long)
    assert dialogue_of(long) is not dialogue_of(long)


def test_of_more_dialogues_than_are_kept_all_are_right() -> None:
    for number in range(MOST_KEPT + 2):
        assert dialogue_of([step("EHLO", number)]) == [{"verb": "EHLO", "code": number}]
    assert dialogue_of([step("EHLO", 0)]) == [{"verb": "EHLO", "code": 0}]
