"""The whole engine on a capture or on frames from memory, with all that it tells.

The pipeline hands on records and alerts; a test also wants the events between. `Ear` stands where
the matcher stands, which is asked of every event, and keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from smtpids import rules
from smtpids.capture import file_sources
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator, Matcher, RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtpids.capture import Frame
    from smtpids.rules.rule import Match, Rule
    from smtpids.smtp import Event
    from smtpids.verdicts import EventMatcher

PCAPS = Path(__file__).parents[2] / "pcaps"
#: Captures as tcpdump, Wireshark and others write them, compressed or not.
SUFFIXES = (".pcap", ".pcapng", ".pcap.gz", ".pcap.zst")


def captures() -> list[Path]:
    """Return the recorded captures in order of name."""
    return sorted(path for path in PCAPS.iterdir() if path.name.endswith(SUFFIXES))


#: Rule sets that were compiled; hundreds of rules take longer than a test.
_COMPILED: dict[int, tuple[RuleSet, Matcher]] = {}


def compiled(ruleset: RuleSet) -> Matcher:
    """Return the matcher of a rule set, compiled once."""
    if id(ruleset) not in _COMPILED:
        _COMPILED[id(ruleset)] = ruleset, Matcher(ruleset)
    return _COMPILED[id(ruleset)][1]


class Ear:
    """A matcher that keeps every event it is asked about."""

    def __init__(self, matcher: EventMatcher) -> None:
        self._matcher = matcher
        self.history = self._matcher.history
        self.fields = self._matcher.fields
        self.events: list[Event] = []

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Keep the event and ask the rules."""
        event.complete()
        self.events.append(event)
        return self._matcher.match(event)


@dataclass(slots=True)
class Told:
    """What the engine said of some traffic."""

    events: list[Event]
    alerts: list[Match] = field(default_factory=list)
    records: list[Event] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    @property
    def rules(self) -> list[str]:
        """The names of the rules that alerted, in order of name, repeated ones too."""
        return sorted(match.rule.name for match in self.alerts)


#: What legal dialogues between strangers may be alerted on, too: they are for those whom a server
#: trusts, and tests do not say whom it does; and who asks for names is told some.
FOR_TRUSTED = {"xclient_xforward_untrusted", "xclient_offered", "open_relay_probe", "expn_answered"}
#: What legal traffic may be alerted on: it was in cleartext.
CLEARTEXT = {
    "auth_before_tls",
    "auth_token_in_clear",
    "port_25_no_tls",
    "starttls_offered_not_used",
    "starttls_refused_then_cleartext",
}
#: Names of objects in events whose members are fields.
OBJECTS = frozenset({"email.attachments"})


@cache
def shipped_rules() -> RuleSet:
    """Return the rules that come with the engine."""
    return rules.load(None)


@cache
def every_rule() -> RuleSet:
    """Return the rules that come with the engine, those that are off by default turned on."""
    loaded = shipped_rules()
    sources = tuple(
        source._replace(rule=replace(source.rule, enabled=True)) for source in loaded.sources
    )
    return replace(loaded, sources=sources)


@cache
def shipped_rules_unheld() -> RuleSet:
    """Return the rules that come with the engine, with no alert held back for an earlier one."""
    loaded = shipped_rules()
    sources = tuple(
        source._replace(rule=replace(source.rule, suppress=None)) for source in loaded.sources
    )
    return replace(loaded, sources=sources)


def told_of_capture(
    path: Path, ruleset: RuleSet | None = None, matcher: EventMatcher | None = None
) -> Told:
    """Read a capture to its end; a bug of the engine is raised."""
    pipeline, told = _engine(Config(any_port=True, strict=True), ruleset, matcher)
    for source in file_sources([str(path)]):
        pipeline.run(source)
        source.close()
    pipeline.finish()
    return told


def told_of_frames(
    frames: Iterable[Frame],
    ruleset: RuleSet | None = None,
    config: Config | None = None,
    matcher: EventMatcher | None = None,
) -> Told:
    """Read packets to their end; a bug of the engine is raised."""
    pipeline, told = _engine(config or Config(any_port=True, strict=True), ruleset, matcher)
    for ts_ns, linktype, data in frames:
        pipeline.frame(ts_ns, linktype, data)
    pipeline.finish()
    return told


def _engine(
    config: Config, ruleset: RuleSet | None, matcher: EventMatcher | None
) -> tuple[Pipeline, Told]:
    ruleset = shipped_rules() if ruleset is None else ruleset
    ear = Ear(compiled(ruleset) if matcher is None else matcher)
    told = Told(ear.events)
    pipeline = Pipeline(
        config,
        counts=told.counts,
        matcher=ear,
        on_alert=told.alerts.append,
        on_record=told.records.append,
        correlator=Correlator(ruleset, config.limits),
    )
    return pipeline, told
