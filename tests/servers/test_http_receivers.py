"""Records over HTTP to a real search server, and to receivers that are killed on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.outputs.entry import Entry
from smtpids.outputs.http import HttpTransport
from smtpids.outputs.http.dialects import DIALECTS
from smtpids.outputs.transport import Report
from tests.support.http_server import config_of, entry
from tests.support.receivers import ROOT, deliver_to_killed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.slow]

TEMPLATES = ROOT / "grafana" / "receivers" / "elastic"
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.jsonl"))
STREAM = "logs-smtpids.alert-default"


@pytest.fixture
def search() -> Iterator[Any]:
    """A search server that speaks as OpenSearch does, with our templates."""
    osmem = pytest.importorskip("osmem_server", reason="there is no osmem-server")
    with osmem.OsmemServer.start(japanese=False) as server:
        component = json.loads((TEMPLATES / "component-template.json").read_text())
        server.request("PUT", "/_component_template/smtpids@mappings", component)
        index = json.loads((TEMPLATES / "index-template.json").read_text())
        assert index.pop("data_stream") == {}  # this server knows indices only
        server.request("PUT", "/_index_template/smtpids", index)
        yield server
    server.process.stdout.close()


@pytest.fixture
def transport(search: Any) -> Iterator[HttpTransport]:
    made = HttpTransport(config_of(search.url, "elastic"), "mx1")
    yield made
    made.close()


def alerts() -> list[Entry]:
    """Return every alert of the golden files."""
    records = [json.loads(line) for path in GOLDEN for line in path.read_text().splitlines()]
    return [
        Entry(json.dumps(record).encode() + b"\n", record["event"]["id"], 1) for record in records
    ]


def found(search: Any, query: dict[str, Any]) -> int:
    answer = search.request("POST", f"/{STREAM}/_search", {"query": query, "size": 0})
    return int(answer["hits"]["total"]["value"])


def test_alerts_are_found_by_network_severity_and_time(
    search: Any, transport: HttpTransport
) -> None:
    batch = alerts()
    assert transport.deliver(batch) == Report()
    search.request("POST", "/_refresh")
    records = [json.loads(item.line) for item in batch]
    assert found(search, {"match_all": {}}) == len(batch)
    for query, expected in (
        (
            {"term": {"source.ip": "192.0.2.0/24"}},
            sum(record["source"]["ip"].startswith("192.0.2.") for record in records),
        ),
        ({"term": {"source.ip": "10.0.0.0/8"}}, 0),
        (
            {"range": {"event.severity": {"gte": 73}}},
            sum(record["event"]["severity"] >= 73 for record in records),
        ),
        (
            {"range": {"event.start": {"gte": "2026-01-01", "lt": "2027-01-01"}}},
            sum(record["event"].get("start", "").startswith("2026") for record in records),
        ),
    ):
        assert (query, found(search, query)) == (query, expected)


def test_what_comes_twice_is_there_once(search: Any, transport: HttpTransport) -> None:
    batch = alerts()
    assert transport.deliver(batch[:20]) == Report()
    assert transport.deliver(batch) == Report()
    search.request("POST", "/_refresh")
    assert found(search, {"match_all": {}}) == len(batch)


def test_what_does_not_fit_the_mapping_is_refused_alone(
    search: Any, transport: HttpTransport
) -> None:
    good, bad = alerts()[:2]
    record = json.loads(bad.line)
    record["source"]["ip"] = "mx.example.net"
    bad = Entry(json.dumps(record).encode() + b"\n", *bad.values()[1:])
    report = transport.deliver([good, bad])
    assert (list(report.refused), list(report.later)) == ([1], [])
    assert "source.ip" in report.refused[1]
    search.request("POST", "/_refresh")
    assert found(search, {"match_all": {}}) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_receiver_that_is_killed_three_times_has_every_record(
    dialect: str, tmp_path: Path
) -> None:
    entries = [entry(number) for number in range(2000)]
    out = deliver_to_killed(dialect, entries, tmp_path / "ids", batch=20, kills=3)
    assert (out.missing, out.kills) == (0, 3)
    # what a killed receiver had taken without saying so comes twice, unless it knows ids
    assert out.duplicates <= (0 if dialect == "elastic" else 3 * 20)
