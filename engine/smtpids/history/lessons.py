"""What the memory learns of an event from: the few fields that it reads, and when it reads none.

Where sessions are followed in one process and remembered in another (`workers/`), only these are
sent there. `tests/unit/history/test_lessons.py` holds that a memory learns the same from them as
from the event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.events import Action

if TYPE_CHECKING:
    from smtpids.smtp.events import Event, Fields

HELLOS: Final = frozenset({"EHLO", "HELO", "LHLO"})
_WHOLE: Final = ("session.gap", "session.midstream", "session.one_sided")
_TLS: Final = ("tls.established", "tls.version", "tls.version_protocol")
# to look up a member of an enum takes longer than all else here
_REPLY: Final[str] = Action.REPLY.value
_TLS_KNOWN: Final[str] = Action.TLS.value
_AUTH: Final[str] = Action.AUTH.value
_MESSAGE: Final[str] = Action.MESSAGE.value
_SPOKEN: Final[frozenset[str]] = frozenset({Action.GREETING.value, Action.REPLY.value})

#: By `event.action`; of other events nothing is learnt.
READ: Final[dict[str, tuple[str, ...]]] = {
    Action.GREETING: ("smtp.greeting.code", "smtp.greeting.masked", "smtp.greeting.text", *_WHOLE),
    Action.REPLY: (
        "smtp.reply.class",
        "smtp.reply.verb",
        "smtp.helo",
        "smtp.starttls.offered",
        "smtp.ehlo.keywords",
        "smtp.auth.offered",
        *_WHOLE,
        *_TLS,
    ),
    Action.TLS: (
        "tls.outcome",
        "tls.certificate.visible",
        "tls.server.hash.sha256",
        "tls.server.issuer",
        *_TLS,
    ),
    Action.AUTH: (
        "smtp.auth.user",
        "smtp.auth.outcome",
        "smtp.auth.mechanism",
        "smtp.auth.succeeded",
        "smtpids.proxied.ip",
        *_WHOLE,
    ),
    Action.MESSAGE: ("smtp.message.accepted",),
}


def lesson(event: Event, *, met: bool) -> Fields | None:
    """Return the fields that a memory reads of an event, None if it learns nothing from it.

    `met` tells that the server of the session has spoken before.
    """
    names = READ.get(event.action)
    fields = event.fields
    if names is None or not _teaches(event.action, fields, met=met):
        return None
    return {name: fields[name] for name in names if name in fields}


def meets(event: Event) -> bool:
    """Tell whether an event shows that the server of its session speaks."""
    action = event.action
    if action == _TLS_KNOWN:
        return event.fields.get("tls.outcome") == "established"
    return action in _SPOKEN


def _teaches(action: str, fields: Fields, *, met: bool) -> bool:
    get = fields.get
    if action == _REPLY:
        is_hello = get("smtp.reply.class") == 2 and get("smtp.reply.verb") in HELLOS
        return not met or is_hello or bool(get("tls.established"))
    if action == _TLS_KNOWN:
        return get("tls.outcome") == "established"
    if action == _AUTH:
        return bool(get("smtp.auth.user"))
    return action != _MESSAGE or bool(get("smtp.message.accepted"))
