"""The metrics of what leaves smtpids: records by output, attachments, and the end of a run."""

from __future__ import annotations

from typing import Final

from smtpids.metrics import labels
from smtpids.metrics.family import Label, counter, gauge, histogram, seconds, seconds_by

_OUTPUT: Final = Label("output")

OUTPUTS: Final = (
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
    counter(
        "output_retries_total",
        "Deliveries that were tried again.",
        lambda c: c.output_retries,
        _OUTPUT,
    ),
    counter(
        "output_resent_events_total",
        "Records sent again after a lost connection, which the receiver may have twice.",
        lambda c: c.output_resent,
        _OUTPUT,
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
        "output_spool_capacity_bytes",
        "Bytes that may wait on disk for an output.",
        lambda c: c.output_spool_most,
        _OUTPUT,
    ),
    gauge(
        "output_up",
        "Whether the last delivery of an output succeeded.",
        lambda c: c.output_up,
        _OUTPUT,
    ),
    gauge(
        "output_last_success_timestamp_seconds",
        "When an output last took a record.",
        lambda c: seconds_by(c.output_success_ns),
        _OUTPUT,
    ),
    histogram(
        "output_request_duration_seconds",
        "How long an output's receiver took for a request, whatever it answered.",
        lambda c: c.output_requests,
        _OUTPUT,
    ),
)

EXTRACTION: Final = (
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

#: What a run that ends says of itself, in its text file alone.
RUN: Final = (
    gauge(
        "run_completed_timestamp_seconds",
        "When the run came to its end.",
        lambda c: seconds(c.completed_ns),
    ),
    gauge(
        "run_last_success_timestamp_seconds",
        "When a run that writes this file last came to its end without a fault.",
        lambda c: seconds(c.succeeded_ns),
    ),
    gauge("run_exit_code", "What the run ended with.", lambda c: c.exit_code),
)
