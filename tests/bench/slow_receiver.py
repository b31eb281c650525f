"""Whether a receiver that is slow or away slows detection: packets a second beside each.

One capture, in which every other packet makes an alert, goes through the pipeline again and again;
only where the alerts go differs. The outputs take turns, so that whatever else the machine does
falls on all of them alike. What a run does at its end, waiting for the receiver, is not part of
the time. The most packets a second of one kind are closest to what an idle machine does; the
processor's time of the thread that detects says what handing over costs, were there no waiting.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from typing import NamedTuple

from smtpids.alerts.record import Observer
from smtpids.capture import file_sources
from smtpids.cli import outlets
from smtpids.cli.delivery import Delivery
from smtpids.cli.outlets import open_channels
from smtpids.cli.ruleset import load_rules
from smtpids.cli.screen import Screen
from smtpids.config import Config, OutputConfig
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator, Matcher
from smtpids.settings import load
from tests.bench.commands import load as load_of_machine
from tests.support.lines import LinesReceiver
from tests.support.storm import storm_pcap, storm_rule

#: Seconds before a slow receiver answers.
SLOW = 0.5


class Hanging(LinesReceiver):
    """Takes connections and answers nobody."""

    def _serve(self, connection: object) -> None:
        Event().wait()


def main() -> int:
    """Read the arguments, run all in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", "--times", type=int, default=7, help="runs of each, %(default)s")
    parser.add_argument("--alerts", type=int, default=4_000, help="of each run, %(default)s")
    options = parser.parse_args()
    logging.getLogger("smtpids").setLevel(logging.CRITICAL)
    outlets.TRANSPORTS["lines"] = ("tests.support.lines", "LinesTransport", False)
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder, options.alerts)
        receivers = {"fast": LinesReceiver(0), "slow": LinesReceiver(0, SLOW), "hangs": Hanging(0)}
        for receiver in receivers.values():
            receiver.start()
        ports = {name: receiver.port for name, receiver in receivers.items()} | {"away": 9}
        plain = OutputConfig(type="file", target=str(folder / "plain.json"), name="file")
        kinds: dict[str, OutputConfig | None] = {"no output": None, "a file": plain}
        for kept in ("memory", "spool"):
            for word, port in ports.items():
                kinds[f"{word}, {kept}"] = network(
                    port, folder / "spool" if kept == "spool" else None
                )
        runs: dict[str, list[Run]] = {kind: [] for kind in kinds}
        for _ in range(options.times + 1):
            for kind, config in kinds.items():
                runs[kind].append(bench.run(config))
    print(f"{options.alerts:,} alerts in {bench.packets:,} packets a run; {load_of_machine()}")
    heads = ("packets/s", "most", "ratio", "cpu us/packet", "ratio")
    print("{:28} {:>10} {:>8} {:>6} {:>14} {:>6}".format("receiver, where alerts wait", *heads))
    fastest = {kind: max(run.rate for run in each[1:]) for kind, each in runs.items()}
    cheapest = {kind: min(run.cpu for run in each[1:]) for kind, each in runs.items()}
    for kind, each in runs.items():  # the first run of each warms the caches
        print(
            f"{kind:28} {median(run.rate for run in each[1:]):10,.0f} {fastest[kind]:8,.0f}"
            f" {fastest[kind] / fastest['a file']:6.2f} {cheapest[kind]:14.1f}"
            f" {cheapest[kind] / cheapest['a file']:6.2f}"
        )
    return 0


def network(port: int, spool: Path | None) -> OutputConfig:
    """Return an output for a receiver at a port."""
    return OutputConfig(
        type="lines",
        target=f"lines://127.0.0.1:{port}",
        name="lines",
        spool="" if spool is None else str(spool),
        timeout_ns=60_000_000_000,
    )


class Run(NamedTuple):
    """What one run took."""

    rate: float
    """Packets a second, by the clock on the wall."""
    cpu: float
    """Microseconds of the processor a packet, of the thread that detects."""


class Bench:
    """The capture, the rule, and a run over both."""

    def __init__(self, folder: Path, alerts: int) -> None:
        self._pcap = storm_pcap(folder, alerts)
        rule = storm_rule(folder)
        self._rules = load_rules(load(None, {}).overridden({"rules.paths": (str(rule),)}))
        self.packets = 0

    def run(self, config: OutputConfig | None) -> Run:
        """Detect once while alerts go to an output, as if live."""
        counts = Counts()
        configs = [] if config is None else [config]
        channels = open_channels(configs, Observer(), counts, live=True, endless=True)
        delivery = Delivery(channels, Screen(), counts, lambda: None)
        pipeline = Pipeline(
            Config(),
            counts=counts,
            matcher=Matcher(self._rules),
            on_alert=delivery.alert,
            correlator=Correlator(self._rules, Config().limits),
        )
        (source,) = file_sources([str(self._pcap)])
        begun, begun_cpu = time.perf_counter(), time.thread_time()
        pipeline.run(source)
        pipeline.finish()
        took, cpu = time.perf_counter() - begun, time.thread_time() - begun_cpu
        self.packets = int(pipeline.packets)  # which compiled is a number of the machine
        for channel in channels:
            channel.output.end(0)
        delivery.close()
        return Run(self.packets / took, cpu / self.packets * 1e6)


if __name__ == "__main__":
    sys.exit(main())
