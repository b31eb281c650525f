"""What the layers count for themselves, copied into the counts that Prometheus reads.

The layers keep plain integers and know nothing of metrics. This runs at a scrape, in the thread
that serves it, so it only reads numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.cli.crew import CrewReading
    from smtpids.cli.reading import Reading
    from smtpids.metrics import Counts
    from smtpids.pipeline import Pipeline
    from smtpids.rules import Asking, Cost
    from smtpids.workers import Crew


def measure(
    counts: Counts,
    pipeline: Pipeline | Crew,
    reading: Reading | CrewReading,
    matcher: Asking,
    source: str,
) -> None:
    """Copy the figures of capture, TCP and rules; `source` is the label of the packets."""
    counts.frames[source] = pipeline.packets
    counts.octets[source] = pipeline.octets
    counts.dropped[source, "kernel"] = reading.lost
    counts.last_packet_ns = pipeline.last_ns
    if not counts.live:
        counts.pcap_files.update(reading.results)
    counts.sessions_active = pipeline.trackers
    _measure_decoder(counts, pipeline, source)
    _measure_connections(counts, pipeline)
    _measure_state(counts, pipeline)
    counts.rules_disabled = len(matcher.disabled)
    for rule, errors in tuple(matcher.errors.items()):
        counts.rule_errors[rule, "exception"] = errors


def measure_workers(counts: Counts, crew: Crew, matcher: Asking) -> None:
    """Copy the figures of each worker, and of the rules that failed there."""
    crew.refresh()
    rules = crew.rule_figures
    counts.rules_disabled = max(counts.rules_disabled, len(rules.disabled))
    for rule, errors in rules.errors.items():
        counts.rule_errors[rule, "exception"] = errors + matcher.errors.get(rule, 0)


def measure_costs(counts: Counts, costs: Mapping[str, Cost]) -> None:
    """Copy what the rules have taken; there is nothing unless --profile-rules was asked for."""
    for rule, cost in tuple(costs.items()):
        counts.rule_ns[rule] = cost.ns


def turns_of(pipeline: Pipeline | Crew, reading: Reading | CrewReading) -> int:
    """Return how often the loop over the packets has turned.

    It grows several times a second while an interface or a folder is listened to, however quiet it
    is; if it stands still, the run hangs.
    """
    return pipeline.packets + pipeline.ticks + reading.looks


def _measure_decoder(counts: Counts, pipeline: Pipeline | Crew, source: str) -> None:
    decoded = pipeline.decoder
    counts.filtered[source] = decoded.not_ip + decoded.not_tcp + decoded.passed
    counts.decode_errors["link"] = decoded.malformed_link + decoded.unknown_link
    counts.decode_errors["ip"] = decoded.malformed_ip
    counts.decode_errors["fragment"] = decoded.fragment_timeouts + decoded.fragment_limit
    counts.decode_errors["tcp"] = decoded.malformed_tcp
    counts.decode_errors["checksum"] = decoded.bad_checksum


def _measure_connections(counts: Counts, pipeline: Pipeline | Crew) -> None:
    table = pipeline.table
    counts.connections_active = table.active
    counts.connections_most = pipeline.config.limits.connections
    counts.connections_closed.update(table.closed_by_reason)
    counts.gap_octets["to_server"], counts.gap_octets["to_client"] = table.gap_octets
    counts.conflicts = table.conflicts
    counts.held_octets = table.held_octets
    counts.session_octets = pipeline.budget.held_octets
    counts.limit_hits.update(table.limit_hits)
    counts.limit_hits["fragments_octets"] = pipeline.decoder.fragment_limit
    counts.limit_hits["fragment_ns"] = pipeline.decoder.fragment_timeouts


def _measure_state(counts: Counts, pipeline: Pipeline | Crew) -> None:
    memory = pipeline.memory
    for name, table in (
        ("history_servers", memory.servers),
        ("history_clients", memory.clients),
        ("history_users", memory.users),
    ):
        counts.state_entries[name] = len(table)
        counts.state_evictions[name] = table.evicted
    suppressor = pipeline.suppressor
    correlator = pipeline.verdicts.correlator
    counts.correlation_groups = correlator.groups
    counts.correlation_evicted = correlator.evicted
    counts.correlation_ungrouped = correlator.without_group
    counts.correlation_late = correlator.late
    counts.limit_hits["correlation_held"] = correlator.overflowed
    counts.state_entries["suppression"] = suppressor.groups
    counts.state_evictions["suppression"] = sum(tuple(suppressor.evicted.values()))
