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
@click.option(
    "--service", is_flag=True, help="Set where the service writes: the folders of its unit."
)
def init(*, service: bool) -> ExitCode:
    """Print a configuration with every key, its default and what it means."""
    from smtpids.settings.written import SERVICE, blank

    click.echo(blank(SERVICE if service else None), nl=False)
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
