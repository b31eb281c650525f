"""The reader of LogQL that judges the dashboards takes what is right and refuses slips."""

from __future__ import annotations

import pytest

from tests.support.logql import LogqlError, read


def test_a_selector_is_read() -> None:
    found = read('{job="smtpids", host=~"mx.+"}')
    assert found.stream == [("job", "=", "smtpids"), ("host", "=~", "mx.+")]
    assert not found.is_metric


def test_what_stages_take_from_a_line_is_known() -> None:
    found = read('{job="a"} |= "x" | json ip="source.ip", rule="rule.id" | ip!="" | __error__=""')
    assert found.taken == {"ip": "source.ip", "rule": "rule.id"}
    assert not found.takes_all
    assert read('{job="a"} | json | line_format "{{.rule_id}}"').takes_all


def test_aggregations_and_their_ranges_are_read() -> None:
    found = read('topk(10, sum by (ip, rule) (count_over_time({job="a"} [$__auto])))')
    assert found.grouped == {"ip", "rule"}
    assert found.ranges == ["$__auto"]
    assert found.is_metric


@pytest.mark.parametrize(
    "expr",
    [
        "",
        "{}",
        "{job=smtpids}",
        '{job="smtpids"',
        '{job="smtpids"} | json |',
        '{job="smtpids"} | jsn',
        '{job="smtpids"} |= x',
        '{job="smtpids"} | json ip=source.ip',
        'sum by ip (count_over_time({job="a"} [5m]))',
        'sum by (ip) (count_over_time({job="a"}))',
        'sum by (ip) (count_over_time({job="a"} [$__auto])',
        'summ(count_over_time({job="a"} [5m]))',
        'sum(count_over_time({job="a"} [5 m]))',
        'sum({job="a"})',
        'topk(sum(count_over_time({job="a"} [5m])))',
        '{job="a"} {job="b"}',
        '{job="a" § }',
    ],
)
def test_a_slip_is_refused(expr: str) -> None:
    with pytest.raises(LogqlError):
        read(expr)
