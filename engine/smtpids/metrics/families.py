"""The metrics: one row each.

Names follow Prometheus' practice: one prefix, base units, `_total` on counters. Every label has a
closed set of values, or is named by the operator.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND
from smtpids.metrics import labels
from smtpids.metrics.family import Family, Label, counter, gauge, histogram
from smtpids.rules.fields import AUTH_OUTCOMES, TLS_MODES
from smtpids.version import __version__

if TYPE_CHECKING:
    from smtpids.metrics.counts import Counts


def _seconds(nanoseconds: int) -> float | None:
    """Return a time as Prometheus wants it; None if it is not known."""
    return nanoseconds / SECOND if nanoseconds else None


def _seconds_by(nanoseconds: dict[str, int]) -> dict[str, float]:
    return {key: value / SECOND for key, value in nanoseconds.copy().items()}


def _build(counts: Counts) -> dict[tuple[str, str, str, str], int]:
    return {(__version__, counts.revision, platform.python_version(), counts.schema_version): 1}


_RULE: Final = Label("rule_id")
_RULESET: Final = Label("ruleset")
_SOURCE: Final = Label("source")
_OUTPUT: Final = Label("output")
_TABLE: Final = Label("table")
_SERVICE: Final = Label("service", labels.SERVICE_NAMES)
_CLOSED: Final = Label("reason", labels.CLOSE_REASONS)

_SENSOR: Final = (
    gauge(
        "build_info",
        "Versions of the program, of Python and of the records; always 1.",
        _build,
        *map(Label, ("version", "revision", "python_version", "schema_version")),
    ),
    gauge(
        "up_since_timestamp_seconds", "When processing started.", lambda c: _seconds(c.started_ns)
    ),
    gauge(
        "config_last_reload_successful",
        "Whether the last reload of the rules succeeded.",
        lambda c: c.reload_ok,
    ),
    gauge(
        "config_last_reload_success_timestamp_seconds",
        "When the rules were last reloaded with success.",
        lambda c: _seconds(c.reload_ns),
    ),
    counter(
        "internal_errors_total",
        "Faults of smtpids itself that ended the analysis of a connection.",
        lambda c: c.internal_errors,
        Label("layer", labels.ENGINE_LAYERS),
    ),
    counter(
        "limit_hits_total",
        "Limits of memory that were met.",
        lambda c: c.limit_hits,
        Label("limit", labels.LIMITS),
    ),
)

_CAPTURE: Final = (
    counter("capture_packets_total", "Packets read.", lambda c: c.frames, _SOURCE),
    counter("capture_bytes_total", "Bytes read.", lambda c: c.octets, _SOURCE),
    counter(
        "capture_filtered_packets_total",
        "Packets read that hold no SMTP.",
        lambda c: c.filtered,
        _SOURCE,
    ),
    counter(
        "capture_dropped_packets_total",
        "Packets lost before they could be read.",
        lambda c: c.dropped,
        _SOURCE,
        Label("reason", labels.DROP_REASONS),
    ),
    gauge(
        "capture_last_packet_timestamp_seconds",
        "Time of the newest packet.",
        lambda c: _seconds(c.last_packet_ns),
    ),
    gauge(
        "capture_lag_seconds",
        "How far the newest packet is behind the wall clock, in live captures.",
        lambda c: _seconds(c.lag_ns) if c.live else None,
    ),
    counter(
        "decode_errors_total",
        "Packets that could not be decoded.",
        lambda c: c.decode_errors,
        Label("layer", labels.DECODE_LAYERS),
    ),
    counter(
        "pcap_files_total",
        "Capture files finished.",
        lambda c: c.pcap_files,
        Label("result", labels.FILE_RESULTS),
    ),
)

_TCP: Final = (
    gauge("flows_active", "TCP connections followed.", lambda c: c.connections_active),
    gauge(
        "flow_table_limit",
        "TCP connections that may be followed at once.",
        lambda c: c.connections_most or None,
    ),
    counter(
        "flows_total",
        "TCP connections seen, by port of the server.",
        lambda c: c.connections_opened,
        _SERVICE,
    ),
    counter(
        "flows_closed_total",
        "TCP connections ended, by how.",
        lambda c: c.connections_closed,
        _CLOSED,
    ),
    gauge(
        "reassembly_buffer_bytes",
        "Bytes held until a hole before them is filled.",
        lambda c: c.held_octets,
    ),
    gauge(
        "session_buffer_bytes",
        "About what all sessions hold: lines, headers and lists that are not done with.",
        lambda c: c.session_octets,
    ),
    counter(
        "reassembly_gap_bytes_total",
        "Bytes of streams that the capture does not hold.",
        lambda c: c.gap_octets,
        Label("direction", labels.DIRECTIONS),
    ),
    counter(
        "reassembly_overlap_conflicts_total",
        "Segments that repeat bytes with other values.",
        lambda c: c.conflicts,
    ),
)

_SMTP: Final = (
    gauge("smtp_sessions_active", "SMTP sessions followed.", lambda c: c.sessions_active),
    counter(
        "smtp_sessions_total",
        "SMTP sessions ended, by port of the server and how TLS began.",
        lambda c: c.sessions,
        _SERVICE,
        Label("tls", TLS_MODES),
    ),
    counter(
        "smtp_sessions_closed_total",
        "SMTP sessions ended, by how.",
        lambda c: c.sessions_closed,
        _CLOSED,
    ),
    histogram(
        "smtp_session_duration_seconds",
        "How long SMTP sessions lasted.",
        lambda c: c.session_duration,
    ),
    counter(
        "smtp_commands_total",
        "Commands of clients.",
        lambda c: c.commands,
        Label("command", labels.COMMANDS),
    ),
    counter(
        "smtp_replies_total",
        "Replies of servers, by first digit and by subject of the enhanced code.",
        lambda c: c.replies,
        Label("code_class", labels.CODE_CLASSES),
        Label("enhanced_class", labels.ENHANCED_CLASSES),
    ),
    counter(
        "smtp_messages_total",
        "Messages, by what became of them.",
        lambda c: c.messages,
        Label("outcome", labels.MAIL_OUTCOMES),
    ),
    histogram("smtp_message_size_bytes", "Sizes of messages.", lambda c: c.message_size),
    counter(
        "smtp_message_attachments_total",
        "Attachments, by what their names say they are.",
        lambda c: c.attachments,
        Label("category", labels.CATEGORIES),
    ),
    counter(
        "smtp_recipients_total",
        "Recipients that servers accepted and rejected.",
        lambda c: c.recipients,
        Label("outcome", labels.RECIPIENT_OUTCOMES),
    ),
    counter(
        "smtp_auth_attempts_total",
        "AUTH exchanges.",
        lambda c: c.auth,
        Label("mechanism", labels.MECHANISMS),
        Label("outcome", AUTH_OUTCOMES),
    ),
    counter(
        "smtp_starttls_total",
        "STARTTLS commands, and sessions in which the server did not offer it.",
        lambda c: c.starttls,
        Label("outcome", labels.STARTTLS_OUTCOMES),
    ),
    counter(
        "smtp_parse_anomalies_total",
        "Oddities of the traffic.",
        lambda c: c.anomalies,
        Label("anomaly", labels.ANOMALIES),
    ),
    counter(
        "tls_handshakes_total",
        "TLS handshakes.",
        lambda c: c.handshakes,
        Label("version", labels.TLS_VERSIONS),
        Label("outcome", labels.TLS_OUTCOMES),
    ),
)

_RULES: Final = (
    gauge("rules_loaded", "Rules in use.", lambda c: c.rules, _RULESET),
    gauge("rules_failed", "Rules that the last load refused.", lambda c: c.rules_failed, _RULESET),
    counter(
        "rule_matches_total", "Matches of rules, before suppression.", lambda c: c.matches, _RULE
    ),
    counter(
        "alerts_total",
        "Alerts written.",
        lambda c: c.alerts,
        _RULE,
        Label("severity", labels.SEVERITIES),
        Label("category"),
    ),
    counter(
        "alerts_suppressed_total",
        "Matches that made no alert.",
        lambda c: c.alerts_suppressed,
        _RULE,
        Label("reason", labels.SUPPRESSIONS),
    ),
    counter(
        "rule_errors_total",
        "Evaluations of rules that failed.",
        lambda c: c.rule_errors,
        _RULE,
        Label("reason", labels.RULE_FAULTS),
    ),
    counter(
        "rule_evaluation_seconds_total",
        "Time spent in rules, if it is measured.",
        lambda c: _seconds_by(c.rule_ns),
        _RULE,
    ),
    histogram(
        "detection_latency_seconds",
        "Time from a packet to its alert, in live captures.",
        lambda c: c.detection_latency if c.live else None,
    ),
    gauge(
        "state_entries", "Entries remembered across sessions.", lambda c: c.state_entries, _TABLE
    ),
    counter(
        "state_evictions_total",
        "Entries forgotten for want of room.",
        lambda c: c.state_evictions,
        _TABLE,
    ),
)

_CORRELATIONS: Final = (
    gauge(
        "correlation_groups",
        "Groups whose matches are counted, by correlation.",
        lambda c: c.correlation_groups,
        _RULE,
    ),
    counter(
        "correlation_evicted_groups_total",
        "Groups forgotten for want of room, with what was counted of them.",
        lambda c: c.correlation_evicted,
        _RULE,
    ),
    counter(
        "correlation_ungrouped_matches_total",
        "Matches that lack a field to group by and are not counted.",
        lambda c: c.correlation_ungrouped,
        _RULE,
    ),
    counter(
        "correlation_late_matches_total",
        "Matches that came too late to be counted in their order.",
        lambda c: c.correlation_late,
    ),
)

_OUTPUTS: Final = (
    counter(
        "output_events_total",
        "Records handed to an output.",
        lambda c: c.output_events,
        _OUTPUT,
        Label("event", labels.RECORDS),
    ),
    counter(
        "output_delivered_events_total",
        "Records that an output has taken.",
        lambda c: c.output_delivered,
        _OUTPUT,
    ),
    counter(
        "output_dropped_events_total",
        "Records lost.",
        lambda c: c.output_dropped,
        _OUTPUT,
        Label("reason", labels.LOSSES),
    ),
    counter(
        "output_errors_total",
        "Deliveries that failed and may be tried again.",
        lambda c: c.output_errors,
        _OUTPUT,
        Label("reason", labels.LOSSES),
    ),
    gauge(
        "output_queue_length", "Records that wait for an output.", lambda c: c.output_queue, _OUTPUT
    ),
    gauge(
        "output_queue_capacity",
        "Records that may wait for an output.",
        lambda c: c.output_queue_most,
        _OUTPUT,
    ),
    gauge(
        "output_spool_bytes",
        "Bytes that wait on disk for an output.",
        lambda c: c.output_spool_octets,
        _OUTPUT,
    ),
    gauge(
        "output_last_success_timestamp_seconds",
        "When an output last took a record.",
        lambda c: _seconds_by(c.output_success_ns),
        _OUTPUT,
    ),
)

_EXTRACTION: Final = (
    counter(
        "extracted_files_total",
        "Attachments written to files (--extract).",
        lambda c: c.extracted,
        Label("result", labels.EXTRACTED),
    ),
    gauge(
        "extracted_bytes",
        "Bytes of attachments that this run keeps in files.",
        lambda c: c.extracted_octets,
    ),
    counter(
        "extract_skipped_files_total",
        "Attachments that were to be written to files and were not.",
        lambda c: c.extract_skipped,
        Label("reason", labels.NOT_EXTRACTED),
    ),
)

#: Every metric of ours, by the name that queries use.
FAMILIES: Final[dict[str, Family]] = {
    family.name: family
    for family in (
        *_SENSOR,
        *_CAPTURE,
        *_TCP,
        *_SMTP,
        *_RULES,
        *_CORRELATIONS,
        *_OUTPUTS,
        *_EXTRACTION,
    )
}
