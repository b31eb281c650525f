"""The dashboard that lists the alerts themselves, from Loki: who did what to whom.

Sources and senders are in no metric, because every stranger would make a time series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana import colours
from grafana.logql import UPPER, chosen, counted, distinct, top
from grafana.page import RULE_LINK, of_logs, search
from grafana.panels import Bars, Lines, Logs, Query, Row, Stat, split

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import dashboard as model

#: What a query calls a name of the line, and the name.
RULE: Final = ("rule_id", "rule.id")
CLIENT: Final = ("source_ip", "source.ip")
SERVER: Final = ("destination_ip", "destination.ip")
SENDER: Final = ("mail_from", "smtp.mail_from")


def _number(title: str, description: str, name: tuple[str, str]) -> Stat:
    """Return how many there are."""
    return Stat(title, description, "short", distinct(*name), base="blue", width=4)


def _busiest(
    title: str, description: str, name: tuple[str, str], link: tuple[str, str] | None = None
) -> Bars:
    """Return the ten that stand in most alerts."""
    query = Query(top(10, *name), f"{{{{{name[0]}}}}}")
    return Bars(title, description, "short", query, link=link, width=6)


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
            _number("Rules", "Rules that alerted in the time shown.", RULE),
            _number("Clients", "Clients that caused an alert in the time shown.", CLIENT),
            _number("Servers", "Servers that an alert was about in the time shown.", SERVER),
            _number(
                "Senders", "Senders of envelopes that caused an alert in the time shown.", SENDER
            ),
            Lines(
                "Alerts by severity",
                "Alerts in each interval, by the level of their rule.",
                "short",
                split("severity", counted("severity")),
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
            _busiest(
                "Busiest rules",
                "The ten rules with most alerts in the time shown.",
                RULE,
                link=("Show the rule", RULE_LINK),
            ),
            _busiest(
                "Top clients", "The ten clients that caused most alerts in the time shown.", CLIENT
            ),
            _busiest(
                "Top servers",
                "The ten servers that most alerts were about in the time shown.",
                SERVER,
            ),
            _busiest(
                "Top senders",
                "The ten senders of envelopes in most alerts of the time shown.",
                SENDER,
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
