"""`smtpids list`: what there is to name: fields, anomalies, interfaces, outputs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from smtpids.cli.words import counted
from smtpids.errors import ExitCode
from smtpids.faults import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: What -o takes, and which other options of `run` say where something goes.
OUTPUTS: Final = (
    ("-", "standard output, the default"),
    ("FILE", "a file, to which is appended; SIGHUP opens it anew"),
    ("TYPE:TARGET[,KEY=VALUE...]", "any output; the keys are below, and in 'outputs:' of --config"),
    ("file:PATH", "a file with keys, such as file:alerts.json,events=alert+session"),
    ("stdout:", "standard output with keys, such as stdout:,format=table"),
    ("syslog:URL", "a syslog server: udp://, tcp:// or tls://HOST:PORT, or unix:///dev/log"),
    ("elastic:URL", "Elasticsearch"),
    ("splunk_hec:URL", "the HTTP event collector of Splunk"),
    ("loki:URL", "Grafana Loki"),
    ("webhook:URL", "whatever takes JSON lines over HTTP"),
    ("http:URL", "one of these four, by the key dialect"),
    ("kafka:HOST:PORT+HOST:PORT", "topics of Kafka"),
    ("--format", "how outputs write that do not say it: ecs, eve or table"),
    ("--events", "session, message, anomaly and stats records beside the alerts, the same way"),
    ("--privacy mask|hash", "without addresses, user names, subjects in clear"),
    ("--extract DIR", "attachments, each once, under their SHA-256"),
    ("--metrics HOST:PORT", "metrics, served to Prometheus"),
    ("--metrics-textfile FILE", "metrics, written at the end"),
)
#: Columns that the last column of a table has at least.
NARROWEST: Final = 30


@click.group("list")
def listing() -> None:
    """List what rules and options may name."""


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`."""
    said = "One JSON object a line."
    flagged: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help=said)(
        command
    )
    return flagged


@listing.command()
@click.option(
    "--action", metavar="ACTION", help="Only the fields of one kind of event, such as auth."
)
@json_option
def fields(action: str | None, *, as_json: bool) -> ExitCode:
    """List the fields that a rule may ask for."""
    from smtpids.fields import ALL, FIELDS

    if action is not None and action not in ALL:
        kinds = ", ".join(sorted(ALL))
        raise click.UsageError(f"{unknown('action', action, ALL)}; there is {kinds}")
    found = [field for field in FIELDS.values() if action is None or action in field.actions]
    if as_json:
        for field in found:
            _object(
                name=field.name,
                type=str(field.type),
                list=field.many,
                actions=sorted(field.actions),
                values=sorted(field.values),
                description=field.sentence,
                example=field.example,
            )
        return ExitCode.DONE
    rows = [
        (
            field.name,
            field.type_name,
            "" if field.actions == ALL else ", ".join(sorted(field.actions)),
            field.sentence,
        )
        for field in found
    ]
    _table(("field", "type", "only in", "what it says"), rows)
    click.echo(counted(len(rows), "field"), err=True)
    return ExitCode.DONE


@listing.command()
@json_option
def anomalies(*, as_json: bool) -> ExitCode:
    """List the oddities that smtpids tells: the values of smtp.anomaly.kind."""
    from smtpids.smtp.anomalies import ANOMALIES

    if as_json:
        for name, anomaly in ANOMALIES.items():
            _object(name=name, description=anomaly.sentence, reference=anomaly.spec)
        return ExitCode.DONE
    rows = [(name, anomaly.spec, anomaly.sentence) for name, anomaly in sorted(ANOMALIES.items())]
    _table(("anomaly", "offends", "what was seen"), rows)
    return ExitCode.DONE


@listing.command()
@json_option
def interfaces(*, as_json: bool) -> ExitCode:
    """List the interfaces that -i may name."""
    from smtpids.capture.interfaces import list_interfaces

    found = list_interfaces()
    if as_json:
        for interface in found:
            _object(
                name=interface.name,
                up=interface.up,
                loopback=interface.loopback,
                addresses=interface.addresses,
            )
        return ExitCode.DONE
    rows = [(one.name, one.state, ", ".join(one.addresses)) for one in found]
    _table(("interface", "state", "addresses"), rows)
    return ExitCode.DONE


@listing.command()
@json_option
@click.option("--markdown", is_flag=True, help="The keys of outputs as a table in Markdown.")
def outputs(*, as_json: bool, markdown: bool) -> ExitCode:
    """List where alerts, records, files and metrics may go, and the keys of outputs.

    The keys are the same in 'outputs:' of the configuration and behind -o TYPE:TARGET.
    """
    from smtpids.settings.options import OPTIONS, TYPES

    if as_json:
        for name, sentence in OUTPUTS:
            _object(name=name, description=sentence)
        for option in OPTIONS.values():
            _object(
                name=option.name,
                types=[type_ for type_ in TYPES if type_ in option.types],
                dialects=sorted(option.dialects),
                takes=option.takes,
                required=option.required,
                default=option.default_word,
                description=option.sentence,
            )
        return ExitCode.DONE
    heads = ("key", "for", "takes", "default", "what it says")
    rows = [
        (option.name, option.told_types, option.takes, option.default_word, option.sentence)
        for option in OPTIONS.values()
    ]
    if markdown:
        for row in (heads, ("---",) * len(heads), *rows):
            click.echo(f"| {' | '.join(row)} |")
        return ExitCode.DONE
    _table(("run", "where to"), OUTPUTS)
    click.echo()
    _table(heads, rows)
    return ExitCode.DONE


def _object(**facts: object) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns; on a terminal the last one is folded to its width."""
    from shutil import get_terminal_size
    from textwrap import wrap

    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads) - 1)]
    indent = sum(widths) + 2 * len(widths)
    room = max(get_terminal_size().columns - indent, NARROWEST) if sys.stdout.isatty() else 0
    for row in (heads, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines = wrap(row[-1], room) if room and row[-1] else [row[-1]]
        click.echo("  ".join((*cells, lines[0])).rstrip())
        for line in lines[1:]:
            click.echo(" " * indent + line)
