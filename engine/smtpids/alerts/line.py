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
from smtpids.alerts.detail import compact_evidence, compacted
from smtpids.alerts.draft import (
    HISTORY_MARK,
    SUPPRESSED_MARK,
    Drafted,
    draft_of,
    finished,
    record_of,
)
from smtpids.alerts.encode import RECORD_OCTETS, encode, is_clean
from smtpids.alerts.moment import rfc3339
from smtpids.alerts.nesting import Record, arrange, clashes, fill
from smtpids.alerts.outcome import outcome, sentence
from smtpids.alerts.reason import plain_reason, reason
from smtpids.alerts.record import (
    DATASETS,
    ECS_VERSION,
    identity,
    observed,
    of_event,
    reason_of,
    record,
    related_hashes,
    sent_octets,
)
from smtpids.alerts.shape import (
    CORRELATION,
    CREATED,
    DURATION,
    END,
    EVIDENCE,
    FIRST_FIELD,
    HASHES,
    HISTORY,
    ID,
    MOMENT,
    OCTETS,
    PACKET,
    REASON,
    SEVERITY,
    START,
    SUPPRESSED,
    VARIES,
    Settled,
    Shape,
    is_quoted,
)
from smtpids.alerts.template import Template, gap, template, text_gap
from smtpids.alerts.text import digits
from smtpids.alerts.traits import ALERT as ALERT_TRAIT
from smtpids.alerts.traits import CORRELATED, DRAFT, HASHED, PAST, SENT, TRAITS, beside, traits_of
from smtpids.alerts.values import Values
from smtpids.rules.rule import Match
from smtpids.smtp.events import Event

if TYPE_CHECKING:
    from smtpids.alerts.draft import Draft
    from smtpids.alerts.record import Dataset, Observer
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Fields

TEMPLATES: Final = 512
"""Templates of each kind that are kept, some 15 KiB each; then all are forgotten."""
#: Objects that are made here, so no field may lead into them.
_OURS: Final = frozenset(
    {"@timestamp", "ecs", "event", "message", "observer", "related", "rule", "tags", "threat"}
)
#: For names that were seen once.
_SEEN: Final = Settled(None)


