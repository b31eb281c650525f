"""What no rule asks about is told with less, and nothing that is said differs by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import Config, MailServer
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator
from smtpids.smtp.unasked import Unasked
from tests.support.engine import compiled, every_rule
from tests.support.transcript import FOLDER, frames_of, load

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.smtp import Event

SECOND = 1_000_000_000
#: Each transcript so often, that what was asked about the first time is passed by later.
TIMES = 3
METRICS = ("commands", "replies", "recipients", "messages", "sessions", "matches", "alerts")


def told(paths: list[Path], *, asks: bool) -> tuple[list[Any], int]:
    """Return all that is said of transcripts, and how many answers there are at the end."""
    said: list[Any] = []

    def record(event: Event) -> None:
        said.append((event.action, event.packet, event.fields))

    ruleset, counts = every_rule(), Counts()
    pipeline = Pipeline(
        Config(strict=True, mail_servers=(MailServer("198.51.100.0/24", "mx", frozenset({25})),)),
        counts=counts,
        on_alert=lambda match: record(match.event),
        on_record=record,
    )
    pipeline.unasked = Unasked(1)
    pipeline.swap(compiled(ruleset), Correlator(ruleset))
    if not asks:
        pipeline.unasked.asking = None
    for time in range(TIMES):
        for path in paths:
            for ts_ns, linktype, data in frames_of(load(path)):
                pipeline.frame(ts_ns + time * 3600 * SECOND, linktype, data)
    pipeline.finish()
    said += [(metric, dict(getattr(counts, metric))) for metric in METRICS]
    for table in (pipeline.memory.servers, pipeline.memory.clients, pipeline.memory.users):
        for key in table:
            entry = table.get(key)
            assert entry is not None
            said.append((key, [getattr(entry, column) for column in type(entry).COLUMNS]))
    return said, pipeline.unasked.kinds


@pytest.mark.parametrize("part", range(4))
def test_all_that_is_said_of_the_transcripts_is_the_same(part: int) -> None:
    paths = sorted(FOLDER.glob("*.smtp"))[part::4]
    said, kinds = told(paths, asks=True)
    plainly, none = told(paths, asks=False)
    assert (kinds > 0, none) == (True, 0)
    assert len(said) == len(plainly)
    for one, other in zip(said, plainly, strict=True):
        assert one == other
