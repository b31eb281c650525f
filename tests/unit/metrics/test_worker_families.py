from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.metrics import Counts
from smtpids.metrics.worker_families import WORKERS

if TYPE_CHECKING:
    from smtpids.metrics.family import Family


def test_a_worker_is_known_by_its_number_which_the_operator_gives() -> None:
    assert {label.name for row in WORKERS for label in row.labels} == {"worker"}
    assert all(row.known == () for row in WORKERS)


def test_without_workers_there_are_no_such_series() -> None:
    def reading(family: Family) -> object:
        return family.read(Counts())

    assert [reading(row) for row in WORKERS] == [{}] * len(WORKERS)
