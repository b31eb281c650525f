"""The table of fields as a page for people: `rules/FIELDS.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.fields.table import ALL, FIELDS
from smtpids.smtp.events import Action

if TYPE_CHECKING:
    from smtpids.fields.table import Field

_MEANINGS: Final[dict[Action, str]] = {
    Action.GREETING: "the first reply of the server",
    Action.COMMAND: "a command line is complete",
    Action.REPLY: "a reply is complete and paired with its command",
    Action.AUTH: "an attempt to log in is over",
    Action.STARTTLS: "STARTTLS was answered, or the answer can no longer come",
    Action.TLS: "the parameters of a handshake are known, or it failed",
    Action.MESSAGE: "the reply to the end of a message came, or it can no longer come",
    Action.ANOMALY: "an oddity was seen",
    Action.SESSION_END: "the session is over",
}

_OPENING: Final = """\
# Fields

What a rule may ask for.
This page is written by `python -m smtpids.fields`; change the table there.

A field that an event lacks makes every test false, but for `null` and `exists: false`.
Times are compared by `minute`, `hour`, `day`, `week`, `month` and `year`, in UTC.
"""


def markdown() -> str:
    """Return the page `rules/FIELDS.md`."""
    parts = [_OPENING, "\n## Every event\n\n", _table(ALL)]
    for action, meaning in _MEANINGS.items():
        parts.append(f"\n## `event.action: {action}`\n\nWhen: {meaning}.\n")
        own = [
            field for field in FIELDS.values() if action in field.actions and field.actions != ALL
        ]
        if own:
            parts += ["\n", _rows(own)]
        else:
            parts.append("It carries the fields of every event and no others.\n")
    return "".join(parts)


def _table(actions: frozenset[str]) -> str:
    return _rows([field for field in FIELDS.values() if field.actions == actions])


def _rows(fields: list[Field]) -> str:
    lines = ["| field | type | what it says | example |", "|---|---|---|---|"]
    for field in fields:
        says = field.sentence
        if field.values and len(field.values) <= len(_MEANINGS):
            says += " One of " + ", ".join(f"`{value}`" for value in sorted(field.values)) + "."
        if field.hidden:
            says += " For rules only: it is never written."
        if field.needs:
            says += f" Needs the setting `{field.needs}`."
        example = field.example.replace("|", "\\|")
        lines.append(f"| `{field.name}` | {field.type_name} | {says} | `{example}` |")
    return "\n".join(lines) + "\n"
