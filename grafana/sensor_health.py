"""The dashboard about the sensors: do they hear everything, keep up, and deliver?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.delivery import FILES, OUTPUTS
from grafana.page import of_metrics
from grafana.panels import Lines, Query, Row, Stat
from grafana.promql import active, age, or_zero, quantile, rate, risen, series, share, total

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

PACKETS: Final = "smtpids_capture_packets_total"
LOST: Final = "smtpids_capture_dropped_packets_total"
RELOADED: Final = "smtpids_config_last_reload_success_timestamp_seconds"

STATE: Final = Row(
    "At a glance",
    (
        Stat(
            "Sensors up",
            "Sensors that Prometheus reaches.",
            "short",
            f"sum({series('up')})",
            steps=((1, "green"),),
            base="red",
        ),
        Stat(
            "Sensors down",
            "Sensors that Prometheus does not reach.",
            "short",
            or_zero(f"count({series('up')} == 0)"),
            steps=((1, "red"),),
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
            "Internal errors",
            "Faults of smtpids itself in the time shown; each ended one connection's analysis.",
            "short",
            risen("smtpids_internal_errors_total"),
            steps=((1, "red"),),
        ),
        Stat(
            "Limits met",
            "Limits of memory that were met in the time shown; something was let go each time.",
            "short",
            or_zero(risen("smtpids_limit_hits_total")),
            steps=((1, "yellow"),),
        ),
        Stat(
            "Outputs down",
            "Outputs whose receiver cannot be reached.",
            "short",
            or_zero(f"count({series('smtpids_output_up')} == 0)"),
            steps=((1, "red"),),
        ),
        Stat(
            "Records lost",
            "Records that outputs lost in the time shown.",
            "short",
            or_zero(risen("smtpids_output_dropped_events_total")),
            steps=((1, "red"),),
        ),
    ),
)

CAPTURE: Final = Row(
    "Capture",
    (
        Lines(
            "Packets read",
            "Packets read, by sensor.",
            "pps",
            (Query(rate(PACKETS, by="instance"), "{{instance}}"),),
        ),
        Lines(
            "Packets lost",
            "Packets lost before they could be read, by who let them go.",
            "cps",
            (Query(rate(LOST, by="reason"), "{{reason}}"),),
            colours={"kernel": "red", "interface": "orange", "queue": "purple"},
            stacked=True,
        ),
        Lines(
            "Loss by sensor",
            "Share of packets lost. Above 1 % detections are missed.",
            "percentunit",
            (
                Query(
                    share(
                        rate(LOST, by="instance"),
                        f"{rate(PACKETS, by='instance')} + {rate(LOST, by='instance')}",
                    ),
                    "{{instance}}",
                ),
            ),
        ),
        Lines(
            "Throughput",
            "Bits read, by sensor.",
            "bps",
            (Query(f"{rate('smtpids_capture_bytes_total', by='instance')} * 8", "{{instance}}"),),
        ),
        Lines(
            "Packets without SMTP",
            "Share of packets read that hold no SMTP. A filter (--bpf) would spare them.",
            "percentunit",
            (
                Query(
                    share(
                        rate("smtpids_capture_filtered_packets_total", by="instance"),
                        rate(PACKETS, by="instance"),
                    ),
                    "{{instance}}",
                ),
            ),
            most=1,
        ),
        Lines(
            "Packets not decoded",
            "Packets that are malformed or of an unknown kind, by layer.",
            "cps",
            (Query(rate("smtpids_decode_errors_total", by="layer"), "{{layer}}"),),
            stacked=True,
        ),
        Lines(
            "Lag",
            "How old the newest packet is. On a busy wire the sensor is too slow by so much.",
            "s",
            (Query(series("smtpids_capture_lag_seconds"), "{{instance}}"),),
        ),
        Lines(
            "Missing octets",
            "Octets of streams that were acknowledged and not captured, by direction.",
            "Bps",
            (Query(rate("smtpids_reassembly_gap_bytes_total", by="direction"), "{{direction}}"),),
        ),
        Lines(
            "Contradicting octets",
            "Segments that repeat octets with others: an attack on monitors, or a broken stack.",
            "cps",
            (
                Query(
                    rate("smtpids_reassembly_overlap_conflicts_total", by="instance"),
                    "{{instance}}",
                ),
            ),
        ),
    ),
)

WORK: Final = Row(
    "Connections and work",
    (
        Lines(
            "Connections followed",
            "TCP connections and SMTP sessions followed at the same time.",
            "short",
            (
                Query(total("smtpids_flows_active"), "connections"),
                Query(total("smtpids_smtp_sessions_active"), "SMTP sessions"),
            ),
        ),
        Lines(
            "Table of connections",
            "How full the table is. When it is full, the connection idle for longest goes.",
            "percentunit",
            (
                Query(
                    share(
                        total("smtpids_flows_active", by="instance"),
                        total("smtpids_flow_table_limit", by="instance"),
                    ),
                    "{{instance}}",
                ),
            ),
            most=1,
        ),
        Lines(
            "New connections",
            "TCP connections begun, by the server's port.",
            "cps",
            (Query(rate("smtpids_flows_total", by="service"), "{{service}}"),),
            stacked=True,
        ),
        Lines(
            "Ended connections",
            "TCP connections ended, by how. Many that time out or are evicted are a bad sign.",
            "cps",
            (Query(rate("smtpids_flows_closed_total", by="reason"), "{{reason}}"),),
            stacked=True,
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
            "Processor",
            "Share of one processor that the process uses.",
            "percentunit",
            (Query(rate("process_cpu_seconds_total", by="instance"), "{{instance}}"),),
        ),
    ),
)

WORKERS: Final = Row(
    "Workers",
    (
        Lines(
            "Workers up",
            "Processes that share the packets of a sensor (run -j), by sensor.",
            "short",
            (Query(total("smtpids_worker_up", by="instance"), "{{instance}}"),),
            empty="one process",
        ),
        Lines(
            "Packets by worker",
            "Packets that each worker has taken. All of one connection go to the same worker.",
            "pps",
            (Query(rate("smtpids_worker_packets_total", by="worker"), "worker {{worker}}"),),
            empty="one process",
        ),
        Lines(
            "Packets lost by worker",
            "Packets that a worker did not read in time (live). One alone: a connection outweighs.",
            "cps",
            (
                Query(
                    rate("smtpids_worker_dropped_packets_total", by="worker"), "worker {{worker}}"
                ),
            ),
            empty="one process",
        ),
        Lines(
            "Workers started again",
            "Workers that were killed and started again, and sessions lost with them (live), a "
            "minute.",
            "cpm",
            (
                Query(f"{rate('smtpids_worker_restarts_total')} * 60", "workers"),
                Query(f"{rate('smtpids_worker_lost_sessions_total')} * 60", "sessions"),
            ),
            empty="one process",
        ),
        Lines(
            "Memory by worker",
            "Memory of each worker; that of the process which writes alerts is below.",
            "bytes",
            (
                Query(
                    total("smtpids_worker_resident_memory_bytes", by="worker"), "worker {{worker}}"
                ),
            ),
            empty="one process",
        ),
        Lines(
            "Events that wait",
            "Events of a worker that wait until the others have come as far.",
            "short",
            (Query(total("smtpids_worker_queue_length", by="worker"), "worker {{worker}}"),),
            empty="one process",
        ),
    ),
)

MEMORY: Final = Row(
    "Memory and limits",
    (
        Lines(
            "Memory",
            "Memory of the process, by sensor.",
            "bytes",
            (Query(series("process_resident_memory_bytes"), "{{instance}}"),),
        ),
        Lines(
            "Buffers",
            "What is held until a hole in a stream is filled, and what all sessions hold.",
            "bytes",
            (
                Query(total("smtpids_reassembly_buffer_bytes"), "out of order"),
                Query(total("smtpids_session_buffer_bytes"), "sessions"),
            ),
        ),
        Lines(
            "Limits met by kind",
            "Limits of memory that were met, by the limit's name in the configuration.",
            "cps",
            (Query(active("smtpids_limit_hits_total", "limit"), "{{limit}}"),),
            stacked=True,
            empty="none",
        ),
        Lines(
            "State",
            "What is remembered across sessions, by table.",
            "short",
            (
                Query(total("smtpids_state_entries", by="table"), "{{table}}"),
                Query(total("smtpids_correlation_groups"), "correlations"),
            ),
        ),
        Lines(
            "State forgotten",
            "Entries forgotten for want of room, a minute; what they told is lost.",
            "cpm",
            (
                Query(f"{rate('smtpids_state_evictions_total', by='table')} * 60", "{{table}}"),
                Query(f"{rate('smtpids_correlation_evicted_groups_total')} * 60", "correlations"),
            ),
        ),
        Lines(
            "Files open",
            "File descriptors of the process, by sensor.",
            "short",
            (Query(series("process_open_fds"), "{{instance}}"),),
        ),
    ),
)

RULES: Final = Row(
    "Rules and faults",
    (
        Lines(
            "Rules in use",
            "Rules loaded, by sensor. All sensors should have the same.",
            "short",
            (Query(total("smtpids_rules_loaded", by="instance"), "{{instance}}"),),
        ),
        Lines(
            "Since last reload",
            "Time since rules and configuration were last reloaded with success.",
            "s",
            (Query(age(RELOADED), "{{instance}}"),),
        ),
        Lines(
            "Reload failed",
            "1 while the last reload was refused and the old rules stay in use.",
            "short",
            (Query(f"1 - {series('smtpids_config_last_reload_successful')}", "{{instance}}"),),
            most=1,
        ),
        Lines(
            "Internal errors by layer",
            "Faults of smtpids itself a minute, by the layer in which they were caught.",
            "cpm",
            (Query(f"{rate('smtpids_internal_errors_total', by='layer')} * 60", "{{layer}}"),),
            stacked=True,
        ),
        Lines(
            "Rules that fail",
            "Evaluations of rules that failed.",
            "cps",
            (Query(active("smtpids_rule_errors_total", "rule_id"), "{{rule_id}}"),),
            stacked=True,
            empty="none",
        ),
        Lines(
            "Rules not in use",
            "Files of rules that the last load refused, and rules switched off for their faults.",
            "short",
            (
                Query(total("smtpids_rules_failed"), "refused"),
                Query(total("smtpids_rules_disabled"), "switched off"),
            ),
            colours={"refused": "orange", "switched off": "red"},
        ),
    ),
)


def sensor_health() -> model.Dashboard:
    """Return the dashboard about the sensors that are chosen above it."""
    return of_metrics(
        "smtpids-sensor-health",
        "Sensor health",
        "Whether the sensors hear everything, keep up, stay within memory, and deliver.",
        (STATE, CAPTURE, WORK, WORKERS, MEMORY, RULES, OUTPUTS, FILES),
    )
