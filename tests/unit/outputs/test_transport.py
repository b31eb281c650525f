from __future__ import annotations

from smtpids.outputs.transport import Report, UnavailableError


def test_what_a_report_does_not_name_was_taken() -> None:
    assert Report() == ({}, {})


def test_a_receiver_that_does_not_say_when_is_asked_again_when_we_like() -> None:
    error = UnavailableError("it is away")
    assert (str(error), error.after, error.reason) == ("it is away", None, "write")
