"""The dashboard one looks at first: what was found, what the mail does, how the sensors are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana import colours
from grafana.page import RULE_LINK, of_metrics
from grafana.panels import Bars, Lines, Query, Row, Stat, split
from grafana.promql import active, or_zero, quantile, rate, risen, series, share, top, total
from grafana.vitals import (
    LATENCY,
    LOST,
    OUTPUTS_DOWN,
    PACKET_LOSS,
    PACKETS,
    SENSORS_UP,
    SINCE_LAST_PACKET,
    delivered,
    followed,
    memory,
    throughput,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

ALERTS: Final = "smtpids_alerts_total"
SESSIONS: Final = "smtpids_smtp_sessions_total"
RECIPIENTS: Final = "smtpids_smtp_recipients_total"

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
            PACKET_LOSS,
            SINCE_LAST_PACKET,
            OUTPUTS_DOWN,
            SENSORS_UP,
            Lines(
                "Alerts by severity",
                "Alerts a minute, by the level of their rule.",
                "cpm",
                split("severity", f"{rate(ALERTS, by='severity')} * 60"),
                colours=colours.SEVERITY,
                stacked=True,
            ),
            Lines(
                "Alerts by category",
                "Alerts a minute, by the folder of their rule.",
                "cpm",
                split("category", f"{rate(ALERTS, by='category')} * 60"),
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
                split("service", rate(SESSIONS, by="service")),
                stacked=True,
            ),
            Lines(
                "Messages by outcome",
                "Messages that the server accepted or rejected, or that did not come to their end.",
                "cps",
                split("outcome", rate("smtpids_smtp_messages_total", by="outcome")),
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
                split("command", active("smtpids_smtp_commands_total", "command")),
                stacked=True,
            ),
            Lines(
                "Replies by class",
                "Replies of servers, by their first digit.",
                "cps",
                split("code_class", rate("smtpids_smtp_replies_total", by="code_class")),
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
                split("outcome", active("smtpids_smtp_auth_attempts_total", "outcome")),
                colours=colours.OUTCOME,
                stacked=True,
            ),
            Lines(
                "AUTH by mechanism",
                "AUTH exchanges that can be seen, so those without TLS.",
                "cps",
                split("mechanism", active("smtpids_smtp_auth_attempts_total", "mechanism")),
                stacked=True,
            ),
            Lines(
                "STARTTLS by outcome",
                "STARTTLS commands by their reply, and sessions in which it was not offered.",
                "cps",
                split("outcome", rate("smtpids_smtp_starttls_total", by="outcome")),
                colours=colours.OUTCOME,
                stacked=True,
            ),
            Lines(
                "TLS versions",
                "Versions that servers chose.",
                "cps",
                split("version", active("smtpids_tls_handshakes_total", "version")),
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
                split("tls", rate(SESSIONS, by="tls")),
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
            throughput("Bits read."),
            followed("Connections", "TCP connections and SMTP sessions followed."),
            LATENCY,
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
            memory("Memory of the process."),
        ),
    ),
    Row(
        "Outputs",
        (
            delivered("Records that outputs have taken."),
            Lines(
                "Records lost",
                "Records that an output could not deliver and had no room to keep.",
                "cps",
                split("output", rate("smtpids_output_dropped_events_total", by="output")),
            ),
            Lines(
                "Records waiting",
                "Records in the queues of outputs. They grow while a receiver is away.",
                "short",
                split("output", total("smtpids_output_queue_length", by="output")),
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
