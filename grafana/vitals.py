"""How the sensors are: the panels that more than one dashboard shows."""

from __future__ import annotations

from typing import Final

from grafana.panels import Lines, Query, Stat, split
from grafana.promql import or_zero, quantile, rate, series, share, total

PACKETS: Final = "smtpids_capture_packets_total"
LOST: Final = "smtpids_capture_dropped_packets_total"

SENSORS_UP: Final = Stat(
    "Sensors up",
    "Sensors that Prometheus reaches.",
    "short",
    f"sum({series('up')})",
    steps=((1, "green"),),
    base="red",
)
PACKET_LOSS: Final = Stat(
    "Packet loss",
    "Share of packets lost before they could be read. Above 1 % detections are missed.",
    "percentunit",
    or_zero(share(rate(LOST), f"{rate(PACKETS)} + {rate(LOST)}")),
    steps=((0.001, "yellow"), (0.01, "red")),
)
SINCE_LAST_PACKET: Final = Stat(
    "Since last packet",
    "How old the newest packet is on the sensor where it is oldest.",
    "s",
    f"max({series('smtpids_capture_lag_seconds')})",
    steps=((60, "yellow"), (600, "red")),
    empty="no live capture",
)
OUTPUTS_DOWN: Final = Stat(
    "Outputs down",
    "Outputs whose receiver cannot be reached.",
    "short",
    or_zero(f"count({series('smtpids_output_up')} == 0)"),
    steps=((1, "red"),),
)
LATENCY: Final = Lines(
    "Detection latency",
    "Half of the alerts, and 99 %, came no later after their packet (live captures). "
    "Rules that count matches wait two seconds for late ones.",
    "s",
    (
        Query(quantile(0.5, "smtpids_detection_latency_seconds"), "median"),
        Query(quantile(0.99, "smtpids_detection_latency_seconds"), "99 %"),
    ),
)


def throughput(description: str) -> Lines:
    """Return the bits that each sensor reads."""
    bits = f"{rate('smtpids_capture_bytes_total', by='instance')} * 8"
    return Lines("Throughput", description, "bps", split("instance", bits))


def followed(title: str, description: str) -> Lines:
    """Return how much is followed at the same time."""
    return Lines(
        title,
        description,
        "short",
        (
            Query(total("smtpids_flows_active"), "connections"),
            Query(total("smtpids_smtp_sessions_active"), "SMTP sessions"),
        ),
    )


def memory(description: str) -> Lines:
    """Return what each process takes."""
    octets = series("process_resident_memory_bytes")
    return Lines("Memory", description, "bytes", split("instance", octets))


def delivered(description: str) -> Lines:
    """Return what each output has taken."""
    taken = rate("smtpids_output_delivered_events_total", by="output")
    return Lines("Records delivered", description, "cps", split("output", taken))
