"""Every name that a rule may use: its type, the events that carry it, and a sentence.

One row is one field. The loader refuses a rule that misspells a name or compares it with what it
can never be; the compiler reads from the types how a value is compared and from the actions which
rules an event can match at all; `rules/FIELDS.md` is this table as a page
(`python -m smtpids.fields` prints it). A name in a rule is the path in the JSON.

The rows of the session stand in `session_rows.py`, those of its past in `history_rows.py`,
those of messages in `message_rows.py`. To add a field is to add a row. Keep the order of the
page, and never let one name be both a value and the beginning of another name.
"""

from __future__ import annotations

from typing import Final

from smtpids.fields.field import ALL, Field, Type
from smtpids.fields.history_rows import HISTORY_ROWS
from smtpids.fields.message_rows import MESSAGE_ROWS
from smtpids.fields.session_rows import AUTH_OUTCOMES, PROTOCOL_ROWS, TLS_MODES

__all__ = ["ALL", "AUTH_OUTCOMES", "FIELDS", "HIDDEN", "TLS_MODES", "Field", "Type"]

_ROWS: Final = (*PROTOCOL_ROWS, *HISTORY_ROWS, *MESSAGE_ROWS)

FIELDS: Final[dict[str, Field]] = {field.name: field for field in _ROWS}
HIDDEN: Final = frozenset(field.name for field in _ROWS if field.hidden)
