from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.draft import Drafted
from smtpids.config import Config, Limits
from smtpids.metrics import Counts
from smtpids.rules import Correlator, RuleSet
from smtpids.rules.rule import Level, Match, Rule, Suppress
from smtpids.workers.hub import Answers, Hub
from smtpids.workers.kinds import BEGUN, DRAFT, ENDED, LESSON, LOG, TIME, WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.smtp import Event

RULE = Rule("one", "One", Level.LOW, category="auth")
SESSION = (1, "192.0.2.1", "192.0.2.2", 25, 1_000)


class Knows:
    """Rules that ask the history of greetings, and are true of what was seen before."""

    history = frozenset({"greeting"})
    fields: frozenset[str] = frozenset()

    def match(self, event: Event, /) -> Sequence[Rule]:
        return [RULE] if event.fields.get("history.server.known") else []


def make_hub(*, strict: bool = True, **more: Any) -> Hub:
    config = Config(limits=Limits(), strict=strict)
    answers = Answers(Knows(), [RULE])
    return Hub(config, workers=2, counts=Counts(), answers=answers, **more)


def whole(action: str, names: list[str] | None, *, recorded: bool = False) -> tuple[Any, ...]:
    fields = {"session.id": "s", "smtp.greeting.code": 220, "event.action": action}
    return ((3,), WHOLE, 1, action, 2_000, 3, fields, {"late": 1}, b"[]", names, recorded, None)


def test_a_match_of_a_worker_becomes_an_alert_that_knows_the_history() -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    hub.take(0, ((1,), BEGUN, *SESSION))
    hub.take(0, whole("command", ["one"]))
    (match,) = alerts
    assert match.rule is RULE
    assert match.event.fields["history.server.known"] is False
    assert match.event.fields["late"] == 1


def draft(name: str, changes: int = 0, *, teaches: bool = False) -> tuple[Any, ...]:
    few = {"source.ip": "192.0.2.1", "smtp.greeting.code": 220}
    drafts = {name: ("id", True, b"", b"", b"")}
    return ((3,), DRAFT, 1, "greeting", 2_000, 3, few, drafts, teaches, changes)


@pytest.mark.parametrize("teaches", [True, False])
def test_an_alert_that_a_worker_drafted_is_told_with_what_was_known(teaches: bool) -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    hub.take(0, ((1,), BEGUN, *SESSION))
    hub.take(0, draft("one", teaches=teaches))
    hub.take(0, ((4,), ENDED, 1))
    hub.take(0, draft("one"))
    (match,) = alerts
    assert isinstance(match.event, Drafted)
    assert match.event.drafts == draft("one")[7]
    assert match.event.fields["history.server.known"] is False
    assert list(hub.memory.servers) == ["192.0.2.2:25"] * teaches


def test_an_alert_that_was_drafted_by_former_rules_is_held_back_by_them() -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    hub.take(0, ((1,), BEGUN, *SESSION))
    again = Rule("one", "One anew", Level.HIGH, suppress=Suppress(("smtp.helo",), 10**12))
    hub.swap(Answers(Knows(), [again]), Correlator(RuleSet(())))
    for item in (draft("one"), draft("one"), draft("two"), draft("one", 1), draft("one", 1)):
        hub.take(0, item)
    assert [match.rule for match in alerts] == [RULE, RULE, again]


def test_a_rule_that_is_gone_says_nothing() -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    hub.take(0, ((1,), BEGUN, *SESSION))
    hub.take(0, whole("command", ["another"]))
    assert alerts == []


def test_what_a_worker_is_not_sure_of_is_asked_with_the_history() -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    for worker in (0, 1):
        hub.take(worker, ((1,), BEGUN, *SESSION))
        hub.take(worker, whole("greeting", None))
        hub.take(worker, ((4,), ENDED, 1))
    (match,) = alerts
    assert match.event.fields["history.server.sessions"] == 1


def test_a_record_is_handed_on_with_all_that_is_known() -> None:
    records: list[Event] = []
    hub = make_hub(on_record=records.append)
    hub.take(0, ((1,), BEGUN, *SESSION))
    hub.take(0, whole("message", [], recorded=True))
    hub.take(0, whole("message", []))
    (event,) = records
    assert {"late", "history.client.known"} <= set(event.fields)


def test_a_lesson_is_learnt() -> None:
    hub = make_hub()
    hub.take(0, ((1,), BEGUN, *SESSION))
    hub.take(0, ((2,), LESSON, 1, "greeting", 2_000, {"smtp.greeting.code": 220}))
    hub.take(0, ((2,), TIME, 2_000))
    assert list(hub.memory.servers) == ["192.0.2.2:25"]


@pytest.mark.parametrize(
    ("learns", "changes", "known"),
    [(True, 0, ["192.0.2.2:25"]), (False, 0, []), (False, 1, [])],
    ids=["a lesson", "none", "by other rules"],
)
def test_of_an_event_that_was_only_counted_a_part_is_read(
    learns: bool, changes: int, known: list[str]
) -> None:
    seen: list[Event] = []

    class Sees(Knows):
        def match(self, event: Event, /) -> Sequence[Rule]:
            seen.append(event)
            return []

    hub = make_hub()
    hub.swap(Answers(Sees(), []), Correlator(RuleSet(())))
    hub.take(0, ((1,), BEGUN, *SESSION))
    *item, _ = whole("greeting", None)
    hub.take(0, (*item, ({"smtp.greeting.code": 220}, learns, 1 - changes)))
    assert list(hub.memory.servers) == known
    assert ("session.id" in seen[0].fields) == bool(changes)


def test_sessions_that_went_with_their_worker_are_counted_and_say_no_more() -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    for number in (1, 2, 3):
        hub.take(0, ((1,), BEGUN, number, *SESSION[1:]))
    hub.take(0, ((2,), ENDED, 2))
    assert hub.forget(0) == 2
    hub.take(0, whole("command", ["one"]))
    hub.take(0, ((2,), LESSON, 1, "greeting", 2_000, {}))
    assert alerts == []
    assert hub.forget(0) == 0


def test_a_line_that_all_workers_say_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    hub = make_hub()
    with caplog.at_level(logging.INFO, logger="smtpids"):
        for worker in (0, 1, 1, 0):
            hub.take(worker, ((1,), LOG, logging.ERROR, "a.pcap: is empty"))
        hub.hear_again(1)
        hub.take(1, ((1,), LOG, logging.ERROR, "a.pcap: is empty"))
    assert caplog.messages == ["a.pcap: is empty", "a.pcap: is empty"]


def test_a_bug_of_ours_is_counted_and_stops_nothing() -> None:
    def fails(_: Match) -> None:
        raise RuntimeError("a bug")

    hub = make_hub(strict=False, on_alert=fails)
    hub.take(0, ((1,), BEGUN, *SESSION))
    hub.take(0, whole("command", ["one"]))
    assert hub.bugs == {"rules": 1}
    strict = make_hub(on_alert=fails)
    strict.take(0, ((1,), BEGUN, *SESSION))
    with pytest.raises(RuntimeError):
        strict.take(0, whole("command", ["one"]))


def test_other_rules_are_used_from_then_on() -> None:
    alerts: list[Match] = []
    hub = make_hub(on_alert=alerts.append)
    hub.take(0, ((1,), BEGUN, *SESSION))
    other = Rule("two", "Two", Level.HIGH)
    hub.swap(Answers(Knows(), [other]), Correlator(RuleSet(())))
    hub.take(0, whole("command", ["one"]))
    hub.take(0, whole("command", ["two"]))
    assert [match.rule.name for match in alerts] == ["two"]
    hub.finish()
