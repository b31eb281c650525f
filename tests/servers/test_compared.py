"""Some hundred dialogues with each real mail server, and what three witnesses say of them.

The client writes down what it sent and was told, the server writes its log, and smtpids sees the
packets. They must agree, what is legal must be no anomaly, and of the rules only those may alert
that must. `tests/support/talk/` says what is talked about and how it is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import shipped_rules_unheld, told_of_capture
from tests.support.talk.compared import CHECKS, Compared
from tests.support.talk.stage import SERVERS, play, why_not

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("title", SERVERS)
def test_client_server_and_smtpids_agree(title: str, tmp_path: Path) -> None:
    """One test for each server, so that its dialogues are held once."""
    reason = why_not(title)
    if reason:
        pytest.skip(reason)
    done = play(title, tmp_path)
    compared = Compared(title, done, told_of_capture(done.capture, shipped_rules_unheld()))

    assert len(done.played) >= 70
    found = {check.__name__: differences for check in CHECKS if (differences := check(compared))}
    text = [f"{name}:\n{each}" for name, differences in found.items() for each in differences]
    assert not found, "\n".join(text)
