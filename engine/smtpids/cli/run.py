"""`smtpids run`: packets in, alerts out. Here are the options; `detection.py` does the work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

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
    workers,
)
from smtpids.cli.sections import RunCommand

if TYPE_CHECKING:
    from smtpids.config import Config, OutputConfig
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
  smtpids run -o alerts.json -o syslog:tls://logs.example:6514,ca_file=ca.pem

\b
Signals:
  SIGINT, SIGTERM  close the sessions, write what is due, print the summary
  SIGHUP           reopen the output files, reload the rules and what the
                   configuration says of rules, networks and placeholders; if
                   there is a fault in them, all stays as it was"""


class RunOptions(NamedTuple):
    """The options of `run` by their names."""

    inputs: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    rule_paths: tuple[str, ...] = ()
    bpf: str | None = None
    ports: frozenset[int] | None = None
    any_port: bool | None = None
    outputs: tuple[str, ...] = ()
    form: str | None = None
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
    user: str = ""
    state: str | None = None
    follow: bool = False
    extract: str | None = None
    extract_quota: int | None = None
    config_file: str | None = None
    reload: bool = False
    privacy: str | None = None
    detail: str | None = None
    workers: int | None = None
    profile_rules: bool | None = None

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
                "interfaces": self.interfaces,
                "filter": self.bpf,
                "sensor": self.sensor,
                "state": self.state,
                "user": self.user,
                "workers": self.workers,
                "rules.paths": self.rule_paths,
                "rules.profile": self.profile_rules,
                "alerts.detail": self.detail,
                "privacy.addresses": self.privacy,
                "privacy.subjects": self.privacy,
                "limits.extract_octets": self.extract_quota,
                "metrics.listen": self.metrics,
                "metrics.textfile": self.metrics_textfile,
                "metrics.web_config": self.web_config,
            }
        )

    def config(self, settings: Settings | None = None) -> Config:
        """Return the settings of the engine."""
        return (
            (settings or self.settings())
            .config(live=self.live)
            ._replace(
                verify_checksums=self.checksums == "all",
                fast_lane=os.environ.get("SMTPIDS_FAST_LANE") != "0",
            )
        )

    def output_configs(self, settings: Settings) -> tuple[OutputConfig, ...]:
        """Return the outputs: those of -o, else of the configuration, else standard output.

        What one does not say, --format, --events and the key `spool` say.
        """
        from smtpids.cli.targets import read_all, said_by_run

        given = read_all(self.outputs) if self.outputs else list(settings["outputs"])
        return said_by_run(
            given or read_all(("-",)),
            form=self.form,
            records=self.records,
            spool=settings["spool"],
        )


def output_words(
    context: click.Context, option: click.Parameter, words: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the words of -o if all can be read; BadParameter else."""
    if words:
        from smtpids.cli.targets import read_all

        read_all(words)
    return words


@click.command(
    cls=RunCommand, short_help="Read packets, write an alert for each match.", epilog=EPILOG
)
@read_option
@click.option(
    "--follow",
    is_flag=True,
    help="Go on with what others write to the folder, pattern or file of -r until stopped, such as "
    "tcpdump -U -G or dumpcap -b.",
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
    help="Take up rules and configuration when they change.",
)
@click.option(
    "--profile-rules",
    is_flag=True,
    default=None,
    help="Take the time of each rule, for the summary and the metrics; it slows the run down.",
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
    "-j",
    "--workers",
    type=workers,
    metavar="N|auto",
    help="Processes that share the packets, with the same alerts for any number. auto: one for "
    "each processor. [default: 1]",
)
@click.option(
    "--user",
    default="",
    metavar="NAME[:GROUP]",
    help="Started as root, become this user once the interfaces are open.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep what was learnt of servers, clients and users for the next run.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=output_words,
    metavar="WHERE",
    help="Where alerts go: FILE, - for stdout, or TYPE:TARGET[,KEY=VALUE...] such as "
    "syslog:tls://HOST:6514,level=high; 'smtpids list outputs' shows all. Repeatable. "
    "[default: the outputs of --config, else -]",
)
@click.option(
    "--events",
    "records",
    type=records,
    is_flag=False,
    flag_value="all",
    metavar="[KINDS]",
    help="Records beside the alerts: session, message, anomaly, stats, or all. For outputs that do "
    "not say it themselves, as --format.",
)
@extract_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["ecs", "eve", "table"]),
    help="ecs: JSON lines in the Elastic Common Schema. eve: as Suricata does. table: for people. "
    "[default: ecs]",
)
@click.option(
    "--detail",
    type=click.Choice(["compact", "full"]),
    help="What an alert in ecs shows: what it is judged and joined by, or all. [default: compact]",
)
@click.option(
    "--privacy",
    type=click.Choice(["none", "mask", "hash"]),
    help="How addresses, user names and subjects are written: in clear, masked, or as a hash by "
    "the key in privacy.key_file. [default: none]",
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
    help="Write them at the end, for node_exporter's textfile collector.",
)
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="TLS and users for --metrics: a web configuration of Prometheus' exporter-toolkit.",
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
    "-T", "--test", is_flag=True, help="Only check rules, configuration and outputs and end."
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
            check,
            rule_paths=values["rule_paths"],
            config_file=values["config_file"],
            outputs=values["outputs"],
        )
        return result
    values["records"] = values["records"] or frozenset()

    from smtpids.cli.detection import detect

    return detect(RunOptions(**values))
