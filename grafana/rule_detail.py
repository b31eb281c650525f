"""The dashboard about one rule: how often it speaks, what holds it back, whether it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana import colours
from grafana.page import RULE_LINK, of_metrics, rule
from grafana.panels import Bars, Lines, Query, Row, Stat, Table, split
from grafana.promql import RULE, grown, or_zero, rate, risen, share, top, total

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

ALERTS: Final = "smtpids_alerts_total"
MATCHES: Final = "smtpids_rule_matches_total"
SUPPRESSED: Final = "smtpids_alerts_suppressed_total"
TIME: Final = "smtpids_rule_evaluation_seconds_total"
ERRORS: Final = "smtpids_rule_errors_total"
HERE: Final = (
    "/d/smtpids-rule-detail?var-rule_id=${__value.raw}&${datasource:queryparam}"
    "&${job:queryparam}&${instance:queryparam}&${__url_time_range}"
)
"""To the same dashboard with another rule."""

ROWS: Final = (
    Row(
        "The rule",
        (
            Stat(
                "Alerts",
                "Alerts of this rule in the time shown.",
                "short",
                risen(ALERTS, RULE),
                base="blue",
                width=4,
            ),
            Stat(
                "Share of all alerts",
                "How much of all that was alerted is due to this rule.",
                "percentunit",
                share(risen(ALERTS, RULE), risen(ALERTS)),
                steps=((0.5, "yellow"), (0.9, "orange")),
                width=4,
            ),
            Stat(
                "Matches",
                "Events of which the rule was true in the time shown, with those not alerted.",
                "short",
                risen(MATCHES, RULE),
                base="blue",
                width=4,
            ),
            Stat(
                "Suppressed",
                "Matches that made no alert because one like it had just been written.",
                "short",
                or_zero(risen(SUPPRESSED, RULE)),
                base="blue",
                width=4,
            ),
            Stat(
                "Errors",
                "Events that the rule failed on. After a hundred it is switched off.",
                "short",
                or_zero(risen(ERRORS, RULE)),
                steps=((1, "red"),),
                width=4,
            ),
            Stat(
                "Sensors with alerts",
                "Sensors on which the rule alerted in the time shown.",
                "short",
                or_zero(f"count({risen(ALERTS, RULE, by='instance')} > 0)"),
                base="blue",
                width=4,
            ),
            Lines(
                "From match to alert",
                "Matches of the rule a minute, and what became of them.",
                "cpm",
                (
                    Query(f"{rate(MATCHES, RULE)} * 60", "matches"),
                    Query(f"{rate(ALERTS, RULE)} * 60", "alerts"),
                    Query(or_zero(f"{rate(SUPPRESSED, RULE)} * 60"), "suppressed"),
                ),
                colours={"matches": "blue", "alerts": "red", "suppressed": "yellow"},
                width=12,
            ),
            Lines(
                "Alerts by sensor",
                "Alerts of the rule a minute, by sensor.",
                "cpm",
                split("instance", f"{rate(ALERTS, RULE, by='instance')} * 60"),
                stacked=True,
                width=12,
            ),
            Lines(
                "Suppressed by reason",
                "Why matches of the rule made no alert, a minute.",
                "cpm",
                split("reason", f"{rate(SUPPRESSED, RULE, by='reason')} * 60"),
                stacked=True,
                empty="None of its matches was suppressed.",
                width=12,
            ),
            Lines(
                "Errors by reason",
                "Why the rule could not be evaluated, a minute.",
                "cpm",
                split("reason", f"{rate(ERRORS, RULE, by='reason')} * 60"),
                stacked=True,
                width=12,
            ),
        ),
    ),
    Row(
        "If it counts matches together",
        (
            Lines(
                "Groups",
                "Groups whose matches are counted; only correlations have them.",
                "short",
                split("instance", total("smtpids_correlation_groups", RULE, by="instance")),
                empty="This rule counts nothing together.",
                width=12,
            ),
            Lines(
                "Not counted",
                "Groups forgotten for want of room, and matches that lack a field to group by.",
                "cpm",
                (
                    Query(
                        f"{rate('smtpids_correlation_evicted_groups_total', RULE)} * 60",
                        "forgotten groups",
                    ),
                    Query(
                        f"{rate('smtpids_correlation_ungrouped_matches_total', RULE)} * 60",
                        "matches without group",
                    ),
                ),
                empty="This rule counts nothing together.",
                width=12,
            ),
        ),
    ),
    Row(
        "What rules cost",
        (
            Lines(
                "Time in the rule",
                "Share of one processor that the rule takes, on sensors with --profile-rules.",
                "percentunit",
                split("instance", rate(TIME, RULE, by="instance")),
                empty="No sensor takes the time of this rule.",
                width=12,
            ),
            Bars(
                "Time in rules",
                "The ten dearest rules in the time shown, on sensors with --profile-rules.",
                "s",
                Query(top(10, grown(TIME, by="rule_id")), "{{rule_id}}"),
                link=("Show the rule", RULE_LINK),
                width=12,
            ),
        ),
    ),
    Row(
        "All rules",
        (
            Table(
                "Rules by alerts",
                "Every rule that alerted in the time shown; a click on one shows it above.",
                "short",
                f"{risen(ALERTS, by='rule_id, severity, category')} > 0",
                "Alerts",
                (("rule_id", "Rule"), ("severity", "Severity"), ("category", "Category")),
                link=("Rule", "Show this rule", HERE),
                colours={"Severity": colours.SEVERITY},
                width=16,
            ),
            Table(
                "Rules that fail",
                "Rules that could not be evaluated at times in the time shown.",
                "short",
                f"{risen(ERRORS, by='rule_id, reason')} > 0",
                "Errors",
                (("rule_id", "Rule"), ("reason", "Reason")),
                width=8,
            ),
        ),
    ),
)


def rule_detail() -> model.Dashboard:
    """Return the dashboard about the rule that is chosen above it."""
    return of_metrics(
        "smtpids-rule-detail",
        "Rule detail",
        "One rule: how often it speaks, on which sensors, what holds it back, whether it fails.",
        ROWS,
        rule(),
    )
