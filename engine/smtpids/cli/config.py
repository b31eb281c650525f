"""`smtpids config`: the configuration, explained or as it holds."""

from __future__ import annotations

from typing import Any

import click

from smtpids.cli.options import (
    config_option,
    home_option,
    ports_options,
    rules_option,
    sensor_option,
    tap_option,
)
from smtpids.cli.run import RunOptions
from smtpids.errors import ExitCode


@click.group()
def config() -> None:
    """Show the configuration."""


@config.command()
def init() -> ExitCode:
    """Print a configuration with every key, its default and what it means."""
    from smtpids.settings.written import blank

    click.echo(blank(), nl=False)
    return ExitCode.DONE


@config.command()
@config_option
@rules_option
@ports_options
@home_option
@tap_option
@sensor_option
def dump(**values: Any) -> ExitCode:
    """Print the configuration that holds, and where each value is from.

    From is said as default, file and line, env, or option. What is printed is a configuration
    itself.
    """
    from smtpids.settings.written import dumped

    click.echo(dumped(RunOptions(**values).settings()), nl=False)
    return ExitCode.DONE
