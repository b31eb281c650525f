"""The dashboard one looks at first: what was found, what the mail does, how the sensors are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana import colours
from grafana.page import RULE_LINK, of_metrics
from grafana.panels import Bars, Lines, Query, Row, Stat
from grafana.promql import active, or_zero, quantile, rate, risen, series, share, top, total

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

ALERTS: Final = "smtpids_alerts_total"
SESSIONS: Final = "smtpids_smtp_sessions_total"
RECIPIENTS: Final = "smtpids_smtp_recipients_total"
PACKETS: Final = "smtpids_capture_packets_total"
LOST: Final = "smtpids_capture_dropped_packets_total"

ROWS: Final = (
    Row(
        "Alerts",
        (
            Stat(
                "Alerts",
                "Alerts written in the time shown.",
                "short",
                risen(ALERTS),
                base="blue",
            ),
            Stat(
                "Critical and high",
                "Alerts of the two upper severities in the time shown.",
                "short",
                or_zero(risen(ALERTS, 'severity=~"critical|high"')),
                steps=((1, "red"),),
            ),
            Stat(
                "Suppressed",
                "Matches that made no alert because one like it had just been written.",
                "short",
                or_zero(risen("smtpids_alerts_suppressed_total")),
                base="blue",
            ),
            Stat(
                "Rules loaded",
                "Rules in use on the sensor that has the fewest.",
                "short",
                f"min(sum by (instance) ({series('smtpids_rules_loaded')}))",
                steps=((1, "green"),),
                base="red",
            ),
            Stat(
                "Packet loss",
                "Share of packets lost before they could be read. Above 1 % detections are missed.",
                "percentunit",
                or_zero(share(rate(LOST), f"{rate(PACKETS)} + {rate(LOST)}")),
                steps=((0.001, "yellow"), (0.01, "red")),
            ),
            Stat(
                "Since last packet",
                "How old the newest packet is on the sensor where it is oldest.",
                "s",
                f"max({series('smtpids_capture_lag_seconds')})",
                steps=((60, "yellow"), (600, "red")),
                empty="no live capture",
            ),
            Stat(
                "Outputs down",
                "Outputs whose receiver cannot be reached.",
                "short",
                or_zero(f"count({series('smtpids_output_up')} == 0)"),
                steps=((1, "red"),),
            ),
            Stat(
                "Sensors up",
                "Sensors that Prometheus reaches.",
                "short",
                f"sum({series('up')})",
                steps=((1, "green"),),
                base="red",
            ),
            Lines(
                "Alerts by severity",
                "Alerts a minute, by the level of their rule.",
                "cpm",
                (Query(f"{rate(ALERTS, by='severity')} * 60", "{{severity}}"),),
                colours=colours.SEVERITY,
                stacked=True,
            ),
            Lines(
                "Alerts by category",
                "Alerts a minute, by the folder of their rule.",
                "cpm",
                (Query(f"{rate(ALERTS, by='category')} * 60", "{{category}}"),),
                stacked=True,
            ),
            Bars(
                "Busiest rules",
                "The ten rules with most alerts in the time shown.",
                "short",
                Query(top(10, risen(ALERTS, by="rule_id")), "{{rule_id}}"),
                link=("Show the rule", RULE_LINK),
            ),
        ),
    ),
    Row(
        "Mail traffic",
        (
            Lines(
                "Sessions by port",
                "SMTP sessions that ended, by the server's port; `other` is an unusual one.",
                "cps",
                (Query(rate(SESSIONS, by="service"), "{{service}}"),),
                stacked=True,
            ),
            Lines(
                "Messages by outcome",
                "Messages that the server accepted or rejected, or that did not come to their end.",
                "cps",
                (Query(rate("smtpids_smtp_messages_total", by="outcome"), "{{outcome}}"),),
                colours=colours.OUTCOME,
                stacked=True,
            ),
            Lines(
                "Recipients rejected",
                "Share of RCPT commands that servers rejected. A high share is address harvesting.",
                "percentunit",
                (
                    Query(
                        share(rate(RECIPIENTS, 'outcome="rejected"'), rate(RECIPIENTS)), "rejected"
                    ),
                ),
                colours={"rejected": "orange"},
            ),
            Lines(
                "Commands",
                "Commands of clients; `other` are words that are not SMTP.",
                "cps",
                (Query(active("smtpids_smtp_commands_total", "command"), "{{command}}"),),
                stacked=True,
            ),
            Lines(
                "Replies by class",
                "Replies of servers, by their first digit.",
                "cps",
                (Query(rate("smtpids_smtp_replies_total", by="code_class"), "{{code_class}}"),),
                colours=colours.REPLY_CLASS,
                stacked=True,
            ),
            Lines(
                "Message size",
                "Half of the messages, and 95 %, are no larger than this.",
                "bytes",
                (
                    Query(quantile(0.5, "smtpids_smtp_message_size_bytes"), "median"),
                    Query(quantile(0.95, "smtpids_smtp_message_size_bytes"), "95 %"),
                ),
            ),
            Lines(
                "Session duration",
                "Half of the sessions, and 95 %, lasted no longer than this.",
                "s",
                (
                    Query(quantile(0.5, "smtpids_smtp_session_duration_seconds"), "median"),
                    Query(quantile(0.95, "smtpids_smtp_session_duration_seconds"), "95 %"),
                ),
            ),
            Bars(
                "Attachments",
                "Attachments in the time shown, by what their names say they are.",
                "short",
                Query(
                    top(10, risen("smtpids_smtp_message_attachments_total", by="category")),
                    "{{category}}",
                ),
            ),
            Bars(
                "Anomalies",
                "The ten most frequent oddities of the traffic in the time shown.",
                "short",
                Query(
                    top(10, risen("smtpids_smtp_parse_anomalies_total", by="anomaly")),
                    "{{anomaly}}",
                ),
            ),
        ),
    ),
    Row(
        "Authentication and TLS",
        (
            Lines(
                "AUTH by outcome",
                "AUTH exchanges. A wave of failures is password guessing.",
                "cps",
                (Query(active("smtpids_smtp_auth_attempts_total", "outcome"), "{{outcome}}"),),
                colours=colours.OUTCOME,
                stacked=True,
            ),
            Lines(
                "AUTH by mechanism",
                "AUTH exchanges that can be seen, so those without TLS.",
                "cps",
                (Query(active("smtpids_smtp_auth_attempts_total", "mechanism"), "{{mechanism}}"),),
                stacked=True,
            ),
            Lines(
                "STARTTLS by outcome",
                "STARTTLS commands by their reply, and sessions in which it was not offered.",
                "cps",
                (Query(rate("smtpids_smtp_starttls_total", by="outcome"), "{{outcome}}"),),
                colours=colours.OUTCOME,
                stacked=True,
            ),
            Lines(
                "TLS versions",
                "Versions that servers chose.",
                "cps",
                (Query(active("smtpids_tls_handshakes_total", "version"), "{{version}}"),),
                colours=colours.TLS_VERSION,
                stacked=True,
            ),
            Lines(
                "Failed handshakes",
                "Share of TLS handshakes that failed.",
                "percentunit",
                (
                    Query(
                        share(
                            or_zero(rate("smtpids_tls_handshakes_total", 'outcome="failed"')),
                            rate("smtpids_tls_handshakes_total"),
                        ),
                        "failed",
                    ),
                ),
                colours={"failed": "red"},
            ),
            Lines(
                "Sessions by encryption",
                "Sessions without TLS, with STARTTLS, and with TLS from the first octet.",
                "cps",
                (Query(rate(SESSIONS, by="tls"), "{{tls}}"),),
                colours=colours.TLS_MODE,
                stacked=True,
            ),
        ),
    ),
    Row(
        "Sensor health",
        (
            Lines(
                "Packets",
                "Packets read, those of them that hold no SMTP, and packets lost.",
                "pps",
                (
                    Query(rate(PACKETS), "read"),
                    Query(or_zero(rate("smtpids_capture_filtered_packets_total")), "not SMTP"),
                    Query(or_zero(rate(LOST)), "lost"),
                ),
                colours={"read": "blue", "not SMTP": "light-blue", "lost": "red"},
            ),
            Lines(
                "Throughput",
                "Bits read.",
                "bps",
                (
                    Query(
                        f"{rate('smtpids_capture_bytes_total', by='instance')} * 8", "{{instance}}"
                    ),
                ),
            ),
            Lines(
                "Connections",
                "TCP connections and SMTP sessions followed.",
                "short",
                (
                    Query(total("smtpids_flows_active"), "connections"),
                    Query(total("smtpids_smtp_sessions_active"), "SMTP sessions"),
                ),
            ),
            Lines(
                "Detection latency",
                "Half of the alerts, and 99 %, came no later after their packet (live captures). "
                "Rules that count matches wait two seconds for late ones.",
                "s",
                (
                    Query(quantile(0.5, "smtpids_detection_latency_seconds"), "median"),
                    Query(quantile(0.99, "smtpids_detection_latency_seconds"), "99 %"),
                ),
            ),
            Lines(
                "Faults",
                "Bugs caught, rules that failed, packets that could not be decoded, limits met.",
                "cps",
                (
                    Query(rate("smtpids_internal_errors_total"), "internal"),
                    Query(or_zero(rate("smtpids_rule_errors_total")), "rules"),
                    Query(or_zero(rate("smtpids_decode_errors_total")), "decoding"),
                    Query(or_zero(rate("smtpids_limit_hits_total")), "limits"),
                ),
                colours={"internal": "red"},
            ),
            Lines(
                "Memory",
                "Memory of the process.",
                "bytes",
                (Query(series("process_resident_memory_bytes"), "{{instance}}"),),
            ),
        ),
    ),
    Row(
        "Outputs",
        (
            Lines(
                "Records delivered",
                "Records that outputs have taken.",
                "cps",
                (Query(rate("smtpids_output_delivered_events_total", by="output"), "{{output}}"),),
            ),
            Lines(
                "Records lost",
                "Records that an output could not deliver and had no room to keep.",
                "cps",
                (Query(rate("smtpids_output_dropped_events_total", by="output"), "{{output}}"),),
            ),
            Lines(
                "Records waiting",
                "Records in the queues of outputs. They grow while a receiver is away.",
                "short",
                (Query(total("smtpids_output_queue_length", by="output"), "{{output}}"),),
            ),
        ),
    ),
)


def overview() -> model.Dashboard:
    """Return the dashboard that one looks at first."""
    return of_metrics(
        "smtpids-overview",
        "Overview",
        "What smtpids found in the mail traffic, and how its sensors are.",
        ROWS,
    )
