"""A record as one line of JSON, whatever it holds.

Nothing here raises: a lone surrogate, an integer beyond 64 bits or a structure without end is a
value that traffic, or a bug of ours, can produce, and no alert may be lost over it. Texts are
escaped, and a line has a limit, because receivers cut long lines in two (rsyslog) or refuse the
batch (bulk interfaces). What goes first is what a reader misses least: the evidence, then long
lists, then the ends of texts. That something went is said in the record, where its format has a
place for that. What differs between formats is a `Form`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 -- mypyc evaluates Form's annotations
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from smtpids.alerts.text import cut, escape
from smtpids.config import KIB
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.alerts.nesting import Record

RECORD_OCTETS = 32 * KIB
"""Octets of one line; a caller may ask for less, down to 4 KiB."""
DEPTH = 24
"""Objects and lists within each other; the deepest of ours has 6."""
LONG_MAX = 2**63 - 1
"""The largest `long` of ECS; larger numbers, which only hostile input has, become this."""
LIST_ITEMS = (256, 64, 16)
"""Items of each list that a long record keeps, tried in turn."""
TEXT_CHARS = 128
"""Characters of a text that a very long record keeps."""


class Form(NamedTuple):
    """What a format keeps of a record that is too long, and how it says so."""

    evidence: tuple[str, ...]
    """The path of what goes first."""
    whole: frozenset[str]
    """Objects whose lists stay, for they are ours and short."""
    kept: Mapping[str, tuple[str, ...]]
    """What is left of a record when nothing else helps; () keeps the whole object."""
    marked: Callable[[Record], Record]
    """Says in a record that parts of it are gone."""


def _marked_ecs(record: Record) -> Record:
    ours = record.get("smtpids")
    return {**record, "smtpids": {**(ours if isinstance(ours, dict) else {}), "truncated": True}}


def _marked_eve(record: Record) -> Record:
    """Only `alert.metadata` is open; a flow or a mail has no place for it."""
    alert = record.get("alert")
    if not isinstance(alert, dict):
        return record
    metadata = {**alert.get("metadata", {}), "smtpids_truncated": ["true"]}
    return {**record, "alert": {**alert, "metadata": metadata}}


ECS = Form(
    evidence=("smtpids", "evidence"),
    whole=frozenset({"event"}),
    kept={
        "@timestamp": (),
        "ecs": (),
        "message": (),
        "event": (),
        "rule": ("id", "uuid", "name", "version", "category", "ruleset"),
        "source": ("address", "ip", "port"),
        "destination": ("address", "ip", "port"),
        "network": ("community_id", "transport", "iana_number", "protocol", "type", "direction"),
        "session": ("id",),
        "observer": (),
        "smtpids": ("severity", "schema", "suppressed", "correlation", "pcap", "truncated"),
    },
    marked=_marked_ecs,
)
_EVE_HEAD = (
    *("timestamp", "flow_id", "host", "in_iface", "event_type", "src_ip", "src_port", "dest_ip"),
    *("dest_port", "proto", "app_proto", "community_id", "pcap_cnt", "pcap_filename", "tx_id"),
    *("direction", "anomaly", "stats"),
)
EVE = Form(
    evidence=("alert", "metadata", "smtpids_evidence"),
    whole=frozenset({"alert", "stats"}),
    kept={
        **dict.fromkeys(_EVE_HEAD, ()),
        "alert": (
            *("action", "gid", "signature_id", "rev", "signature", "category", "severity"),
            "metadata",
        ),
        "flow": ("src_ip", "src_port", "dest_ip", "dest_port", "start", "end", "state"),
    },
    marked=_marked_eve,
)


def encode(record: Record, most: int = RECORD_OCTETS, form: Form = ECS) -> bytes:
    r"""Return the record as one line of JSON with its `\n`, in at most `most` octets."""
    line = _as_it_is(record)
    if line is not None and len(line) <= most:
        return line
    tidy: Record = clean(record)
    line = _line(tidy)
    for shorten in _CUTS:
        if len(line) <= most:
            break
        tidy = form.marked(shorten(tidy, form))
        line = _line(tidy)
    return line


def _as_it_is(record: Record) -> bytes | None:
    """Return the line of a record that needs no cleaning, which is nearly every one.

    orjson refuses lone surrogates and what is no JSON; as it is asked here, also integers beyond
    53 bits. What else `clean` would change cannot hide from the look at the octets.
    """
    try:
        line = orjson.dumps(record, option=FAST)
    except orjson.JSONEncodeError:
        return None
    return line if is_clean(line) else None


def is_clean(line: bytes) -> bool:
    """Whether `clean` would change nothing in what orjson made this of.

    A backslash alone is no reason: it stands before quotes.
    """
    if line.isascii() and line.find(b"\\") < 0 and line.find(b"\x7f") < 0:
        return True
    doubts = line.translate(None, _ORDINARY)
    return not (doubts.strip(b"\\") or (doubts and _ESCAPED.search(line)))


FAST: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_STRICT_INTEGER
"""How orjson is asked, so that it refuses what a reader may not know."""
#: All octets but the backslash, DEL, and the first octets in UTF-8 of the ranges that
#: `text.escape` watches: coarse, for a doubt costs only time.
_ORDINARY = bytes(set(range(256)) - set(b"\\\x7f\xc2\xd8\xe1\xe2\xef\xf3"))
_ESCAPED = Pattern(rb"\\[bfnrtu]")  # how orjson writes a control character


def clean(value: Any, depth: int = DEPTH) -> Any:
    """Return the value with nothing in it that JSON, a reader or a terminal stumbles over."""
    if isinstance(value, str):
        return escape(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return min(max(int(value), -LONG_MAX - 1), LONG_MAX)
    if isinstance(value, bytes | bytearray):
        return escape(value.decode("utf-8", "backslashreplace"))
    if depth <= 0:
        return "…"
    if isinstance(value, dict):
        return {escape(str(name)): clean(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean(inner, depth - 1) for inner in value]
    if isinstance(value, set | frozenset):
        return [clean(inner, depth - 1) for inner in sorted(value, key=repr)]
    return f"<{type(value).__name__}>"


def _line(tidy: Record) -> bytes:
    return orjson.dumps(tidy, option=orjson.OPT_APPEND_NEWLINE)


def _without_evidence(record: Record, form: Form) -> Record:
    return _without(record, form.evidence)


def _without(node: Record, path: tuple[str, ...]) -> Record:
    """Return an object without what a path leads to."""
    name, *rest = path
    if not rest:
        return {other: value for other, value in node.items() if other != name}
    inner = node.get(name)
    return {**node, name: _without(inner, tuple(rest))} if isinstance(inner, dict) else node


def _short_lists(record: Record, _form: Form, items: int) -> Record:
    return {name: _shortened(value, items, None) for name, value in record.items()}


def _without_lists(record: Record, form: Form) -> Record:
    """Drop the lists, but for those of objects that stay whole."""
    return {
        name: value if name in form.whole else _shortened(value, 0, None)
        for name, value in record.items()
        if not isinstance(value, list)
    }


def _short_texts(record: Record, _form: Form) -> Record:
    return {name: _shortened(value, LIST_ITEMS[-1], TEXT_CHARS) for name, value in record.items()}


def _core(record: Record, form: Form) -> Record:
    """Keep what names the event, the rule and the two ends."""
    result: Record = {}
    for name, parts in form.kept.items():
        value = record.get(name)
        if isinstance(value, dict) and parts:
            value = {part: value[part] for part in parts if part in value}
        if value is not None:
            result[name] = value
    return result


_CUTS: tuple[Callable[[Record, Form], Record], ...] = (
    _without_evidence,
    *(partial(_short_lists, items=items) for items in LIST_ITEMS),
    _without_lists,
    _short_texts,
    _core,
)


def _shortened(value: Any, items: int, chars: int | None) -> Any:
    """Cut lists to `items` (0: leave them out of their objects) and texts to `chars`."""
    if isinstance(value, str):
        return value if chars is None else cut(value, chars)
    if isinstance(value, list):
        return [_shortened(inner, items, chars) for inner in value[:items]]
    if isinstance(value, dict):
        return {
            name: _shortened(inner, items, chars)
            for name, inner in value.items()
            if items or not isinstance(inner, list)
        }
    return value
