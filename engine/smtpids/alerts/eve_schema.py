"""The JSON Schema of the lines of `--format eve`: the part of Suricata's format that we write.

Suricata has a schema of its own for all that it can write (`etc/schema.json` in its sources). This
one is closed and smaller, so that what is written is known to the last name. Whatever is valid by
it is valid by that of Suricata 8 (at commit 20c221e78972, where these names, types and closed
objects are from); a test holds that where there is a copy. Earlier ones have no
`alert.references`, `tls.client_alpns`, `tls.server_alpns` and `tls.subjectaltname`.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from smtpids.alerts.eve import FLOW_BITS, SEVERITIES, TYPES

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WORD: Final[Schema] = {"type": "string", "minLength": 1}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT, "minItems": 1}
NUMBER: Final[Schema] = {"type": "integer", "minimum": 0}
PORT: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 65535}
IP: Final[Schema] = {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
TIME: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$",
}
TLS_DATE: Final[Schema] = {
    "type": "string",
    "pattern": r"^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d$",
}


def _object(properties: Schema, *required: str) -> Schema:
    result: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**result, "required": list(required)} if required else result


#: What `alert.metadata` may hold, each a list of texts.
NAMES: Final = (
    *("signature_severity", "tag", "updated_at"),
    *("mitre_tactic_id", "mitre_tactic_name", "mitre_technique_id", "mitre_technique_name"),
    *("smtpids_action", "smtpids_correlation", "smtpids_event_id", "smtpids_evidence"),
    *("smtpids_group", "smtpids_reason", "smtpids_rule", "smtpids_rules", "smtpids_severity"),
    *("smtpids_suppressed", "smtpids_truncated", "smtpids_uuid", "smtpids_values"),
)
METADATA: Final[Schema] = _object(dict.fromkeys(NAMES, TEXTS))
ALERT: Final[Schema] = _object(
    {
        "action": {"const": "allowed"},
        "gid": {"const": 1},
        "signature_id": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "rev": {"type": "integer", "minimum": 1},
        "signature": WORD,
        "category": WORD,
        "severity": {"enum": sorted(set(SEVERITIES.values()))},
        "references": TEXTS,
        "metadata": METADATA,
    },
    *("action", "gid", "signature_id", "rev", "signature", "category", "severity", "metadata"),
)
ANOMALY: Final[Schema] = _object(
    {
        "app_proto": {"const": "smtp"},
        "type": {"const": "applayer"},
        "event": WORD,
        "layer": {"const": "proto_parser"},
    },
    *("app_proto", "type", "event", "layer"),
)
SMTP: Final[Schema] = _object({"helo": TEXT, "mail_from": TEXT, "rcpt_to": TEXTS})
EMAIL: Final[Schema] = _object(
    {
        **dict.fromkeys(("from", "subject", "date", "message_id", "x_mailer", "body_md5"), TEXT),
        **dict.fromkeys(("to", "cc", "received", "url", "attachment"), TEXTS),
        "status": {"enum": ["PARSE_DONE", "BODY_STARTED"]},
    }
)
TLS: Final[Schema] = _object(
    {
        **dict.fromkeys(("version", "sni", "subject", "issuerdn", "serial"), TEXT),
        **dict.fromkeys(("fingerprint", "ja4"), TEXT),
        **dict.fromkeys(("notbefore", "notafter"), TLS_DATE),
        **dict.fromkeys(("subjectaltname", "client_alpns", "server_alpns"), TEXTS),
        **dict.fromkeys(("ja3", "ja3s"), _object({"hash": TEXT}, "hash")),
        "session_resumed": {"const": True},
    }
)
FLOW: Final[Schema] = _object(
    {
        **dict.fromkeys(("src_ip", "dest_ip"), IP),
        **dict.fromkeys(("src_port", "dest_port"), PORT),
        **dict.fromkeys(("bytes_toserver", "bytes_toclient", "age", "tx_cnt"), NUMBER),
        **dict.fromkeys(("start", "end"), TIME),
        "state": {"enum": ["closed", "established"]},
        "reason": {"enum": ["timeout", "forced", "shutdown"]},
    }
)
STATS: Final[Schema] = _object(
    {
        "uptime": NUMBER,
        "capture": _object({"kernel_packets": NUMBER, "kernel_drops": NUMBER}),
        "decoder": _object({"pkts": NUMBER, "bytes": NUMBER}),
        "tcp": _object({"sessions": NUMBER}),
        "app_layer": _object(
            {"flow": _object({"smtp": NUMBER}), "tx": _object({"smtp": NUMBER})},
        ),
        "detect": _object(
            {
                "engines": {
                    "type": "array",
                    "minItems": 1,
                    "items": _object(
                        {"id": NUMBER, "rules_loaded": NUMBER, "rules_failed": NUMBER}
                    ),
                },
                "alert": NUMBER,
                "alerts_suppressed": NUMBER,
            }
        ),
    },
    *("uptime", "capture", "decoder", "tcp", "app_layer", "detect"),
)
OBJECTS: Final[Schema] = {
    "alert": ALERT,
    "anomaly": ANOMALY,
    "smtp": SMTP,
    "email": EMAIL,
    "tls": TLS,
    "flow": FLOW,
    "stats": STATS,
}
HEAD: Final[Schema] = {
    "timestamp": TIME,
    "event_type": {"enum": sorted({"alert", "stats", *TYPES.values()})},
    "flow_id": {"type": "integer", "minimum": 0, "maximum": 2**FLOW_BITS - 1},
    "host": WORD,
    "in_iface": WORD,
    "src_ip": IP,
    "src_port": PORT,
    "dest_ip": IP,
    "dest_port": PORT,
    "proto": {"const": "TCP"},
    "app_proto": {"const": "smtp"},
    "community_id": WORD,
    "pcap_cnt": NUMBER,
    "pcap_filename": WORD,
    "tx_id": NUMBER,
    "direction": {"enum": ["to_server", "to_client"]},
}
#: What each kind of line has beside what all have.
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "alert": ("flow_id", "proto", "app_proto", "direction", "alert"),
    "flow": ("flow_id", "proto", "app_proto", "flow"),
    "smtp": ("flow_id", "proto", "app_proto"),
    "anomaly": ("flow_id", "proto", "app_proto", "anomaly"),
    "stats": ("stats",),
}


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12)."""
    kinds = [
        {
            "if": {"properties": {"event_type": {"const": kind}}},
            "then": {"required": list(names)},
        }
        for kind, names in REQUIRED.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:smtpids:eve:1",
        "title": "A line that smtpids writes in Suricata's EVE format",
        **_object({**HEAD, **OBJECTS}, "timestamp", "event_type"),
        "allOf": kinds,
    }


def text() -> str:
    """Return the schema as JSON for people."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
