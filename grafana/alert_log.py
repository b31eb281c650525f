"""The dashboard that lists the alerts themselves, from Loki: who did what to whom.

Sources and senders are in no metric, because every stranger would make a time series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana import colours
from grafana.logql import UPPER, chosen, counted, distinct, top
from grafana.page import RULE_LINK, of_logs, search
from grafana.panels import Bars, Lines, Logs, Query, Row, Stat

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

ROWS: Final = (
    Row(
        "Alerts",
        (
            Stat("Alerts", "Alerts in the time shown.", "short", counted(), base="blue", width=4),
            Stat(
                "Critical and high",
                "Alerts of the two upper severities in the time shown.",
                "short",
                counted(more=UPPER),
                steps=((1, "red"),),
                width=4,
            ),
            Stat(
                "Rules",
                "Rules that alerted in the time shown.",
                "short",
                distinct("rule_id", "rule.id"),
                base="blue",
                width=4,
            ),
            Stat(
                "Clients",
                "Clients that caused an alert in the time shown.",
                "short",
                distinct("source_ip", "source.ip"),
                base="blue",
                width=4,
            ),
            Stat(
                "Servers",
                "Servers that an alert was about in the time shown.",
                "short",
                distinct("destination_ip", "destination.ip"),
                base="blue",
                width=4,
            ),
            Stat(
                "Senders",
                "Senders of envelopes that caused an alert in the time shown.",
                "short",
                distinct("mail_from", "smtp.mail_from"),
                base="blue",
                width=4,
            ),
            Lines(
                "Alerts by severity",
                "Alerts in each interval, by the level of their rule.",
                "short",
                (Query(counted("severity"), "{{severity}}"),),
                colours=colours.SEVERITY,
                stacked=True,
                bars=True,
                width=16,
            ),
            Bars(
                "Alerts of each severity",
                "Alerts in the time shown, by the level of their rule.",
                "short",
                Query(counted("severity"), "{{severity}}"),
                colours=colours.SEVERITY,
            ),
        ),
    ),
    Row(
        "Who and what",
        (
            Bars(
                "Busiest rules",
                "The ten rules with most alerts in the time shown.",
                "short",
                Query(top(10, "rule_id", "rule.id"), "{{rule_id}}"),
                link=("Show the rule", RULE_LINK),
                width=6,
            ),
            Bars(
                "Top clients",
                "The ten clients that caused most alerts in the time shown.",
                "short",
                Query(top(10, "source_ip", "source.ip"), "{{source_ip}}"),
                width=6,
            ),
            Bars(
                "Top servers",
                "The ten servers that most alerts were about in the time shown.",
                "short",
                Query(top(10, "destination_ip", "destination.ip"), "{{destination_ip}}"),
                width=6,
            ),
            Bars(
                "Top senders",
                "The ten senders of envelopes in most alerts of the time shown.",
                "short",
                Query(top(10, "mail_from", "smtp.mail_from"), "{{mail_from}}"),
                width=6,
            ),
        ),
    ),
    Row(
        "The alerts",
        (
            Logs(
                "Alert log",
                "What happened, newest first; a click on a line shows all that is known of it.",
                f"{chosen()} | json | line_format"
                ' "{{.severity}}  {{.rule_id}}  {{.event_reason}}"',
            ),
        ),
    ),
)


def alert_log() -> model.Dashboard:
    """Return the dashboard that lists alerts."""
    return of_logs(
        "smtpids-alert-log",
        "Alert log",
        "The alerts themselves, with their clients, servers and senders, from Loki.",
        ROWS,
        search(),
    )
