"""Runs trials: dialogues and captures through the whole engine, events straight to the rules.

The rules are compiled once for all trials, those that are off too; which of them count is decided
trial by trial.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from smtpids.capture import file_sources
from smtpids.errors import Location
from smtpids.faults import Faults
from smtpids.fields import ALL, FIELDS, Type
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator, Matcher
from smtpids.smtp.events import Event
from smtpids.trial.conversation import MSS, START_NS, Conversation
from smtpids.trial.desk import Desk, silent_in
from smtpids.trial.dialog import play, read_dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.capture import Frame
    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Match, Rule
    from smtpids.trial.desk import Counters
    from smtpids.trial.trials import Session, Trial

FIRST_PORT: Final = 10_000
PORTS: Final = 50_000
"""Client ports that sessions take in turn."""

#: What every event of an ordinary session in cleartext says.
CONTEXT: Final[dict[str, Any]] = {
    **{
        name: False
        for name, row in FIELDS.items()
        if row.type is Type.BOOLEAN
        and row.actions == ALL
        and not row.many
        and not name.startswith(("history.", "tls.inspected"))
    },
    "session.id": "a-session",
    "session.client_role": "unknown",
    "session.server_role": "unknown",
    "session.start": START_NS,
    "session.state": "ready",
    "source.ip": "198.51.100.7",
    "source.port": FIRST_PORT,
    "destination.ip": "192.0.2.10",
    "destination.port": 25,
    "network.direction": "unknown",
    "network.type": "ipv4",
    "network.transport": "tcp",
    "network.protocol": "smtp",
    "tls.mode": "none",
    "smtp.starttls.state": "none",
    "smtp.message.count": 0,
    "smtp.command.count": 0,
    "smtp.auth.attempts": 0,
    "smtp.auth.failures": 0,
    "smtp.transaction.index": 0,
}


@dataclass(slots=True)
class Outcome:
    """What came of a trial."""

    alerts: list[Match] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class Ear:
    """Stands before the matcher, keeps the events, and lets only some rules answer."""

    __slots__ = ("_matcher", "_on", "events", "fields", "history")

    def __init__(self, matcher: Matcher, on: frozenset[str], events: list[Event]) -> None:
        self._matcher = matcher
        self._on = on
        self.history = matcher.history
        self.fields = matcher.fields
        self.events = events

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Return the rules that are true of an event and count in this trial."""
        # a copy: what is hidden is taken off behind the rules
        self.events.append(Event(event.action, event.ts_ns, event.packet, dict(event.fields)))
        return [rule for rule in self._matcher.match(event) if rule.name in self._on]


class Bench:
    """Rules, ready to be tried."""

    def __init__(self, ruleset: RuleSet, counters: Counters = Correlator) -> None:
        self.ruleset = ruleset
        self._counters = counters
        self.rules = {rule.name: rule for rule in ruleset.rules}
        self.sources = {source.rule.name: source for source in ruleset.sources}
        self.correlations = {one.rule.name: one for one in ruleset.correlations}
        self._everything = all_on(ruleset)
        self._matcher = Matcher(self._everything)
        self._default = frozenset(rule.name for rule in ruleset.rules if rule.enabled)

    def run(self, trial: Trial, mss: int = MSS) -> Outcome:
        """Return what comes of a trial whose dialogues are cut into segments of `mss` octets."""
        on = self._default | self.with_parts(trial.rule)
        outcome = Outcome()
        ear = Ear(self._matcher, on, outcome.events)

        def keep(match: Match) -> None:
            if match.rule.name in on:
                outcome.alerts.append(match)

        if trial.occasions:
            for match in self.desk(ear.match, self._everything).take(events_of(trial)):
                keep(match)
            return outcome

        pipeline = Pipeline(
            trial.config,
            counts=Counts(),
            matcher=ear,
            on_alert=keep,
            correlator=Correlator(self._everything),
        )
        if trial.pcap is not None:
            for source in file_sources([str(trial.pcap)]):
                pipeline.run(source)
                source.close()
        for frame in frames_of(trial.sessions, mss):
            pipeline.frame(*frame)
        pipeline.finish()
        return outcome

    def desk(self, ask: Callable[[Event], Sequence[Rule]], ruleset: RuleSet) -> Desk:
        """Return what makes alerts of events by the rules of `ruleset`, which `ask` asks."""
        return Desk(ask, silent_in(ruleset), self._counters(ruleset))

    def part(self, name: str) -> RuleSet:
        """Return a rule alone, with the rules that it asks for, all of them on."""
        names = self.with_parts(name)
        everything = self._everything
        return replace(
            everything,
            sources=tuple(one for one in everything.sources if one.rule.name in names),
            correlations=tuple(one for one in everything.correlations if one.rule.name in names),
        )

    def with_parts(self, name: str) -> frozenset[str]:
        """Return a rule's name and, of a correlation, those of the rules that it asks for."""
        return with_parts(name, self.ruleset)


