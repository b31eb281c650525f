"""What nobody asks about is told by what it is counted by alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.config import Config
from smtpids.history.lessons import lesson
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.unasked import LOGINS_ASKED, MOST_ANSWERS, MOST_KINDS, PACE, Unasked
from smtpids.tcp.events import CLIENT, SERVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.smtp.events import Event, Fields

HELLO = ("EHLO a.example\r\n", "250 mx.example\r\n")
MAIL = ("MAIL FROM:<a@x>\r\n", "250 ok\r\n")
OFFER = ("EHLO a.example\r\n", "250-mx.example\r\n250 AUTH LOGIN PLAIN\r\n")
LOGIN = ("AUTH LOGIN\r\n", "535 no\r\n", "AUTH LOGIN\r\n", "535 no\r\n")
QUIET = ("NOOP\r\n", "250 ok\r\n", "RSET\r\n", "250 ok\r\n")


class Rules:
    """Rules that ask about some verbs, and of ordinary commands about words."""

    def __init__(self, *verbs: str, words: tuple[str, ...] = ()) -> None:
        self.verbs = verbs
        self.words = words
        self.asked: list[tuple[str, Fields]] = []

    def look(self, kind: str, known: Fields) -> Callable[[str, str], bool] | None:
        self.asked.append((kind, known))
        verb = known.get("smtp.reply.verb", known.get("smtp.command.verb"))
        return None if verb in self.verbs else self._may_match

    def _may_match(self, line: str, local_part: str) -> bool:
        return any(word in line or word == f"{local_part}@" for word in self.words)

    def may_match(self, action: str, known: Fields) -> bool:
        self.asked.append((action, known))
        return known.get("smtp.reply.verb", known.get("smtp.command.verb")) in self.verbs


def run_of(rules: Rules) -> Unasked:
    unasked = Unasked()
    unasked.ask(rules.may_match)
    return unasked


def run_of_ordinary(rules: Rules) -> Unasked:
    unasked = run_of(rules)
    unasked.ask(rules.may_match, rules.look)
    return unasked


def talk(run: Unasked, *lines: str, port: int = 25, proxied: bool = False) -> list[Event]:
    """Return the events of a dialogue: a greeting, then client and server in turn."""
    ends = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", port, 7)
    tracker = Tracker(ends, Config(strict=True))
    tracker.session.kind = run.kind_of(ends)
    if proxied:
        tracker.session.context["smtpids.proxied.ip"] = "192.0.2.9"
    events = tracker.octets(SERVER, b"220 mx.example ESMTP\r\n", 1, 1, -1)
    for number, said in enumerate(lines, 2):
        side = SERVER if number % 2 else CLIENT
        events += tracker.octets(side, said.encode(), number, number, -1)
    return events


def learn(run: Unasked, *lines: str, times: int = 4 * PACE) -> None:
    for _ in range(times):
        talk(run, *lines)


def passed(events: list[Event]) -> list[str]:
    """Return what of a dialogue is not asked about: verbs, those of replies in lower case."""
    found = [event for event in events if event.unasked]
    verb, replied = "smtp.command.verb", "smtp.reply.verb"
    return [str(event.fields.get(verb, str(event.fields.get(replied)).lower())) for event in found]


def passed_lines(events: list[Event]) -> list[str]:
    """Return the commands of a dialogue that are not asked about, but for the bare ones."""
    lines = [str(one.fields.get("smtp.command.line", "")) for one in events if one.unasked]
    return [line for line in lines if " " in line]


def test_what_no_rule_can_be_true_of_carries_its_own_fields_alone() -> None:
    run = run_of(Rules("RSET"))
    assert passed(talk(run, *HELLO, *QUIET)) == []
    learn(run, *HELLO, *QUIET)
    events = talk(run, *HELLO, *QUIET)
    assert passed(events) == ["NOOP", "noop"]
    noop, reply = (event for event in events if event.unasked)
    assert (noop.ts_ns, noop.packet, noop.fields["smtp.command.line"]) == (4, 4, "NOOP")
    assert (reply.fields["smtp.reply.code"], reply.fields["smtp.reply.text"]) == (250, "ok")
    assert not {"session.id", "@timestamp", "smtp.helo"} & {*noop.fields, *reply.fields}
    assert [line.text for line in reply.evidence.lines()][-2:] == ["NOOP", "250 ok"]


def test_rules_are_told_what_is_known_and_what_is_not_there() -> None:
    rules = Rules()
    learn(run_of(rules), *HELLO, *QUIET)
    known = next(known for action, known in rules.asked if action == "command")
    assert (known["destination.port"], known["tls.established"]) == (25, False)
    assert known["smtpids.proxied.ip"] is None
    assert "session.id" not in known


def test_they_are_asked_once_in_a_while_and_never_twice() -> None:
    rules = Rules("NOOP", "RSET")
    run = run_of(rules)
    # 4 of each session are told that nobody was asked about, then 3, 2, 1
    learn(run, *HELLO, *QUIET, times=PACE // 4)
    assert len(rules.asked) == 1
    learn(run, *HELLO, *QUIET, times=10 * PACE)
    assert len(rules.asked) == 4


def test_what_differs_from_session_to_session_is_told() -> None:
    run = run_of(Rules())
    lines = (*HELLO, "NOOP x\r\n", "250 ok\r\n", "STARTTLS\r\n", "454 no\r\n", *MAIL)
    learn(run, *lines)
    # the hello teaches, its name and the path are another's, and so is what the server offered
    assert passed(talk(run, *lines)) == ["noop", "starttls", "mail"]


def test_what_is_out_of_order_or_pipelined_is_told() -> None:
    run = run_of(Rules())
    learn(run, *HELLO, "DATA\r\n", "503 no\r\n", *QUIET)
    assert passed(talk(run, *HELLO, "DATA\r\n", "503 no\r\n")) == ["data"]
    assert "RSET" not in passed(talk(run, *HELLO, "NOOP\r\nRSET\r\n", "250 ok\r\n250 ok\r\n"))


def test_an_auth_is_not_asked_about_again_while_its_event_would_say_the_same() -> None:
    rules = Rules()
    run = run_of(rules)
    learn(run, *OFFER, *LOGIN, "AUTH PLAIN AGFsAGE=\r\n", "535 no\r\n")
    first, second, third = passed_lines(
        talk(run, *OFFER, *LOGIN, "AUTH PLAIN AGFsAGE=\r\n", "535 no\r\n")
    )
    assert (first, second, third) == ("AUTH LOGIN", "AUTH LOGIN", "AUTH PLAIN [redacted]")
    told = [known for action, known in rules.asked if known.get("smtp.command.verb") == "AUTH"]
    assert {known["smtp.command.offered"] for known in told} == {True}
    assert {known["smtp.quit"] for known in told} == {False}
    # as long, but not the same; and what is odd in its octets
    for other in ("AUTH CRAM-MD5", "AUTH LOGI\x01", "AUTH PLAIN AGFs\x01GE=", "AUTH PLAIN AGFsA"):
        assert passed_lines(talk(run, *OFFER, other + "\r\n", "535 no\r\n")) == []


def test_an_auth_that_is_not_offered_or_out_of_place_is_another() -> None:
    run = run_of(Rules())
    learn(run, *OFFER, *LOGIN)
    assert passed_lines(talk(run, *OFFER, *LOGIN)) == ["AUTH LOGIN"] * 2
    assert passed_lines(talk(run, *HELLO, *LOGIN)) == []
    assert passed_lines(talk(run, *LOGIN)) == []
    assert "AUTH LOGIN" not in passed_lines(talk(run, *OFFER, "QUIT\r\n", "221 bye\r\n", *LOGIN))
    assert passed_lines(talk(run, *OFFER, "NOOP\r\nAUTH LOGIN\r\n", "250 ok\r\n535 no\r\n")) == []


def test_rules_that_ask_about_auth_are_asked_each_time() -> None:
    run = run_of(Rules("AUTH"))
    learn(run, *OFFER, *LOGIN)
    assert passed_lines(talk(run, *OFFER, *LOGIN)) == []


def test_sessions_that_stand_out_and_those_of_another_kind_are_told() -> None:
    run = run_of(Rules())
    learn(run, *HELLO, *QUIET)
    assert passed(talk(run, *HELLO, *QUIET)) == ["NOOP", "noop", "RSET", "rset"]
    assert passed(talk(run, *HELLO, *QUIET, port=587)) == []
    assert passed(talk(run, *HELLO, *QUIET, proxied=True)) == []


def test_other_rules_are_asked_anew() -> None:
    run = run_of(Rules())
    learn(run, *HELLO, *QUIET)
    run.ask(Rules("NOOP").may_match)
    assert passed(talk(run, *HELLO, *QUIET)) == []
    learn(run, *HELLO, *QUIET)
    assert passed(talk(run, *HELLO, *QUIET)) == ["RSET", "rset"]
    run.ask(None)
    assert passed(talk(run, *HELLO, *QUIET)) == []


def test_the_history_learns_nothing_from_it() -> None:
    run = run_of(Rules())
    learn(run, *HELLO, *MAIL, *QUIET)
    events = [event for event in talk(run, *HELLO, *MAIL, *QUIET) if event.unasked]
    assert events
    assert [lesson(event, met=True) for event in events] == [None] * len(events)


def ordinary(number: int, *, sender: str = "a", more: str = "") -> tuple[str, ...]:
    return (
        *(f"EHLO client{number}.example\r\n", "250 mx.example\r\n"),
        *(f"MAIL FROM:<{sender}@s{number}.example>{more}\r\n", "250 ok\r\n"),
        *(f"RCPT TO:<b{number}@x.example>\r\n", "250 ok\r\n"),
    )


def test_ordinary_commands_are_not_told_if_they_hold_no_word_that_a_rule_asks() -> None:
    rules = Rules(words=("wget", "x-", "evil@"))
    run = run_of_ordinary(rules)
    for number in range(4 * PACE):
        talk(run, *ordinary(number))
    told = talk(run, *ordinary(1000))
    assert passed(told) == ["EHLO", "MAIL", "mail", "RCPT", "rcpt"]
    fields = [event.fields for event in told if event.unasked and event.action == "command"]
    assert fields == [{"smtp.command.verb": verb} for verb in ("EHLO", "MAIL", "RCPT")]
    assert "MAIL" not in passed(talk(run, *ordinary(1001, sender="wget")))
    assert "MAIL" not in passed(talk(run, *ordinary(1002, sender="x-y")))
    assert "MAIL" not in passed(talk(run, *ordinary(1003, sender="evil")))
    assert "MAIL" not in passed(talk(run, *ordinary(1004, more=" SIZE=10")))
    known = next(known for verb, known in rules.asked if verb == "MAIL")
    assert (known["destination.port"], known["smtp.foreign_protocol"]) == (25, None)
    assert known["smtp.command.path_form"] == "plain"


def test_ordinary_commands_of_which_any_rule_may_be_true_are_told() -> None:
    run = run_of_ordinary(Rules("RCPT"))
    for number in range(4 * PACE):
        talk(run, *ordinary(number))
    assert passed(talk(run, *ordinary(1000))) == ["EHLO", "MAIL", "mail"]
    assert passed(talk(run, *ordinary(1001), proxied=True)) == []


def queued(number: int, *, more: str = "", code: str = "250 2.0.0") -> tuple[str, ...]:
    return (*HELLO, *MAIL, f"NOOP {number}\r\n", f"{code} Ok: queued as {number}{more}\r\n")


def test_replies_alike_but_for_their_texts_are_told_only_with_a_word_that_a_rule_asks() -> None:
    run = run_of_ordinary(Rules(words=("wget",)))
    for number in range(4 * PACE):
        talk(run, *queued(number))
    told = talk(run, *queued(1000))
    assert passed(told)[-1] == "noop"
    fields = next(event.fields for event in reversed(told) if event.unasked)
    assert fields == {
        "smtp.reply.verb": "NOOP",
        "smtp.reply.code": 250,
        "smtp.reply.class": 2,
        "smtp.reply.enhanced": "2.0.0",
    }
    for more in (" wget", "y" * 130):
        assert "noop" not in passed(talk(run, *queued(1001, more=more)))
    assert "noop" not in passed(talk(run, *queued(1001, code="250-2.0.0 a\r\n250 2.0.0")))
    assert "noop" not in passed(talk(run, *queued(1002, code="250 2.1.0")))
    assert "noop" not in passed(talk(run, *queued(1003, code="450 2.0.0")))


def test_the_reply_to_a_message_names_it_and_is_told_no_more() -> None:
    def sent(number: int, more: str = "") -> list[Event]:
        mail = ("DATA\r\n", "354 go ahead\r\n", "Subject: a\r\n\r\nb\r\n.\r\n")
        return talk(run, *ordinary(number), *mail, f"250 2.0.0 queued as {number}{more}\r\n")

    run = run_of_ordinary(Rules(words=("wget",)))
    for number in range(8 * PACE):
        sent(number)
    assert passed(sent(1000))[-1] == "end_of_data"
    assert passed(sent(1001, " wget"))[-1] == "data"


def test_replies_of_which_any_rule_may_be_true_are_asked_about_by_their_texts() -> None:
    run = run_of_ordinary(Rules("NOOP"))
    learn(run, *HELLO, *QUIET)
    assert "noop" not in passed(talk(run, *HELLO, *QUIET))
    run = run_of_ordinary(Rules(words=("ok",)))
    learn(run, *HELLO, *QUIET)
    assert "noop" in passed(talk(run, *HELLO, *QUIET))


def test_a_second_hello_with_another_name_is_told() -> None:
    run = run_of_ordinary(Rules())
    for number in range(4 * PACE):
        talk(run, *ordinary(number))
    other = ("EHLO other.example\r\n", "250 mx.example\r\n")
    assert passed(talk(run, *HELLO, *HELLO, *other)) == ["EHLO", "EHLO"]


def test_an_ordinary_command_in_another_protocol_is_told() -> None:
    run = run_of_ordinary(Rules())
    for number in range(4 * PACE):
        talk(run, *ordinary(number))
    events = talk(run, "GET / HTTP/1.1\r\n", "500 what\r\n", *ordinary(1000))
    assert not {"EHLO", "MAIL", "RCPT"} & {*passed(events)}


def test_nobody_can_fill_the_memory_with_logins() -> None:
    rules = Rules("RSET")
    run = run_of(rules)
    kind = run.kind_of(Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7))
    assert kind is not None
    context: Fields = {"smtp.quit": False, "tls.established": False}
    most = 0
    while most < MOST_ANSWERS or kind.logins == MOST_ANSWERS:
        kind.told_login((f"AUTH X{len(rules.asked)}", 9, False, True, True), {}, context)
        most = max(most, kind.logins)
    assert (most, kind.logins) == (MOST_ANSWERS, 1)


def test_rules_are_asked_about_logins_ever_more_seldom() -> None:
    run = Unasked()
    told = (2**6 - 1) * PACE * LOGINS_ASKED
    asked = sum(run.is_time_for_login() for _ in range(told))
    # PACE, twice PACE, four times PACE, and so on for LOGINS_ASKED each
    assert asked == 6 * LOGINS_ASKED


def test_nobody_can_fill_the_memory_with_answers() -> None:
    rules = Rules()
    run = run_of(rules)
    for number in range(MOST_ANSWERS + 2):
        for _ in range(PACE):
            talk(run, *HELLO, "MAIL FROM:<a@x>\r\n", f"250 ok {number}\r\n")
    kind = run.kind_of(Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7))
    assert kind is not None
    assert (kind.answers, len(rules.asked)) == (2, MOST_ANSWERS + 2)
    for port in range(MOST_KINDS + 1):
        talk(run, port=port)
    assert run.kinds == 2
