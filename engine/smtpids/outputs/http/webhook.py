"""Any receiver that takes the records as they are, one a line, and says 2xx when it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.outputs.http.answer import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.http.answer import Answer
    from smtpids.outputs.transport import Report


class Webhook:
    """How a batch is written where nothing else is agreed on."""

    path = ""
    content_type = "application/x-ndjson"
    scheme = "Bearer"

    def __init__(self, config: OutputConfig, sensor: str) -> None:
        """Need nothing: the records say it all."""

    def write(self, batch: Sequence[Entry]) -> bytes:
        """Return the records, one a line."""
        return b"".join(entry.line for entry in batch)

    def read(self, answer: Answer, batch: Sequence[Entry]) -> Report:
        """Return what became of the batch: it is taken or not as a whole."""
        return judge(answer, len(batch))
