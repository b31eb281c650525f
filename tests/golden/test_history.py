"""Rules that ask what earlier sessions told, each by sessions at chosen times.

A scenario is a list of visits; the rules are asked of all their events through the whole engine.
As with the transcripts, each rule has scenarios that it alerts on and some that it only just leaves
alone, and each of its conditions matters to one of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

from smtpids.config import Config
from smtpids.rules.matcher import actions_with_history
from tests.support.engine import every_rule, shipped_rules, told_of_frames
from tests.support.transcript import frames_of, parse
from tests.support.visits import NO_STARTTLS, Visit

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame
    from smtpids.smtp import Event

Frames: TypeAlias = "list[Frame]"

SOURCES = [source for source in every_rule().sources if actions_with_history([source])]
DAY: Final = 86_400


def offers(count: int = 20, clients: int = 2, over: float = DAY + 60) -> Frames:
    """Return sessions of a server that offers STARTTLS, spread evenly over so many seconds."""
    return [
        frame
        for number in range(count)
        for frame in Visit(
            at=number * over / max(count - 1, 1),
            client=f"192.0.2.{1 + number % clients}",
            client_port=50000 + number,
        ).frames
    ]


def later(days: float = 2, **change: Any) -> Frames:
    """Return a session without STARTTLS, so long after the first one."""
    asked: dict[str, Any] = {"keywords": NO_STARTTLS, "client": "192.0.2.200", **change}
    return Visit(at=days * DAY, **asked).frames


INSPECTED: Final = """\
S: 220 mx.example ESMTP Postfix
C: EHLO a
S: 250-mx.example
S: 250 STARTTLS
C: STARTTLS
S: 220 go
C: EHLO a
S: 250-mx.example
S: 250 PIPELINING
C: QUIT
S: 221 bye
"""


def inspected(days: float = 2) -> Frames:
    """Return a session that a TLS inspection appliance shows in clear behind STARTTLS."""
    script = parse(INSPECTED)
    wait = int(days * DAY * 10**9)
    return [(ts_ns + wait, link, data) for ts_ns, link, data in frames_of(script)]


#: Each with the rules that alert on it.
SCENARIOS: Final[dict[str, tuple[Frames, list[str]]]] = {
    "gone": (offers() + later(), ["starttls_capability_vanished"]),
    "gone for two clients": (
        offers() + later() + later(client="192.0.2.201"),
        ["starttls_capability_vanished", "starttls_capability_vanished"],
    ),
    "gone within two weeks": (offers() + later(14.9), ["starttls_capability_vanished"]),
    "changed for good": (offers() + later(15.1), []),
    "still offered": (offers() + later(keywords=("STARTTLS",)), []),
    "too few sessions": (offers(19) + later(), []),
    "too few clients": (offers(clients=1) + later(), []),
    "too short a time": (offers(over=DAY - 60) + later(), []),
    "another port": (offers() + later(port=587), []),
    "another server": (offers() + later(server="198.51.100.3"), []),
    "refused": (offers() + later(code=550), []),
    "helo": (offers() + later(hello="HELO a"), []),
    "keyword lost by the capture": (
        offers() + later(keywords=("STARTTLS", "DSN"), lost="mx.example\r\n250-STARTTLS"),
        [],
    ),
    "gap before the hello": (offers() + later(lost="220 mx.example"), []),
    "mid-stream": (offers() + later()[4:], []),
    "inspected": (offers() + inspected(), []),
    "never seen before": (later(), []),
}
by_scenario = pytest.mark.parametrize("name", SCENARIOS)


@cache
def told(name: str) -> tuple[list[Event], list[str]]:
    """Return the events of a scenario, and the alerts of the rules that ask the history."""
    config = Config(strict=True, tls_inspection_tap=True)
    everything = told_of_frames(SCENARIOS[name][0], every_rule(), config)
    names = {source.rule.name for source in SOURCES}
    return everything.events, [rule for rule in everything.rules if rule in names]


@by_scenario
def test_a_scenario_raises_its_alerts(name: str) -> None:
    assert SCENARIOS[name][1] == told(name)[1]


def test_a_rule_that_asks_the_history_is_off_by_default() -> None:
    """It knows nothing at first, and what is common differs from site to site."""
    on = [rule.name for rule in shipped_rules().alerting]
    assert [source.rule.name for source in SOURCES if source.rule.name in on] == []
