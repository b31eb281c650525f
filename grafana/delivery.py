"""What becomes of records and attachments: the lower rows of the dashboard about the sensors."""

from __future__ import annotations

from typing import Final

from grafana.panels import Lines, Query, Row, split
from grafana.promql import active, quantile, rate, series, share, total
from grafana.vitals import delivered

QUEUE: Final = "smtpids_output_queue_length"
QUEUE_MOST: Final = "smtpids_output_queue_capacity"
SPOOL: Final = "smtpids_output_spool_bytes"
SPOOL_MOST: Final = "smtpids_output_spool_capacity_bytes"


def _fullness(title: str, description: str, held: str, most: str) -> Lines:
    """Return how much of its room each output takes."""
    taken = share(total(held, by="output"), total(most, by="output"))
    return Lines(title, description, "percentunit", split("output", taken), most=1)


OUTPUTS: Final = Row(
    "Outputs",
    (
        Lines(
            "Output up",
            "Whether the receiver can be reached: 1 it can, 0 it cannot.",
            "short",
            (
                Query(
                    f"min by (instance, output) ({series('smtpids_output_up')})",
                    "{{instance}} {{output}}",
                ),
            ),
            most=1,
        ),
        delivered("Records that the receivers have taken."),
        Lines(
            "Since last delivery",
            "Time since the output last took a record, on the sensor where it is longest.",
            "s",
            split(
                "output",
                "time() - min by (output)"
                f" ({series('smtpids_output_last_success_timestamp_seconds')})",
            ),
        ),
        _fullness("Queue", "How full the output's queue in memory is.", QUEUE, QUEUE_MOST),
        _fullness("Spool", "How full the output's spool on disk is.", SPOOL, SPOOL_MOST),
        Lines(
            "Time of delivery",
            "How long a delivery took: half of them, and 99 %.",
            "s",
            (
                Query(
                    quantile(0.5, "smtpids_output_request_duration_seconds", by="output"),
                    "{{output}} median",
                ),
                Query(
                    quantile(0.99, "smtpids_output_request_duration_seconds", by="output"),
                    "{{output}} 99 %",
                ),
            ),
        ),
        Lines(
            "Deliveries that failed",
            "Deliveries that failed and are tried again, by reason.",
            "cps",
            (
                Query(
                    active("smtpids_output_errors_total", "output, reason"),
                    "{{output}} {{reason}}",
                ),
            ),
            stacked=True,
            empty="none",
        ),
        Lines(
            "Records sent again",
            "Deliveries tried again, and records that the receiver may now have twice.",
            "cps",
            (
                Query(rate("smtpids_output_retries_total", by="output"), "{{output}} retries"),
                Query(
                    rate("smtpids_output_resent_events_total", by="output"), "{{output}} records"
                ),
            ),
        ),
        Lines(
            "Records lost by reason",
            "Records that could not be delivered and are gone.",
            "cps",
            (
                Query(
                    active("smtpids_output_dropped_events_total", "output, reason"),
                    "{{output}} {{reason}}",
                ),
            ),
            stacked=True,
            empty="none",
        ),
    ),
)

FILES: Final = Row(
    "Attachments written to files",
    (
        Lines(
            "Files written",
            "Attachments written with --extract, a minute.",
            "cpm",
            split("result", f"{rate('smtpids_extracted_files_total', by='result')} * 60"),
            stacked=True,
        ),
        Lines(
            "Files skipped",
            "Attachments that were to be written and were not, a minute, by reason.",
            "cpm",
            split("reason", f"{rate('smtpids_extract_skipped_files_total', by='reason')} * 60"),
            stacked=True,
        ),
        Lines(
            "Room taken",
            "Octets of attachments that this run keeps in files.",
            "bytes",
            split("instance", series("smtpids_extracted_bytes")),
        ),
    ),
)
