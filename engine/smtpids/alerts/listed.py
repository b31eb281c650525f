"""The JSON of lists that many sessions share, by the list itself.

What a server offers, and what is said in a session, are the same objects in session after session
(`smtp/offer.py`, `smtp/dialogue.py`), and nobody changes them. Other lists are never found here,
and go when so many of them have come.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from smtpids.alerts.nesting import has_objects, nest

MOST_LISTS: Final = 256
"""Lists that are kept; then all are forgotten."""
MOST_CHARS: Final = 2_048
"""The longest text that is kept."""
_STRICT: Final = orjson.OPT_STRICT_INTEGER
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


def shared(items: list[Any]) -> str:
    """Return a list as JSON that other sessions may have, too; "" if it has none."""
    text = listed(items)
    if text is None:
        text = list_text(items)
        if text:
            keep(items, text)
    return text


def list_text(items: list[Any]) -> str:
    """Return a list as JSON, its objects in the manner of `nesting.nest`; "" if it has none."""
    text = dumped(items)
    if not has_objects(items):
        return text
    plain = text.find(".") < 0 and text.find("null") < 0
    if plain and text.find("[", 1) < 0 and text.find(":{") < 0:
        return text  # no name leads further, nothing is left out, nothing holds an object
    return dumped([nest(item) if isinstance(item, dict) else item for item in items])


def dumped(value: Any) -> str:
    """Return a value as JSON; "" if it has none."""
    try:
        return orjson.dumps(value, option=_STRICT).decode()
    except orjson.JSONEncodeError:
        return ""
