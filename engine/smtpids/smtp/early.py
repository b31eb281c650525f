"""What is odd in commands before the greeting, told only where the server does not invite them.

A client that speaks before the greeting is no client of SMTP, but for one case: Exim offers in its
reply to EHLO that on later connections commands may come at once (draft-harris-early-pipe). The
earlier connection was another one, so whether this client was invited is known only when the reply
to its EHLO has come; until then its anomalies wait here. A bot that takes the offer of the server
it talks to for granted is right about it and passes as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.states import State
from smtpids.tcp.events import CLIENT

if TYPE_CHECKING:
    from smtpids.smtp.tracker import Tracker

#: Names of the offer, by version of Exim.
INVITATIONS: Final = frozenset({"PIPECONNECT", "PIPE_CONNECT", "X_PIPE_CONNECT"})
#: One command makes two anomalies at most; the rest of a long group adds nothing.
MOST: Final = 8
EARLY: Final = "client_before_banner"


def anomaly(tracker: Tracker, kind: str, detail: str, ts_ns: int, packet: int) -> None:
    """Say an oddity of the client, or keep it until the reply to EHLO if nothing was said yet."""
    if tracker.state is not State.CONNECTED and not tracker.early_anomalies:
        tracker.session.anomaly(kind, CLIENT, detail, ts_ns, packet)
    elif len(tracker.early_anomalies) < MOST:
        tracker.early_anomalies = (*tracker.early_anomalies, (kind, detail, ts_ns, packet))


def greeted(tracker: Tracker, ts_ns: int, packet: int) -> None:
    """The greeting came behind commands; unless EHLO is the first of them, all is told."""
    tracker.early_anomalies = (*tracker.early_anomalies, (EARLY, "", ts_ns, packet))
    if not (tracker.pending and tracker.pending[0].verb == "EHLO"):
        settle(tracker)


def missed(tracker: Tracker) -> bool:
    """Tell whether the client's next command is its first, sent before it had the greeting."""
    context = tracker.session.context
    if context["smtp.command.count"] or "smtp.greeting.code" not in context or tracker.pending:
        return False
    return 0 <= tracker.inbox.seen < tracker.replied_at


def spoke(tracker: Tracker, verb: str, ts_ns: int, packet: int) -> None:
    """The first command was sent before its sender had the greeting, which was captured first."""
    tracker.early_anomalies = (*tracker.early_anomalies, (EARLY, "", ts_ns, packet))
    if verb != "EHLO":
        settle(tracker)


def settle(tracker: Tracker) -> None:
    """Say what waits, unless the server invites it: its reply to EHLO came, or never will."""
    early_anomalies = tracker.early_anomalies
    if not early_anomalies:
        return
    tracker.early_anomalies = ()
    keywords = tracker.session.context.get("smtp.ehlo.keywords")
    if isinstance(keywords, list) and not INVITATIONS.isdisjoint(map(str, keywords)):
        return
    for kind, detail, ts_ns, packet in early_anomalies:
        tracker.session.anomaly(kind, CLIENT, detail, ts_ns, packet)
