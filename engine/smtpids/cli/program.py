"""`smtpids` itself: the group of commands, and what becomes of a mistake.

An operator's mistake ends in one line on stderr, `smtpids: what: what to do`, and an exit code
from `errors.ExitCode`; never in a traceback. Only faults in rules and the configuration take
several lines, because they show the place. Nothing here imports the engine, so that `--help` is
there at once; a command is imported when it is asked for.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from smtpids.cli.words import counted
from smtpids.errors import ConfigSetError, ExitCode, RuleSetError, SmtpIdsError
from smtpids.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.errors import ConfigError, RuleError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

#: The commands, and the modules below `cli` that have them under the same name.
COMMANDS: Final = {
    "check": "check",
    "config": "config",
    "inspect": "inspect",
    "list": "listing",
    "rules": "rules",
    "run": "run",
    "schema": "schema",
    "service": "service",
    "version": "version",
}

EXIT_CODES = """\b
Exit codes:
  0    done, with or without alerts; a live capture was ended by SIGTERM
  1    an alert as bad as --fail-on says
  2    usage: an argument is wrong or names nothing that exists
  3    a rule or the configuration is invalid
  4    an input could not be read, or not to its end; the others were
  5    an output lost events
  130  interrupted by SIGINT (twice: at once), or a file by SIGTERM"""

RULES_FAULTY = "in the rules, nothing was started: mend them, 'smtpids check' tells more"
CONFIGURATION_FAULTY = "in the configuration, nothing was started: 'smtpids config init' explains"


class Commands(click.Group):
    """The group, which imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        name = COMMANDS.get(cmd_name)
        if name is None:
            return None
        command: click.Command = getattr(import_module(f"smtpids.cli.{name}"), name)
        return command


@click.group(cls=Commands, context_settings=CONTEXT, epilog=EXIT_CODES, invoke_without_command=True)
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
        _complain_of_faults(error.errors)
        _complain(f"{counted(len(error.errors), 'fault')} {RULES_FAULTY}")
        code = error.exit_code
    except ConfigSetError as error:
        _complain_of_faults(error.errors)
        _complain(f"{counted(len(error.errors), 'fault')} {CONFIGURATION_FAULTY}")
        code = error.exit_code
    except SmtpIdsError as error:
        _complain(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = ExitCode.INTERRUPTED
    except SystemExit:  # click's answer to a reader of stdout that has gone
        code = ExitCode.DONE
    _flush()
    if arguments is not None and signal.getsignal(signal.SIGHUP) != before:
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


def _complain_of_faults(errors: Sequence[RuleError | ConfigError]) -> None:
    from smtpids.cli.faults import fault_lines

    for fault in errors:
        click.echo("\n".join(fault_lines(fault)), err=True)


def _flush() -> None:
    """Empty stdout; a reader that has gone (`| head`) is no fault of ours."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
