"""The metrics: one row each.

Names follow Prometheus' practice: one prefix, base units, `_total` on counters. Every label has a
closed set of values, or is named by the operator. `traffic_families` and `output_families` hold the
rows of what comes in and of what goes out, `worker_families` those of processes that share a run.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND
from smtpids.metrics import labels, output_families, traffic_families, worker_families
from smtpids.metrics.family import Family, Label, counter, gauge, histogram, seconds
from smtpids.version import __version__, revision

if TYPE_CHECKING:
    from smtpids.metrics.counts import Counts


def _build(counts: Counts) -> dict[tuple[str, str, str, str], int]:
    return {(__version__, revision(), platform.python_version(), counts.schema_version): 1}


_RULE: Final = Label("rule_id")
_RULESET: Final = Label("ruleset")
_TABLE: Final = Label("table")

_SENSOR: Final = (
    gauge(
        "build_info",
        "Versions of the program, of Python and of the records, and the commit; always 1.",
        _build,
        *map(Label, ("version", "revision", "python_version", "schema_version")),
    ),
    gauge(
        "up_since_timestamp_seconds", "When processing started.", lambda c: seconds(c.started_ns)
    ),
    gauge(
        "config_last_reload_successful",
        "Whether the last load of the rules succeeded.",
        lambda c: c.reload_ok,
    ),
    gauge(
        "config_last_reload_success_timestamp_seconds",
        "When the rules were last loaded with success.",
        lambda c: seconds(c.reload_ns),
    ),
    counter(
        "internal_errors_total",
        "Faults of smtpids itself that ended the analysis of a connection.",
        lambda c: c.internal_errors,
        Label("layer", labels.ENGINE_LAYERS, folds=True),
    ),
    counter(
        "limit_hits_total",
        "Limits of memory that were met.",
        lambda c: c.limit_hits,
        Label("limit", labels.LIMITS),
    ),
)

_RULES: Final = (
    gauge("rules_loaded", "Rules in use.", lambda c: c.rules, _RULESET),
    gauge(
        "rules_failed",
        "Files with faults for which the last reload was refused.",
        lambda c: c.rules_failed,
        _RULESET,
    ),
    gauge(
        "rules_disabled",
        "Rules that are off until the next reload because they failed too often.",
        lambda c: c.rules_disabled,
    ),
    counter(
        "rule_matches_total", "Matches of rules, before suppression.", lambda c: c.matches, _RULE
    ),
    counter(
        "alerts_total",
        "Alerts written.",
        lambda c: c.alerts,
        _RULE,
        Label("severity", labels.SEVERITIES),
        Label("category"),
    ),
    counter(
        "alerts_suppressed_total",
        "Matches that made no alert.",
        lambda c: c.alerts_suppressed,
        _RULE,
        Label("reason", labels.SUPPRESSIONS),
    ),
    counter(
        "rule_errors_total",
        "Evaluations of rules that failed.",
        lambda c: c.rule_errors,
        _RULE,
        Label("reason", labels.RULE_FAULTS),
    ),
    counter(
        "rule_evaluation_seconds_total",
        "Time that a rule took, each asked by itself (--profile-rules).",
        lambda c: {rule: ns / SECOND for rule, ns in c.rule_ns.copy().items()},
        _RULE,
    ),
    histogram(
        "detection_latency_seconds",
        "Time from a packet to its alert, in live captures.",
        lambda c: c.detection_latency if c.live else None,
    ),
    gauge(
        "state_entries", "Entries remembered across sessions.", lambda c: c.state_entries, _TABLE
    ),
    counter(
        "state_evictions_total",
        "Entries forgotten for want of room.",
        lambda c: c.state_evictions,
        _TABLE,
    ),
)

_CORRELATIONS: Final = (
    gauge(
        "correlation_groups",
        "Groups whose matches are counted, by correlation.",
        lambda c: c.correlation_groups,
        _RULE,
    ),
    counter(
        "correlation_evicted_groups_total",
        "Groups forgotten for want of room, with what was counted of them.",
        lambda c: c.correlation_evicted,
        _RULE,
    ),
    counter(
        "correlation_ungrouped_matches_total",
        "Matches that lack a field to group by and are not counted.",
        lambda c: c.correlation_ungrouped,
        _RULE,
    ),
    counter(
        "correlation_late_matches_total",
        "Matches that came too late to be counted in their order.",
        lambda c: c.correlation_late,
    ),
)

#: Every metric of ours, by the name that queries use.
FAMILIES: Final[dict[str, Family]] = {
    family.name: family
    for family in (
        *_SENSOR,
        *traffic_families.CAPTURE,
        *traffic_families.TCP,
        *traffic_families.SMTP,
        *_RULES,
        *_CORRELATIONS,
        *output_families.OUTPUTS,
        *output_families.EXTRACTION,
        *output_families.RUN,
        *worker_families.WORKERS,
    )
}
