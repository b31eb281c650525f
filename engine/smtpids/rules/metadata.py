"""What a rule says of itself: title, level, dates, tags, and our own settings.

Each reader takes a mapping and a key and returns what stands there, or a default after it has
said what is wrong. `smtpids:` is the one key that is ours; Sigma's converters pass it over.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND
from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import nearest, unknown
from smtpids.fields import FIELDS
from smtpids.pattern import Pattern
from smtpids.rules.rule import MADE_SIDS, Level, Rule, Suppress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from smtpids.errors import Location
    from smtpids.faults import Faults

#: What Sigma allows at the top of a rule, and `smtpids`.
KEYS: Final = frozenset(
    [
        "title",
        "id",
        "name",
        "related",
        "taxonomy",
        "status",
        "description",
        "license",
        "author",
        "references",
        "date",
        "modified",
        "logsource",
        "fields",
        "falsepositives",
        "level",
        "tags",
        "scope",
        "smtpids",
    ]
)
SETTINGS: Final = frozenset(
    ["message", "sid", "suppress", "once_per", "expires", "enabled", "min_values"]
)
STATUSES: Final = ("stable", "test", "experimental", "deprecated", "unsupported")
LOGSOURCE: Final = {"product": "smtpids", "category": "smtp"}
#: The numbers behind it are made for rules that have none.
MOST_SID: Final = MADE_SIDS - 1
MOST_TITLE: Final = 256
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_NAME: Final = Pattern(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_TAG: Final = Pattern(r"[a-z0-9_-]+\.[a-z0-9._-]+", re.ASCII)
_DURATION: Final = Pattern(r"([1-9]\d{0,8})([smhd])", re.ASCII)
_UUID: Final = Pattern(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_BRACES: Final = Pattern(r"\{([^{}]*)\}|[{}]")


def rule(
    value: Mapping,
    path: str,
    category: str,
    faults: Faults,
    *,
    group: tuple[str, ...] | None = None,
    others: Collection[str] = (),
) -> Rule:
    """Return what a rule says of itself.

    Of a correlation, `group` is what it groups by and `others` what its message may also name.
    """
    status(value, faults)
    for key in ("license", "taxonomy"):
        text(value, key, faults)
    for key in ("fields", "scope"):
        texts(value, key, faults)
    ours = settings(value, faults)
    created = date(value, "date", faults)
    modified = date(value, "modified", faults)
    return Rule(
        name=name(value, PurePath(path).name.rpartition(".")[0], faults),
        title=title(value, faults),
        level=level(value, faults),
        uuid=uuid(value, faults),
        category=category,
        description=text(value, "description", faults),
        message=message(ours, faults, others),
        tags=tags(value, faults),
        references=texts(value, "references", faults),
        false_positives=texts(value, "falsepositives", faults),
        author=text(value, "author", faults),
        sid=sid(ours, faults),
        revision=str(modified or created or ""),
        suppress=suppress(ours, faults, group),
        once_per=once_per(ours, faults, group or ()),
        enabled=flag(ours, "enabled", faults, default=True),
        path=path,
    )


def check_keys(mapping: Mapping, known: Iterable[str], what: str, faults: Faults) -> None:
    """Refuse keys that nobody would read."""
    for name, (key, _) in mapping.entries.items():
        if name not in known:
            faults.error(key.place, unknown(what, name, known))


def is_missing(mapping: Mapping, key: str) -> bool:
    """Tell whether a key is not there, nor a word that was probably meant for it."""
    return all(name in KEYS or nearest(name, KEYS) != key for name in mapping.entries)


def text(mapping: Mapping, key: str, faults: Faults) -> str:
    """Return a text; empty if the key is not there."""
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        hint = "write it in quotes" if isinstance(value, Scalar) and value.text else "write one"
        faults.error(value.place, f"'{key}' takes a text; {hint}")
        return ""
    return value.value.strip()


def texts(mapping: Mapping, key: str, faults: Faults) -> tuple[str, ...]:
    """Return a list of texts; empty if the key is not there."""
    value = mapping.get(key)
    if value is None:
        return ()
    if not isinstance(value, Items):
        faults.error(value.place, f"'{key}' takes a list; put '- ' before each entry")
        return ()
    found: list[str] = []
    for one in value.items:
        if isinstance(one, Scalar) and isinstance(one.value, str):
            found.append(one.value)
        else:
            faults.error(one.place, f"'{key}' takes a list of texts; write this one in quotes")
    return tuple(found)


def flag(mapping: Mapping, key: str, faults: Faults, *, default: bool) -> bool:
    """Return true or false."""
    value = mapping.get(key)
    if value is None:
        return default
    if not isinstance(value, Scalar) or not isinstance(value.value, bool):
        faults.error(value.place, f"'{key}' is true or false")
        return default
    return value.value


def title(mapping: Mapping, faults: Faults) -> str:
    """Return the title."""
    if mapping.get("title") is None:
        if is_missing(mapping, "title"):
            faults.error(mapping.place, "no title; add 'title: What Is Found'")
        return ""
    found = text(mapping, "title", faults)
    if len(found) > MOST_TITLE:
        faults.error(mapping.key("title"), f"the title is longer than {MOST_TITLE} characters")
    return found


def name(mapping: Mapping, stem: str, faults: Faults) -> str:
    """Return the name of a rule, which is also the file's."""
    if mapping.get("name") is None:
        if is_missing(mapping, "name"):
            faults.error(mapping.place, f"no name; add 'name: {stem}'")
        return ""
    found = text(mapping, "name", faults)
    place = place_of(mapping, "name")
    if found and not _NAME.fullmatch(found):
        faults.error(place, f"the name '{found}' must be lower-case letters, digits and '_'")
    elif found and found != stem:
        faults.error(place, f"the rule '{found}' stands in '{stem}'; name both alike")
    return found


