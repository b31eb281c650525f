"""The tracker by example: every transcript, as it stands and cut at every place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.transcript import FOLDER, Transcript, events_of, load, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.smtp import Event

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
by_name = pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])


@by_name
def test_a_transcript_tells_what_it_lists(script: Transcript) -> None:
    assert [summary(event) for event in events_of(script)] == script.events


@by_name
def test_events_do_not_depend_on_where_packets_are_cut(script: Transcript) -> None:
    whole = _facts(script, None)
    for index, step in enumerate(script.steps):
        for place in range(1, len(step.octets)):
            assert _facts(script, (index, place)) == whole, f"packet {index} cut at {place}"


@by_name
def test_events_do_not_depend_on_packets_at_all(script: Transcript) -> None:
    def octet_by_octet(index: int, octets: bytes) -> Iterator[bytes]:
        for place in range(len(octets)):
            yield octets[place : place + 1]

    assert _plain(events_of(script, octet_by_octet)) == _plain(events_of(script))


def _facts(script: Transcript, at: tuple[int, int] | None) -> list[dict[str, object]]:
    def cut(index: int, octets: bytes) -> Iterator[bytes]:
        if at is not None and index == at[0]:
            yield octets[: at[1]]
            yield octets[at[1] :]
        else:
            yield octets

    return _plain(events_of(script, cut))


def _plain(events: list[Event]) -> list[dict[str, object]]:
    """All fields but the count of packets."""
    return [
        {name: value for name, value in event.fields.items() if name != "session.packets"}
        for event in events
    ]
