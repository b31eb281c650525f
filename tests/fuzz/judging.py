"""The whole engine on frames, and what must hold of all that it writes.

Every alert and every record is rendered as JSON in both formats, in EVE with names and subjects
masked, and as a table. A line of JSON is one line, loads again, stays within its limit, and (a
sample, and the first of each kind) is valid under its schema; a table moves no cursor. What was
seen is returned as a set of words: an input that shows a new one is worth keeping.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import orjson

from smtpids.alerts import eve_schema, schema
from smtpids.alerts.encode import RECORD_OCTETS
from smtpids.alerts.layout import PLAIN
from smtpids.alerts.record import Observer
from smtpids.alerts.veil import Mode, Veil
from smtpids.cli.renderers import Ecs, Eve, Table
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.packet.counters import DecodeCounters
from smtpids.pipeline import Pipeline
from smtpids.rules import Matcher
from tests.support.attributes import attributes
from tests.support.engine import every_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.capture.frames import Frame
    from smtpids.rules.rule import Match
    from smtpids.smtp.events import Event

#: One line in so many is held against the schema.
SAMPLE: Final = 40
#: Lines of one input that are rendered: hundreds of anomalies say nothing new.
MOST_LINES: Final = 120
ESCAPED: Final = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


@cache
def _validators() -> tuple[Any, Any]:
    """Return what knows a line of ECS and what knows one of EVE."""
    ecs, eve = schema.load(), eve_schema.schema()
    choose = jsonschema.validators.validator_for
    return choose(ecs)(ecs), choose(eve)(eve)


@cache
def matcher() -> Matcher:
    """Return all shipped rules, compiled once."""
    return Matcher(every_rule())


class Judge:
    """Takes what the pipeline says and fails if it is not fit to be written."""

    def __init__(self) -> None:
        self._ecs = Ecs(Observer(name="sensor"))
        self._eve = Eve(Observer(name="sensor", veil=Veil(Mode.MASK, Mode.MASK)))
        self._table = Table(PLAIN, verbose=True)
        self.lines = 0
        self.text: list[bytes] = []
        """All that was written."""
        self.seen: set[str] = set()

    def alert(self, match: Match) -> None:
        """Render an alert."""
        self._look(match.event, match.rule.name)
        if self.lines < MOST_LINES:
            lines = (self._ecs.alert(match), self._eve.alert(match))
            self._judge(lines, self._table.alert(match))

    def record(self, event: Event) -> None:
        """Render a message, session or anomaly."""
        self._look(event, "")
        if self.lines < MOST_LINES or event.action == "session_end":
            lines = (self._ecs.record(event), self._eve.record(event))
            self._judge(lines, self._table.record(event))

    def _look(self, event: Event, rule: str) -> None:
        fields = event.fields
        action = rule or event.action
        self.seen.add(f"{action} {fields.get('smtp.anomaly.kind', '')}")
        if not rule:
            self.seen.update(name for name, value in fields.items() if value)
            for name in TELLING:
                value = fields.get(name)
                for one in value if isinstance(value, list) else (value,):
                    self.seen.add(f"{name}={one}"[:60])

    def _judge(self, lines: tuple[bytes, bytes], block: bytes) -> None:
        first = len(self.seen)
        self.lines += 1
        self.text += (*lines, block)
        assert ESCAPED.search(block) is None, block
        for line, validator in zip(lines, _validators(), strict=True):
            assert line.endswith(b"\n"), line[-80:]
            assert line.count(b"\n") == 1, line[:400]
            assert len(line) <= RECORD_OCTETS, len(line)
            read = orjson.loads(line)
            if self.lines % SAMPLE == 1 or len(self.seen) != first:
                fault = next(validator.iter_errors(read), None)
                assert fault is None, f"{fault.json_path}: {fault.message[:400]}"


#: What the decoder counts.
DECODED: Final = tuple(name for name in attributes(DecodeCounters) if name != "unknown_links")
#: Fields of few values, each of which is a place in the engine.
TELLING: Final = (
    "smtp.anomaly.kind",
    "smtp.reply.verb",
    "session.state",
    "session.close_reason",
    "smtp.starttls.state",
    "smtp.auth.mechanism",
    "smtp.auth.outcome",
    "smtp.end_of_data.variant",
    "smtp.message.framing",
    "tls.outcome",
    "tls.version",
    "tls.alert",
    "email.mime.faults",
    "email.attachments.content_class",
    "email.attachments.file.mime_type",
    "email.attachments.traces",
    "email.mime.depth",
)


def judged(frames: Iterable[Frame], config: Config | None = None) -> Judge:
    """Run the whole engine over frames, every rule on, and judge what it says."""
    judge = Judge()
    pipeline = Pipeline(
        config or Config(any_port=True, strict=True),
        counts=Counts(),
        matcher=matcher(),
        on_alert=judge.alert,
        on_record=judge.record,
    )
    for ts_ns, linktype, data in frames:
        pipeline.frame(ts_ns, linktype, data)
    pipeline.finish()
    assert pipeline.table.active == 0
    assert pipeline.table.held_octets == 0
    asked = matcher()
    assert not asked.errors, asked.errors
    assert not asked.fallbacks, asked.fallbacks
    counters = pipeline.decoder
    judge.seen |= {f"decode {name}" for name in DECODED if getattr(counters, name)}
    return judge
