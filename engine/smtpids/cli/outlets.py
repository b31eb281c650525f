"""From the outputs that were asked for to channels that are open.

What a network output needs beside its transport is chosen here: where its records wait, whether
the input may wait for it, where refused records go. A transport is imported when it is asked for,
since most runs ask for none.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.alerts.layout import PLAIN, style_for
from smtpids.cli.delivery import Channel
from smtpids.cli.greeting import greet
from smtpids.cli.renderers import FORMATS
from smtpids.errors import OutputError, UsageError
from smtpids.outputs import FileOutput, StdoutOutput
from smtpids.rules.rule import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.alerts.record import Observer
    from smtpids.cli.renderers import Renderer
    from smtpids.config import OutputConfig
    from smtpids.metrics import Counts
    from smtpids.outputs import Output
    from smtpids.outputs.backlog import Backlog
    from smtpids.outputs.sender import NetworkOutput
    from smtpids.outputs.transport import Transport

#: The type of an output -> the module of its transport, the name of its class there, and whether
#: it wants to know the sensor.
TRANSPORTS: Final[dict[str, tuple[str, str, bool]]] = {
    "syslog": ("smtpids.outputs.syslog", "SyslogTransport", True),
    "http": ("smtpids.outputs.http", "HttpTransport", True),
    "kafka": ("smtpids.outputs.kafka", "KafkaTransport", False),
}


def open_channels(
    configs: Sequence[OutputConfig],
    observer: Observer,
    counts: Counts,
    *,
    live: bool,
    endless: bool,
) -> list[Channel]:
    """Open each output. `live`: somebody waits for each line; `endless`: the input does not wait.

    Raises UsageError if one is named twice, OutputError if it cannot be opened.
    """
    _refuse_doubles(configs)
    renderers: dict[tuple[str, int, bool], Renderer] = {}
    channels: list[Channel] = []
    networks: list[NetworkOutput] = []
    for config in configs:
        is_stdout = config.type == "stdout"
        on_screen = is_stdout and sys.stdout is not None and sys.stdout.isatty()
        output: Output
        if is_stdout:
            flushes = live or on_screen
            output = StdoutOutput(live=flushes, name=config.name, now_ns=time.time_ns)
        elif config.type == "file":
            output = FileOutput(config.target, name=config.name, now_ns=time.time_ns)
        else:
            output = open_network(
                config,
                observer.name,
                endless=endless,
                observe=partial(counts.output_request, config.name),
            )
            networks.append(output)
        form = config.format, config.record_octets, is_stdout
        if form not in renderers:
            style = style_for(sys.stdout, os.environ) if is_stdout else PLAIN
            renderers[form] = FORMATS[config.format](observer, config.record_octets, style)
        channels.append(
            Channel(
                output,
                renderers[form],
                on_screen=on_screen,
                kinds=config.events,
                severity=Level(config.level).severity,
            )
        )
    if endless:
        for config in configs:
            greet(config, partial(_transport, sensor=observer.name))
    for network in networks:  # when all are open, since a run that cannot begin sends nothing
        network.start()
    return channels


def open_network(
    config: OutputConfig, sensor: str, *, endless: bool, observe: Callable[[float], None]
) -> NetworkOutput:
    """Open an output over a network; OutputError if its spool or its files cannot be used."""
    import random  # noqa: TID251  # jitter

    from smtpids.outputs.backoff import Backoff
    from smtpids.outputs.claim import folder_name
    from smtpids.outputs.dead_letters import DeadLetters, beside
    from smtpids.outputs.sender import NetworkOutput

    letters = config.dead_letters
    if not letters and config.spool:
        letters = beside(config.spool, folder_name(config.name))
    return NetworkOutput(
        config,
        _transport(config, sensor),
        _backlog(config, endless=endless),
        Backoff(random.random),
        DeadLetters(letters, config.name),
        waits=not endless,
        observe=observe,
        now_ns=time.time_ns,
    )


def _backlog(config: OutputConfig, *, endless: bool) -> Backlog:
    if config.spool:
        from smtpids.outputs.spool import Spool

        return Spool(
            config.spool,
            config.name,
            config.spool_octets,
            drop_oldest=endless,
            memory_octets=config.queue_octets,
        )
    from smtpids.outputs.queue import Queue

    return Queue(config.queue_octets, drop_oldest=endless)


def _transport(config: OutputConfig, sensor: str) -> Transport:
    module, name, wants_sensor = TRANSPORTS[config.type]
    try:
        make = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("smtpids"):
            raise
        raise OutputError(
            f"output {config.name} needs {error.name}: pip install 'smtpids[{config.type}]'"
        ) from error
    transport: Transport = make(config, sensor) if wants_sensor else make(config)
    return transport


def _refuse_doubles(configs: Sequence[OutputConfig]) -> None:
    """UsageError if two outputs have the same name, or lead to the same place."""
    names: set[str] = set()
    places: set[tuple[str, ...]] = set()
    for config in configs:
        target = str(Path(config.target).resolve()) if config.type == "file" else config.target
        place = config.type, target, config.search_index, config.topic
        if config.name in names or place in places:
            raise UsageError(f"output {config.name} is named twice: name each output once")
        names.add(config.name)
        places.add(place)
