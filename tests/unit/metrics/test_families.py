"""The table of metrics keeps to Prometheus' practice and leaves no number out."""

from __future__ import annotations

import inspect
import platform
import re

import pytest

from smtpids.metrics import Counts, families, output_families, traffic_families, worker_families
from smtpids.metrics.families import FAMILIES
from smtpids.metrics.family import Family, Kind
from smtpids.version import __version__, revision

TABLES = (families, traffic_families, output_families, worker_families)
each_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))

#: Labels whose values the operator gives; each is bounded by what is configured.
NAMED_BY_THE_OPERATOR = {"rule_id", "category", "ruleset", "source", "output", "table", "worker"}
OF_THE_BUILD = {"version", "revision", "python_version", "schema_version"}
#: What Prometheus adds to every series; ours must not carry these.
TAKEN = {"job", "instance", "le", "quantile", "__name__"}


@each_family
def test_a_metric_is_named_as_prometheus_advises(family: Family) -> None:
    assert re.fullmatch(r"smtpids_[a-z][a-z0-9]*(_[a-z0-9]+)*", family.name)
    assert (family.kind is Kind.COUNTER) == family.name.endswith("_total")
    if family.kind is Kind.HISTOGRAM:
        assert family.name.endswith(("_seconds", "_bytes"))


@each_family
def test_a_metric_says_in_a_sentence_what_it_is(family: Family) -> None:
    assert family.help[0].isupper()
    assert family.help.endswith(".")
    assert "\n" not in family.help


@each_family
def test_a_label_has_a_closed_set_or_is_named_by_the_operator(family: Family) -> None:
    names = [label.name for label in family.labels]
    assert len(set(names)) == len(names)
    assert set() == TAKEN & set(names)
    for label in family.labels:
        if label.values is None:
            assert label.name in NAMED_BY_THE_OPERATOR | OF_THE_BUILD
        else:
            assert label.name not in NAMED_BY_THE_OPERATOR - {"category"}


@each_family
def test_a_metric_can_be_read_before_anything_was_counted(family: Family) -> None:
    family.read(Counts())


def test_no_two_metrics_share_a_name() -> None:
    rows = [
        name
        for table in TABLES
        for group in vars(table).values()
        if isinstance(group, tuple)
        for row in group
        if isinstance(row, Family)
        for name in row.series_names
    ]
    assert sorted(set(rows)) == sorted(rows)
    assert {name for family in FAMILIES.values() for name in family.series_names} == set(rows)


def test_every_number_is_a_metric() -> None:
    source = "".join(map(inspect.getsource, TABLES))
    read = set(re.findall(r"\bc(?:ounts)?\.(\w+)", source))
    #: These decide whether another number is shown.
    assert {"live", "commands", "replies"} <= read
    unread = {
        "is_read",  # decides whether most of them are counted
        "last_packet_ns",
        "often",  # is read as what it counts
        "output_requests",
        "output_resent",
        "output_retries",
        "output_spool_most",
        "output_up",
    }
    counts = Counts()
    numbers = {name for name in dir(counts) if not callable(getattr(counts, name))}
    assert set() == {name for name in numbers if name[0] != "_"} - read - unread


def test_the_build_is_told_with_its_revision() -> None:
    told = FAMILIES["smtpids_build_info"].read(Counts(schema_version="9"))
    assert told == {(__version__, revision(), platform.python_version(), "9"): 1}
