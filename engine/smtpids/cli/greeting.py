"""A look at each receiver when a run starts that goes on: a mistake is told before the first alert.

The look has a connection of its own, which says nothing and ends at once, so neither the output nor
its figures know of it. It has a thread of its own, too: a receiver that does not answer delays
nothing.
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final

from smtpids.cli.screen import log
from smtpids.errors import OutputError
from smtpids.outputs.transport import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.config import OutputConfig
    from smtpids.outputs.transport import Transport

TYPES: Final = frozenset({"syslog", "http"})
"""Outputs that can be looked at so; librdkafka says by itself that it finds no broker."""


def greet(config: OutputConfig, make: Callable[[OutputConfig], Transport]) -> Thread | None:
    """Look whether the receiver of an output is there and say so, in a thread.

    `make` makes the way there. None for an output that has no receiver to be looked at, and for
    datagrams, which nobody confirms.
    """
    if config.type not in TYPES or config.target.startswith("udp:"):
        return None
    # nothing is said to the receiver, so no secret is needed
    silent = config._replace(token_file="", username="", password_file="")
    thread = Thread(target=_look, args=(silent, make), name=f"greeting {config.name}", daemon=True)
    thread.start()
    return thread


def _look(config: OutputConfig, make: Callable[[OutputConfig], Transport]) -> None:
    try:
        way = make(config)
        try:
            way.deliver(())
        finally:
            way.close()
    except (OutputError, UnavailableError) as error:
        log.error("output %s: %s", config.name, error)
    except Exception as bug:  # noqa: BLE001  # the output itself tells it with its cause
        log.error("output %s: internal error: %s", config.name, type(bug).__name__)
    else:
        log.info("output %s: the receiver is there", config.name)
