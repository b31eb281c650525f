"""A sensor that hears the recorded captures again and again, so that Prometheus has much to ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from smtpids.capture import FileSource
from smtpids.cli.measures import measure
from smtpids.cli.reading import Reading
from smtpids.config import SECOND, Config
from smtpids.metrics import Counts, count_match
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator, Matcher
from tests.support.engine import captures, every_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from smtpids.capture import Frame
    from smtpids.rules.rule import Match, Rule

#: Outputs as an operator may call them; the second one's receiver is in trouble.
OUTPUTS = ("file", "siem")


class Later:
    """A capture as if it had been recorded so many nanoseconds later."""

    def __init__(self, path: Path, shift_ns: int) -> None:
        self._source = FileSource(str(path))
        self._shift_ns = shift_ns
        self.name = self._source.name

    def __iter__(self) -> Iterator[Frame]:
        for ts_ns, linktype, data in self._source:
            yield ts_ns + self._shift_ns, linktype, data

    def stop(self) -> None:
        self._source.stop()

    def close(self) -> None:
        self._source.close()

    @property
    def received(self) -> int:
        return self._source.received

    @property
    def dropped(self) -> int:
        return self._source.dropped


class Replay:
    """A sensor that hears captures again and again, each time some hours later.

    So every session is a new one, and no alert is held back for what the last time said.
    """

    EVERY_NS = 6 * 3600 * SECOND

    def __init__(self) -> None:
        ruleset = every_rule()
        self.rules = list(ruleset.rules)
        now_ns = time.time_ns()
        # live, so that the panels about latency and lag have their series too
        self.counts = Counts(live=True)
        self.counts.started_ns = now_ns
        self.counts.reload_ok = True
        self.counts.reload_ns = now_ns + SECOND
        self.times = 0
        self.delay_ns = SECOND // 200
        """From a packet to its alert, and to the answer of a receiver."""
        self.counts.rules_loaded(self.rules)
        for output in OUTPUTS:
            self.counts.output_opened(output, ["alert"])
        self.matcher = Matcher(ruleset)
        config = Config(strict=True)
        correlator = Correlator(ruleset, config.limits)
        self.correlation: Rule = next(r for r in self.rules if r.name in correlator.groups)
        self.pipeline = Pipeline(
            config,
            counts=self.counts,
            matcher=self.matcher,
            on_alert=self._alert,
            correlator=correlator,
        )

    def _alert(self, match: Match) -> None:
        """Stand for the outputs: a line was written a little behind its packet."""
        self.counts.alert_delay(self.delay_ns)
        for output in OUTPUTS:
            self.counts.output_events[output, "alert"] += 1
            self.counts.output_delivered[output] += 1
            self.counts.output_request(output, self.delay_ns / SECOND)
            self.counts.output_success_ns[output] = time.time_ns()

    def play(self, paths: Sequence[Path] | None = None) -> None:
        """Read the captures once more, all of them by default."""
        shift_ns = self.times * self.EVERY_NS
        self.times += 1
        reading = Reading([Later(path, shift_ns) for path in paths or captures()])
        reading.feed(self.pipeline)
        self.pipeline.finish()
        measure(self.counts, self.pipeline, reading, self.matcher, "eth0")
        assert reading.unreadable == 0
        self.counts.last_packet_ns = time.time_ns()

    def suffer(self) -> None:
        """Let happen what no capture brings about: faults, limits, and a receiver in trouble."""
        counts, rule, siem = self.counts, self.correlation, OUTPUTS[1]
        count_match(counts, rule)
        counts.suppressed(rule)
        counts.rule_error(rule, reason="budget")
        counts.rule_ns[rule.name] = counts.rule_ns.get(rule.name, 0) + SECOND // 1000
        counts.limit("groups")
        for table in (counts.correlation_evicted, counts.correlation_ungrouped):
            table[rule.name] = table.get(rule.name, 0) + 1
        counts.output_up.update({OUTPUTS[0]: True, siem: False})
        for number, count in ((1, counts.output_retries), (3, counts.output_resent)):
            count[siem] = count.get(siem, 0) + number
        for reason, losses in (("timeout", counts.output_errors), ("full", counts.output_dropped)):
            losses[siem, reason] = losses.get((siem, reason), 0) + 1
        counts.output_queue[siem], counts.output_queue_most[siem] = 900, 1000
        counts.output_spool_octets[siem], counts.output_spool_most[siem] = 95 << 20, 100 << 20
        for worker in ("0", "1"):
            counts.worker_up[worker] = 1
            counts.worker_queue[worker], counts.worker_memory[worker] = 3, 40 << 20
            for raised in (
                counts.worker_packets,
                counts.worker_dropped,
                counts.worker_restarts,
                counts.worker_sessions_lost,
            ):
                raised[worker] = raised.get(worker, 0) + 1
        counts.extracted["whole"] += 1
        counts.extract_skipped["quota"] += 1
        counts.extracted_octets += 4096
