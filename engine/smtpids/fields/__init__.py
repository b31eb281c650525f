"""The table of fields: every name that a rule may use and a record may hold.

In: nothing; the rows are data. Out: `FIELDS`, by dotted name. A row says the type of a value, the
values of `event.action` whose events carry it, where an event has it, and what it means. Rules are
compiled, records written, the JSON schema and rules/FIELDS.md made from these rows alone.

Open `table.py` first, then `field.py` for what a row is; the rows stand in `session_rows.py`,
`history_rows.py` and `message_rows.py`. `python -m smtpids.fields` prints rules/FIELDS.md.
"""

from smtpids.fields.field import ALL, Field, Type
from smtpids.fields.table import AUTH_OUTCOMES, FIELDS, HIDDEN, TLS_MODES

__all__ = ["ALL", "AUTH_OUTCOMES", "FIELDS", "HIDDEN", "TLS_MODES", "Field", "Type"]