def uuid(mapping: Mapping, faults: Faults) -> str:
    """Return the UUID under `id` in lower case."""
    found = text(mapping, "id", faults)
    if found and not _UUID.fullmatch(found):
        faults.error(place_of(mapping, "id"), f"'{found}' is not a UUID")
        return ""
    return found.lower()


def level(mapping: Mapping, faults: Faults) -> Level:
    """Return the level."""
    words = ", ".join(Level)
    if mapping.get("level") is None:
        if is_missing(mapping, "level"):
            faults.error(mapping.place, f"no level; add 'level:' and one of {words}")
        return Level.INFORMATIONAL
    found = text(mapping, "level", faults)
    if found and found not in set(Level):
        message = unknown("level", found, Level)
        hint = "" if "did you mean" in message else f"; it is one of {words}"
        faults.error(place_of(mapping, "level"), message + hint)
    return Level(found) if found in set(Level) else Level.INFORMATIONAL


def status(mapping: Mapping, faults: Faults) -> None:
    """Check the status."""
    found = text(mapping, "status", faults)
    if found and found not in STATUSES:
        message = unknown("status", found, STATUSES)
        hint = "" if "did you mean" in message else f"; it is one of {', '.join(STATUSES)}"
        faults.error(place_of(mapping, "status"), message + hint)


def date(mapping: Mapping, key: str, faults: Faults) -> dt.date | None:
    """Return a date."""
    value = mapping.get(key)
    if value is None:
        return None
    if isinstance(value, Scalar):
        if type(value.value) is dt.date:
            return value.value
        try:
            return dt.datetime.strptime(value.text, "%Y-%m-%d").date()  # noqa: DTZ007 - only a day
        except ValueError:
            pass
        # YAML has said already what is wrong with a day that does not exist
        if any(error.location == value.place for error in faults.errors):
            return None
    faults.error(value.place, f"'{key}' takes a date such as 2026-11-23")
    return None


def tags(mapping: Mapping, faults: Faults) -> tuple[str, ...]:
    """Return the tags."""
    found = texts(mapping, "tags", faults)
    value = mapping.get("tags")
    for scalar in value.items if isinstance(value, Items) else ():
        tag = scalar.text if isinstance(scalar, Scalar) else ""
        if tag in found and not _TAG.fullmatch(tag):
            faults.error(
                scalar.place, f"the tag '{tag}' is not like 'attack.t1040' or 'cve.2011-0411'"
            )
    return found


def check_logsource(mapping: Mapping, faults: Faults) -> None:
    """Insist on the one log source that there is."""
    value = mapping.get("logsource")
    wanted = "{product: smtpids, category: smtp}"
    if not isinstance(value, Mapping):
        place = mapping.place if value is None else value.place
        faults.error(place, f"no logsource; add 'logsource: {wanted}'")
        return
    check_keys(value, (*LOGSOURCE, "definition"), "logsource key", faults)
    for key, word in LOGSOURCE.items():
        found = value.get(key)
        if not isinstance(found, Scalar) or found.text != word:
            place = value.place if found is None else found.place
            faults.error(place, f"the rule is for other logs; write 'logsource: {wanted}'")
            return


def settings(mapping: Mapping, faults: Faults) -> Mapping:
    """Return what stands under `smtpids`."""
    value = mapping.get("smtpids")
    if isinstance(value, Mapping):
        check_keys(value, SETTINGS, "setting", faults)
        return value
    if value is not None:
        faults.error(value.place, "'smtpids' takes keys: message, sid, suppress, ...")
    return Mapping({}, mapping.place)


