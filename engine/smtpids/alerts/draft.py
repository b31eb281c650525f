"""Alerts that two write: one who has the event, and one who knows what was before it.

Of several workers (`workers/`) each has the sessions that it follows; the history, and how many
matches were held back, only their parent knows. So a worker writes the line of an alert as far as
it can, in three pieces, and the parent puts in what stands between them. Else all that stands in a
line would be sent as well, to be read and written once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import orjson

from smtpids.alerts.nesting import Record, fill
from smtpids.config import MIB
from smtpids.smtp.events import Event

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

#: What stands in the two places while the line is written; no value has an end of line.
HISTORY_MARK: Final = "\nh"
SUPPRESSED_MARK: Final = "\ns"
DRAFT_OCTETS: Final = MIB
"""The longest draft; the parent cuts it to what an output takes, as it does with any line."""
MARK_OCTETS: Final = 2
_HISTORY: Final = HISTORY_MARK.encode()
_PREFIX: Final = "history."

Draft: TypeAlias = "tuple[str, bool, bytes, bytes, bytes]"
"""The id of the alert, whether the history stands before the number, and the pieces."""


class Drafted(Event):
    """An event whose alerts are drafted: beside them, its `fields` are those that are asked for.

    `drafts` are by the rule's name.
    """

    __slots__ = ("drafts",)

    def __init__(
        self,
        action: str,
        ts_ns: int,
        packet: int,
        fields: Fields,
        drafts: dict[str, Draft],
    ) -> None:
        super().__init__(action, ts_ns, packet, fields)
        self.drafts = drafts


def draft_of(named: str, line: bytes) -> Draft:
    """Return the draft of a line with the two marks."""
    first = line.find(b"\n")  # to split the line would look at each octet by itself
    second = line.find(b"\n", first + 1)
    is_history = line[first : first + MARK_OCTETS] == _HISTORY
    pieces = line[:first], line[first + MARK_OCTETS : second], line[second + MARK_OCTETS :]
    return named, is_history, *pieces


def finished(draft: Draft, history: bytes, suppressed: bytes) -> bytes:
    """Return the line of a draft, with the JSON of what stands between its pieces."""
    _, history_first, before, between, behind = draft
    if history_first:
        return before + history + between + suppressed + behind
    return before + suppressed + between + history + behind


def record_of(draft: Draft, event: Event, suppressed: int) -> Record:
    """Return the record of a draft, to be written the general way."""
    record: Record = orjson.loads(finished(draft, b"{}", b"0"))
    past: Record = {}
    fields = event.fields
    fill(past, {name: fields[name] for name in fields if name.startswith(_PREFIX)})
    if past:
        record |= past
    else:
        del record["history"]
    record["smtpids"]["suppressed"] = suppressed
    return record
