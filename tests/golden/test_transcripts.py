"""The transcripts through packets and the whole engine, with every rule that is shipped.

tests/unit/smtp reads them without TCP. Here the same conversations come as packets of several link
types and both versions of IP: the events must be the same, and the alerts are all that is said.
"""

from __future__ import annotations

import pytest

from tests.support.engine import every_rule, told_of_frames
from tests.support.transcript import FOLDER, Transcript, frames_of, load, summary

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
V4 = ("192.0.2.1", "198.51.100.2")
V6 = ("2001:db8::1", "2001:db8::2")


@by_name
def test_a_transcript_tells_the_same_as_packets(script: Transcript) -> None:
    told = told_of_frames(frames_of(script), every_rule())
    assert [summary(event) for event in told.events] == script.events


@by_name
def test_the_alerts_of_a_transcript_are_those_it_lists(script: Transcript) -> None:
    assert told_of_frames(frames_of(script), every_rule()).rules == sorted(script.alerts)
