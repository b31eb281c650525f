"""The JSON of lists that many sessions share, by the list itself.

What a server offers, and what is said in a session, are the same objects in session after session
(`smtp/offer.py`, `smtp/dialogue.py`), and nobody changes them. Other lists are never found here,
and go when so many of them have come.
"""

from __future__ import annotations

from typing import Any, Final

MOST_LISTS: Final = 256
"""Lists that are kept; then all are forgotten."""
MOST_CHARS: Final = 2_048
"""The longest text that is kept."""
_LISTED: Final[dict[int, tuple[list[Any], str]]] = {}


def listed(items: list[Any]) -> str | None:
    """Return the text that was kept for a list; None if there is none."""
    if not items:
        return "[]"
    known = _LISTED.get(id(items))
    return known[1] if known is not None and known[0] is items else None


def keep(items: list[Any], text: str) -> None:
    """Keep the text of a list, and the list, whose number no other may have as long."""
    if len(text) > MOST_CHARS:
        return
    if len(_LISTED) >= MOST_LISTS:
        _LISTED.clear()
    _LISTED[id(items)] = (items, text)
