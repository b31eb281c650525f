"""`smtpids service`: the files that make a service of this installation, to be put in place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

import smtpids
from smtpids.errors import ExitCode

#: The files by the word that users type.
FILES: Final = {
    "unit": "smtpids.service",
    "logrotate": "smtpids.logrotate",
    "sysusers": "smtpids.sysusers",
}
#: Where the unit expects the program, unless it is told better.
USUAL: Final = "/usr/bin/smtpids"
#: What `ProtectHome=` of the unit hides from it.
HIDDEN: Final = ("/home", "/root", "/run/user")


@click.command()
@click.argument("what", type=click.Choice(list(FILES)))
def service(what: str) -> ExitCode:
    r"""Print a file that makes a service of smtpids.

    \b
    unit       for /etc/systemd/system/smtpids.service, with the path of this installation
    logrotate  for /etc/logrotate.d/smtpids
    sysusers   for /etc/sysusers.d/smtpids.conf: the user that the unit names
    """
    text = text_of(what)
    if what == "unit":
        program = installed(sys.executable)
        text = text.replace(f"={USUAL} ", f"={program} ")
        hidden = next((folder for folder in HIDDEN if program.startswith(folder + "/")), None)
        if hidden is not None:
            click.echo(
                f"smtpids: {program}: the unit hides {hidden} (ProtectHome); install it elsewhere, "
                "such as in /opt/smtpids",
                err=True,
            )
    click.echo(text, nl=False)
    return ExitCode.DONE


def text_of(what: str) -> str:
    """Return the text of one of FILES as it comes with smtpids."""
    folder = Path(smtpids.__file__).parent / "_service"
    return (folder / FILES[what]).read_text(encoding="utf-8")


def installed(python: str) -> str:
    """Return how the installation to which `python` belongs is started."""
    script = Path(python).with_name("smtpids")
    return str(script) if script.is_file() else f"{python} -m smtpids"
