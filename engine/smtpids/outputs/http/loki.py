"""Grafana Loki: log lines in streams by a few labels, each stream in order of time.

Labels are few and from closed sets, since each combination is a stream of its own: job, host,
severity, dataset, and what the configuration adds. All else is in the line, for `| json`.

Loki takes what is late within limits of its own and says 400 for what is older, having taken the
rest of the batch. Which records it means it does not say in a form to rely on, so a batch with such
a record is tried in halves until the record is alone; what it has already, it drops.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from smtpids.errors import OutputError
from smtpids.outputs.http.answer import judge
from smtpids.rules.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.http.answer import Answer
    from smtpids.outputs.transport import Report

#: `event.severity` as a word; 0 has what is no alert.
WORDS: Final = {number: str(level) for level, number in SEVERITIES.items()} | {0: "info"}
#: Labels that are ours alone.
OURS: Final = ("severity", "dataset")
_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Loki:
    """How a batch is written for Loki. OutputError if a label cannot be one."""

    path = "/loki/api/v1/push"
    content_type = "application/json"
    scheme = "Bearer"

    def __init__(self, config: OutputConfig, sensor: str) -> None:
        self._labels = {"job": "smtpids", "host": sensor, **config.labels}
        for name in config.labels:
            if name in OURS or not _NAME.fullmatch(name):
                raise OutputError(f"output {config.name}: label '{name}' cannot be set; rename it")

    def write(self, batch: Sequence[Entry]) -> bytes:
        """Return the records by streams."""
        streams: dict[tuple[int, str], list[Entry]] = {}
        for entry in batch:
            streams.setdefault((entry.severity, entry.kind), []).append(entry)
        return orjson.dumps(
            {
                "streams": [
                    {
                        "stream": {
                            **self._labels,
                            "severity": WORDS.get(severity, WORDS[0]),
                            "dataset": f"smtpids.{kind}",
                        },
                        "values": [
                            [str(entry.ts_ns), _text(entry.line)]
                            for entry in sorted(entries, key=lambda entry: entry.ts_ns)
                        ],
                    }
                    for (severity, kind), entries in streams.items()
                ]
            }
        )

    def read(self, answer: Answer, batch: Sequence[Entry]) -> Report:
        """Return what became of the batch: its status says all that can be relied on."""
        return judge(answer, len(batch))


def _text(line: bytes) -> str:
    return line.rstrip(b"\n").decode("utf-8", "backslashreplace")
