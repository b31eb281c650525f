"""Six hours of two sensors for the picture of the dashboard, as OpenMetrics with times.

`python -m grafana.render.feed > feed.om` from the top of the repository. The numbers come from the
engine, which hears the captures of pcaps/ again and again, more of them in the morning than at
noon. What no capture holds is made up: packets lost for some minutes, a receiver that is away, two
reloads.
"""

from __future__ import annotations

import math
import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Final

from prometheus_client.exposition import choose_encoder

from smtpids.capture import FileSource
from smtpids.cli.measures import measure
from smtpids.cli.reading import Reading
from smtpids.config import SECOND
from smtpids.metrics.collector import Collector, registry
from tests.support.engine import captures
from tests.support.replay import OUTPUTS, Replay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from smtpids.capture import Frame

STEP: Final = 60
STEPS: Final = 360
ENCODE: Final = choose_encoder("application/openmetrics-text; version=1.0.0")[0]
CAPTURES: Final = captures()
BETWEEN_NS: Final = 600 * SECOND
"""Time between two hearings of a capture, by the clock of its packets."""


class Sensor:
    """One of the two; `number` makes it differ from the other."""

    def __init__(self, number: int, start: int) -> None:
        self.labels = f'job="smtpids",instance="mx{number}.example.net:10825"'
        self._number = number
        self._start = self._now = start
        self._heard = self._delivered = 0
        self._replay = Replay()
        counts = self._counts = self._replay.counts
        counts.started_ns, counts.reload_ns = (start - 86400) * SECOND, (start - 3600) * SECOND
        counts.dropped["eth0", "kernel"] = 0
        for output in OUTPUTS:
            counts.output_queue[output], counts.output_queue_most[output] = 0, 1000
            counts.output_up[output] = True
        counts.output_spool_most[OUTPUTS[1]] = 512 << 20
        self._registry = registry(Collector(counts, now_ns=lambda: self._now * SECOND))

    def minute(self, number: int) -> str:
        """Let a minute pass and return what a scrape at its end would get."""
        self._now = self._start + number * STEP
        self._hear(self._chosen(number))
        self._suffer(number)
        self._counts.last_packet_ns = self._now * SECOND - SECOND // 50
        return self._scraped()

    def _chosen(self, number: int) -> list[Path]:
        """Return the captures that are heard in a minute."""
        wave = 6 + 4 * math.sin(number / 57 + self._number) + number * 7919 % 5 / 2
        count = max(1, round(wave))
        chosen = [CAPTURES[(self._heard + 5 * place) % len(CAPTURES)] for place in range(count)]
        self._heard += 5 * count + 1
        if self._number == 1 and 95 <= number < 125:  # somebody guesses passwords
            chosen += [path for path in CAPTURES if "failed-login" in path.name] * 7
        if self._number == 1 and 200 <= number < 204:  # somebody smuggles
            chosen += [path for path in CAPTURES if "smuggling" in path.name]
        return chosen

    def _hear(self, paths: Sequence[Path]) -> None:
        """Read captures at the same time, so that their connections are open together."""
        replay, counts, pipeline = self._replay, self._counts, self._replay.pipeline
        shift_ns = replay.times * BETWEEN_NS
        replay.times += 1
        replay.delay_ns = (2 + len(paths) + self._now // STEP * 7919 % 7) * SECOND // 1000
        together = dict.fromkeys(paths)
        halves = [later(path, shift_ns) for path in together]
        for frames in halves:
            for frame in frames[: len(frames) * 2 // 3]:
                pipeline.frame(*frame)
        connections, sessions = pipeline.table.active, pipeline.trackers
        for frames in halves:
            for frame in frames[len(frames) * 2 // 3 :]:
                pipeline.frame(*frame)
        for place, path in enumerate(paths[len(together) :], 1):
            for frame in later(path, shift_ns + place * BETWEEN_NS // 20):
                pipeline.frame(*frame)
        pipeline.finish()
        measure(counts, pipeline, Reading([]), replay.matcher, "eth0")
        counts.connections_active, counts.sessions_active = connections, sessions

    def _suffer(self, number: int) -> None:
        counts, (file, siem) = self._counts, OUTPUTS
        if self._number == 2:
            counts.dropped["eth0", "kernel"] = 40 * max(0, min(number - 150, 10))
        away = self._number == 1 and 210 <= number < 235
        if away:
            counts.output_delivered[siem] = self._delivered
            counts.output_retries[siem] += 4
            counts.output_errors[siem, "timeout"] += 4
        else:
            counts.output_delivered[siem] = counts.output_delivered[file]
            counts.output_success_ns[siem] = self._now * SECOND
        counts.output_success_ns[file] = self._now * SECOND
        self._delivered = counts.output_delivered[siem]
        counts.output_queue[siem] = counts.output_delivered[file] - self._delivered
        counts.output_spool_octets[siem] = counts.output_queue[siem] * 3500
        counts.output_up[siem] = not away
        if number in {140, 300}:
            counts.reload_ns = self._now * SECOND

    def _scraped(self) -> str:
        lines = [f"up{{{self.labels}}} 1 {self._now}"]
        for line in ENCODE(self._registry).decode().splitlines():
            if line.startswith("#"):
                continue
            series, _, value = line.rpartition(" ")
            name, _, labels = series.rstrip("}").partition("{")
            lines.append(f"{name}{{{self.labels}{labels and ','}{labels}}} {value} {self._now}")
        return "\n".join(lines) + "\n"


@cache
def frames_of(path: Path) -> list[Frame]:
    """Return the packets of a capture."""
    source = FileSource(str(path))
    try:
        return list(source)
    finally:
        source.close()


def later(path: Path, shift_ns: int) -> list[Frame]:
    """Return the packets of a capture as if they had come so many nanoseconds later."""
    return [(ts_ns + shift_ns, link, octets) for ts_ns, link, octets in frames_of(path)]


def main() -> None:
    """Write the metrics of both sensors."""
    end = time.time_ns() // SECOND // STEP * STEP
    sensors = [Sensor(number, end - STEPS * STEP) for number in (1, 2)]
    for number in range(STEPS + 1):
        for sensor in sensors:
            sys.stdout.write(sensor.minute(number))
    sys.stdout.write("# EOF\n")


if __name__ == "__main__":
    main()
