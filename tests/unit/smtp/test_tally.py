from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.smtp.states import CONNECT, END_OF_DATA, UNKNOWN
from smtpids.smtp.tally import REACHED, Tally

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

STEPS = (CONNECT, "EHLO", "AUTH", "MAIL", "RCPT", END_OF_DATA)


def told(tally: Tally, *, tls: bool = False) -> Fields:
    said: Fields = {"tls.established": tls}
    tally.add_fields(said)
    return said


def test_commands_that_bring_no_mail_further_are_counted_with_their_octets() -> None:
    tally = Tally()
    for verb, octets in (("EHLO", 10), ("NOOP", 300), (UNKNOWN, 5), ("MAIL", 40)):
        tally.command(verb, octets)
    said = told(tally)
    names = ("idle_commands", "idle_octets", "unknown_commands")
    assert [said[f"smtp.totals.{name}"] for name in names] == [3, 315, 1]


def test_replies_are_counted_by_class_and_recipients_over_all_transactions() -> None:
    tally = Tally()
    for verb, digit in (("RCPT", 2), ("RCPT", 5), ("RCPT", 4), ("NOOP", 2), ("AUTH", 5)):
        tally.reply(verb, digit)
    for code in (250, 550, None):
        tally.message(code)
    said = told(tally)
    names = ("replies_4xx", "replies_5xx", "rcpt_accepted", "rcpt_rejected", "messages_accepted")
    assert [said[f"smtp.totals.{name}"] for name in names] == [1, 2, 1, 2, 1]


@pytest.mark.parametrize("count", range(len(STEPS) + 1))
def test_the_furthest_that_was_granted_is_kept(count: int) -> None:
    tally = Tally()
    for verb in STEPS[:count]:
        tally.reply(verb, 2)
        tally.reply("RSET", 2)
    places = [place for place in REACHED if place != "tls"]
    assert told(tally)["smtp.reached"] == places[count]


def test_what_was_refused_was_not_reached() -> None:
    tally = Tally()
    tally.reply(CONNECT, 2)
    tally.reply("EHLO", 5)
    assert told(tally)["smtp.reached"] == "greeting"


def test_what_tls_hides_was_at_least_tls() -> None:
    tally = Tally()
    tally.reply("EHLO", 2)
    assert told(tally, tls=True)["smtp.reached"] == "tls"


def test_a_reply_makes_up_for_one_that_never_came() -> None:
    tally = Tally()
    tally.unheard = 2
    for expected in (1, 0, 0):
        tally.reply("NOOP", 2)
        assert tally.unheard == expected
