from __future__ import annotations

import pytest

from smtpids.config import SECOND
from smtpids.history.span import VERSIONS, earliest, moment, percent, rank_of, seconds, word_of
from smtpids.tls.names import VERSIONS as TLS_VERSIONS


@pytest.mark.parametrize(("ts_ns", "kept"), [(5, 5), (0, 1), (-3, 1), (1 << 70, (1 << 63) - 1)])
def test_a_time_is_kept_within_what_can_be_stored(ts_ns: int, kept: int) -> None:
    assert kept == moment(ts_ns)


def test_the_earlier_time_counts_and_an_unknown_one_does_not() -> None:
    assert [earliest(0, 7), earliest(5, 7), earliest(7, 5)] == [7, 5, 5]


def test_seconds_are_whole_and_never_less_than_none() -> None:
    assert [seconds(0, 2 * SECOND - 1), seconds(5, 1)] == [1, 0]


def test_a_later_version_has_a_larger_number() -> None:
    ranks = [rank_of(protocol, version) for protocol, version in VERSIONS]
    assert ranks == sorted(ranks)
    assert [word_of(rank) for rank in ranks] == ["ssl2", "ssl3", "1.0", "1.1", "1.2", "1.3"]


def test_every_version_of_tls_has_a_number() -> None:
    assert set(TLS_VERSIONS.values()) == set(VERSIONS)


@pytest.mark.parametrize("version", [("tls", "7f1c"), ("", ""), (None, None), ("ssl", "1.3")])
def test_an_unknown_version_has_none(version: tuple[object, object]) -> None:
    assert rank_of(*version) == 0
    assert word_of(0) is None


@pytest.mark.parametrize(
    ("part", "whole", "hundredths"), [(0, 0, 0), (1, 3, 33), (3, 3, 100), (4, 3, 100)]
)
def test_a_part_is_told_of_a_hundred(part: int, whole: int, hundredths: int) -> None:
    assert hundredths == percent(part, whole)
