"""A receiver that is killed and comes back while alerts pour in gets every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.lines import COMMAND, LinesReceiver
from tests.support.storm import KILLS, storm

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("keeps", ["spool", "memory", "a small spool"])
def test_every_alert_arrives(tmp_path: Path, keeps: str) -> None:
    """With little room the input waits for the receiver, since it is a file."""
    word = {
        "memory": "batch_events=100",
        "spool": f"spool={tmp_path / 'spool'}",
        "a small spool": f"spool={tmp_path / 'spool'}&spool_octets=200000",
    }[keeps]
    receiver = LinesReceiver(0)
    receiver.start()
    try:
        result = storm(
            f"lines://127.0.0.1:{receiver.port}?{word}", receiver, tmp_path, command=COMMAND
        )
    finally:
        receiver.kill()
    assert result.missing == set()
    assert result.ids_arrived == result.ids_expected
    assert (result.exit_code, result.kills) == (0, KILLS)
    assert result.duplicates <= KILLS * 500
    assert "is back after" in result.stderr


def test_what_never_arrives_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    """The same storm at a receiver that does not come back."""

    class Gone(LinesReceiver):
        def start(self) -> None:
            """Be there once."""
            if not self.port:
                super().start()

    receiver = Gone(0)
    receiver.start()
    result = storm(
        f"lines://127.0.0.1:{receiver.port}?drain_ns=1000000000&queue_octets=500000",
        receiver,
        tmp_path,
        command=COMMAND,
    )
    assert result.exit_code == 5
    assert result.missing
    assert "records lost, as the receiver took nothing more in time" in result.stderr
