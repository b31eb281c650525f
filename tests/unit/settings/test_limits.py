from __future__ import annotations

from smtpids.config import Limits
from smtpids.settings.limits import SENTENCES


def test_every_limit_has_a_sentence_and_no_sentence_is_left_over() -> None:
    assert list(SENTENCES) == list(Limits._fields)
