"""`smtpids run`: packets in, alerts out. Here are the options; `detection.py` does the work."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from smtpids.cli.options import (
    config_option,
    extract_options,
    home_option,
    ports_options,
    read_option,
    records,
    rules_option,
    sensor_option,
    tap_option,
)

if TYPE_CHECKING:
    from smtpids.config import Config
    from smtpids.errors import ExitCode
    from smtpids.settings import Settings

#: Where the metrics of a live run are served; the port is our own among exporters.
METRICS = "127.0.0.1:10825"
LEVELS = ("low", "medium", "high", "critical")
EPILOG = """\b
Examples:
  smtpids run                                live, on the default interface
  smtpids run -r mail.pcap --format table    a file, for people
  tcpdump -w - | smtpids run -r -            from a pipe
  smtpids run -r /var/captures --follow      a folder that a capture fills

\b
Signals:
  SIGINT, SIGTERM  close the sessions, write what is due, print the summary
  SIGHUP           reopen the output files, reload the rules and what the
                   configuration says of rules, networks and placeholders; if
                   there is a fault in them, all stays as it was"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of `run` by their names."""

    inputs: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    rule_paths: tuple[str, ...] = ()
    bpf: str | None = None
    ports: frozenset[int] | None = None
    any_port: bool | None = None
    outputs: tuple[str, ...] = ("-",)
    form: str = "ecs"
    records: frozenset[str] = frozenset()
    checksums: str = "none"
    metrics: str | None = None
    metrics_textfile: str | None = None
    web_config: str | None = None
    fail_on: str | None = None
    duration: float | None = None
    progress: str = "auto"
    summary: str = "auto"
    test: bool = False
    quiet: bool = False
    verbose: int = 0
    home_nets: tuple[str, ...] = ()
    tls_inspection_tap: bool | None = None
    sensor: str = ""
    state: str | None = None
    follow: bool = False
    extract: str | None = None
    extract_quota: int | None = None
    config_file: str | None = None
    reload: bool = False

    @property
    def live(self) -> bool:
        """Whether to listen rather than to read files."""
        return not self.inputs

    @property
    def endless(self) -> bool:
        """Whether the run goes on until it is stopped."""
        return self.live or self.follow

    def settings(self) -> Settings:
        """Return what the file, the environment and the options set.

        ConfigSetError with all faults if there is one.
        """
        from smtpids.settings import load

        return load(self.config_file, os.environ).overridden(
            {
                "home_nets": self.home_nets,
                "tls_inspection_tap": self.tls_inspection_tap,
                "ports": self.ports,
                "any_port": self.any_port,
                "sensor": self.sensor,
                "rules.paths": self.rule_paths,
                "limits.extract_octets": self.extract_quota,
                "metrics.listen": self.metrics,
                "metrics.textfile": self.metrics_textfile,
                "metrics.web_config": self.web_config,
            }
        )

    def config(self, settings: Settings | None = None) -> Config:
        """Return the settings of the engine."""
        return replace(
            (settings or self.settings()).config(live=self.live),
            verify_checksums=self.checksums == "all",
            fast_lane=os.environ.get("SMTPIDS_FAST_LANE") != "0",
        )


@click.command(short_help="Read packets, write an alert for each match.", epilog=EPILOG)
@read_option
@click.option(
    "--follow",
    is_flag=True,
    help="Go on with what others write to the folder, pattern or file of -r, such as tcpdump -G or "
    "-C or dumpcap -b, until stopped. Give tcpdump -U, so that it holds no packets back.",
)
@click.option(
    "-i",
    "--interface",
    "interfaces",
    multiple=True,
    metavar="NAME",
    help="Listen on an interface. Repeatable. [default, without -r: the one of the default route]",
)
@config_option
@rules_option
@click.option(
    "--reload",
    is_flag=True,
    help="Look at the rules and the configuration every two seconds and reload them when they "
    "have changed.",
)
@ports_options
@click.option(
    "-f",
    "--filter",
    "bpf",
    metavar="BPF",
    help="A filter for -i such as 'host 192.0.2.7', in place of --ports.",
)
@click.option(
    "-k",
    "--checksums",
    type=click.Choice(["all", "none"]),
    default="none",
    show_default=True,
    help="Verify checksums. A host that captures its own traffic sees wrong ones.",
)
@home_option
@tap_option
@sensor_option
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep what was learnt of servers, clients and users in FILE (SQLite), for the next run.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    default=("-",),
    metavar="FILE|-",
    help="Where alerts go: a file, to which is appended, or - for stdout. Repeatable. [default: -]",
)
@click.option(
    "--events",
    "records",
    type=records,
    is_flag=False,
    flag_value="all",
    metavar="[KINDS]",
    help="Write records of these kinds beside the alerts: session, message, anomaly, or all.",
)
@extract_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["ecs", "table"]),
    default="ecs",
    show_default=True,
    help="ecs: JSON lines in the Elastic Common Schema. table: for people.",
)
@click.option(
    "--metrics",
    metavar="HOST:PORT|off",
    help=f"Serve metrics for Prometheus. [default: {METRICS} live, off for files]",
)
@click.option(
    "--metrics-textfile",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the metrics to a file at the end, for node_exporter's textfile collector.",
)
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="TLS, users and headers for --metrics, as of every exporter: a web configuration of "
    "Prometheus' exporter-toolkit.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    help="End with 1 if there was an alert of this level or a worse one.",
)
@click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End after this time.",
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="The bar on stderr. auto: for files, on a terminal.",
)
@click.option(
    "--summary",
    type=click.Choice(["auto", "json", "none"]),
    default="auto",
    show_default=True,
    help="The summary on stderr at the end. auto: as text, unless -q.",
)
@click.option(
    "-T", "--test", is_flag=True, help="Only check the rules and the configuration and end."
)
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option("-v", "--verbose", count=True, help="Say more.")
@click.pass_context
def run(context: click.Context, /, **values: Any) -> ExitCode:
    """Read packets, live or from files, and write an alert for each match of a rule.

    stdout carries alerts and records only; the bar, the log and the summary go to stderr.
    """
    if values["inputs"] and values["interfaces"]:
        raise click.UsageError("-r reads files and -i listens: give one of the two")
    if values["follow"] and not values["inputs"]:
        raise click.UsageError("--follow needs -r, the folder that a capture fills")
    if values["extract_quota"] and not values["extract"]:
        raise click.UsageError("--extract-quota needs --extract DIR")
    if values["inputs"] and values["bpf"]:
        raise click.UsageError("-f is for live captures: filter a file with tcpdump -w -")
    if values["test"]:
        from smtpids.cli.check import check

        result: ExitCode = context.invoke(
            check, rule_paths=values["rule_paths"], config_file=values["config_file"]
        )
        return result
    values["records"] = values["records"] or frozenset()

    from smtpids.cli.detection import detect

    return detect(RunOptions(**values))
