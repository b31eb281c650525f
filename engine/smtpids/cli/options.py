"""The values that options take, and the options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smtpids.config import KIB, MIB, MOST_WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable

#: The records that --events may ask for: `event.action` by the word that users type.
RECORDS = {
    "session": "session_end",
    "message": "message",
    "anomaly": "anomaly",
    "stats": "stats",
}


def ports(value: str) -> frozenset[int]:
    """Read `25,465,587` or `25,2500-2599`; BadParameter at a word that is no port and no range."""
    found: set[int] = set()
    for word in value.split(","):
        first, dash, last = word.strip().partition("-")
        if not (_is_number(first) and (_is_number(last) or not dash)):
            raise click.BadParameter(f"{word.strip()!r} is not a port; write 25,465 or 2500-2599")
        span = range(int(first), int(last or first) + 1)
        if not span or span[0] < 1 or span[-1] > 65535:
            raise click.BadParameter(f"{word.strip()!r} is outside 1-65535 or runs backwards")
        found.update(span)
    return frozenset(found)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 5


def network(value: str) -> str:
    """Read `192.0.2.0/24` or `2001:db8::/32`; BadParameter where host bits are set."""
    from ipaddress import ip_network

    try:
        return str(ip_network(value))
    except ValueError as error:
        raise click.BadParameter(f"{error}; write 192.0.2.0/24 or 2001:db8::/32") from error


#: What stands behind a number of octets.
UNITS = {"": 1, "K": KIB, "M": MIB, "G": 1024 * MIB, "T": 1024 * 1024 * MIB}


def size(value: str) -> int:
    """Read `500M` or `10G`; BadParameter where it is no size."""
    number, unit = value.strip().upper().removesuffix("B").removesuffix("I"), ""
    if number[-1:] in UNITS:
        number, unit = number[:-1], number[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 16 and int(number)):
        raise click.BadParameter(f"{value!r} is no size; write 500M or 10G")
    return int(number) * UNITS[unit]


def records(value: str) -> frozenset[str]:
    """Read `all` or some of session, message, anomaly and stats; return the `event.action`s."""
    if value == "all":
        return frozenset(RECORDS.values())
    words = [word.strip() for word in value.split(",")]
    for word in words:
        if word not in RECORDS:
            known = ", ".join(RECORDS)
            raise click.BadParameter(f"{word!r} is no kind of record; write all or some of {known}")
    return frozenset(RECORDS[word] for word in words)


def workers(value: str) -> int:
    """Read a number, or `auto`, which is 0; BadParameter else."""
    if value == "auto":
        return 0
    if _is_number(value) and int(value) <= MOST_WORKERS:
        return int(value)
    raise click.BadParameter(f"{value!r} is no number from 1 to {MOST_WORKERS}, nor auto")


def rules_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `-R/--rules`."""
    return click.option(
        "-R",
        "--rules",
        "rule_paths",
        multiple=True,
        metavar="DIR|FILE",
        help="Rules: a folder, read with its subfolders, or a file. Repeatable. "
        "[default: the rules that come with smtpids]",
    )(command)


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `-c/--config`."""
    return click.option(
        "-c",
        "--config",
        "config_file",
        envvar="SMTPIDS_CONFIG",
        metavar="FILE",
        help="The configuration of the site; options override it, 'smtpids config init' prints "
        "one. [env: SMTPIDS_CONFIG]",
    )(command)


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--home-net`."""
    return click.option(
        "--home-net",
        "home_nets",
        type=network,
        multiple=True,
        metavar="CIDR",
        help="A network that is ours, for network.direction. Repeatable.",
    )(command)


def ports_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `-p/--ports` and `--any-port`."""
    only = click.option(
        "-p",
        "--ports",
        type=ports,
        metavar="PORTS",
        help="Look at these ports only, such as 25,2500-2599. [default: 25,465,587,2525]",
    )
    anywhere = click.option(
        "--any-port/--mail-ports",
        default=None,
        help="Find mail on any port by its content, or look at --ports only. "
        "[default: --any-port for files without --ports]",
    )
    return only(anywhere(command))


def sensor_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--sensor`."""
    return click.option(
        "--sensor", default="", metavar="NAME", help="The sensor's name in the records."
    )(command)


def read_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `-r/--read`."""
    return click.option(
        "-r",
        "--read",
        "inputs",
        multiple=True,
        metavar="FILE|DIR|GLOB|-",
        help="A capture (pcap, pcapng, .gz, .zst), the captures of a folder in the order of their "
        "time, or standard input. Repeatable.",
    )(command)


def tap_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--tls-inspection-tap`."""
    return click.option(
        "--tls-inspection-tap/--no-tls-inspection-tap",
        default=None,
        help="A TLS inspection appliance mirrors here as cleartext what was encrypted on its way.",
    )(command)


def extract_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--extract` and `--extract-quota`."""
    quota = click.option(
        "--extract-quota",
        type=size,
        metavar="SIZE",
        help="What --extract may write in a run, such as 500M. [default: 1G]",
    )
    folder = click.option(
        "--extract",
        type=click.Path(file_okay=False),
        metavar="DIR",
        help="Write each attachment to DIR, once, under its SHA-256.",
    )
    return folder(quota(command))
