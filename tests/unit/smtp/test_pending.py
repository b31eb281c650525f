"""The modes."""

from __future__ import annotations

from smtpids.smtp.client import READERS
from smtpids.smtp.pending import Mode


def test_every_mode_has_a_reader() -> None:
    assert set(READERS) == set(Mode)
