"""What is no rule of ours, and is given as one: rules of other programs, captures, alerts.

The faults of a Suricata rule read as YAML help nobody, so the common strangers are known by their
looks and told in one sentence: what it is, and what to do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import nearest

if TYPE_CHECKING:
    from smtpids.document import Value
    from smtpids.errors import Location

_SIGMA: Final = "write it as a Sigma rule (rules/README.md)"
_CAPTURE: Final = "is a packet capture, not a rule; give it with '-r'"
_COMPRESSED: Final = "is compressed; unpack it, or give it with '-r' if it is a capture"

#: The first octets of files that are no text.
_OCTETS: Final[dict[bytes, str]] = {
    b"\xd4\xc3\xb2\xa1": _CAPTURE,
    b"\xa1\xb2\xc3\xd4": _CAPTURE,
    b"\x4d\x3c\xb2\xa1": _CAPTURE,
    b"\xa1\xb2\x3c\x4d": _CAPTURE,
    b"\x0a\x0d\x0d\x0a": _CAPTURE,
    b"\x1f\x8b": _COMPRESSED,
    b"\x28\xb5\x2f\xfd": _COMPRESSED,
    b"PK\x03\x04": "is a ZIP archive; unpack it",
    b"SQLite format 3\0": "is a database; what '--state' keeps is no rule",
}

#: The looks of a text, and what it is; blank lines and comments do not count.
_TEXTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.ASCII), f"is {what}; {_SIGMA}")
    for pattern, what in (
        (
            (
                r"(alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth|log|sdrop|block)\s+[\w-]+\s+"
                r"(\S+|\[[^\]]*\])\s+(\S+|\[[^\]]*\])\s+(->|<>|<-)\s"
            ),
            "a rule of Suricata or Snort",
        ),
        (r"(@load|@if|module \w+;|event \w+\(|redef |global |hook \w|export \{)", "a Zeek script"),
        (r"signature [\w-]+ \{", "a signature of Zeek"),
        (r"(private\s+|global\s+)*rule\s+\w+\s*(:[\w\s]*)?\{", "a YARA rule"),
        (r"\[(rule|metadata)\]\s", "a rule of Elastic Security"),
        (r"<(\?xml|group|rule|decoder|!--)", "XML, perhaps a rule of Wazuh"),
    )
)
_BLANK: Final = re.compile(r"(\s*(#[^\n]*)?(\n|$))*\s*")

_FALCO: Final = frozenset({"rule", "macro", "list", "required_engine_version"})
#: Keys at the top of a document, all of which it has, and what it is.
_KEYS: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (
        frozenset({"@timestamp", "event"}),
        "is an alert or record of smtpids, not a rule; take it out of the folder",
    ),
    (frozenset({"@timestamp"}), "is an event of a log, not a rule; take it out of the folder"),
    (
        frozenset({"event_type", "timestamp"}),
        "is an event of Suricata (EVE), not a rule; take it out of the folder",
    ),
    (
        frozenset({"transformations"}),
        "is a processing pipeline for Sigma's converters, not a rule; take it out of the folder",
    ),
    (frozenset({"tests"}), "is a test of rules; give it a name that ends in '.test.yml'"),
    (frozenset({"query", "risk_score"}), f"is a rule of Elastic Security; {_SIGMA}"),
    (frozenset({"search", "type"}), f"is a search of Splunk; {_SIGMA}"),
)


def octets(content: bytes) -> str:
    """Return what a file is by its first octets, and what to do; empty if it may be a rule."""
    return next((told for head, told in _OCTETS.items() if content.startswith(head)), "")


def text(content: str) -> tuple[str, int]:
    """Return what a text is and what to do, and the line; empty if it may be a rule."""
    blank = _BLANK.match(content)
    begin = blank.end() if blank else 0
    told = next((told for looks, told in _TEXTS if looks.match(content, begin)), "")
    return told, content.count("\n", 0, begin) + 1


def document(value: Value) -> tuple[str, Location]:
    """Return what a document is and what to do, and its place; empty if it may be a rule."""
    if isinstance(value, Items):
        first = value.items[0] if value.items else None
        if isinstance(first, Mapping) and _FALCO & set(first.entries):
            return f"is a list of rules of Falco; {_SIGMA}", value.place
        return "", value.place
    if isinstance(value, Scalar):
        return "", value.place
    if "action" in value.entries:
        return (
            (
                "'action' shares parts between documents in Sigma 1; write each rule wholly, in a"
                " file of its own"
            ),
            value.key("action"),
        )
    keys = set(value.entries)
    if "detection" not in keys and "correlation" not in keys and "filter" not in keys:
        told = next((told for named, told in _KEYS if named <= keys), "")
        return told, value.place
    return _other_logs(value)


def _other_logs(value: Mapping) -> tuple[str, Location]:
    """Tell a Sigma rule for the logs of another product."""
    source = value.get("logsource")
    if not isinstance(source, Mapping):
        return "", value.place
    words = {
        key: found.text
        for key in ("product", "service", "category")
        if isinstance(found := source.get(key), Scalar)
    }
    product = words.get("product", "")
    ours = nearest(product, ("smtpids",)) or (
        not product and nearest(words.get("category", "smtp"), ("smtp",))
    )
    if ours or ("service" not in words and not product and not words.get("category")):
        return "", value.place
    logs = " ".join(dict.fromkeys(words.values()))
    return (
        (
            f"is a Sigma rule for the logs of '{logs}'; smtpids looks at SMTP sessions only and"
            " cannot run it"
        ),
        source.place,
    )
