"""The dashboard about the sensors: do they hear everything, keep up, and deliver?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.delivery import FILES, OUTPUTS
from grafana.page import RELOADED, of_metrics
from grafana.panels import Lines, Query, Row, Stat, split
from grafana.promql import active, age, or_zero, rate, risen, series, share, total
from grafana.vitals import (
    LATENCY,
    LOST,
    OUTPUTS_DOWN,
    PACKET_LOSS,
    PACKETS,
    SENSORS_UP,
    SINCE_LAST_PACKET,
    followed,
    memory,
    throughput,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

STATE: Final = Row(
    "At a glance",
    (
        SENSORS_UP,
        Stat(
            "Sensors down",
            "Sensors that Prometheus does not reach.",
            "short",
            or_zero(f"count({series('up')} == 0)"),
            steps=((1, "red"),),
        ),
        PACKET_LOSS,
        SINCE_LAST_PACKET,
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
        OUTPUTS_DOWN,
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
            split("instance", rate(PACKETS, by="instance")),
        ),
        Lines(
            "Packets lost",
            "Packets lost before they could be read, by who let them go.",
            "cps",
            split("reason", rate(LOST, by="reason")),
            colours={"kernel": "red", "interface": "orange", "queue": "purple"},
            stacked=True,
        ),
        Lines(
            "Loss by sensor",
            "Share of packets lost. Above 1 % detections are missed.",
            "percentunit",
            split(
                "instance",
                share(
                    rate(LOST, by="instance"),
                    f"{rate(PACKETS, by='instance')} + {rate(LOST, by='instance')}",
                ),
            ),
        ),
        throughput("Bits read, by sensor."),
        Lines(
            "Packets without SMTP",
            "Share of packets read that hold no SMTP. A filter (-f) would spare them.",
            "percentunit",
            split(
                "instance",
                share(
                    rate("smtpids_capture_filtered_packets_total", by="instance"),
                    rate(PACKETS, by="instance"),
                ),
            ),
            most=1,
        ),
        Lines(
            "Packets not decoded",
            "Packets that are malformed or of an unknown kind, by layer.",
            "cps",
            split("layer", rate("smtpids_decode_errors_total", by="layer")),
            stacked=True,
        ),
        Lines(
            "Lag",
            "How old the newest packet is. On a busy wire the sensor is too slow by so much.",
            "s",
            split("instance", series("smtpids_capture_lag_seconds")),
        ),
        Lines(
            "Missing octets",
            "Octets of streams that were acknowledged and not captured, by direction.",
            "Bps",
            split("direction", rate("smtpids_reassembly_gap_bytes_total", by="direction")),
        ),
        Lines(
            "Contradicting octets",
            "Segments that repeat octets with others: an attack on monitors, or a broken stack.",
            "cps",
            split("instance", rate("smtpids_reassembly_overlap_conflicts_total", by="instance")),
        ),
    ),
)

WORK: Final = Row(
    "Connections and work",
    (
        followed(
            "Connections followed", "TCP connections and SMTP sessions followed at the same time."
        ),
        Lines(
            "Table of connections",
            "How full the table is. When it is full, the connection idle for longest goes.",
            "percentunit",
            split(
                "instance",
                share(
                    total("smtpids_flows_active", by="instance"),
                    total("smtpids_flow_table_limit", by="instance"),
                ),
            ),
            most=1,
        ),
        Lines(
            "New connections",
            "TCP connections begun, by the server's port.",
            "cps",
            split("service", rate("smtpids_flows_total", by="service")),
            stacked=True,
        ),
        Lines(
            "Ended connections",
            "TCP connections ended, by how. Many that time out or are evicted are a bad sign.",
            "cps",
            split("reason", rate("smtpids_flows_closed_total", by="reason")),
            stacked=True,
        ),
        LATENCY,
        Lines(
            "Processor",
            "Share of one processor that the process uses.",
            "percentunit",
            split("instance", rate("process_cpu_seconds_total", by="instance")),
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
        memory("Memory of the process, by sensor."),
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
            split("limit", active("smtpids_limit_hits_total", "limit")),
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
            split("instance", series("process_open_fds")),
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
            split("instance", total("smtpids_rules_loaded", by="instance")),
        ),
        Lines(
            "Since last reload",
            "Time since rules and configuration were last reloaded with success.",
            "s",
            split("instance", age(RELOADED)),
        ),
        Lines(
            "Reload failed",
            "1 while the last reload was refused and the old rules stay in use.",
            "short",
            split("instance", f"1 - {series('smtpids_config_last_reload_successful')}"),
            most=1,
        ),
        Lines(
            "Internal errors by layer",
            "Faults of smtpids itself a minute, by the layer in which they were caught.",
            "cpm",
            split("layer", f"{rate('smtpids_internal_errors_total', by='layer')} * 60"),
            stacked=True,
        ),
        Lines(
            "Rules that fail",
            "Evaluations of rules that failed.",
            "cps",
            split("rule_id", active("smtpids_rule_errors_total", "rule_id")),
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