def sid(mapping: Mapping, faults: Faults) -> int:
    """Return the number of the rule for EVE; 0 if it has none."""
    value = mapping.get("sid")
    if value is None:
        return 0
    number = value.value if isinstance(value, Scalar) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= MOST_SID:
        faults.error(value.place, f"'sid' takes a whole number from 1 to {MOST_SID}")
        return 0
    return number


def suppress(
    mapping: Mapping, faults: Faults, group: tuple[str, ...] | None = None
) -> Suppress | None:
    """Return `suppress: {by: [...], for: 10m}`; `group` stands for a `by` that is not there."""
    value = mapping.get("suppress")
    if value is None:
        return None
    example = "{by: [source.ip], for: 10m}"
    if not isinstance(value, Mapping):
        faults.error(value.place, f"'suppress' takes {example}")
        return None
    check_keys(value, ("by", "for"), "key of 'suppress'", faults)
    if group is None or value.get("by") is not None:
        named = _scalars(value, "by", example, faults)
        known = group or ()
        group = tuple(one.text if one.text in known else field_name(one, faults) for one in named)
    span = duration(value, "for", faults)
    return None if span is None else Suppress(group, span)


def duration(mapping: Mapping, key: str, faults: Faults) -> int | None:
    """Return a time in nanoseconds; None after saying that there is none."""
    span = mapping.get(key)
    found = _DURATION.fullmatch(span.text) if isinstance(span, Scalar) else None
    if found is None:
        place = mapping.place if span is None else span.place
        faults.error(place, f"'{key}' takes a time such as 30s, 10m, 1h or 1d")
        return None
    return int(found[1]) * UNITS[found[2]] * SECOND


def _scalars(mapping: Mapping, key: str, example: str, faults: Faults) -> list[Scalar]:
    value = mapping.get(key)
    items = value.items if isinstance(value, Items) else ()
    found = [one for one in items if isinstance(one, Scalar)]
    if not found or len(found) < len(items):
        place = mapping.place if value is None else value.place
        faults.error(place, f"'{key}' takes a list of fields, as in {example}")
    return found


def once_per(mapping: Mapping, faults: Faults, group: tuple[str, ...] = ()) -> str:
    """Return the field under `once_per`, which may be one of `group`."""
    value = mapping.get("once_per")
    if value is None:
        return ""
    if not isinstance(value, Scalar):
        faults.error(value.place, "'once_per' takes one field, such as session.id")
        return ""
    if mapping.get("suppress") is not None:
        faults.error(mapping.key("once_per"), "'once_per' and 'suppress' are two; keep one")
    return value.text if value.text in group else field_name(value, faults)


def field_name(scalar: Scalar, faults: Faults) -> str:
    """Return the name of a field that exists."""
    if scalar.text not in FIELDS:
        faults.error(scalar.place, unknown("field", scalar.text, FIELDS))
    elif FIELDS[scalar.text].hidden:
        faults.error(scalar.place, never_written(scalar.text))
    return scalar.text


def never_written(name: str) -> str:
    """Return what is wrong with a hidden field outside of a detection."""
    return f"'{name}' is never written; remove it from here"


def message(mapping: Mapping, faults: Faults, others: Collection[str] = ()) -> str:
    """Return the sentence of the alert, the fields in its braces being checked.

    It may name `others` beside the fields of events.
    """
    found = text(mapping, "message", faults)
    value = mapping.get("message")
    if not isinstance(value, Scalar) or not found:
        return found
    for braces in _BRACES.finditer(value.text):
        place = value.within(braces.start())
        if braces[1] is None:
            faults.error(place, f"'{braces[0]}' stands alone; braces hold the name of a field")
        elif braces[1] not in FIELDS and braces[1] not in others:
            known = (*FIELDS, *others)
            faults.error(value.within(braces.start(1)), unknown("field", braces[1], known))
        elif braces[1] in FIELDS and FIELDS[braces[1]].hidden:
            place = value.within(braces.start(1))
            faults.error(place, f"'{braces[1]}' is never written; remove it from the message")
    return found


def fields_in(sentence: str) -> tuple[str, ...]:
    """Return the fields that a message names."""
    return tuple(found[1] for found in _BRACES.finditer(sentence) if found[1])


def place_of(mapping: Mapping, key: str) -> Location:
    """Return the place of the value of a key, or of the mapping if it is not there."""
    value = mapping.get(key)
    return mapping.place if value is None else value.place
