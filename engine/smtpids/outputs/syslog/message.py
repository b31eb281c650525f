"""A record as a syslog message (RFC 5424 6), and the framing of messages in a stream.

The text of a message is the record's line as it is: UTF-8 JSON without controls. It goes out as
MSG-ANY, without a byte order mark. RFC 5424 6.4 asks for the mark where a sender declares UTF-8;
what parses the text as JSON, rsyslog's mmjsonparse and most others, stumbles over it, and JSON is
UTF-8 by itself (RFC 8259 8.1). There is no structured data: all of it is in the JSON.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from smtpids.errors import OutputError

if TYPE_CHECKING:
    from smtpids.outputs.entry import Entry

#: RFC 5424 6.2.1, table 1, by the names that syslog.conf has for them; three have two.
FACILITIES: Final[dict[str, int]] = {
    "kern": 0,
    "user": 1,
    "mail": 2,
    "daemon": 3,
    "auth": 4,
    "syslog": 5,
    "lpr": 6,
    "news": 7,
    "uucp": 8,
    "cron": 9,
    "authpriv": 10,
    "ftp": 11,
    "ntp": 12,
    "audit": 13,
    "alert": 14,
    "clock": 15,
} | {f"local{number}": 16 + number for number in range(8)}

#: `event.severity` from which on -> severity (RFC 5424 6.2.1, table 2).
SEVERITIES: Final = (
    (99, 2),  # critical: critical conditions
    (73, 3),  # high: error conditions
    (47, 4),  # medium: warning conditions
    (21, 5),  # low: normal but significant
)
INFORMATIONAL: Final = 6
"""What is no alert: records of sessions, messages, anomalies and statistics."""

APP_NAME: Final = b"smtpids"
HOSTNAME_CHARS: Final = 255
MSGID_CHARS: Final = 32
NIL: Final = "-"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Writer:
    """Makes messages of records, of one facility and from one sensor.

    OutputError if there is no such facility.
    """

    def __init__(self, facility: str, sensor: str) -> None:
        if facility not in FACILITIES:
            known = ", ".join(FACILITIES)
            raise OutputError(f'facility "{facility}" is not known; write one of {known}')
        self._facility = FACILITIES[facility] * 8
        hostname = word(sensor, HOSTNAME_CHARS).encode()
        self._middle = b" %b %b %d " % (hostname, APP_NAME, os.getpid())

    def write(self, entry: Entry) -> bytes:
        """Return the message: header, no structured data, and the line without its end."""
        return b"<%d>1 %b%b%b - %b" % (
            self._facility + severity(entry.severity),
            timestamp(entry.ts_ns).encode(),
            self._middle,
            word(entry.kind, MSGID_CHARS).encode(),
            entry.line.removesuffix(b"\n"),
        )


def severity(level: int) -> int:
    """Return the severity for syslog of an `event.severity`."""
    return next((number for least, number in SEVERITIES if level >= least), INFORMATIONAL)


def timestamp(ts_ns: int) -> str:
    """Return the packet's time in UTC to the microsecond, which is all that RFC 5424 6.2.3 takes.

    A record without a packet, and a time that no calendar has, are `-`.
    """
    if ts_ns <= 0:
        return NIL
    try:
        moment = _EPOCH + timedelta(microseconds=ts_ns // 1000)
    except OverflowError:
        return NIL
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def word(text: str, most: int) -> str:
    """Return text as printable ASCII without blanks (PRINTUSASCII), `-` if there is none."""
    return "".join(char if "!" <= char <= "~" else "_" for char in text[:most]) or NIL


def counted(message: bytes) -> bytes:
    """Frame a message by its length (RFC 6587 3.4.1, RFC 5425 4.3)."""
    return b"%d %b" % (len(message), message)


def terminated(message: bytes) -> bytes:
    """Frame a message by a line feed behind it (RFC 6587 3.4.2), as stream sockets of a machine
    itself are read; a line feed within becomes a blank."""
    return message.replace(b"\n", b" ") + b"\n"
