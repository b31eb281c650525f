"""The metrics of what is read and followed: packets, TCP connections, SMTP sessions, TLS.

Each label has a closed set of values, so each series is there from the start.
"""

from __future__ import annotations

from typing import Final

from smtpids.fields import AUTH_OUTCOMES, TLS_MODES
from smtpids.metrics import labels
from smtpids.metrics.family import Label, counter, gauge, histogram, seconds

_SOURCE: Final = Label("source")
_SERVICE: Final = Label("service", labels.SERVICE_NAMES)
_CLOSED: Final = Label("reason", labels.CLOSE_REASONS)

CAPTURE: Final = (
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
        lambda c: seconds(c.last_packet_ns),
    ),
    gauge(
        "capture_lag_seconds",
        "How far the newest packet is behind the wall clock, in live captures.",
        lambda c: seconds(c.lag_ns) if c.live else None,
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

TCP: Final = (
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

SMTP: Final = (
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
        Label("command", labels.COMMANDS, folds=True),
    ),
    counter(
        "smtp_replies_total",
        "Replies of servers, by first digit and by subject of the enhanced code.",
        lambda c: c.replies,
        Label("code_class", labels.CODE_CLASSES, folds=True),
        Label("enhanced_class", labels.ENHANCED_CLASSES, folds=True),
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
        Label("category", labels.CATEGORIES, folds=True),
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
        Label("mechanism", labels.MECHANISMS, folds=True),
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
        Label("version", labels.TLS_VERSIONS, folds=True),
        Label("outcome", labels.TLS_OUTCOMES),
    ),
)
