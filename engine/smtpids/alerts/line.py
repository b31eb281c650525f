"""Alerts and records as lines of JSON, written at once.

`alert.py` and `record.py` say what stands where in a record, and `encode.py` makes a line of
whatever it holds. But events of one kind have the same names, so the way from names to objects is
the same for all of them, and what a rule says of itself is for all its alerts. That text is made
once, by those very functions, with gaps for the values (`Template`); a line is then a template and
texts. What is unusual (an object as a value, a number beyond what all readers know, a character
that must not stand in a line, a line that is too long) goes the general way, which gives the same
octets in five times the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from smtpids.alerts.alert import ALERT, alert, alert_id, correlation, facts_of, headed
from smtpids.alerts.encode import RECORD_OCTETS, encode, is_clean
from smtpids.alerts.moment import rfc3339
from smtpids.alerts.nesting import Record, arrange, clashes, fill
from smtpids.alerts.outcome import outcome, sentence
from smtpids.alerts.reason import reason
from smtpids.alerts.record import (
    DATASETS,
    ECS_VERSION,
    added,
    identity,
    leading,
    observed,
    of_event,
    reason_of,
    record,
    span,
)
from smtpids.alerts.template import Template, gap, template, text_gap
from smtpids.alerts.values import Shape, Values, is_text

if TYPE_CHECKING:
    from smtpids.alerts.record import Dataset, Observer
    from smtpids.rules.rule import Match, Rule
    from smtpids.smtp.events import Event

TEMPLATES: Final = 512
"""Templates of each kind that are kept, some 10 KiB each; then all are forgotten."""
#: Objects that are made here, so no field may lead into them.
_OURS: Final = frozenset(
    {"@timestamp", "ecs", "event", "message", "observer", "related", "rule", "tags", "threat"}
)
#: For names that were seen once, and for those that lead elsewhere with other values.
_SEEN: Final = Template([""], [])
_REFUSED: Final = Template([""], [])


class Lines:
    """Writes the lines of one observer, each in at most `most` octets."""

    def __init__(self, observer: Observer, most: int = RECORD_OCTETS) -> None:
        self.at_once = 0
        """Lines that did not go the general way."""
        self._observer = observer
        self._most = most
        self._heads: dict[tuple[str, str, str | None, bool, bool], _Head] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._numbers = 0
        self._bodies: dict[tuple[int, tuple[int, ...], tuple[str, ...]], Template] = {}

    def alert(self, match: Match, named: str = "") -> bytes:
        """Return an alert; `named` is its id, if that is known."""
        line = self._alert(match, named or alert_id(match))
        return encode(alert(match, self._observer), self._most) if line is None else line

    def record(self, event: Event, named: str = "") -> bytes:
        """Return the record of a message, session or anomaly; `named` is its id, if known."""
        line = self._record(event, named or identity(event))
        return encode(record(event, self._observer), self._most) if line is None else line

    def _alert(self, match: Match, named: str) -> bytes | None:
        if self._observer.veil is not None:
            match = self._observer.veil.match(match)
        rule, event, correlated = match.rule, match.event, match.correlated
        said = reason(rule, event.fields, correlated)
        shape = self._shape(event)
        values = Values(event, shape)
        more = added(event, self._observer, mails=values.mails)
        values.add_all(leading(event.fields), more)
        values.put("smtpids.severity", '"' + rule.level + '"')
        values.put("smtpids.suppressed", str(match.suppressed))
        values.put("smtpids.evidence", values.evidence(event))
        if correlated is not None:
            values.put("smtpids.correlation", values.dumped(correlation(correlated)))
        return self._line(event, shape, values, ALERT, rule, named, said)

    def _record(self, event: Event, named: str) -> bytes | None:
        dataset = DATASETS[event.action]
        if self._observer.veil is not None:
            event = self._observer.veil.event(event)
        shape = self._shape(event)
        values = Values(event, shape)
        more = added(event, self._observer, mails=values.mails)
        values.add_all(leading(event.fields), more)
        return self._line(event, shape, values, dataset, None, named, reason_of(event.fields))

    def _line(
        self,
        event: Event,
        shape: Shape,
        values: Values,
        dataset: Dataset,
        rule: Rule | None,
        named: str,
        said: str | None,
    ) -> bytes | None:
        """Return the line; None if it takes the general way."""
        texts = ['"' + rfc3339(event.ts_ns) + '"', '"' + named + '"']
        texts.append("" if said is None else values.dumped(said))
        times = span(event.fields)
        if times:
            texts += [
                '"' + times["start"] + '"',
                '"' + times["end"] + '"',
                values.text(times["duration"]),
            ]
        clock = self._observer.clock
        if clock is not None:
            texts.append('"' + rfc3339(clock()) + '"')
        head = self._head(event, dataset, rule, said is not None, bool(times))
        body = self._body(shape, values)
        if head is None or body is None or not values.are_usual():
            return None
        line = (head.fill(texts) + body.fill(values.texts) + "\n").encode()
        if len(line) > self._most or not is_clean(line):
            return None
        self.at_once += 1
        return line

    def _shape(self, event: Event) -> Shape:
        listed = list(event.fields.keys())  # at once, where a tuple would ask for one after another
        names = tuple(listed)
        known = self._shapes.get(names)
        if known is None:
            if len(self._shapes) >= TEMPLATES:
                self._shapes.clear()
            self._numbers += 1
            known = self._shapes[names] = Shape(self._numbers, names)
        return known

    def _head(
        self, event: Event, dataset: Dataset, rule: Rule | None, explained: bool, timed: bool
    ) -> Template | None:
        """Return what stands before the fields; its gaps are time, id, reason and so on."""
        action = str(event.action)
        ended = outcome(action, event.fields)
        title = sentence(action, event.fields) if rule is None else rule.name
        key = (action, title, ended, timed, explained)
        known = self._heads.get(key)
        if known is None or known.rule is not rule:  # rules are loaded anew
            if len(self._heads) >= TEMPLATES:
                self._heads.clear()
            times = {"start": gap(3), "end": gap(4), "duration": gap(5)} if timed else {}
            made = None if self._observer.clock is None else gap(3 + len(times))
            facts: Record = {"kind": "event", "id": gap(1)}
            if rule is not None:
                facts = facts_of(rule, gap(1), gap(2))
            elif explained:
                facts["reason"] = gap(2)
            about = of_event(dataset, action, facts, times, ended, made)
            tree: Record = {"@timestamp": gap(0), "ecs": {"version": ECS_VERSION}}
            if rule is None:
                tree |= {"message": title, "event": about}
            else:
                tree = headed(rule, self._observer.ruleset, gap(0), about)
            known = self._heads[key] = _Head(rule, template(orjson.dumps(tree)[:-1] + b","))
        return known.template

    def _body(self, shape: Shape, values: Values) -> Template | None:
        """Return the fields and what stands behind them."""
        key = (shape.number, tuple(values.absent), tuple(values.more))
        known = self._bodies.get(key)
        if known is None:
            if len(self._bodies) >= TEMPLATES:
                self._bodies.clear()
            self._bodies[key] = _SEEN
            return None
        if known is _SEEN:  # names that come but once, as a peer can bring about, are not worth it
            known = self._bodies[key] = self._made(shape, values) or _REFUSED
        return None if known is _REFUSED else known

    def _made(self, shape: Shape, values: Values) -> Template | None:
        """Put gaps where the values lead; None if some of them lead elsewhere."""
        absent = set(values.absent)
        names = [name for place, name in enumerate(shape.names) if place not in absent]
        more = values.more
        if clashes(names + more) or any(name.partition(".")[0] in _OURS for name in names):
            return None
        tree: Record = {}
        fill(
            tree,
            {
                name: text_gap(place) if is_text(name) else gap(place)
                for place, name in enumerate(names)
            },
        )
        gaps = [(name, gap(len(names) + place)) for place, name in enumerate(more)]
        arrange(tree, dict(gaps[: values.led]), dict(gaps[values.led :]))
        tree["observer"] = observed(self._observer)
        return template(orjson.dumps(tree)[1:])


class _Head:
    """What stands before the fields, and whose alerts begin so."""

    def __init__(self, rule: Rule | None, made: Template | None) -> None:
        self.rule = rule
        self.template = made
