from __future__ import annotations

from dataclasses import replace

from smtpids.rules.ruleset import RuleSource
from smtpids.trial.inquiry import MOST_KEPT, Inquirer, Inquiry
from tests.support.rules import event, ruleset

(SOURCE,) = ruleset(clear="{event.action: auth, tls.established: false, tls.mode: none}").sources
TRUE = {"tls.established": False, "tls.mode": "none", "session.id": "a"}
ONCE = RuleSource(replace(SOURCE.rule, once_per="session.id"), SOURCE.condition)


def test_a_hit_is_kept_with_its_reasons() -> None:
    inquiry = Inquiry(SOURCE)
    inquiry.ask(event("auth", TRUE))
    assert (inquiry.true, inquiry.asked, inquiry.misses) == (1, 1, [])
    assert [one.words for one in inquiry.hits[0].findings] == [
        "event.action: auth",
        "tls.established: false",
        "tls.mode: none",
    ]


def test_a_hit_that_makes_no_alert_says_so() -> None:
    inquiry = Inquiry(ONCE)
    inquiry.ask(event("auth", TRUE))
    inquiry.ask(event("auth", TRUE))
    assert ([one.held for one in inquiry.hits], inquiry.held) == ([False, True], 1)


def test_misses_are_kept_the_nearest_first_and_other_kinds_not_at_all() -> None:
    inquiry = Inquiry(SOURCE)
    inquiry.ask(event("auth", {}))
    inquiry.ask(event("auth", {"tls.established": False}))
    inquiry.ask(event("tls", TRUE))
    told = [[one.field for one in answer.findings] for answer in inquiry.misses]
    assert told == [["tls.mode"], ["tls.established", "tls.mode"]]
    assert inquiry.asked == 2


def test_of_many_events_few_are_kept() -> None:
    inquiry = Inquiry(SOURCE)
    for _ in range(MOST_KEPT + 5):
        inquiry.ask(event("auth", TRUE))
        inquiry.ask(event("auth", {}))
    assert (len(inquiry.hits), len(inquiry.misses), inquiry.true) == (
        MOST_KEPT,
        MOST_KEPT,
        MOST_KEPT + 5,
    )


def test_one_packet_alone_can_be_asked_about() -> None:
    inquiry = Inquiry(SOURCE, packet=2)
    inquiry.ask(event("auth", TRUE))
    assert (inquiry.true, inquiry.asked) == (0, 0)


def test_every_inquiry_is_asked_and_no_rule_alerts() -> None:
    inquiries = [Inquiry(SOURCE), Inquiry(ONCE)]
    assert Inquirer(inquiries).match(event("auth", TRUE)) == ()
    assert [one.true for one in inquiries] == [1, 1]


def test_the_history_is_asked_for_where_a_rule_needs_it() -> None:
    (source,) = ruleset(known="{event.action: auth, history.user.known: true}").sources
    assert Inquirer([Inquiry(source)]).history == {"auth"}