class Lines:
    """Writes the lines of one observer, each in at most `most` octets."""

    def __init__(self, observer: Observer, most: int = RECORD_OCTETS) -> None:
        self.at_once = 0
        """Lines that did not go the general way."""
        self._observer = observer
        self._most = most
        self._heads: dict[tuple[str, str, str | None, bool, bool], _Head] = {}
        self._shapes: dict[tuple[tuple[str, ...], ...], Shape] = {}
        self._latest: dict[int, Shape] = {}
        """Of as many names, the shape met last: events of one kind come in rows."""
        self._templates = 0

    def alert(self, match: Match, named: str = "") -> bytes:
        """Return an alert; `named` is its id, if that is known."""
        event = match.event
        if isinstance(event, Drafted) and match.correlated is None:
            return self._finished(match, event)
        line = self._alert(match, named or alert_id(match), ALERT_TRAIT)
        return encode(alert(match, self._observer), self._most) if line is None else line

    def draft(self, rule: Rule, event: Event) -> Draft | None:
        """Return the draft of an alert; None if it must be written from the event."""
        match = Match(rule, event, 0)
        named = alert_id(match)
        line = self._alert(match, named, ALERT_TRAIT | DRAFT)
        return None if line is None else draft_of(named, line)

    def record(self, event: Event, named: str = "") -> bytes:
        """Return the record of a message, session or anomaly; `named` is its id, if known."""
        line = self._record(event, named or identity(event))
        return encode(record(event, self._observer), self._most) if line is None else line

    def _alert(self, match: Match, named: str, traits: int) -> bytes | None:
        if self._observer.veil is not None:
            match = self._observer.veil.match(match)
        rule, event, correlated = match.rule, match.event, match.correlated
        if correlated is None:
            said = plain_reason(rule, event)
            if not said.isascii():
                said = reason(rule, event.fields)
        else:
            said = reason(rule, event.fields, correlated)
        values = Values(event)
        values.put_loose(REASON, said)
        if traits & DRAFT:
            values.texts[HISTORY], values.texts[SUPPRESSED] = HISTORY_MARK, SUPPRESSED_MARK
        else:
            values.texts[SUPPRESSED] = values.text(match.suppressed)
        if self._observer.compact:
            values.texts[EVIDENCE] = values.dumped(compact_evidence(rule, event))
        else:
            values.put_evidence()
        if correlated is not None:
            traits |= CORRELATED
            values.texts[CORRELATION] = values.dumped(correlation(correlated))
        return self._line(event, values, traits, ALERT, rule, named)

    def _finished(self, match: Match, event: Drafted) -> bytes:
        """Return the line of an alert that is drafted."""
        draft = event.drafts[match.rule.name]
        history = self._history(event)
        if history:
            whole = finished(draft, history.encode(), digits(match.suppressed).encode())
            if len(whole) <= self._most:
                return whole
        return encode(record_of(draft, event, match.suppressed), self._most)

    def _history(self, event: Drafted) -> str:
        """Return what was known before an event as JSON; "" if it takes the general way."""
        if event.beside is None:  # it was put into the event
            return ""
        bare = Event(event.action, event.ts_ns, event.packet, {})
        bare.beside = event.beside
        values = Values(bare)
        body = self._body(self._shape(values), values, PAST)
        if body is None or not values.are_usual():
            return ""
        parts: list[str] = []
        body.fill(parts, values.texts)
        text = "".join(parts)
        return text if text.isascii() and text.find("\x7f") < 0 else ""

    def _record(self, event: Event, named: str) -> bytes | None:
        dataset = DATASETS[event.action]
        if self._observer.veil is not None:
            event = self._observer.veil.event(event)
        values = Values(event)
        said = reason_of(values.fields)
        if said is not None:
            values.put_loose(REASON, said)
        return self._line(event, values, 0, dataset, None, named)

    def _line(
        self,
        event: Event,
        values: Values,
        traits: int,
        dataset: Dataset,
        rule: Rule | None,
        named: str,
    ) -> bytes | None:
        """Return the line; None if it takes the general way."""
        fields, texts = values.fields, values.texts
        texts[MOMENT] = moment = rfc3339(event.ts_ns)
        texts[ID] = named
        start, duration = fields.get("session.start"), fields.get("session.duration")
        timed = False
        if isinstance(start, int) and isinstance(duration, int):
            timed = True
            texts[START] = rfc3339(start)
            values.start_ns = start
            end = start + duration
            texts[END] = moment if end == event.ts_ns else rfc3339(end)
            texts[DURATION] = values.text(duration)
        clock = self._observer.clock
        if clock is not None:
            texts[CREATED] = rfc3339(clock())
        texts[PACKET] = values.text(event.packet)
        head = self._head(fields, event.action, dataset, rule, timed)
        texts[SEVERITY] = head.severity
        shape = self._shape(values)
        body = self._body(shape, values, traits | traits_of(fields))
        if head.template is None or body is None or not values.are_usual():
            return None
        parts: list[str] = []
        head.template.fill(parts, texts)
        body.fill(parts, texts)
        text = "".join(parts)
        line = text.encode()
        if len(line) > self._most:
            return None
        plain = text.isascii() and text.find("\\") < 0 and text.find("\x7f") < 0
        if not plain and not is_clean(line):
            return None
        self.at_once += 1
        return line

    def _shape(self, values: Values) -> Shape:
        """Return the shape of the event, with its fields taken into the values."""
        shape = self._latest.get(values.count)
        if shape is not None and values.take(shape):
            return shape
        names = (tuple(values.fields), *[part.names for part in values.beside])
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) >= TEMPLATES:
                self._forget()
            shape = self._shapes[names] = Shape(values.fields, values.beside)
        self._latest[values.count] = shape
        values.take(shape)
        return shape

    def _forget(self) -> None:
        self._shapes.clear()
        self._latest.clear()
        self._templates = 0

    def _head(
        self, fields: Fields, action: str, dataset: Dataset, rule: Rule | None, timed: bool
    ) -> _Head:
        """Return what stands before the fields; its gaps are time, id, reason and so on."""
        ended = outcome(action, fields)
        title = sentence(action, fields) if rule is None else rule.name
        explained = rule is not None or reason_of(fields) is not None
        key = (action, title, ended, timed, explained)
        known = self._heads.get(key)
        if known is None or known.rule is not rule:  # rules are loaded anew
            if len(self._heads) >= TEMPLATES:
                self._heads.clear()
            times: Record = {}
            if timed:
                times = {"start": text_gap(START), "end": text_gap(END), "duration": gap(DURATION)}
            made = None if self._observer.clock is None else text_gap(CREATED)
            facts: Record = {"kind": "event", "id": text_gap(ID)}
            if rule is not None:
                facts = facts_of(rule, text_gap(ID), text_gap(REASON))
            elif explained:
                facts["reason"] = text_gap(REASON)
            about = of_event(dataset, action, facts, times, ended, made)
            tree: Record = {"@timestamp": text_gap(MOMENT), "ecs": {"version": ECS_VERSION}}
            if rule is None:
                tree |= {"message": title, "event": about}
            else:
                tree = headed(rule, self._observer.ruleset, text_gap(MOMENT), about)
                if self._observer.compact:
                    tree = compacted(tree)
            known = self._heads[key] = _Head(rule, template(orjson.dumps(tree)[:-1] + b","))
        return known

    def _body(self, shape: Shape, values: Values, traits: int) -> Template | None:
        """Return the fields and what stands behind them."""
        fields = values.fields
        if traits & SENT:
            values.texts[OCTETS] = values.text(sent_octets(fields))
        if shape.hashed:
            hashes = related_hashes(fields)
            if hashes:
                traits |= HASHED
                values.texts[HASHES] = values.dumped(hashes)
        key = values.absent << TRAITS | traits
        known = shape.templates.get(key)
        if known is None:
            if self._templates >= TEMPLATES:
                self._forget()
            self._templates += 1
            shape.templates[key] = _SEEN
            return None
        if known is _SEEN:  # names that come but once, as a peer can bring about, are not worth it
            known = shape.templates[key] = Settled(self._made(shape, values.absent, traits))
        if known.version != shape.version:
            known.version = shape.version
            known.settled = _settled(known.whole, shape, values.absent)
        return known.settled

    def _made(self, shape: Shape, absent: int, traits: int) -> Template | None:
        """Put gaps where the values lead; None if some of them lead elsewhere."""
        gaps: Record = {}
        for place in shape.present(absent):
            name, number = shape.names[place], shape.number(place)
            gaps[name] = text_gap(number) if is_quoted(name) else gap(number)
        lead, more = beside(traits, gaps, self._observer.file)
        doubled = len(set(shape.names)) < len(shape.names)
        if (
            doubled
            or clashes([*gaps, *lead, *more])
            or any(name.partition(".")[0] in _OURS for name in gaps)
        ):
            return None
        tree: Record = {}
        fill(tree, gaps)
        if traits & PAST:
            return template(orjson.dumps(tree["history"])) if tree else None
        if traits & DRAFT:
            tree["history"] = gap(HISTORY)
        arrange(tree, lead, more)
        tree["observer"] = observed(self._observer)
        if self._observer.compact and traits & ALERT_TRAIT:
            tree = compacted(tree)
        cut = template(orjson.dumps(tree)[1:])
        return None if cut is None else cut.ended("\n")


def _settled(whole: Template | None, shape: Shape, absent: int) -> Template | None:
    """Let the values of a shape that stand be part of its template."""
    if whole is None:
        return None
    standing = {
        FIRST_FIELD + place: shape.standing_text(place)
        for place in shape.present(absent)
        if shape.standing[place] is not VARIES
    }
    return whole.settled(standing)


class _Head:
    """What stands before the fields, and whose alerts begin so."""

    def __init__(self, rule: Rule | None, made: Template | None) -> None:
        self.rule = rule
        self.template = made
        self.severity = "" if rule is None else '"' + rule.level + '"'
