"""What a record says beside its fields, for records that are written at once.

`record.leading` and `record.added` say it of any event. Nearly all of it is a copy of a field that
is there or not, so here an event is asked once which of these there are (`traits_of`), and records
of the same traits have the same text with gaps (`beside`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.record import SCHEMA_VERSION
from smtpids.alerts.shape import (
    CORRELATION,
    EVIDENCE,
    HASHES,
    OCTETS,
    PACKET,
    SEVERITY,
    SUPPRESSED,
)
from smtpids.alerts.template import gap

if TYPE_CHECKING:
    from smtpids.alerts.nesting import Record
    from smtpids.smtp.events import Fields

#: The client's address is one of IPv6.
_SIX: Final = 1 << 0
#: There is the name, and it is to be told.
_SOURCE: Final = 1 << 1
_DESTINATION: Final = 1 << 2
_HELO: Final = 1 << 3
_DOMAIN: Final = 1 << 4
_HOST: Final = 1 << 5
_USER: Final = 1 << 6
_DIRECTION: Final = 1 << 7
SENT: Final = 1 << 8
"""Octets are told."""
#: The event names its file, and that is a path.
_FILE: Final = 1 << 9
_PATH: Final = 1 << 10
HASHED: Final = 1 << 11
"""Some hashes are told."""
ALERT: Final = 1 << 12
"""It is an alert."""
CORRELATED: Final = 1 << 13
"""Of a correlation."""
DRAFT: Final = 1 << 14
"""What was before it is put in by another: see `draft.py`."""
PAST: Final = 1 << 15
"""It is nothing but what was before."""
TRAITS: Final = 16
"""How many there are."""


def traits_of(fields: Fields) -> int:
    """Return what an event has to tell beside its fields, as a sum.

    Fields that should be texts and are not make records that are written the general way.
    """
    traits = 0
    source, destination = fields.get("source.ip"), fields.get("destination.ip")
    if source:
        traits = _SOURCE
        if isinstance(source, str) and source.find(":") >= 0:
            traits |= _SIX
    if destination and destination != source:
        traits |= _DESTINATION
    helo = fields.get("smtp.helo")
    if helo and not (isinstance(helo, str) and helo.startswith("[")):
        traits |= _HELO
    else:
        helo = None
    name = fields.get("tls.client.server_name")
    if name:
        traits |= _DOMAIN if name == helo else _DOMAIN | _HOST
    if fields.get("smtp.auth.user"):
        traits |= _USER
    direction = fields.get("network.direction")
    if direction is not None and direction != "unknown":
        traits |= _DIRECTION
    if "source.bytes" in fields or "destination.bytes" in fields:
        traits |= SENT
    file = fields.get("smtpids.pcap.file")
    if file:
        traits |= _FILE if file == "-" else _FILE | _PATH
    return traits


def beside(traits: int, fields: Record, observed_file: str) -> tuple[Record, Record]:
    """Return what stands in front of the fields and behind them, by dotted name.

    `fields` are the gaps of those that are in the record.
    """
    lead: Record = {
        "network.transport": "tcp",
        "network.iana_number": "6",
        "network.protocol": "smtp",
        "network.type": "ipv6" if traits & _SIX else "ipv4",
    }
    for end in ("source", "destination"):
        if end + ".ip" in fields:
            lead[end + ".address"] = fields[end + ".ip"]
    more: Record = {}
    if traits & _DOMAIN:
        more["destination.domain"] = fields["tls.client.server_name"]
    if traits & SENT:
        more["network.bytes"] = gap(OCTETS)
    if "session.packets" in fields:
        more["network.packets"] = fields["session.packets"]
    if traits & _DIRECTION and any(name.startswith("email.") for name in fields):
        more["email.direction"] = fields["network.direction"]
    more["smtpids.pcap.packet"] = gap(PACKET)
    file: Any = fields["smtpids.pcap.file"] if traits & _FILE else observed_file
    if file:
        more["smtpids.pcap.file"] = file
        if traits & _PATH if traits & _FILE else file != "-":
            more["log.file.path"] = file
    more |= _related(traits, fields)
    more["smtpids.schema"] = SCHEMA_VERSION
    if traits & ALERT:
        more["smtpids.severity"] = gap(SEVERITY)
        more["smtpids.suppressed"] = gap(SUPPRESSED)
        more["smtpids.evidence"] = gap(EVIDENCE)
    if traits & CORRELATED:
        more["smtpids.correlation"] = gap(CORRELATION)
    return lead, more


def _related(traits: int, fields: Record) -> Record:
    """Return the lists of what an analyst pivots on."""
    kinds = {
        "related.ip": ((_SOURCE, "source.ip"), (_DESTINATION, "destination.ip")),
        "related.user": ((_USER, "smtp.auth.user"),),
        "related.hosts": ((_HELO, "smtp.helo"), (_HOST, "tls.client.server_name")),
    }
    found: Record = {
        kind: [fields[name] for trait, name in names if traits & trait]
        for kind, names in kinds.items()
        if any(traits & trait for trait, _ in names)
    }
    if traits & HASHED:
        found["related.hash"] = gap(HASHES)
    return found
