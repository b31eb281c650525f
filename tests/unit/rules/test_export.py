from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.rules.export import ExportError, Library, queries, read_library
from smtpids.rules.loader import load
from tests.support.rules import PROBE, written

if TYPE_CHECKING:
    from pathlib import Path

FILTER = """\
title: A Printer
logsource: {product: smtpids, category: smtp}
filter:
    rules: [7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11]
    selection: {source.ip: 192.0.2.1}
    condition: not selection
"""
COUNT = """\
title: Many
name: many
correlation:
    type: event_count
    rules: [probe]
    group-by: [source.ip]
    timespan: 5m
    condition: {gte: 10}
    generate: true
level: high
"""
CHAIN = COUNT.replace("name: many", "name: chain").replace("[probe]", "[many]")
PYTHON = os.environ.get("SMTPIDS_EXPORT_PYTHON", "")
#: How the backends say that a language cannot compare fields with each other, or by case.
BEYOND = re.compile("field ?ref(erence)?|case-sensitive", re.IGNORECASE)
needs_backends = pytest.mark.skipif(
    not PYTHON, reason="SMTPIDS_EXPORT_PYTHON names no interpreter with pySigma's backends"
)


def library(*texts: str) -> Library:
    return Library(one for text in texts for one in read_documents(text, "x.yml", Faults()))


def test_a_correlation_brings_the_rules_that_it_names_first() -> None:
    found = library(CHAIN, COUNT, PROBE)
    assert found.closure("chain") == ("probe", "many", "chain")
    assert found.closure("probe") == ("probe",)


def test_a_correlation_that_names_itself_ends() -> None:
    assert library(COUNT.replace("[probe]", "[many]")).closure("many") == ("many",)


def test_a_filter_goes_with_the_rules_that_it_names() -> None:
    found = library(PROBE, FILTER, COUNT)
    assert [one["title"] for one in found.together("probe")] == ["Probe", "A Printer"]
    other = library(PROBE.replace("7d0f1f3a", "8d0f1f3a"), FILTER)
    assert [one["title"] for one in other.together("probe")] == ["Probe"]


def test_the_rules_of_a_correlation_give_no_queries_of_their_own() -> None:
    assert "generate" not in library(COUNT).together("many")[0]["correlation"]


def test_an_interpreter_without_backends_is_told_with_what_to_do() -> None:
    with pytest.raises(ExportError) as caught:
        queries(library(PROBE), ["probe"], "splunk", sys.executable, {})
    told = str(caught.value)
    assert told.startswith(f"'{sys.executable}' has no converter for splunk, which needs another")
    assert "'converters/bin/pip install pysigma-backend-splunk'" in told
    assert told.endswith("then add '--python converters/bin/python'")


@pytest.mark.parametrize(
    ("program", "reason"),
    [("/nowhere/python", "cannot be run"), ("/bin/true", "failed: it said nothing")],
)
def test_what_is_no_interpreter_is_told(program: str, reason: str) -> None:
    with pytest.raises(ExportError, match=reason):
        queries(library(PROBE), ["probe"], "esql", program, {})


def test_a_query_does_not_wait_for_values_and_that_is_said(tmp_path: Path) -> None:
    backend = tmp_path / "python"
    backend.write_text("""#!/bin/sh\ncat >/dev/null; echo '{"queries": [{}]}'\n""")
    backend.chmod(0o755)
    average = COUNT.replace("event_count", "value_avg") + "smtpids: {min_values: 10}\n"
    found = library(PROBE, average, CHAIN)
    for name in ("many", "chain"):
        (query,) = queries(found, [name], "splunk", str(backend), {})
        assert query.notes[-1] == (
            "approximation: an average of fewer than 10 values counts here, too"
        )


@needs_backends
def test_a_rule_with_its_filter_becomes_a_query(tmp_path: Path) -> None:
    written(tmp_path, "probe.yml", PROBE)
    written(tmp_path, "printer.yml", FILTER)
    actions = {rule.name: rule.actions for rule in load([tmp_path]).rules}
    (query,) = queries(read_library([tmp_path]), ["probe"], "lucene", PYTHON, actions)
    assert query.text == (
        "(event.action:auth AND tls.established:false) AND (NOT source.ip:192.0.2.1)"
    )
    assert query.notes == (
        (
            "events: auth, which are not written without an alert; search the alerts instead:"
            " rule.id is probe"
        ),
    )


@needs_backends
def test_a_correlation_is_an_approximation_or_a_fault() -> None:
    found = library(PROBE, COUNT)
    actions = {"probe": frozenset({"auth", "message"})}
    (query,) = queries(found, ["many"], "splunk", PYTHON, actions)
    assert "| stats count as event_count by _time source.ip" in query.text
    assert query.notes[-1].startswith("approximation: ")
    assert query.notes[0].startswith("events: message, which 'run --events' writes; auth, which")
    (query,) = queries(found, ["many"], "lucene", PYTHON, actions)
    assert not query.text
    assert query.fault


@needs_backends
def test_placeholders_are_filled() -> None:
    text = PROBE.replace("tls.established: false", "smtp.helo|expand: '%mine%'")
    (query,) = queries(library(text), ["probe"], "splunk", PYTHON, {}, {"mine": ("a", "b")})
    assert query.text == 'event.action="auth" smtp.helo IN ("a", "b")'


@needs_backends
@pytest.mark.parametrize("target", ["splunk", "esql", "lucene"])
def test_a_shipped_rule_is_converted_unless_the_target_cannot_say_it(target: str) -> None:
    found = read_library(None)
    rules = [name for name, document in found.documents.items() if not document.parts]
    faults = {query.fault for query in queries(found, rules, target, PYTHON, {}) if query.fault}
    assert [fault for fault in faults if not BEYOND.search(fault)] == []
