"""The captures and rules of `python -m tests.bench`, made in a folder and kept there."""

from __future__ import annotations

import argparse
import random  # noqa: TID251 -- seeded: the same options make the same rules
import uuid
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tests.bench.generate import BLOCK_OCTETS, FILE_HEADER, PSH, RECORD, write
from tests.bench.made_rules import made_rules
from tests.bench.memory import Script, of_client, turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smtpids.capture.frames import Frame

#: Sessions of one capture by default, as of `medium`.
SESSIONS = 20_000


class Workload(NamedTuple):
    """One capture, and how it is read."""

    name: str
    said: str
    file: str
    """The name of its file, which workloads may share."""
    share: float
    """Its sessions by those of `medium`."""
    make: Callable[[Path, int], None]
    arguments: tuple[str, ...] = ()
    """Options of `smtpids run` beside the file; `{folder}` stands for that of the captures."""
    rivals: frozenset[str] = frozenset({"tshark", "tshark-fields", "suricata"})
    """Other programs that do the same work."""


def mail(path: Path, sessions: int, **options: float) -> None:
    """Write a capture as `generate.py` makes it."""
    usual: dict[str, float] = {
        "octets": 10_000, "at_once": 200, "clients": 0, "tls": 0, "other": 0, "web": 0,
        "web_octets": 400_000, "seed": 1,
    }  # fmt: skip
    with path.open("wb", buffering=BLOCK_OCTETS) as out:
        write(out, argparse.Namespace(sessions=sessions, **{**usual, **options}))


def small(path: Path, sessions: int) -> None:
    """Write mail of 1 kB."""
    mail(path, sessions, octets=1_000)


def regular(path: Path, sessions: int) -> None:
    """Write mail from clients that come again and again, as most do."""
    mail(path, sessions, clients=500)


def large(path: Path, sessions: int) -> None:
    """Write mail of 100 kB."""
    mail(path, sessions, octets=100_000)


def web(path: Path, sessions: int) -> None:
    """Write mail in downloads, which have 98 percent of the packets."""
    mail(path, sessions, web=98)


def tls(path: Path, sessions: int) -> None:
    """Write sessions in TLS alone."""
    mail(path, sessions, tls=100)


def concurrent(path: Path, sessions: int) -> None:
    """Write sessions that are all open at once: each step is that of all before the next comes."""
    with path.open("wb", buffering=BLOCK_OCTETS) as out:
        out.write(FILE_HEADER)
        for ts_ns, _, data in in_step(sessions):
            seconds, rest = divmod(ts_ns // 1_000, 1_000_000)
            out.write(RECORD.pack(seconds, rest, len(data), len(data)))
            out.write(data)


def in_step(sessions: int) -> Iterator[Frame]:
    """Yield the packets of sessions that deliver a letter and quit, all of them in step."""
    script = Script([*turns("delivered"), (0, b"QUIT\r\n"), (1, b"221 2.0.0 Bye\r\n")])
    for side in (0, 1):
        script.add(side, PSH >> 3 | 0x10, b"")  # FIN and ACK
    now_ns = 1_700_000_000_000_000_000
    for side, frame in script.frames:
        for number in range(sessions):
            yield now_ns, 1, of_client(number, side, frame)
            now_ns += 20_000


def rules_folder(folder: Path, count: int) -> Path:
    """Write so many made-up rules, each a file, if they are not there; return their folder."""
    place = folder / f"rules-{count}"
    if place.is_dir():
        return place
    place.mkdir(parents=True)
    draw = random.Random(1)
    for number, (asked, apart) in enumerate(made_rules(count, draw)):
        detection = {"selection": asked, "condition": "selection"}
        if apart is not None:
            detection = {"selection": asked, "apart": apart, "condition": "selection and not apart"}
        rule = {
            "title": f"Made-up rule {number}",
            "id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "name": f"made_up_{number}",
            "status": "test",
            "description": "Made up to measure how much a rule costs.",
            "logsource": {"product": "smtpids", "category": "smtp"},
            "detection": detection,
            "level": "low",
        }
        (place / f"made_up_{number}.yml").write_text(yaml.safe_dump(rule, sort_keys=False))
    return place


WORKLOADS = (
    Workload("small", "SMTP only, mail of 1 kB", "small.pcap", 1, small),
    Workload("medium", "SMTP only, mail of 10 kB", "medium.pcap", 1, mail),
    Workload("regular", "mail of 10 kB, 500 clients", "regular.pcap", 1, regular),
    Workload("large", "SMTP only, mail of 100 kB", "large.pcap", 0.1, large),
    Workload("web", "2 % mail in web traffic, any port", "web.pcap", 0.36, web),
    Workload(
        "web-ports",
        "2 % mail in web traffic, the ports of mail",
        "web.pcap",
        0.36,
        web,
        ("--ports", "25,465,587,2525"),
        frozenset({"tcpdump"}),
    ),
    Workload("tls", "all STARTTLS", "tls.pcap", 1, tls),
    Workload("concurrent", "all sessions at once", "concurrent.pcap", 5, concurrent),
    Workload(
        "rules500",
        "mail of 10 kB, 500 made-up rules",
        "medium.pcap",
        1,
        mail,
        ("--rules", "{folder}/rules-500"),
        frozenset(),
    ),
)


def prepare(workload: Workload, folder: Path, sessions: int) -> tuple[Path, list[str]]:
    """Make the capture of a workload, and its rules, if they are not there.

    Returns the file and the options of `smtpids run`.
    """
    count = max(round(sessions * workload.share), 1)
    path = folder / f"{count}-{workload.file}"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        begun = path.with_suffix(".part")
        workload.make(begun, count)
        begun.rename(path)
    if "{folder}/rules-500" in workload.arguments:
        rules_folder(folder, 500)
    return path, [word.replace("{folder}", str(folder)) for word in workload.arguments]
