"""Reads captures for the commands that ask about rules, without outputs and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.config import Config
    from smtpids.rules import Correlator
    from smtpids.rules.rule import Match
    from smtpids.verdicts import EventMatcher


def replay(
    inputs: Sequence[str],
    config: Config,
    matcher: EventMatcher,
    on_alert: Callable[[Match], None] | None = None,
    correlator: Correlator | None = None,
) -> ExitCode:
    """Read captures to their end; a damaged one is said, and the exit code tells."""
    from smtpids.capture import file_sources
    from smtpids.cli.reading import Reading
    from smtpids.cli.screen import Screen, logging_to
    from smtpids.cli.signals import Signals
    from smtpids.metrics import Counts
    from smtpids.pipeline import Pipeline

    reading = Reading(file_sources(list(inputs)))
    pipeline = Pipeline(
        config, counts=Counts(), matcher=matcher, on_alert=on_alert, correlator=correlator
    )
    with logging_to(Screen(), quiet=False, verbose=0), Signals(reading.stop) as signals:
        reading.feed(pipeline)
        pipeline.finish()
    if signals.stopping:
        return ExitCode.INTERRUPTED
    return ExitCode.INPUT if reading.unreadable else ExitCode.DONE
