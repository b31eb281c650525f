from __future__ import annotations

import pytest

from smtpids.config import Limits
from smtpids.smtp import flood
from smtpids.smtp.ends import Ends
from smtpids.smtp.session import Session

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)


def session(commands: int = 0, *, unheard: int = 0, anomalies: int = 0, listed: int = 0) -> Session:
    made = Session(ENDS, Limits(commands=3, dialogue=1, anomalies=2))
    for _ in range(commands):
        made.tally.command("NOOP", 6)
    made.tally.unheard = unheard
    made.anomalies = anomalies
    for _ in range(listed):
        made.step("NOOP")
    return made


@pytest.mark.parametrize(("commands", "is_beyond"), [(0, False), (3, False), (4, True)])
def test_an_ordinary_session_is_not_beyond_the_limit(commands: int, *, is_beyond: bool) -> None:
    assert flood.is_beyond(session(commands)) is is_beyond


@pytest.mark.parametrize(
    ("made", "noop", "mail"),
    [
        (session(), False, False),
        (session(4), False, False),  # not one was left out of the dialogue
        (session(4, listed=2), True, False),
        (session(3, listed=2), False, False),
        (session(3, listed=2, anomalies=2), True, False),
        (session(unheard=3), False, False),
        (session(unheard=4), True, True),
    ],
)
def test_what_changes_nothing_is_counted_first(made: Session, *, noop: bool, mail: bool) -> None:
    assert flood.is_only_counted(made, "NOOP") is noop
    assert flood.is_only_counted(made, "MAIL") is mail


def test_that_something_is_left_out_is_said_once() -> None:
    made = session()
    for packet in range(3):
        flood.leave_out(made, 1, packet)
    (said,) = made.events
    assert said.packet == 0
    assert said.fields["smtp.anomaly.kind"] == "limit_reached"
    assert said.fields["smtp.anomaly.detail"] == "commands"
