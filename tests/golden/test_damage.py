"""The recorded captures, damaged: what is lost may be missing from what is said, and no more.

Whatever a capture lacks (its beginning, one side, any one packet), nothing may be told that the
whole capture does not tell, but that something is missing. This is the promise that an alert is
true, held to the traffic of real servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from smtpids.capture import file_sources
from smtpids.config import Config
from smtpids.packet import Decoder
from tests.support.engine import captures, told_of_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smtpids.capture import Frame

#: What a damaged capture may tell beyond the whole one.
EXCUSED = {"gap", "one_sided", "message_truncated_by_capture", "limit_reached"}
#: Captures whose content is made to mislead one who does not see all of it: how -> which facts.
MISLEADING = {
    # what begins amid a message that hides an envelope begins amid what looks like a session
    ("smuggling-aiosmtpd.pcap", "midstream"),
    ("smuggling-exim.pcap", "midstream"),
    ("smuggling-postfix.pcap", "midstream"),
    # commands behind STARTTLS, and nothing shows that they were no part of the session
    ("starttls-command-injection.pcap", "client only"),
    # DATA is refused: without the refusal what follows is taken for accepted
    ("out-of-order.pcap", "client only"),
    ("out-of-order.pcap", "packet lost"),
}


@dataclass(frozen=True)
class Said:
    """What must not grow: facts by the client's port, which tells the sessions apart."""

    anomalies: frozenset[tuple[object, object]]
    alerts: frozenset[tuple[object, str]]
    failures: frozenset[tuple[object, object]]
    hashes: frozenset[tuple[object, object]]
    users: frozenset[tuple[object, object]]

    def beyond(self, whole: Said) -> set[tuple[object, object]]:
        """Return what `whole` does not say."""
        return {
            fact
            for mine, theirs in zip(vars(self).values(), vars(whole).values(), strict=True)
            for fact in mine - theirs
        }


def said(frames: list[Frame]) -> Said:
    told = told_of_frames(frames)

    def facts(action: str, name: str) -> Iterator[tuple[object, object]]:
        for event in told.events:
            if event.action == action and event.fields.get(name):
                yield event.fields["source.port"], event.fields[name]

    anomalies = facts("anomaly", "smtp.anomaly.kind")
    outcomes = facts("tls", "tls.outcome")
    complete = {
        (event.fields["source.port"], event.fields["smtp.message.hash.sha256"])
        for event in told.events
        if event.action == "message" and event.fields["smtp.message.complete"]
    }
    return Said(
        frozenset(fact for fact in anomalies if fact[1] not in EXCUSED),
        frozenset((match.event.fields["source.port"], match.rule.name) for match in told.alerts),
        frozenset(fact for fact in outcomes if fact[1] == "failed"),
        frozenset(complete),
        frozenset(facts("auth", "smtp.auth.user")),
    )


def frames_of(path: Path) -> list[Frame]:
    return [frame for source in file_sources([str(path)]) for frame in source]


def senders(frames: list[Frame]) -> list[int]:
    """Return for each frame who sent it: 0 the side that spoke first in its connection, or 1."""
    decoder = Decoder(Config())
    sides: dict[bytes, int] = {}
    found = []
    for frame in frames:
        segment = decoder.decode(*frame)
        key = segment[1] if segment is not None else b""
        size = (len(key) - 4) // 2
        back = key[size:-4] + key[:size] + key[-2:] + key[-4:-2]
        sides.setdefault(back, 1 - sides.setdefault(key, 0))
        found.append(sides[key])
    return found


def damaged(frames: list[Frame]) -> Iterator[tuple[str, str, list[Frame]]]:
    """Yield kind of damage, place, and what is left."""
    sides = senders(frames)
    for number, name in enumerate(("client only", "server only")):
        yield name, "", [one for one, side in zip(frames, sides, strict=True) if side == number]
    for place in range(1, len(frames)):
        yield "midstream", f"from packet {place + 1}", frames[place:]
        yield "packet lost", f"packet {place}", frames[: place - 1] + frames[place:]


@pytest.mark.slow
@pytest.mark.parametrize("path", captures(), ids=[path.name for path in captures()])
def test_a_damaged_capture_tells_nothing_that_the_whole_one_does_not(path: Path) -> None:
    frames = frames_of(path)
    whole = said(frames)
    wrong = [
        (damage, place, sorted(map(str, beyond)))
        for damage, place, left in damaged(frames)
        if (path.name, damage) not in MISLEADING and (beyond := said(left).beyond(whole))
    ]
    assert wrong == []
