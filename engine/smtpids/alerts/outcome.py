"""How an event ended and what it is in a few words: `event.outcome` and `message` of a record.

Both are made of what the engine concludes, never of words of the wire, so that receivers can group
by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.events import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

SUCCESS: Final = "success"
FAILURE: Final = "failure"
UNKNOWN: Final = "unknown"
"""The three values that ECS has."""

#: Field that tells how events of an action ended -> its values in the words of ECS; other values
#: are unknown.
_TOLD: Final[dict[str, tuple[str, Mapping[str, str]]]] = {
    Action.AUTH: (
        "smtp.auth.outcome",
        {"success": SUCCESS, "failure": FAILURE, "tempfail": FAILURE},
    ),
    Action.STARTTLS: (
        "smtp.starttls.state",
        {"accepted": SUCCESS, "established": SUCCESS, "refused": FAILURE},
    ),
    Action.TLS: ("tls.outcome", {"established": SUCCESS, "failed": FAILURE}),
}
_MESSAGES: Final = {
    SUCCESS: "Mail accepted",
    FAILURE: "Mail not accepted",
    UNKNOWN: "Mail whose acceptance was not seen",
}


def outcome(action: str, fields: dict[str, Any]) -> str | None:
    """Return `event.outcome`; None for actions that have none."""
    if action == Action.MESSAGE:
        return _of_message(fields)
    if action not in _TOLD:
        return None
    name, words = _TOLD[action]
    return words.get(str(fields.get(name)), UNKNOWN)


def _of_message(fields: dict[str, Any]) -> str:
    if fields.get("smtp.message.accepted"):
        return SUCCESS
    return UNKNOWN if fields.get("smtp.reply.code") is None else FAILURE


def sentence(action: str, fields: dict[str, Any]) -> str:
    """Return what a record is, as its `message`."""
    if action == Action.MESSAGE:
        return _MESSAGES[_of_message(fields)]
    if action == Action.ANOMALY:
        known = ANOMALIES.get(str(fields.get("smtp.anomaly.kind")))
        return "Anomaly" if known is None else known.sentence
    return "SMTP session in TLS" if fields.get("tls.established") else "SMTP session in cleartext"
