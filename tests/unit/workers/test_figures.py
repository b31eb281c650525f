from __future__ import annotations

from typing import Any

from smtpids.metrics import Counts
from smtpids.workers import figures
from smtpids.workers.figures import COUNTED, DECODED, HISTOGRAMS
from tests.support.crew import messages_of
from tests.support.engine import PCAPS, shipped_rules

CAPTURE = PCAPS / "failed-logins-587.pcap"


def some() -> list[dict[str, Any]]:
    """Return the figures of two workers."""
    return [messages_of([CAPTURE], index, 2, shipped_rules())[1] for index in (0, 1)]


def test_numbers_are_added_up() -> None:
    of: list[dict[str, Any]] = [
        {"held": 3, "errors": {"one": 1}},
        {"held": 4, "errors": {"one": 2}},
    ]
    assert figures.total(of, "held") == 7
    assert figures.totals(of, "errors") == {"one": 3}
    assert figures.added([{"a": 1}, {"b": 2, "a": 3}]) == {"a": 4, "b": 2}


def test_all_numbers_of_decoders_and_tables_are_there() -> None:
    told = some()
    counters = figures.decoded(told)
    assert counters.frames == told[0]["packets"]
    assert {name for name in DECODED if not hasattr(counters, name)} == set()
    table = figures.tables(told)
    assert sum(table.closed_by_reason.values()) > 0
    assert table.active == 0
    assert table.gap_octets == [0, 0]


def test_one_that_began_anew_counts_on_from_the_one_before_it() -> None:
    first, second = some()
    both = figures.joined(first, second)
    for name in ("own", "packets", "octets", "conflicts"):
        assert both[name] == first[name] + second[name]
    assert both["last_ns"] == max(first["last_ns"], second["last_ns"])
    assert both["trackers"] == second["trackers"]
    assert both["decoded"]["frames"] == first["decoded"]["frames"] + second["decoded"]["frames"]
    assert both["histograms"]["message_size"][0] == [
        one + other
        for one, other in zip(
            first["histograms"]["message_size"][0],
            second["histograms"]["message_size"][0],
            strict=True,
        )
    ]
    assert figures.joined({}, second) == second


def test_what_all_counted_is_assigned_and_not_added_again() -> None:
    told, counts = some(), Counts()
    figures.count(told, counts, {"rules": 2})
    figures.count(told, counts, {"rules": 2})
    assert sum(counts.sessions.values()) == sum(
        number for one in told for number in one["counts"]["sessions"].values()
    )
    assert counts.internal_errors["rules"] == 2
    figures.count([], Counts(), {})


def test_what_a_pipeline_counts_is_a_count() -> None:
    counts = Counts()
    assert [name for name in (*COUNTED, *HISTOGRAMS) if not hasattr(counts, name)] == []


def test_a_process_has_memory() -> None:
    assert figures.resident_octets() > 1_000_000
