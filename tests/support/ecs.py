"""Holds a record against ECS's own list of fields (`ecs_fields.yml`).

A field is ECS's, with its type, its lists and its values; or it stands in a field set of ours; or
it is one of ours beside ECS's, listed here so that a new one is seen. ECS asks that such names be
none of its own, now or as a part of a longer one.
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE: Final = Path(__file__).parent / "ecs_fields.yml"
#: Field sets that are ours altogether.
OWN_SETS: Final = ("smtp.", "smtpids.", "session.", "history.")
#: What is ours in field sets of ECS: names that ECS does not know, and what begins with them.
BESIDE: Final = (
    "email.attachments.",
    "email.authentication_results",
    "email.auto_submitted",
    "email.bcc.name",
    "email.body.",
    "email.delivery_status",
    "email.from.",
    "email.header.",
    "email.list_id",
    "email.mime.",
    "email.missing_fields",
    "email.received",
    "email.repeated_fields",
    "email.reply_to.domain",
    "email.sender.domain",
    "email.url",
    "source.network",
    "source.wide_network",
    "tls.alert",
    "tls.certificate.",
    "tls.cipher_class",
    "tls.client.alpn",
    "tls.client.ja4",
    "tls.client.max_version",
    "tls.client.octets",
    "tls.client.supported_versions",
    "tls.downgrade_sentinel",
    "tls.fallback_scsv",
    "tls.inspected",
    "tls.mode",
    "tls.outcome",
    "tls.server.octets",
    "tls.server_first",
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
#: The types of JSON that a field's type takes.
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "keyword": (str,),
    "match_only_text": (str,),
    "date": (str,),
    "ip": (str,),
    "long": (int,),
    "float": (int, float),
    "boolean": (bool,),
}


@cache
def fields() -> Mapping[str, Mapping[str, Any]]:
    """Return ECS's fields by name."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def faults_of(record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a record by ECS."""
    faults = [fault for name, value in leaves(record) for fault in _faults(name, value)]
    return faults + _unexpected(record.get("event", {}))


def leaves(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its dotted name; the objects of a list have the list's name."""
    for name, value in record.items():
        full = prefix + name
        if isinstance(value, dict):
            yield from leaves(value, f"{full}.")
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for one in value:
                yield from leaves(one, f"{full}.")
        else:
            yield full, value


def _faults(name: str, value: Any) -> Iterator[str]:
    known = fields().get(name)
    if known is None:
        if not name.startswith((*OWN_SETS, *BESIDE)):
            yield f"{name}: ECS has no such field"
        if any(other.startswith(f"{name}.") for other in fields()):
            yield f"{name}: is an object in ECS"
        return
    is_list = "array" in known.get("normalize", ())
    if is_list != isinstance(value, list):
        yield f"{name}: is {'a list' if is_list else 'no list'} in ECS"
    for one in value if isinstance(value, list) else [value]:
        if not _fits(one, known["type"]):
            yield f"{name}: {one!r} is no {known['type']}"
        elif one not in known.get("allowed_values", (one,)):
            yield f"{name}: {one!r} is not allowed"


def _fits(value: Any, kind: str) -> bool:
    """Tell whether a value is of a type."""
    if not isinstance(value, _TYPES[kind]) or isinstance(value, bool) != (kind == "boolean"):
        return False
    if kind == "date":
        return _DATE.fullmatch(str(value)) is not None
    if kind == "ip":
        return _is_address(str(value))
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _unexpected(event: Mapping[str, Any]) -> list[str]:
    """Return the types that ECS expects for none of the categories."""
    expected = fields()["event.category"]["expected_event_types"]
    fitting = {kind for category in event.get("category", ()) for kind in expected[category]}
    return [
        f"event.type: {kind!r} is not expected" for kind in event["type"] if kind not in fitting
    ]
