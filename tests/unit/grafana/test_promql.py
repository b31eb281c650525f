"""The words of our queries are PromQL, whatever they are put together from."""

from __future__ import annotations

import promql_parser
import pytest

from grafana.promql import (
    RULE,
    active,
    age,
    grown,
    or_zero,
    quantile,
    rate,
    risen,
    share,
    top,
    total,
)

METRIC = "smtpids_alerts_total"


@pytest.mark.parametrize(
    "expr",
    [
        rate(METRIC),
        rate(METRIC, RULE, by="severity"),
        active(METRIC, "severity"),
        top(10, risen(METRIC, by="rule_id")),
        top(10, grown("smtpids_rule_evaluation_seconds_total", RULE, by="rule_id")),
        or_zero(risen(METRIC, 'severity="high"')),
        share(rate(METRIC), f"{rate(METRIC)} + {rate(METRIC)}"),
        quantile(0.99, "smtpids_detection_latency_seconds"),
        quantile(0.5, "smtpids_output_request_duration_seconds", by="output"),
        total("smtpids_flows_active", by="instance"),
        age("smtpids_up_since_timestamp_seconds"),
    ],
)
def test_what_is_put_together_is_promql(expr: str) -> None:
    promql_parser.parse(expr.replace("$__rate_interval", "1m").replace("$__range", "1h"))


def test_every_series_is_of_the_chosen_sensors() -> None:
    assert rate(METRIC, RULE, by="severity") == (
        'sum by (severity) (rate(smtpids_alerts_total{job=~"$job",instance=~"$instance",'
        'rule_id="$rule_id"}[$__rate_interval]))'
    )