def with_parts(name: str, ruleset: RuleSet) -> frozenset[str]:
    """Return a rule's name and, of a correlation, those of the rules that it asks for."""
    found = {name}
    for correlation in ruleset.correlations:
        if correlation.rule.name == name:
            found = found.union(*(with_parts(part, ruleset) for part in correlation.rules))
    return frozenset(found)


def all_on(ruleset: RuleSet) -> RuleSet:
    """Return the rules with those on that are off by default."""
    return replace(
        ruleset,
        sources=tuple(
            source._replace(rule=replace(source.rule, enabled=True)) for source in ruleset.sources
        ),
        correlations=tuple(
            one._replace(rule=replace(one.rule, enabled=True)) for one in ruleset.correlations
        ),
    )


def frames_of(sessions: Sequence[Session], mss: int = MSS) -> list[Frame]:
    """Return the packets of all sessions in the order of their time."""
    frames: list[Frame] = []
    number = 0
    for session in sessions:
        for repetition, at_ns in enumerate(session.when.times(), 1):
            port = FIRST_PORT + number % PORTS
            frames += _session_frames(session, repetition, at_ns, port, mss)
            number += 1
    return sorted(frames, key=lambda frame: frame[0])


def _session_frames(session: Session, number: int, at_ns: int, port: int, mss: int) -> list[Frame]:
    def place(index: int) -> Location:
        return Location(session.path, session.first_line + index)

    dialog = read_dialog(session.text, place, Faults(), number)
    talk = Conversation(
        (session.client.replace("{n}", str(number)), port),
        (session.server.replace("{n}", str(number)), session.port),
        mss=mss,
        start_ns=START_NS + at_ns,
    )
    play(dialog, talk)
    return talk.frames


def events_of(trial: Trial) -> list[Event]:
    """Return the events that a trial has by hand, in the order of their time."""
    told = [
        (at_ns, numbered(occasion.fields, number))
        for occasion in trial.occasions
        for number, at_ns in enumerate(occasion.when.times(), 1)
    ]
    told.sort(key=lambda one: one[0])
    return [
        _event(START_NS + at_ns, packet, fields) for packet, (at_ns, fields) in enumerate(told, 1)
    ]


def _event(ts_ns: int, packet: int, fields: dict[str, Any]) -> Event:
    whole = {
        **CONTEXT,
        "@timestamp": ts_ns,
        "smtpids.pcap.packet": packet,
        **fields,
    }
    return Event(str(fields["event.action"]), ts_ns, packet, whole)


def numbered(fields: Any, number: int) -> Any:
    """Return fields with the number of a repetition for `{n}`."""
    if isinstance(fields, str):
        return fields.replace("{n}", str(number))
    if isinstance(fields, list):
        return [numbered(one, number) for one in fields]
    if isinstance(fields, dict):
        return {name: numbered(one, number) for name, one in fields.items()}
    return fields
