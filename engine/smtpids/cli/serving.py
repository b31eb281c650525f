"""What a run shows of itself to Prometheus: a port while it goes on, a file at its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from smtpids.cli.measures import turns_of
from smtpids.cli.screen import log
from smtpids.errors import ExitCode, OutputError, UsageError
from smtpids.settings.kinds import AUTO
from smtpids.settings.settings import OPTION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.address import Address
    from smtpids.cli.crew import CrewReading
    from smtpids.cli.reading import Reading
    from smtpids.config import OutputConfig
    from smtpids.metrics import Counts
    from smtpids.metrics.exporter import Exporter
    from smtpids.metrics.landing import Standing
    from smtpids.metrics.web import Web
    from smtpids.pipeline import Pipeline
    from smtpids.settings import Settings
    from smtpids.workers import Crew

OFF = "off"


class Serving:
    """The metrics of one run. Made, the port is open and the file was found to be writable.

    `refresh` copies into `counts` what the parts keep themselves; `doing` says what is read.
    UsageError or ConfigSetError if the settings cannot be followed.
    """

    def __init__(
        self,
        settings: Settings,
        counts: Counts,
        refresh: Callable[[], None],
        pipeline: Pipeline | Crew,
        reading: Reading | CrewReading,
        doing: str,
    ) -> None:
        self._counts = counts
        self._refresh = refresh
        self._pipeline = pipeline
        self._reading = reading
        self._doing = doing
        self._begun = 0.0
        self._ended = False
        self._textfile: str = settings["metrics.textfile"]
        if self._textfile:
            from smtpids.metrics.textfile import check_textfile, last_success_ns

            check_textfile(self._textfile)
            counts.succeeded_ns = last_success_ns(self._textfile)
        self._exporter = self._open(settings)

    @property
    def url(self) -> str:
        """Where the metrics are; empty if they are not served."""
        return "" if self._exporter is None else f"{self._exporter.url}/metrics"

    def begin(self) -> None:
        """Packets are read from now on."""
        self._begun = time.monotonic()

    def end(self) -> None:
        """All packets were read; what is due is still written, and may take its time."""
        self._ended = True

    def close(self) -> None:
        """Serve no more."""
        if self._exporter is not None:
            self._exporter.close()

    def write(self, code: ExitCode) -> bool:
        """Write the file of a run that ends with `code`, if one is asked for; False if that fails.

        When a run last succeeded is kept, as a run that fails overwrites the file too.
        """
        if not self._textfile:
            return True
        from smtpids.metrics.collector import Collector
        from smtpids.metrics.textfile import write_textfile

        counts = self._counts
        counts.exit_code = int(code)
        counts.completed_ns = time.time_ns()
        if code in {ExitCode.DONE, ExitCode.ALERTED}:
            counts.succeeded_ns = counts.completed_ns
        try:
            write_textfile(self._textfile, Collector(counts, self._refresh))
        except OutputError as error:
            log.error("%s", error)
            return False
        return True

    def _open(self, settings: Settings) -> Exporter | None:
        wanted = _listen(settings, live=self._counts.live)
        if wanted == OFF:
            if settings.setting("metrics.web_config").origin == OPTION:
                raise UsageError("--web.config.file has nothing to serve: add --metrics HOST:PORT")
            return None
        from smtpids.address import parse_address
        from smtpids.metrics.collector import Collector, registry
        from smtpids.metrics.exporter import Exporter
        from smtpids.metrics.health import Health

        address = parse_address(wanted)
        web = open_web(settings)
        # a pipe and a folder may be silent as long as they like
        beats = self._beats if self._counts.live else None
        exporter = Exporter(
            registry(Collector(self._counts, self._refresh)),
            address,
            health=Health(beats, self._why_not_ready),
            standing=self._standing,
            web=web,
        )
        warn_of_open_port(address, exporter.url, web)
        return exporter

    def _beats(self) -> int:
        """Return what rises while packets are handled, and does not stop when all were."""
        alive = int(time.monotonic()) if self._ended else 0
        return turns_of(self._pipeline, self._reading) + alive

    def _why_not_ready(self) -> str:
        if not self._begun:
            return "the capture has not begun"
        if self._reading.stopped or self._ended:
            return "the run is ending"
        if not sum(tuple(self._counts.rules.values())):
            return "no rule is loaded"
        return ""

    def _standing(self) -> Standing:
        from smtpids.metrics.landing import Standing

        self._refresh()
        return Standing(
            doing=self._doing,
            up_seconds=time.monotonic() - self._begun if self._begun else None,
            rules=sum(tuple(self._counts.rules.values())),
            packets=self._pipeline.packets,
            lost=self._reading.lost,
            alerts=sum(tuple(self._counts.alerts.values())),
            outputs=tuple((name, self._output(name)) for name in tuple(self._counts.output_up)),
        )

    def _output(self, name: str) -> str:
        """Return how an output stands: `away, 12 delivered, 3 waiting, 1 lost`."""
        counts = self._counts
        lost = sum(number for (of, _), number in tuple(counts.output_dropped.items()) if of == name)
        told = "" if counts.output_up[name] else "away, "
        told += f"{counts.output_delivered.get(name, 0):,} delivered"
        if counts.output_queue.get(name):
            told += f", {counts.output_queue[name]:,} waiting"
        return f"{told}, {lost:,} lost" if lost else told


def are_read(settings: Settings, outputs: Sequence[OutputConfig], *, live: bool) -> bool:
    """Whether somebody reads the figures of a run: as metrics, or as records."""
    return (
        bool(settings["metrics.textfile"])
        or _listen(settings, live=live) != OFF
        or any("stats" in output.events for output in outputs)
    )


def _listen(settings: Settings, *, live: bool) -> str:
    """Return where metrics are served, or `OFF`."""
    from smtpids.cli.run import METRICS

    wanted: str = settings["metrics.listen"]
    if wanted == AUTO:
        return METRICS if live else OFF
    return wanted


def open_web(settings: Settings) -> Web | None:
    """Read the web configuration, if one is named; ConfigSetError if it cannot be used."""
    path = settings["metrics.web_config"]
    if not path:
        return None
    from smtpids.metrics.web import Web

    return Web(path)


def warn_of_open_port(address: Address, url: str, web: Web | None) -> None:
    """Say what others can do on a port that is not on the loopback."""
    if address.is_loopback:
        return
    serving = None if web is None else web.serving()
    if serving is None or serving.config.is_open:
        log.warning(
            "whoever reaches %s reads the metrics: ask for a password or a certificate by"
            " --web.config.file",
            url,
        )
    elif serving.context is None:
        log.warning("passwords for %s go over the network in clear: add tls_server_config", url)
