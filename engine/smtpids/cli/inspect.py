"""`smtpids inspect`: what the engine sees in a capture, without any rule."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from smtpids.cli.options import (
    RECORDS,
    config_option,
    extract_options,
    ports,
    read_option,
    tap_option,
)
from smtpids.cli.run import RunOptions
from smtpids.errors import ExitCode

if TYPE_CHECKING:
    from smtpids.smtp.events import Event


@click.command()
@read_option
@config_option
@click.option(
    "-p",
    "--ports",
    "only_ports",
    type=ports,
    metavar="PORTS",
    help="Look at these ports. [default: any port]",
)
@tap_option
@extract_options
@click.option("--json", "as_json", is_flag=True, help="JSON lines in the Elastic Common Schema.")
@click.option("-v", "--verbose", count=True, help="Show the dialogue of each session.")
def inspect(
    inputs: tuple[str, ...],
    only_ports: frozenset[int] | None,
    verbose: int,
    *,
    config_file: str | None,
    tls_inspection_tap: bool | None,
    as_json: bool,
    extract: str | None,
    extract_quota: int | None,
) -> ExitCode:
    """Show the sessions, messages and anomalies of captures.

    Passwords are left out. Ends with 4 if a capture is damaged, after what stands before the
    damage.
    """
    if not inputs:
        raise click.UsageError("nothing to read: give -r FILE")
    if extract_quota and extract is None:
        raise click.UsageError("--extract-quota needs --extract DIR")

    # before anything is opened, as it may be wrong
    options = RunOptions(
        inputs=inputs,
        config_file=config_file,
        ports=only_ports,
        tls_inspection_tap=tls_inspection_tap,
        extract_quota=extract_quota,
    )
    settings = options.settings()
    config = options.config(settings)

    from smtpids.alerts.layout import style_for
    from smtpids.alerts.record import Observer
    from smtpids.capture import file_sources
    from smtpids.cli.delivery import Channel, Delivery
    from smtpids.cli.extraction import open_extractor
    from smtpids.cli.privacy import veil_of
    from smtpids.cli.reading import Reading
    from smtpids.cli.renderers import Ecs, Table
    from smtpids.cli.screen import Screen, logging_to
    from smtpids.cli.signals import Signals
    from smtpids.metrics import Counts
    from smtpids.outputs import StdoutOutput
    from smtpids.pipeline import Pipeline

    style = style_for(sys.stdout, os.environ)
    veil = veil_of(settings)
    renderer = (
        Ecs(Observer(name=config.sensor, veil=veil))
        if as_json
        else Table(style, verbose=bool(verbose), veil=veil)
    )
    reading = Reading(file_sources(list(inputs)))
    screen = Screen()
    counts = Counts()
    channel = Channel(StdoutOutput(live="-" in inputs or sys.stdout.isatty()), renderer)
    delivery = Delivery([channel], screen, counts, reading.stop)

    def keep(event: Event) -> None:
        if event.action in wanted:
            delivery.record(event)

    wanted = frozenset(RECORDS.values())
    extractor = open_extractor(extract, config.limits)
    store = extractor.begin if extractor is not None else None
    pipeline = Pipeline(config, counts=counts, on_record=keep, store=store)
    with logging_to(screen, quiet=False, verbose=verbose), Signals(reading.stop) as signals:
        reading.feed(pipeline)
        pipeline.finish()
        delivery.close()
    if signals.stopping:
        return ExitCode.INTERRUPTED
    if extractor is not None:
        extractor.close()
    if delivery.lost or (extractor is not None and extractor.lost):
        return ExitCode.OUTPUT
    return ExitCode.INPUT if reading.unreadable else ExitCode.DONE
