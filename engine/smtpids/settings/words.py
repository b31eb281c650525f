"""The kinds of values that only outputs take: choices, events, names, labels, topics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import unknown
from smtpids.pattern import Pattern
from smtpids.settings.addresses import read_brokers, shown
from smtpids.settings.kinds import TEXT, Kind, listed, quoted, scalars_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.document import Value
    from smtpids.faults import Faults

ALL_EVENTS: Final = "all"
#: Characters of a name; it becomes the name of a folder in the spool.
MOST_NAME: Final = 128
#: Labels of Loki; each one more multiplies its streams.
MOST_LABELS: Final = 15
#: Records handed over at once.
MOST_COUNT: Final = 100_000

_NAME: Final = Pattern(r"[A-Za-z0-9_\[][A-Za-z0-9_.:@\[\] -]{0,127}(?<! )", re.ASCII)
_LABEL: Final = Pattern(r"(?!__)[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_INDEX: Final = Pattern(r"[a-z0-9_][a-z0-9._-]{0,254}", re.ASCII)
_TOPIC: Final = Pattern(r"[A-Za-z0-9._-]{1,249}", re.ASCII)
_KIND: Final = "{kind}"
_LONGEST_KIND: Final = "message"


def choice(what: str, known: Sequence[str]) -> Kind:
    """Return the kind of a word that is one of those known."""

    def read(value: Value, key: str, faults: Faults) -> str | None:
        if isinstance(value, Scalar) and value.text in known:
            return value.text
        if isinstance(value, Scalar) and value.text:
            told = f"{unknown(what, shown(value.text), known)}; one of {', '.join(known)}"
        else:
            told = f"'{key}' is one word; one of {', '.join(known)}"
        faults.error(value.place, told)
        return None

    return Kind(read, str, scalar=True)


def events(known: Sequence[str]) -> Kind:
    """Return the kind of a list of events; `all` stands for all."""

    def read(value: Value, key: str, faults: Faults) -> frozenset[str] | None:
        example = "[alert, session]"
        if isinstance(value, Scalar):
            value = Items((value,), value.place)
        found = scalars_of(value, key, example, faults)
        if found is None:
            return None
        if not found:
            faults.error(value.place, f"'{key}' is empty; write {example} or all")
            return None
        words = {one.text for one in found}
        if words == {ALL_EVENTS}:
            return frozenset(known)
        told = f"; some of {', '.join(known)}, or all alone"
        for one in found:
            if one.text not in known:
                what = unknown("event", shown(one.text), known)
                faults.error(one.place, what + told)
        return frozenset(words) if words <= set(known) else None

    def write(found: frozenset[str]) -> str:
        return listed(one for one in known if one in found)

    return Kind(read, write)


def _text(value: Value, key: str, example: str, faults: Faults) -> str | None:
    """Return a text that is not empty."""
    if isinstance(value, Scalar) and value.value == "":
        faults.error(value.place, f"'{key}' is empty; write {example}")
        return None
    found: str | None = TEXT.read(value, key, faults)
    return found


def _read_name(value: Value, key: str, faults: Faults) -> str | None:
    found = _text(value, key, "a name", faults)
    if found is None or _NAME.fullmatch(found):
        return found
    told = "takes up to 128 letters, digits, blanks and _.:@- , and begins with a letter or digit"
    faults.error(value.place, f"'{key}' {told}")
    return None


def _read_username(value: Value, key: str, faults: Faults) -> str | None:
    found = _text(value, key, "who we are to the receiver", faults)
    if found is None:
        return None
    if ":" in found or not found.isprintable():
        faults.error(value.place, f"'{key}' holds a colon or what cannot be printed; remove it")
        return None
    return found


def _read_index(value: Value, key: str, faults: Faults) -> str | None:
    found = _text(value, key, "logs-smtpids", faults)
    if found is None or _INDEX.fullmatch(found.replace(_KIND, _LONGEST_KIND)):
        return found
    told = "is no index: lower-case letters, digits and ._- are; write logs-smtpids"
    faults.error(value.place, f"'{shown(found)}' {told}")
    return None


def _read_topic(value: Value, key: str, faults: Faults) -> str | None:
    found = _text(value, key, "smtpids.{kind}", faults)
    if found is None:
        return None
    plain = found.replace(_KIND, _LONGEST_KIND)
    if _TOPIC.fullmatch(plain) and plain not in {".", ".."}:
        return found
    told = "is no topic: letters, digits and ._- are, and {kind}; write smtpids.{kind}"
    faults.error(value.place, f"'{shown(found)}' {told}")
    return None


def _read_labels(value: Value, key: str, faults: Faults) -> dict[str, str] | None:
    example = "{site: berlin}"
    if not isinstance(value, Mapping):
        faults.error(value.place, f"'{key}' takes names and their texts; write {example}")
        return None
    found: dict[str, str] = {}
    right = True
    for name, (at, text) in value.entries.items():
        if not _LABEL.fullmatch(name):
            told = "letters, digits and '_' are, not '__' or a digit first"
            faults.error(at.place, f"'{shown(name)}' is no label; {told}")
            right = False
        elif not isinstance(text, Scalar) or not text.text or not text.text.isprintable():
            faults.error(text.place, f"the label '{name}' takes a text; write {example}")
            right = False
        else:
            found[name] = text.text
    if len(value.entries) > MOST_LABELS:
        faults.error(value.place, f"'{key}' has more than {MOST_LABELS}; leave out some")
        return None
    return found if right else None


def _write_labels(found: dict[str, str]) -> str:
    inside = ", ".join(f"{quoted(name)}: {quoted(text)}" for name, text in found.items())
    return f"{{{inside}}}"


def _read_count(value: Value, key: str, faults: Faults) -> int | None:
    text = value.text if isinstance(value, Scalar) else ""
    if re.fullmatch(r"\d{1,6}", text, re.ASCII) and 0 < int(text) <= MOST_COUNT:
        return int(text)
    faults.error(value.place, f"'{key}' takes a number from 1 to {MOST_COUNT}, such as 500")
    return None


def _unread(value: Value, key: str, faults: Faults) -> Any:
    """URLs are read by `addresses.read_url`, which needs the type."""
    raise AssertionError(key)


NAME: Final = Kind(_read_name, quoted, scalar=True)
USERNAME: Final = Kind(_read_username, quoted, scalar=True)
INDEX: Final = Kind(_read_index, quoted, scalar=True)
TOPIC: Final = Kind(_read_topic, quoted, scalar=True)
LABELS: Final = Kind(_read_labels, _write_labels)
COUNT: Final = Kind(_read_count, str, scalar=True)
URL: Final = Kind(_unread, lambda url: quoted(str(url)), scalar=True)
BROKERS: Final = Kind(read_brokers, lambda found: listed(map(quoted, found)))
