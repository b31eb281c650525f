"""`smtpids` itself: the group of commands, and what becomes of a mistake.

An operator's mistake ends in one line on stderr, `smtpids: what: what to do`, and an exit code
from `errors.ExitCode`; never in a traceback. Only faults in rules and the configuration take
several lines, because they show the place. Nothing here imports the engine, so that `--help` is
there at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from smtpids.cli.check import check
from smtpids.cli.circles import search_no_more
from smtpids.cli.config import config
from smtpids.cli.export import export
from smtpids.cli.faults import fault_lines
from smtpids.cli.inspect import inspect
from smtpids.cli.listing import listing
from smtpids.cli.rules import rules
from smtpids.cli.run import run
from smtpids.cli.schema import schema
from smtpids.cli.service import service
from smtpids.cli.version import version
from smtpids.cli.words import counted
from smtpids.errors import ConfigSetError, ExitCode, RuleSetError, SmtpIdsError
from smtpids.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

EXIT_CODES = """\b
Exit codes:
  0    done, with or without alerts; a live capture was ended by SIGTERM
  1    an alert as bad as --fail-on says
  2    usage: an argument is wrong or names nothing that exists
  3    a rule or the configuration is invalid
  4    an input could not be read, or not to its end; the others were
  5    an output lost events
  130  interrupted by SIGINT (twice: at once), or a file by SIGTERM"""


@click.group(context_settings=CONTEXT, epilog=EXIT_CODES, invoke_without_command=True)
@click.version_option(__version__, "-V", "--version", message="smtpids %(version)s")
@click.pass_context
def smtpids(context: click.Context) -> ExitCode:
    """Find attacks and mistakes in SMTP traffic: packets in, JSON alerts and metrics out.

    It only listens. It never blocks and connects to nothing but the outputs that it is told, and it
    writes no password.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
    return ExitCode.USAGE


for command in (run, inspect, check, rules, listing, schema, config, service, version):
    smtpids.add_command(command)
rules.add_command(export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, by default the process's own, and return its exit code."""
    before = signal.getsignal(signal.SIGHUP)
    try:
        code = smtpids.main(arguments, prog_name="smtpids", standalone_mode=False)
    except click.UsageError as error:
        _complain(_usage(error))
        code = ExitCode.USAGE
    except click.ClickException as error:
        _complain(error.format_message())
        code = error.exit_code
    except RuleSetError as error:
        _complain_of_rules(error)
        code = error.exit_code
    except ConfigSetError as error:
        _complain_of_configuration(error)
        code = error.exit_code
    except SmtpIdsError as error:
        _complain(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = ExitCode.INTERRUPTED
    except SystemExit:  # click's answer to a reader of stdout that has gone
        code = ExitCode.DONE
    _flush()
    if arguments is None:
        search_no_more()
    elif signal.getsignal(signal.SIGHUP) != before:
        signal.signal(signal.SIGHUP, before)  # the process goes on without us
    return int(code or ExitCode.DONE)


def _usage(error: click.UsageError) -> str:
    """Say a wrong argument in one line, with where to read on."""
    message = error.format_message().rstrip(".").replace(". Did", ", did")
    command = error.ctx.command_path if error.ctx else "smtpids"
    return f"{message[:1].lower()}{message[1:]}: see '{command} --help'"


def _complain(message: str) -> None:
    for line in message.splitlines():
        click.echo(f"smtpids: {line}", err=True)


def _complain_of_rules(error: RuleSetError) -> None:
    for fault in error.errors:
        click.echo("\n".join(fault_lines(fault)), err=True)
    faults = counted(len(error.errors), "fault")
    _complain(f"{faults} in the rules, nothing was started: mend them, 'smtpids check' tells more")


def _complain_of_configuration(error: ConfigSetError) -> None:
    for fault in error.errors:
        click.echo("\n".join(fault_lines(fault)), err=True)
    faults = counted(len(error.errors), "fault")
    _complain(f"{faults} in the configuration, nothing was started: 'smtpids config init' explains")


def _flush() -> None:
    """Empty stdout; a reader that has gone (`| head`) is no fault of ours."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
