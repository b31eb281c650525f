"""`smtpids version`: what one wants to know before reading a report of a fault."""

from __future__ import annotations

import json
import platform
from importlib.util import find_spec

import click

from smtpids.errors import ExitCode
from smtpids.version import __version__, revision

#: A module of the hot path: compiled all, or none.
HOT_MODULE = "smtpids.tcp.stream"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def version(*, as_json: bool) -> ExitCode:
    """Say which version this is, on what it runs and how it captures."""
    facts = version_facts()
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(f"smtpids {facts['version']}")
        if facts["revision"]:
            click.echo(f"  revision {facts['revision']}")
        click.echo(f"  python   {facts['python']} ({facts['implementation']}, {facts['platform']})")
        click.echo(f"  capture  {facts['capture']}")
        click.echo(f"  engine   {facts['engine']}")
    return ExitCode.DONE


def version_facts() -> dict[str, str]:
    """Return what `version` says, by name."""
    from smtpids.capture import backend_in_use

    spec = find_spec(HOT_MODULE)
    compiled = spec is not None and (spec.origin or "").endswith((".so", ".pyd"))
    return {
        "version": __version__,
        "revision": revision(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": f"{platform.system()} {platform.machine()}",
        "capture": backend_in_use(),
        "engine": "compiled" if compiled else "pure Python",
    }
