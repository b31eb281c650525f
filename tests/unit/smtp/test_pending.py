"""The modes, and what waits for a reply."""

from __future__ import annotations

from smtpids.smtp.client import READERS
from smtpids.smtp.pending import MOST_SAID, Mode, Step


def test_every_mode_has_a_reader() -> None:
    assert set(READERS) == set(Mode)


def test_a_step_is_told_with_the_code_that_it_has_by_then() -> None:
    step = Step("MAIL")
    assert step.said() == {"verb": "MAIL", "code": None}
    step.code = 250
    assert step.said() == {"verb": "MAIL", "code": 250}


def test_steps_of_many_sessions_are_told_by_the_same_mapping_and_few_are_kept() -> None:
    def said(code: int) -> object:
        step = Step("RCPT")
        step.code = code
        return step.said()

    first = said(250)
    assert said(250) is first
    for code in range(300, 300 + MOST_SAID):
        said(code)
    assert said(250) == first
    assert said(250) is not first
