"""The numbers as Prometheus reads them."""

from __future__ import annotations

import subprocess
import sys
import threading

from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from smtpids.config import SECOND
from smtpids.metrics import Counts, count_alert, count_event, count_match
from smtpids.metrics.collector import Collector, registry
from smtpids.metrics.families import FAMILIES
from smtpids.rules.rule import Level, Rule
from smtpids.smtp.events import Event

RULE = Rule(name="bare_lf_in_message", title="Bare LF", level=Level.MEDIUM, category="protocol")


def exposed(collector: Collector) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample by its name and labels, as a scraper reads it."""
    text = generate_latest(registry(collector, of_process=False)).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse(text)
        for sample in family.samples
    }


def series(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_a_loaded_rule_is_exposed_at_zero_and_then_counted() -> None:
    counts = Counts()
    counts.rules_loaded([RULE])
    collector = Collector(counts)
    alerts = series(
        "smtpids_alerts_total", rule_id=RULE.name, severity="medium", category="protocol"
    )
    assert exposed(collector)[alerts] == 0
    count_alert(counts, RULE)
    assert exposed(collector)[alerts] == 1


def test_the_time_of_rules_is_exposed_once_it_is_taken_even_if_it_is_zero() -> None:
    counts = Counts()
    collector = Collector(counts)
    name = "smtpids_rule_evaluation_seconds_total"
    assert name not in {each for each, _ in exposed(collector)}
    counts.rule_ns = {"a": 1_500_000_000, "b": 0}
    shown = {key: value for key, value in exposed(collector).items() if key[0] == name}
    assert shown == {series(name, rule_id="a"): 1.5, series(name, rule_id="b"): 0}


def test_what_lower_layers_count_is_fetched_before_reading() -> None:
    counts = Counts()

    def refresh() -> None:
        counts.frames = {"eth0": 12}
        counts.dropped = {("eth0", "kernel"): 3}

    samples = exposed(Collector(counts, refresh))
    assert samples[series("smtpids_capture_packets_total", source="eth0")] == 12
    assert (
        samples[series("smtpids_capture_dropped_packets_total", source="eth0", reason="kernel")]
        == 3
    )


def test_numbers_of_lower_layers_under_unknown_names_are_added_up_as_other() -> None:
    counts = Counts()
    counts.decode_errors = {"ip": 1, "\xff evil": 2, "more": 3}
    samples = exposed(Collector(counts))
    assert samples[series("smtpids_decode_errors_total", layer="ip")] == 1
    assert samples[series("smtpids_decode_errors_total", layer="other")] == 5


def test_the_lag_is_the_distance_of_the_newest_packet_to_the_wall_clock() -> None:
    counts = Counts(live=True)
    counts.last_packet_ns = 7 * SECOND
    samples = exposed(Collector(counts, now_ns=lambda: 9 * SECOND))
    assert samples[series("smtpids_capture_lag_seconds")] == 2
    assert samples[series("smtpids_capture_last_packet_timestamp_seconds")] == 7


def test_files_have_neither_lag_nor_latency() -> None:
    counts = Counts()
    counts.last_packet_ns = 7 * SECOND
    names = {name for name, _ in exposed(Collector(counts))}
    assert "smtpids_capture_lag_seconds" not in names
    assert "smtpids_detection_latency_seconds_bucket" not in names


def test_a_histogram_is_exposed_with_its_buckets() -> None:
    counts = Counts()
    counts.message_size.observe(4000)
    counts.message_size.observe(10**9)
    samples = exposed(Collector(counts))
    assert samples[series("smtpids_smtp_message_size_bytes_bucket", le="1000.0")] == 0
    assert samples[series("smtpids_smtp_message_size_bytes_bucket", le="4000.0")] == 1
    assert samples[series("smtpids_smtp_message_size_bytes_count")] == 2
    assert samples[series("smtpids_smtp_message_size_bytes_sum")] == 10**9 + 4000


def test_a_histogram_may_have_a_label() -> None:
    counts = Counts()
    counts.output_request("siem", 0.2)
    counts.output_request("siem", 40)
    counts.output_request("backup", 0.0004)
    samples = exposed(Collector(counts))
    name = "smtpids_output_request_duration_seconds"
    assert samples[series(f"{name}_bucket", output="siem", le="0.25")] == 1
    assert samples[series(f"{name}_bucket", output="siem", le="+Inf")] == 2
    assert samples[series(f"{name}_sum", output="siem")] == 40.2
    assert samples[series(f"{name}_bucket", output="backup", le="0.001")] == 1


def test_what_was_not_seen_yet_is_zero_for_every_value_that_a_label_can_have() -> None:
    samples = exposed(Collector(Counts()))
    name = "smtpids_smtp_auth_attempts_total"
    assert samples[series(name, mechanism="PLAIN", outcome="failure")] == 0
    assert samples[series(name, mechanism="other", outcome="success")] == 0


def test_times_are_seconds_and_unknown_times_are_absent() -> None:
    counts = Counts()
    counts.reload_ok = False
    counts.reload_ns = 3 * SECOND // 2
    samples = exposed(Collector(counts))
    assert samples[series("smtpids_config_last_reload_success_timestamp_seconds")] == 1.5
    assert samples[series("smtpids_config_last_reload_successful")] == 0
    assert series("smtpids_up_since_timestamp_seconds") not in samples


def test_no_series_has_a_creation_time() -> None:
    """They would double the counters and say nothing that `up_since` does not."""
    text = generate_latest(registry(Collector(Counts()))).decode()
    assert "_created" not in text


def test_the_same_numbers_are_valid_openmetrics() -> None:
    counts = Counts(live=True)
    counts.rules_loaded([RULE])
    text = generate_openmetrics(registry(Collector(counts))).decode()  # type: ignore[no-untyped-call]  # it has no annotations
    names = {family.name for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]  # likewise
    assert {"smtpids_alerts", "smtpids_smtp_message_size_bytes", "process_open_fds"} <= names


def test_hostile_traffic_makes_no_more_series_than_the_tables_allow() -> None:
    """All that the tables allow are there from the start, and none is added."""
    counts = Counts()
    collector = Collector(counts)
    before = len(exposed(collector))
    for number in range(500):
        word = f'\u202e"}}\n{number}'
        for action in ("command", "reply", "auth", "starttls", "tls", "anomaly", "session_end"):
            count_event(
                counts,
                Event(
                    action,
                    0,
                    number,
                    {
                        "smtp.command.verb": word,
                        "smtp.reply.code": 1000 + number,
                        "smtp.reply.enhanced": f"5.{number + 8}.0",
                        "smtp.auth.mechanism": word,
                        "smtp.auth.outcome": word,
                        "smtp.starttls.state": word,
                        "smtp.anomaly.kind": word,
                        "tls.version": word,
                        "tls.outcome": word,
                        "tls.mode": word,
                        "destination.port": 10_000 + number,
                        "session.close_reason": word,
                    },
                ),
            )
    # the traffic names no outcome, state, mode, reason or anomaly: these six would be our bugs
    assert len(exposed(collector)) == before + 6


def test_a_scrape_never_fails_while_counting_goes_on() -> None:
    counts = Counts()
    metrics = registry(Collector(counts), of_process=False)
    done = threading.Event()

    def count() -> None:
        number = 0
        while not done.is_set():
            number += 1
            counts.matches[f"rule_{number % 5000}"] = number
            if number % 5000 == 0:
                counts.matches.clear()

    thread = threading.Thread(target=count)
    thread.start()
    try:
        for _ in range(8):
            generate_latest(metrics)
    finally:
        done.set()
        thread.join()


def test_every_metric_is_exposed_once_its_number_is_there() -> None:
    counts = Counts(live=True)
    counts.started_ns = 1
    counts.reload_ok = True
    counts.reload_ns = 1
    counts.last_packet_ns = 1
    counts.connections_most = 100_000
    counts.rules_loaded([RULE])
    count_match(counts, RULE)
    counts.suppressed(RULE)
    counts.rule_error(RULE)
    counts.rule_ns[RULE.name] = 1
    counts.limit("connections")
    counts.replies["2xx", "x.1"] = counts.auth["PLAIN", "success"] = 1
    counts.handshakes["1.3", "established"] = counts.attachments["document"] = 1
    counts.frames = counts.octets = counts.filtered = {"eth0": 1}
    counts.dropped = {("eth0", "kernel"): 1}
    counts.decode_errors = {"ip": 1}
    counts.completed_ns = counts.succeeded_ns = counts.exit_code = 1
    counts.state_entries = counts.state_evictions = {"groups": 1}
    counts.correlation_groups = counts.correlation_evicted = {RULE.name: 1}
    counts.correlation_ungrouped = {RULE.name: 1}
    counts.output_opened("-", ["alert"])
    counts.output_request("-", 0.2)
    counts.output_dropped = counts.output_errors = {("-", "write"): 1}
    counts.output_retries = counts.output_resent = {"-": 1}
    counts.output_queue = counts.output_queue_most = counts.output_success_ns = {"-": 1}
    counts.output_spool_octets = counts.output_spool_most = {"-": 1}
    counts.output_up = {"-": 1}
    counts.worker_up = counts.worker_restarts = counts.worker_sessions_lost = {"0": 1}
    counts.worker_queue = counts.worker_packets = counts.worker_dropped = {"0": 1}
    counts.worker_memory = {"0": 1}
    names = {name for name, _ in exposed(Collector(counts))}
    assert {name for family in FAMILIES.values() for name in family.series_names} == names


def test_counting_needs_no_prometheus_client() -> None:
    code = "import sys, smtpids.metrics; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
