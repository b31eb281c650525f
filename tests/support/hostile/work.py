"""Counts what the engine does for a capture, as calls of functions: the same count every time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from smtpids.alerts.record import Observer
from smtpids.capture import FileSource
from smtpids.cli.renderers import Ecs
from smtpids.config import Config
from smtpids.errors import CaptureError
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator
from tests.support.engine import compiled, every_rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from smtpids.rules import RuleSet
    from smtpids.smtp import Event


class Run:
    """One run of the whole engine, with every rule, those off by default too, or with `ruleset`."""

    def __init__(self, ruleset: RuleSet | None = None, *, records: bool = False) -> None:
        ruleset = ruleset or every_rule()
        render = Ecs(Observer("", interface=""))
        config = Config(strict=True)
        self.told = 0
        """Alerts and records that were rendered."""

        def record(event: Event) -> None:
            self.told += bool(render.record(event))

        self._render = render
        self._pipeline = Pipeline(
            config,
            counts=Counts(),
            matcher=compiled(ruleset),
            on_alert=lambda match: self._tell(render.alert(match)),
            on_record=record if records else None,
            correlator=Correlator(ruleset, config.limits),
        )

    def read(self, path: Path) -> None:
        """Read a capture to its end or its damage."""
        source = FileSource(str(path))
        try:
            self._pipeline.run(source)
        except CaptureError:
            pass
        finally:
            source.close()
        self._pipeline.finish()

    def _tell(self, line: bytes) -> None:
        self.told += bool(line)


def calls(act: Callable[[], None]) -> int:
    """Return how many functions, of Python and of C, are called while `act` runs."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count
