"""Splunk's HTTP Event Collector: each record in an envelope with its time, host and sourcetype.

The collector reads a batch in order and stops at the first event that it cannot read, whose number
it says. Whether it keeps those before is not documented, so all but that one are sent again; it
knows no ids, and what came twice is there twice (`event.id` tells). A 200 means that the batch is
in the collector's queue, not that it is indexed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from smtpids.outputs.http.answer import alone, judge, unavailable
from smtpids.outputs.transport import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.http.answer import Answer

#: The collector's code for what it took.
SUCCESS: Final = 0
#: Codes about one event: no JSON, no event, a blank one, fields that cannot be indexed.
ABOUT_AN_EVENT: Final = frozenset({6, 12, 13, 15})
#: Codes about us or the collector's settings, and what to do about them.
ABOUT_US: Final = {
    1: "turn the token on",
    2: "write the token into a file and name it in token_file",
    3: "check token_file",
    4: "check token_file",
    7: "let the token write to that index, or correct index",
    10: "take a token without indexer acknowledgement",
    11: "take a token without indexer acknowledgement",
    14: "take a token without indexer acknowledgement",
    16: "write the token into a file and name it in token_file",
}


class Splunk:
    """How a batch is written for the collector, and what its answer says."""

    path = "/services/collector/event"
    content_type = "application/json"
    scheme = "Splunk"

    def __init__(self, config: OutputConfig, sensor: str) -> None:
        self._sensor = sensor
        self._index = config.search_index
        self._about: dict[str, bytes] = {}

    def write(self, batch: Sequence[Entry]) -> bytes:
        """Return the envelopes one after another, as the collector wants them."""
        return b"".join(map(self._envelope, batch))

    def read(self, answer: Answer, batch: Sequence[Entry]) -> Report:
        """Return what became of the batch."""
        code, number = _said(answer.body)
        if answer.is_success and code == SUCCESS:
            return Report()
        if code in ABOUT_US:
            raise unavailable(answer, advice=ABOUT_US[code])
        if code in ABOUT_AN_EVENT:
            why = answer.sentence()
            if not 0 <= number < len(batch):
                return alone(why, len(batch))
            others = (at for at in range(len(batch)) if at != number)
            return Report({number: why}, dict.fromkeys(others, "came with one that was refused"))
        if answer.is_success:
            raise unavailable(answer, advice="that is no answer of a collector; check the target")
        return judge(answer, len(batch))

    def _envelope(self, entry: Entry) -> bytes:
        about = self._about.get(entry.kind)
        if about is None:
            about = self._about[entry.kind] = self._about_kind(entry.kind)
        seconds, rest = divmod(entry.ts_ns, 1_000_000_000)
        when = b'"time":%d.%03d,' % (seconds, rest // 1_000_000) if entry.ts_ns else b""
        return b'{%b%b,"event":%b}' % (when, about, entry.line.rstrip())

    def _about_kind(self, kind: str) -> bytes:
        about = {"host": self._sensor, "source": "smtpids", "sourcetype": f"smtpids:{kind}"}
        if not self._sensor:
            del about["host"]
        if self._index:
            about["index"] = self._index
        return orjson.dumps(about)[1:-1]


def _said(body: bytes) -> tuple[int, int]:
    """Return the collector's code and the number of the event that it means, -1 for neither."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return -1, -1
    if not isinstance(said, dict):
        return -1, -1
    code, number = said.get("code"), said.get("invalid-event-number")
    return code if isinstance(code, int) else -1, number if isinstance(number, int) else -1
