"""What joins the sessions of all workers: it does with items what a pipeline does with events.

The items come in the order in which one process would have had the events, so the memory learns,
rules are held back and correlations count as they would there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.alerts.draft import Drafted
from smtpids.buglog import LOG as BUGS
from smtpids.buglog import BugLog
from smtpids.history import Memory
from smtpids.rules import Suppressor
from smtpids.smtp import Event
from smtpids.verdicts import Verdicts
from smtpids.workers import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from smtpids.config import Config
    from smtpids.history import Past
    from smtpids.metrics import Counts
    from smtpids.rules import Correlator
    from smtpids.rules.rule import Match, Rule
    from smtpids.verdicts import EventMatcher
    from smtpids.workers.kinds import Item

#: Of one line of the log so many are compared with what other workers said.
MOST_LINES: Final = 10_000


class Answers:
    """The rules that a worker found true of an event, or else what the rules themselves say."""

    def __init__(self, matcher: EventMatcher, rules: Iterable[Rule]) -> None:
        self._matcher = matcher
        self.rules = {rule.name: rule for rule in rules}
        """Those that workers ask."""
        self.names: Sequence[str] | None = None
        """Those that are true of the event at hand; None if that is to be asked."""
        self.before: dict[str, Rule] | None = None
        """The rules before these, if a worker drafted alerts of the event by them."""

    @property
    def history(self) -> frozenset[str]:
        """As `EventMatcher` has it."""
        return self._matcher.history

    @property
    def fields(self) -> frozenset[str]:
        """As `EventMatcher` has it."""
        return self._matcher.fields

    def match(self, event: Event) -> Sequence[Rule]:
        """Return the rules that are true of `event`; those that are gone since say nothing."""
        if self.names is None:
            return self._matcher.match(event)
        rules = self.rules if self.before is None else self.before
        return [rules[name] for name in self.names if name in rules and name in self.rules]


class Hub:
    """Memory, verdicts and records of all workers."""

    def __init__(
        self,
        config: Config,
        *,
        workers: int,
        counts: Counts,
        answers: Answers,
        on_alert: Callable[[Match], None] | None = None,
        on_record: Callable[[Event], None] | None = None,
        memory: Memory | None = None,
        correlator: Correlator | None = None,
    ) -> None:
        self.memory = Memory(config.limits) if memory is None else memory
        self.suppressor = Suppressor(config.limits.groups)
        self.verdicts = Verdicts(counts, self.suppressor, answers, correlator, on_alert)
        self.bugs: dict[str, int] = {}
        """Faults of our own in here, by layer."""
        self._strict = config.strict
        self._changes = 0
        """How often other rules were used."""
        self._answers = answers
        self._rules_before = answers.rules
        self._on_record = on_record
        self._log = BugLog()
        self._pasts: list[dict[int, Past]] = [{} for _ in range(workers)]
        self._said: list[dict[str, int]] = [{} for _ in range(workers)]
        """The lines of the log by worker; all of them read the same files."""
        self._shown: dict[str, int] = {}

    def take_all(self, ready: list[tuple[int, Item]], note: Callable[[int, Item], None]) -> None:
        """Take what workers told; `note` takes what is said of them between."""
        for worker, item in ready:
            if item[1] < 0:
                note(worker, item)
            else:
                self.take(worker, item)

    def take(self, worker: int, item: Item) -> None:
        """Take what one worker told."""
        try:
            self._act(worker, item)
        except Exception as bug:  # noqa: BLE001 -- as in the pipeline
            self._failed(bug)

    def swap(self, answers: Answers, correlator: Correlator) -> None:
        """Use other rules; what was suppressed stays so."""
        self._changes += 1
        self._rules_before = self._answers.rules
        self._answers = answers
        self.verdicts.swap(answers, correlator)

    def finish(self) -> None:
        """End of input: what is counted together is judged."""
        try:
            self.verdicts.finish()
        except Exception as bug:  # noqa: BLE001 -- as in the pipeline
            self._failed(bug)

    def forget(self, worker: int) -> int:
        """Let the sessions of a worker go, which ended with it; return how many these are."""
        lost, self._pasts[worker] = len(self._pasts[worker]), {}
        self.hear_again(worker)
        return lost

    def hear_again(self, worker: int) -> None:
        """Take what a worker logs as what it said before, from the beginning."""
        self._said[worker] = {}

    def _act(self, worker: int, item: Item) -> None:
        """Do what the kind of an item asks for, the most frequent first."""
        kind = item[1]
        if kind == kinds.TIME:
            self.verdicts.tick(item[2])
        elif kind == kinds.WHOLE:
            self._judge(worker, item)
        elif kind == kinds.DRAFT:
            self._alert(worker, item)
        elif kind == kinds.LESSON:
            self._learn(worker, item)
        elif kind == kinds.BEGUN:
            self._begin(worker, item)
        elif kind == kinds.ENDED:
            self._end(worker, item)
        elif kind == kinds.LOG:
            self._say(worker, item)

    def _begin(self, worker: int, item: Item) -> None:
        self._pasts[worker][item[2]] = self.memory.begin(*item[3:7])

    def _learn(self, worker: int, item: Item) -> None:
        _, _, number, action, ts_ns, fields = item
        past = self._pasts[worker].get(number)
        if past is not None:
            self.memory.learn(past, Event(action, ts_ns, 0, fields))
        self.verdicts.tick(ts_ns)

    def _judge(self, worker: int, item: Item) -> None:
        past = self._pasts[worker].get(item[2])
        if past is None:
            return
        event = kinds.event_of(item)
        counted = item[11]
        if counted is not None and counted[2] != self._changes:
            event.complete()  # it was counted by other rules, and these may read more of it
        if counted is None or counted[1]:
            self.memory.learn(past, event)
        answers = self._answers
        answers.names, answers.before = item[9], None
        self.verdicts.judge(event, past)
        if item[10] and self._on_record is not None:
            past.enrich(event)
            event.complete()
            self._on_record(event)

    def _alert(self, worker: int, item: Item) -> None:
        """Take an event whose alerts are drafted: if by former rules, these hold it back."""
        _, _, number, action, ts_ns, packet, few, drafts, teaches, changes = item
        past = self._pasts[worker].get(number)
        if past is None:
            return
        event = Drafted(action, ts_ns, packet, few, drafts)
        if teaches:
            self.memory.learn(past, event)
        answers = self._answers
        answers.names = list(drafts)
        answers.before = None if changes == self._changes else self._rules_before
        self.verdicts.judge(event, past)

    def _end(self, worker: int, item: Item) -> None:
        self._pasts[worker].pop(item[2], None)

    def _say(self, worker: int, item: Item) -> None:
        """Log a line, unless another worker said it of the same file."""
        level, text = item[2:]
        said = self._said[worker]
        said[text] = said.get(text, 0) + 1
        if said[text] > self._shown.get(text, 0):
            self._shown[text] = said[text]
            BUGS.log(level, "%s", text)
        if len(self._shown) > MOST_LINES:
            self._shown.clear()
            for other in self._said:
                other.clear()

    def _failed(self, bug: Exception) -> None:
        """Count and log a bug of ours, or raise it in strict mode."""
        if self._strict:
            raise bug
        self.bugs["rules"] = self.bugs.get("rules", 0) + 1
        self._log.tell(bug, "rules", 0, "")
