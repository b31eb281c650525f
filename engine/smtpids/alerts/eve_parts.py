"""The objects of an EVE line that come from the fields of an event: smtp, email, tls, flow.

Suricata writes paths with their angle brackets, lists only where they hold something, and times
without the colon in the zone; so does this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.moment import rfc3339
from smtpids.pattern import Pattern
from smtpids.tcp.events import CloseReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.alerts.nesting import Record

#: What the schema takes for the dates of a certificate.
_TLS_DATE: Final = Pattern(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_ENDED: Final = frozenset({CloseReason.FIN, CloseReason.RST})
_REASONS: Final[dict[str, str]] = {
    CloseReason.TIMEOUT: "timeout",
    CloseReason.EVICTED: "forced",
    CloseReason.EOF: "shutdown",
}
"""`flow.reason`, for what was not closed by its ends."""


def eve_time(ts_ns: int) -> str:
    """Return nanoseconds since 1970 as EVE writes time: 2026-11-23T21:00:00.123456+0000."""
    return rfc3339(ts_ns).replace("Z", "+0000")


def filled(said: Mapping[str, Any]) -> Record:
    """Return what says something: neither None nor an empty text, list or object."""
    return {name: value for name, value in said.items() if value not in (None, "", [], {})}


def of_smtp(fields: Mapping[str, Any]) -> Record:
    """Return `smtp`: the name of the client and the envelope."""
    sender = fields.get("smtp.mail_from")
    return filled(
        {
            "helo": fields.get("smtp.helo"),
            "mail_from": None if sender is None else f"<{sender}>",
            "rcpt_to": [f"<{path}>" for path in _texts(fields, "smtp.rcpt_to")],
        }
    )


def of_email(fields: Mapping[str, Any]) -> Record:
    """Return `email`: the header of the message; nothing for events without one."""
    size = fields.get("smtp.message.size")
    said = filled(
        {
            "from": ", ".join(_texts(fields, "email.from.address")),
            "to": _texts(fields, "email.to.address"),
            "cc": _texts(fields, "email.cc.address"),
            "subject": fields.get("email.subject"),
            "date": fields.get("email.origination_timestamp"),
            "message_id": fields.get("email.message_id"),
            "x_mailer": fields.get("email.x_mailer"),
            "received": _texts(fields, "email.received"),
            "url": _texts(fields, "email.urls"),
            "attachment": _attachments(fields),
            "body_md5": fields.get("smtp.message.body.hash.md5"),
        }
    )
    if size is not None:
        said["status"] = "PARSE_DONE" if fields.get("smtp.message.complete") else "BODY_STARTED"
    return said


def of_tls(fields: Mapping[str, Any]) -> Record:
    """Return `tls`: what a handshake showed in clear; nothing without one."""
    version, chosen = fields.get("tls.version"), fields.get("tls.next_protocol")
    return filled(
        {
            "version": version and _version(str(version)),
            "sni": fields.get("tls.client.server_name"),
            "subject": fields.get("tls.server.subject"),
            "issuerdn": fields.get("tls.server.issuer"),
            "serial": _colons(fields.get("tls.server.x509.serial_number")),
            "fingerprint": (_colons(fields.get("tls.server.hash.sha1")) or "").lower(),
            "notbefore": _tls_date(fields.get("tls.server.not_before")),
            "notafter": _tls_date(fields.get("tls.server.not_after")),
            "subjectaltname": _texts(fields, "tls.server.x509.alternative_names"),
            "session_resumed": fields.get("tls.resumed") or None,
            "ja3": filled({"hash": fields.get("tls.client.ja3")}),
            "ja3s": filled({"hash": fields.get("tls.server.ja3s")}),
            "ja4": fields.get("tls.client.ja4"),
            "client_alpns": _texts(fields, "tls.client.alpn"),
            "server_alpns": [chosen] if chosen else [],
        }
    )


def of_flow(fields: Mapping[str, Any], *, ended: bool = False) -> Record:
    """Return `flow`: the ends, the start, the octets; of a session that is over also its end."""
    start, duration = fields.get("session.start"), fields.get("session.duration")
    reason = str(fields.get("session.close_reason"))
    said = {
        "src_ip": fields.get("source.ip"),
        "src_port": fields.get("source.port"),
        "dest_ip": fields.get("destination.ip"),
        "dest_port": fields.get("destination.port"),
        "bytes_toserver": fields.get("source.bytes"),
        "bytes_toclient": fields.get("destination.bytes"),
        "start": eve_time(start) if isinstance(start, int) else None,
    }
    if ended:
        said |= {"state": "closed" if reason in _ENDED else "established"}
        said |= {"reason": _REASONS.get(reason), "tx_cnt": fields.get("smtp.message.count")}
    if ended and isinstance(start, int) and isinstance(duration, int):
        said |= {"end": eve_time(start + duration), "age": duration // 1_000_000_000}
    return filled(said)


def _texts(fields: Mapping[str, Any], name: str) -> list[str]:
    listed = fields.get(name)
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _attachments(fields: Mapping[str, Any]) -> list[str]:
    """Return the names of the attachments."""
    listed = fields.get("email.attachments")
    names = [
        one.get("file.name") if "file.name" in one else one.get("file", {}).get("name")
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    ]
    return [str(name) for name in names if name]


def _version(version: str) -> str:
    """Return the version as Suricata writes it: TLS 1.2, SSLv3."""
    return f"SSLv{version[3:]}" if version.startswith("ssl") else f"TLS {version}"


def _colons(digits: Any) -> str | None:
    """Return hexadecimal digits as octets with colons between."""
    if not isinstance(digits, str) or len(digits) % 2:
        return digits if isinstance(digits, str) else None
    return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _tls_date(ts_ns: Any) -> str | None:
    """Return a date of a certificate; None for years that the schema has no room for."""
    text = rfc3339(ts_ns)[:19] if isinstance(ts_ns, int) else ""
    return text if _TLS_DATE.fullmatch(text) else None
