"""What no rule asks about is told with less, and nothing that is said differs by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Config, MailServer
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.unasked import Unasked
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.engine import compiled, every_rule, shipped_rules
from tests.support.transcript import FOLDER, frames_of, load

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.smtp import Event

SECOND = 1_000_000_000
#: Each transcript so often, that what was asked about the first time is passed by later.
TIMES = 3
METRICS = ("commands", "replies", "recipients", "messages", "sessions", "matches", "alerts")


def told(paths: list[Path], *, asks: bool) -> tuple[list[Any], int]:
    """Return all that is said of transcripts, and how many answers there are at the end."""
    said: list[Any] = []

    def record(event: Event) -> None:
        said.append((event.action, event.packet, event.fields))

    ruleset, counts = every_rule(), Counts()
    pipeline = Pipeline(
        Config(strict=True, mail_servers=(MailServer("198.51.100.0/24", "mx", frozenset({25})),)),
        counts=counts,
        on_alert=lambda match: record(match.event),
        on_record=record,
    )
    pipeline.unasked = Unasked(1)
    pipeline.swap(compiled(ruleset), Correlator(ruleset))
    if not asks:
        pipeline.unasked.ask(None)
    for time in range(TIMES):
        for path in paths:
            for ts_ns, linktype, data in frames_of(load(path)):
                pipeline.frame(ts_ns + time * 3600 * SECOND, linktype, data)
    pipeline.finish()
    said += [(metric, dict(getattr(counts, metric))) for metric in METRICS]
    for table in (pipeline.memory.servers, pipeline.memory.clients, pipeline.memory.users):
        for key in table:
            entry = table.get(key)
            assert entry is not None
            said.append((key, [getattr(entry, column) for column in type(entry).COLUMNS]))
    return said, pipeline.unasked.kinds


#: What names and addresses are made of, words that rules ask among them.
PIECES = (
    *(
        "a",
        "B",
        "-",
        ".",
        "_",
        "+",
        "=",
        "/",
        "|",
        ";",
        "`",
        "$",
        "(",
        "{",
        "<",
        "\\",
        '"',
        " ",
        ":",
    ),
    *("${run{", "() {", "wget", "/bin/sh", "insecure.org", "antispam", "relaytest", "../", "%x20"),
    *("jndi:", "\\x20", "\\xff", "nmap.scanme.org", "USERTEST", "x|sh", ":include:", "XEXCH50 "),
)
NAMES = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
MORE = st.sampled_from(["", " SIZE=0", " SIZE=123456789", " SIZE=7 BODY=7BIT"])
KIND = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7, direction="inbound")


@given(NAMES, NAMES, NAMES, MORE)
def test_of_what_is_not_told_no_rule_is_true(local: str, domain: str, name: str, more: str) -> None:
    matcher, run = compiled(shipped_rules()), Unasked(1)
    rules = matcher.may_match, matcher.look

    def commands(hello: str, path: str, *, asks: bool) -> list[Event]:
        run.ask(*(rules if asks else (None, None)))
        tracker = Tracker(KIND, Config(strict=True))
        tracker.session.kind = run.kind_of(KIND)
        tracker.octets(SERVER, b"220 mx\r\n", 1, 1, -1)
        found = []
        for line in (f"EHLO {hello}", f"MAIL FROM:<{path}>{more}", f"RCPT TO:<{path}>"):
            found += tracker.octets(CLIENT, f"{line}\r\n".encode(), 1, 1, -1)
            found += tracker.octets(SERVER, b"250 ok\r\n", 1, 1, -1)
        return [event for event in found if event.action == "command"]

    commands("a.example", "b@c.example", asks=True)
    assert all(event.unasked for event in commands("d.example", "e@f.example", asks=True))
    told = commands(name, f"{local}@{domain}", asks=True)
    wholly = commands(name, f"{local}@{domain}", asks=False)
    for one, other in zip(told, wholly, strict=True):
        assert not (one.unasked and matcher.match(other))


@pytest.mark.parametrize("part", range(4))
def test_all_that_is_said_of_the_transcripts_is_the_same(part: int) -> None:
    paths = sorted(FOLDER.glob("*.smtp"))[part::4]
    said, kinds = told(paths, asks=True)
    plainly, none = told(paths, asks=False)
    assert (kinds > 0, none) == (True, 0)
    assert len(said) == len(plainly)
    for one, other in zip(said, plainly, strict=True):
        assert one == other
