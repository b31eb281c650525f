"""Holds lines of EVE against our schema and, where there is a copy of it, against Suricata's own.

Suricata's is `etc/schema.json` in its sources, of version 8 or later. It is under the GPL and so
not here: `SMTPIDS_EVE_SCHEMA` names a copy.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from smtpids.alerts.eve_schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Where Suricata's schema is.
THEIRS: Final = os.environ.get("SMTPIDS_EVE_SCHEMA", "")
needs_theirs = pytest.mark.skipif(
    not THEIRS, reason="SMTPIDS_EVE_SCHEMA names no copy of Suricata's schema"
)
#: What a schema says that forbids nothing; the last two are Suricata's own words.
_REMARKS: Final = {"description", "$comment", "$defs", "optional", "suricata"}
#: What `laxer` compares.
_COMPARED: Final = {
    *("type", "properties", "additionalProperties", "required"),
    *("items", "minItems", "pattern"),
}


@cache
def theirs() -> Mapping[str, Any]:
    """Return Suricata's schema; FileNotFoundError if the named one is not there."""
    loaded: dict[str, Any] = json.loads(Path(THEIRS).read_text(encoding="utf-8"))
    return loaded


@cache
def _checks() -> list[Draft202012Validator]:
    ours = Draft202012Validator(schema(), format_checker=FormatChecker())
    return [ours, Draft202012Validator(theirs())] if THEIRS else [ours]


def faults_of(line: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a line by either schema."""
    return [
        f"{line.get('event_type')} {fault.json_path}: {fault.message[:200]}"
        for check in _checks()
        for fault in check.iter_errors(line)
    ]


def laxer(
    ours: Mapping[str, Any], other: Mapping[str, Any], whole: Mapping[str, Any], path: str = "$"
) -> Iterator[str]:
    """Yield where a schema takes what another, a part of `whole`, does not.

    With none, whatever is valid by ours is valid by the other, but for texts with a pattern: that
    there is one is compared, not what it takes.
    """
    if "$ref" in other:
        named = whole["$defs"][other["$ref"].removeprefix("#/$defs/")]
        other = {**named, **{word: value for word, value in other.items() if word != "$ref"}}
    if "const" in ours or "enum" in ours:
        check = Draft202012Validator({**other, "$defs": whole.get("$defs", {})})
        values = ours.get("enum", [ours.get("const")])
        yield from (f"{path}: {value!r}" for value in values if not check.is_valid(value))
        return
    for word in sorted(other.keys() - _REMARKS - _COMPARED):
        yield f"{path}: {word} is not compared"
    if other.get("type", ours["type"]) != ours["type"]:
        yield f"{path}: is {ours['type']}, not {other['type']}"
    if "pattern" in other and "pattern" not in ours:
        yield f"{path}: has no pattern"
    if ours.get("minItems", 0) < other.get("minItems", 0):
        yield f"{path}: may be empty"
    if "items" in other:
        yield from laxer(ours["items"], other["items"], whole, f"{path}[]")
    yield from _laxer_object(ours, other, whole, path)


def _laxer_object(
    ours: Mapping[str, Any], other: Mapping[str, Any], whole: Mapping[str, Any], path: str
) -> Iterator[str]:
    for name in sorted(set(other.get("required", ())) - set(ours.get("required", ()))):
        yield f"{path}.{name}: may be left out"
    known, is_closed = other.get("properties", {}), other.get("additionalProperties") is False
    if is_closed and ours.get("additionalProperties") is not False:
        yield f"{path}: is open"
    for name, value in ours.get("properties", {}).items():
        if name in known:
            yield from laxer(value, known[name], whole, f"{path}.{name}")
        elif is_closed:
            yield f"{path}.{name}: is unknown"
