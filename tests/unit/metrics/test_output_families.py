"""What leaves smtpids is told by output."""

from __future__ import annotations

from smtpids.metrics import Counts
from smtpids.metrics.output_families import EXTRACTION, OUTPUTS, RUN


def test_every_number_of_an_output_names_the_output() -> None:
    assert [row.name for row in OUTPUTS if row.labels[0].name != "output"] == []


def test_a_run_that_goes_on_says_nothing_of_its_end() -> None:
    assert [row.read(Counts()) for row in RUN] == [None, None, None]


def test_attachments_are_counted_without_their_names() -> None:
    assert [row.name for row in EXTRACTION if any(not one.values for one in row.labels)] == []
