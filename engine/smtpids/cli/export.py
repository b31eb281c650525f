"""`smtpids rules export`: the rules as queries of Splunk or Elasticsearch."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from smtpids.cli.options import rules_option
from smtpids.cli.words import counted
from smtpids.errors import ExitCode
from smtpids.faults import unknown

if TYPE_CHECKING:
    from smtpids.rules.export import Query

#: As `rules.export.TARGETS`; said here so that `--help` imports nothing.
TARGETS: Final = ("splunk", "esql", "lucene")

_OPENING: Final = (
    "Written by 'smtpids rules export --to {target}'.",
    "The queries ask the lines that 'smtpids run --events' writes, indexed as they stand.",
    (
        "Alerts carry the fields of their event, so a query finds them, too; leave them out by"
        " event.kind: event."
    ),
)
_ESQL: Final = "In ES|QL a test of a missing field is never true, behind 'not' neither."


@click.command("export")
@rules_option
@click.option(
    "--to", "target", type=click.Choice(TARGETS), required=True, help="The language of the queries."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", help="[default: stdout]"
)
@click.option(
    "--python",
    metavar="PATH",
    envvar="SMTPIDS_EXPORT_PYTHON",
    show_envvar=True,
    help="An interpreter that has pySigma's backends: they need another pySigma than smtpids and "
    "hence an environment of their own. [default: the one that runs smtpids]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
@click.argument("names", nargs=-1, metavar="[RULE...]")
def export(
    rule_paths: tuple[str, ...],
    target: str,
    output: str | None,
    python: str | None,
    names: tuple[str, ...],
    *,
    as_json: bool,
) -> ExitCode:
    """Convert rules, all or those named, into queries.

    Says of each what it can find: events that are not written without an alert, or an
    approximation.
    """
    from smtpids import rules
    from smtpids.rules.export import queries, read_library

    paths = list(rule_paths) or None
    loaded = rules.load(paths)
    library = read_library(paths)
    for name in names:
        if name not in library.documents:
            raise click.UsageError(unknown("rule", name, library.documents))
    found = queries(
        library,
        names or sorted(library.documents),
        target,
        python or sys.executable,
        {rule.name: rule.actions for rule in loaded.rules},
    )
    text = _lines(found) if as_json else _text(found, target)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
    failed = sum(bool(query.fault) for query in found)
    told = f"{counted(len(found) - failed, 'rule')} converted"
    told += f", {failed} not: the target cannot say them" if failed else ""
    click.echo(f"smtpids: {told}", err=True)
    return ExitCode.DONE


def _write(output: str, text: str) -> None:
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(
            f"{output}: {error.strerror}; name a file that can be written"
        ) from error


def _text(found: list[Query], target: str) -> str:
    opening = [f"# {line.format(target=target)}" for line in _OPENING]
    if target == "esql":
        opening.append(f"# {_ESQL}")
    parts = ["\n".join(opening) + "\n"]
    for query in found:
        document = query.document
        lines = [f"# {document.name} ({document.level}): {document.title}"]
        lines += [f"# {note}" for note in query.notes]
        lines.append(query.text or f"# not converted: {_one_line(query.fault)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _lines(found: list[Query]) -> str:
    return "".join(
        json.dumps(
            {
                "name": query.document.name,
                "level": query.document.level,
                "title": query.document.title,
                "query": query.text or None,
                "fault": query.fault or None,
                "notes": query.notes,
            },
            ensure_ascii=False,
        )
        + "\n"
        for query in found
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
