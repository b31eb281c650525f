"""The commands of a session and the codes of their replies, as its last event lists them.

Most sessions say the same in the same order, so short lists are kept for the next session that
does: whoever writes them down can keep their text, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smtpids.smtp.events import Value
    from smtpids.smtp.pending import Step

MOST_STEPS: Final = 16
"""Commands of the longest list that is kept."""
MOST_KEPT: Final = 256
"""Lists that are kept, some 4 KiB each; then all are forgotten."""
_KEPT: Final[dict[tuple[object, ...], list[Value]]] = {}


def dialogue_of(steps: list[Step]) -> list[Value]:
    """Return `smtp.dialogue`; it may be that of other sessions, and is never changed."""
    if len(steps) > MOST_STEPS:
        return _listed(steps)
    said: list[object] = []
    for step in steps:
        said.append(step.verb)
        said.append(step.code)
    key = tuple(said)
    known = _KEPT.get(key)
    if known is None:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        known = _KEPT[key] = _listed(steps)
    return known


def _listed(steps: list[Step]) -> list[Value]:
    return [{"verb": step.verb, "code": step.code} for step in steps]
