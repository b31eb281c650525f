"""`smtpids schema`: the JSON Schemas of what smtpids reads and writes."""

from __future__ import annotations

import click

from smtpids.errors import ExitCode


@click.command()
@click.argument("what", type=click.Choice(["rule", "event", "eve"]))
def schema(what: str) -> ExitCode:
    r"""Print a JSON Schema.

    \b
    rule     of rule files, for editors: completion and faults while typing
    event    of the lines that smtpids writes
    eve      of the lines of --format eve
    """
    if what == "rule":
        from smtpids.rules import document_schema

        text = document_schema.text()
    elif what == "eve":
        from smtpids.alerts import eve_schema

        text = eve_schema.text()
    else:
        from smtpids.alerts import schema as event_schema

        text = event_schema.text()
    click.echo(text, nl=False)
    return ExitCode.DONE
