"""What ended leaves no circles of objects: no collector is needed to have its memory back."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from smtpids.capture import file_sources
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator
from tests.support.engine import captures, compiled, shipped_rules
from tests.support.transcript import FOLDER, frames_of, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smtpids.capture import Frame


@contextmanager
def uncollected() -> Iterator[list[object]]:
    """Let nothing be collected, and give what would have to be."""
    gc.collect()
    gc.disable()
    flags = gc.get_debug()
    circles: list[object] = []
    try:
        yield circles
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        circles += gc.garbage
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
        gc.enable()


def followed(frames: Iterable[Frame]) -> Pipeline:
    """Read frames with all shipped rules and tell of everything; the engine itself lives on."""
    ruleset, config = shipped_rules(), Config()
    pipeline = Pipeline(
        config,
        counts=Counts(),
        matcher=compiled(ruleset),
        correlator=Correlator(ruleset, config.limits),
        on_alert=lambda _: None,
        on_record=lambda _: None,
    )
    for frame in frames:
        pipeline.frame(*frame)
    pipeline.finish()
    return pipeline


def kinds(circles: list[object]) -> set[str]:
    return {type(thing).__name__ for thing in circles if "smtpids" in type(thing).__module__}


@pytest.mark.slow
def test_no_recorded_session_leaves_a_circle() -> None:
    alive = []
    with uncollected() as circles:
        for path in captures():
            alive += [followed(source) for source in file_sources([str(path)])]
    assert alive
    assert kinds(circles) == set()


@pytest.mark.slow
def test_no_game_of_a_transcript_leaves_a_circle() -> None:
    scripts = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
    alive = []
    with uncollected() as circles:
        alive += [followed(frames_of(script)) for script in scripts]
    assert alive
    assert kinds(circles) == set()
