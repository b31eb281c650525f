"""Elasticsearch and OpenSearch: `_bulk` with `create`, so that what came twice is there once.

The receiver judges each record by itself. One that it has already (409) is taken. What it refuses
for the record's own sake, such as a value that does not fit the mapping, is refused; what it
refuses because of us or of its own state (no right, no such index, a full disk, too busy) is tried
again, since it says nothing about the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from smtpids.outputs.http.answer import ABOUT_US, BUSY, alone, judge, unavailable
from smtpids.outputs.transport import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.http.answer import Answer

#: A data stream for each kind of record, by Elastic's naming scheme: type, dataset, namespace.
DATA_STREAM: Final = "logs-smtpids.{kind}-default"
#: The receiver has a record of this `_id`.
THERE: Final = 409


class Elastic:
    """How a batch is written for `_bulk`, and what its answer says of each record."""

    content_type = "application/x-ndjson"
    scheme = "ApiKey"

    def __init__(self, config: OutputConfig, sensor: str) -> None:
        self._index = config.search_index or DATA_STREAM
        self._is_fixed = "{kind}" not in self._index
        # in the path, one index needs no right to name others (rest.action.multi)
        self.path = f"/{self._index}/_bulk" if self._is_fixed else "/_bulk"

    def write(self, batch: Sequence[Entry]) -> bytes:
        """Return two lines for each record: what to do, and the record."""
        return b"".join(part for entry in batch for part in (self._action(entry), _line(entry)))

    def read(self, answer: Answer, batch: Sequence[Entry]) -> Report:
        """Return what became of each record."""
        if not answer.is_success:
            return judge(answer, len(batch))
        if not answer.is_whole and len(batch) > 1:
            return alone(answer.sentence(b"more than is read of an answer"), len(batch))
        items = _items(answer.body)
        if len(items) != len(batch):
            raise unavailable(answer, advice="that is no answer of _bulk; check the target")
        refused: dict[int, str] = {}
        later: dict[int, str] = {}
        for position, item in enumerate(items):
            status = _status(item)
            if 200 <= status < 300 or status == THERE:
                continue
            is_records_fault = 400 <= status < 500 and status not in ABOUT_US and status not in BUSY
            told = refused if is_records_fault else later
            told[position] = f"{status} {answer.quote(_reason(item))}".rstrip()
        return Report(refused, later)

    def _action(self, entry: Entry) -> bytes:
        about: dict[str, str] = {}
        if not self._is_fixed:
            about["_index"] = self._index.replace("{kind}", entry.kind)
        if entry.id:
            about["_id"] = entry.id
        return orjson.dumps({"create": about}, option=orjson.OPT_APPEND_NEWLINE)


def _line(entry: Entry) -> bytes:
    return entry.line if entry.line.endswith(b"\n") else entry.line + b"\n"


def _items(body: bytes) -> list[dict[str, Any]]:
    """Return what is said of each record, whichever action it is filed under; [] if nothing."""
    try:
        items = orjson.loads(body)["items"]
        return [next(iter(item.values())) for item in items]
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError, StopIteration):
        return []


def _status(item: Any) -> int:
    status = item.get("status") if isinstance(item, dict) else None
    return status if isinstance(status, int) else 0


def _reason(item: Any) -> str:
    """Return the type and the reason of an error, with what caused it."""
    said: list[str] = []
    error = item.get("error") if isinstance(item, dict) else None
    while isinstance(error, dict) and len(said) < 6:
        said += [str(error[name]) for name in ("type", "reason") if error.get(name)]
        error = error.get("caused_by")
    return ": ".join(said) or str(error or "")
