"""What an AUTH exchange does to the session: how it begins, goes on, and ends (RFC 4954).

What its lines hold is `sasl.py`'s business; here the replies decide what comes next, and the
outcome is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.commands import auth_words
from smtpids.smtp.events import ACTION_NAMES, Action
from smtpids.smtp.origin import networks_of
from smtpids.smtp.pending import Mode
from smtpids.smtp.sasl import Exchange
from smtpids.tcp.events import CLIENT
from smtpids.text import as_text

if TYPE_CHECKING:
    from smtpids.smtp.commands import Command
    from smtpids.smtp.pending import Pending, Step
    from smtpids.smtp.replies import Reply
    from smtpids.smtp.tracker import Tracker

#: Answers of a client to each mechanism, without initial response, where no reply tells.
ANSWERS: Final[dict[str, int]] = {"LOGIN": 2, "DIGEST-MD5": 2, "NTLM": 2}
MOST_MECHANISMS: Final = 16
_AUTH: Final[str] = ACTION_NAMES[Action.AUTH]
_OUTCOMES: Final[dict[int, str]] = {2: "success", 4: "tempfail", 5: "failure"}


def begin_auth(tracker: Tracker, command: Command, entry: Step) -> None:
    """An AUTH command came: its exchange begins, and nothing odd is shown from here on."""
    session = tracker.session
    mechanism, response = auth_words(command.argument)
    exchange = Exchange(as_text(mechanism, 40).upper(), tracker.limits)
    if response:
        exchange.initial(response)
    tracker.exchange = exchange
    tracker.auth_entry = entry
    tracker.answers = 0
    session.trusted = False
    used = session.context.get("smtp.auth.mechanisms", [])
    assert isinstance(used, list)
    if exchange.mechanism not in used and len(used) < MOST_MECHANISMS:
        session.context["smtp.auth.mechanisms"] = [*used, exchange.mechanism]
    session.count("smtp.auth.attempts")


def end_auth(tracker: Tracker, code: int | None, ts_ns: int, packet: int) -> None:
    """The exchange is over: say what it was and how it ended."""
    exchange = tracker.exchange
    if exchange is None:
        return
    tracker.exchange = None
    session = tracker.session
    context = session.context
    facts = exchange.facts()
    outcome = "unknown" if code is None else _OUTCOMES.get(code // 100, "unknown")
    if facts.get("smtp.auth.cancelled") and outcome != "success":
        outcome = "aborted"
    user = facts.pop("smtp.auth.user", "")
    if user:
        context["smtp.auth.user"] = user
        _, at, domain = str(user).rpartition("@")
        if at:
            context["smtp.auth.user_domain"] = domain.lower()
        else:
            context.pop("smtp.auth.user_domain", None)
    elif outcome == "success" or not context["smtp.auth.succeeded"]:
        # this attempt hid its user: it was not the one of the attempt before
        context.pop("smtp.auth.user", None)
        context.pop("smtp.auth.user_domain", None)
    if outcome == "success":
        context["smtp.auth.succeeded"] = True
    elif outcome == "failure":
        session.count("smtp.auth.failures")
    near, wide = networks_of(str(context.get("smtpids.proxied.ip") or session.ends.client_ip))
    own = session.tell(_AUTH, ts_ns, packet)
    own["smtp.auth.outcome"] = outcome
    own["smtp.auth.responses"] = exchange.responses
    own["source.network"] = near
    own["source.wide_network"] = wide
    if exchange.mechanism:
        own["smtp.auth.mechanism"] = exchange.mechanism
        offered = context.get("smtp.auth.offered")
        if isinstance(offered, list) and session.is_whole() and not tracker.alone:
            own["smtp.auth.mechanism_offered"] = exchange.mechanism in offered
        if session.cancelled not in {"", exchange.mechanism}:
            own["smtp.auth.cancelled_before"] = session.cancelled
    session.cancelled = exchange.mechanism if facts.get("smtp.auth.cancelled") else ""
    own.update(facts)
    if code is not None:
        own["smtp.reply.code"] = code


def auth_replied(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    """A reply to AUTH or to an answer came: the exchange goes on or is over."""
    if code is None:
        exchange = tracker.exchange
        most = ANSWERS.get(exchange.mechanism, 1) if exchange is not None else 1
        command = pending.command
        initial = command is not None and bool(auth_words(command.argument)[1])
        tracker.answers += initial
        if tracker.answers < most:
            tracker.mode = Mode.ANSWER
            return
        # there may have been more of it
        tracker.synced[CLIENT] = False
    elif code // 100 == 3:
        tracker.mode = Mode.ANSWER
        return
    tracker.mode = Mode.COMMANDS
    end_auth(tracker, code, ts_ns, packet)


def challenged(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    """A reply to AUTH or to an answer came: note what it asks for."""
    if reply is not None and reply.digit == 3 and tracker.exchange is not None:
        tracker.exchange.challenge(reply.text)


def join(tracker: Tracker) -> None:
    """A challenge came whose AUTH is not in the capture: its answers must not pass for commands."""
    tracker.mode = Mode.ANSWER
    if tracker.exchange is None:
        tracker.exchange = Exchange("", tracker.limits)
        tracker.session.count("smtp.auth.attempts")
    tracker.exchange.broken = True
