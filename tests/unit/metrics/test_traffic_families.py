"""What is read and followed: no label of it is named by anybody but the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.metrics import labels
from smtpids.metrics.traffic_families import CAPTURE, SMTP, TCP

if TYPE_CHECKING:
    from smtpids.metrics.family import Family


@pytest.mark.parametrize("family", [*TCP, *SMTP], ids=lambda family: family.name)
def test_every_series_of_the_traffic_is_known_before_it(family: Family) -> None:
    assert bool(family.known) == bool(family.labels)


def test_packets_are_told_by_their_source_which_the_operator_names() -> None:
    open_labels = {label.name for row in CAPTURE for label in row.labels if label.values is None}
    assert open_labels == {"source"}


def test_what_the_client_names_may_be_other() -> None:
    (commands,) = (row for row in SMTP if row.name == "smtpids_smtp_commands_total")
    assert labels.OTHER in commands.labels[0].possible
    assert len(commands.known) == len(labels.COMMANDS) + 1
