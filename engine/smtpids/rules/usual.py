"""What is known of usual events beforehand, so that most questions need not be asked of them.

An ordinary EHLO has no path and no control character, an ordinary mail no attachment: its event
says so (`Event.usual`), and of what the rules ask little is left. The functions for such events are
made besides those for all others of the same action, which they agree with: a rule that asks what
is not in the tables here is asked by both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.fields import FIELDS
from smtpids.mime.plainmail import PLAIN_MAIL
from smtpids.rules.interpreter import REFERENCES, ask
from smtpids.rules.tree import Op, fold
from smtpids.smtp.plain import MOST_OCTETS, USUAL_VERBS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.rules.tree import Check, Node

_MORE: Final = frozenset({Op.GT, Op.GTE})


class Usual(NamedTuple):
    """What holds of the events of a kind."""

    action: str
    fields: Mapping[str, object]
    """What fields say."""
    absent: frozenset[str]
    """Fields that they never carry."""
    most: Mapping[str, object]
    """The largest numbers of fields."""


#: What a command says of its path; only MAIL and RCPT have one.
_OF_PATHS: Final = frozenset(
    {
        "smtp.command.local_part",
        "smtp.command.domain",
        "smtp.command.path_form",
        *(name for name in FIELDS if name.startswith("smtp.command.parameter")),
    }
)


def _command(verb: str) -> Usual:
    fields: dict[str, object] = {
        "smtp.command.verb": verb,
        "smtp.command.known": True,
        "smtp.command.in_order": True,
        "smtp.command.pipelined": False,
        "smtp.command.control": False,
        "smtp.command.after_chunk": False,
        "smtp.command.non_ascii": False,
    }
    absent = frozenset() if verb in {"MAIL", "RCPT"} else _OF_PATHS
    return Usual("command", fields, absent, {"smtp.command.length": MOST_OCTETS})


USUAL: Final[Mapping[str, Usual]] = {
    **{verb: _command(verb) for verb in sorted(USUAL_VERBS)},
    PLAIN_MAIL: Usual(
        "message",
        {},
        frozenset(
            {
                *(
                    name
                    for name in FIELDS
                    if name.startswith(("email.attachments.", "email.mime."))
                ),
                "email.authentication_results_id",
                "email.authentication_results_own",
                "email.list_id",
                "email.repeated_fields",
            }
        ),
        {},
    ),
}
"""By `Event.usual`."""


def usual(node: Node, kind: str) -> Node:
    """Return what is left of `node`, specialised to the action, for usual events of a kind."""
    known = USUAL[kind]
    return fold(node, lambda check: _known(check, known))


def _known(check: Check, known: Usual) -> bool | None:
    name = check.field
    if name is None:
        return None
    if check.op in REFERENCES:
        return False if name in known.absent or str(check.operand) in known.absent else None
    if name in known.absent:
        return ask(check, {})
    if name in known.fields:
        return ask(check, known.fields)
    if name in known.most and check.op in _MORE and not ask(check, known.most):
        return False
    return None
