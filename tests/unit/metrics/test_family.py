"""What a metric is called."""

from __future__ import annotations

from smtpids.metrics.family import counter, gauge, histogram


def test_a_histogram_has_three_series_and_the_others_one() -> None:
    assert counter("a_total", "A.", lambda _: 0).series_names == ("smtpids_a_total",)
    assert gauge("b", "B.", lambda _: 0).series_names == ("smtpids_b",)
    assert histogram("c_seconds", "C.", lambda _: None).series_names == (
        "smtpids_c_seconds_bucket",
        "smtpids_c_seconds_count",
        "smtpids_c_seconds_sum",
    )
