"""Every key of an output: one row is one key.

The configuration (`outputs:`) and the command line (`-o`) read from this table, and so do
`smtpids list outputs` and what is written back. A row becomes the field of `config.OutputConfig`
that it names.
"""
# ruff: noqa: E501
# One row is one line however long it is: that is what makes a table of it.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.config import KIB, OutputConfig
from smtpids.settings import words
from smtpids.settings.addresses import read_folder, read_path, read_server_name, write_path
from smtpids.settings.kinds import FLAG, SIZE, SPAN, Kind, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.document import Value
    from smtpids.faults import Faults

TYPES: Final = ("file", "stdout", "syslog", "http", "kafka")
NETWORK: Final = frozenset({"syslog", "http", "kafka"})
#: Receivers that are spoken to over HTTP; on the command line each is a type of its own.
DIALECTS: Final = ("elastic", "splunk_hec", "loki", "webhook")
FORMATS: Final = ("ecs", "eve", "table")
#: What programs read.
MACHINE_FORMATS: Final = ("ecs", "eve")
EVENTS: Final = ("alert", "session", "message", "anomaly", "stats")
LEVELS: Final = ("low", "medium", "high", "critical")
#: RFC 5424 6.2.1, by the names that syslog daemons use.
FACILITIES: Final = (
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    *(f"local{number}" for number in range(8)),
)
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
#: The data streams of elastic, one for each kind of record: the templates of Elasticsearch for logs-*-* take it.
INDEX: Final = "logs-smtpids.{kind}-default"
#: A record of fewer octets would hold no alert.
LEAST_RECORD: Final = KIB
#: The record of a message of syslog. Receivers need not take a message of more than 8 KiB (RFC 5425
#: 4.3.1), and rsyslog cuts what has more than 8096 octets into several; its header has up to 320.
SYSLOG_RECORD: Final = 7 * KIB


class Option(NamedTuple):
    """A key, which outputs take it, what it takes and what it means."""

    name: str
    field: str
    """Of `config.OutputConfig`."""
    types: frozenset[str]
    takes: str
    """What it takes, in a word or in all that there are."""
    kind: Kind
    sentence: str
    dialects: frozenset[str] = frozenset()
    """Of type http, only these; none means all."""
    required: bool = False
    default_of: dict[str, str] | None = None
    """What is used by type or dialect, where it is not what the field has."""

    @property
    def default(self) -> Any:
        """What the field has where the key is not given; None where there is no such thing."""
        value = _DEFAULTS.get(self.field)
        return None if self.required or value in {"", frozenset()} else value

    @property
    def default_word(self) -> str:
        """The default as it is written; empty where there is none."""
        if self.default_of is not None:
            return ", ".join(
                f"{word} ({of})" if of else word for of, word in self.default_of.items()
            )
        if self.default is None or self.default == {}:
            return ""
        return self.kind.write(self.default).strip('"')

    def taken_by(self, type_: str, dialect: str) -> bool:
        """Whether an output of this type, and dialect if it is http, takes the key."""
        if type_ not in self.types:
            return False
        return type_ != "http" or not self.dialects or dialect in self.dialects

    @property
    def told_types(self) -> str:
        """Who takes it, as a table says it."""
        if self.types == ALL:
            return "all"
        if self.types == NETWORK:
            return "network"
        if self.dialects:
            return ", ".join(one for one in DIALECTS if one in self.dialects)
        return ", ".join(one for one in TYPES if one in self.types)

    @property
    def takers(self) -> str:
        """Who takes it: `type http, dialect elastic or splunk_hec`."""
        told = "type " + either(one for one in TYPES if one in self.types)
        if self.dialects:
            told += ", dialect " + either(one for one in DIALECTS if one in self.dialects)
        return told


def either(words_: Iterable[str]) -> str:
    """Return words as `a, b or c`."""
    found = list(words_)
    return " or ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, (str, int, bool, frozenset)) else None


_DEFAULTS: Final = {
    name: _hashable(default) for name, default in OutputConfig._field_defaults.items()
}


def _record_size(value: Value, key: str, faults: Faults) -> int | None:
    found: int | None = SIZE.read(value, key, faults)
    if found is None or found >= LEAST_RECORD:
        return found
    faults.error(value.place, f"'{key}' is at least 1K; write 32K")
    return None


def _file_path(value: Value, key: str, faults: Faults) -> str | None:
    found = read_path(value, key, faults)
    if found is None or getattr(value, "text", "") != "-":
        return found
    faults.error(value.place, "'-' is standard output; write {type: stdout}")
    return None


PATH: Final = Kind(read_path, write_path, scalar=True)
FILE: Final = Kind(_file_path, write_path, scalar=True)
#: A folder; empty for none.
FOLDER: Final = Kind(read_folder, write_path, scalar=True)
HOST: Final = Kind(read_server_name, quoted, scalar=True)
RECORD_SIZE: Final = Kind(_record_size, SIZE.write, scalar=True)

ALL: Final = frozenset(TYPES)
FILES: Final = frozenset({"file"})
SYSLOG: Final = frozenset({"syslog"})
HTTP: Final = frozenset({"http"})
KAFKA: Final = frozenset({"kafka"})

# fmt: off
_ROWS: Final = (
    Option("path", "target", FILES, "path", FILE, "The file, to which is appended; SIGHUP opens it anew.", required=True),
    Option("url", "target", SYSLOG | HTTP, "URL", words.URL, "Where the receiver is: udp://, tcp://, tls:// or unix:// (syslog), http:// or https://; without user, query and fragment.", required=True),
    Option("brokers", "target", KAFKA, "list of host:port", words.BROKERS, "Brokers that are asked first, with port 9092 where none is written.", required=True),
    Option("name", "name", ALL, "text", words.NAME, "What it is called in metrics and logs.", default_of={"": "type and host, or path"}),
    Option("format", "format", ALL, either(FORMATS), words.choice("format", FORMATS), "How records are written: ecs or eve for programs, table for people (file and stdout only)."),
    Option("events", "events", ALL, "list of " + ", ".join(EVENTS), words.events(EVENTS), "What it is given; all stands for all."),
    Option("level", "level", ALL, either(LEVELS), words.choice("level", LEVELS), "The least level of the alerts that it is given."),
    Option("record_size", "record_octets", ALL, "size", RECORD_SIZE, "Octets of a record; of a longer one, parts are left out and it says so.", default_of={"": "32K", "syslog": "7K"}),
    Option("timeout", "timeout_ns", NETWORK, "time", SPAN, "How long a receiver may take to connect, and to answer."),
    Option("batch_events", "batch_events", NETWORK, "number", words.COUNT, "Records handed over at once."),
    Option("batch_size", "batch_octets", NETWORK, "size", SIZE, "Octets handed over at once."),
    Option("queue_size", "queue_octets", NETWORK, "size", SIZE, "Octets that wait in memory where there is no spool."),
    Option("spool", "spool", NETWORK, "path", FOLDER, "The folder of what waits for the receiver, kept across runs; empty: it waits in memory.", default_of={"": "that of the configuration"}),
    Option("spool_size", "spool_octets", NETWORK, "size", SIZE, "Octets that wait there; with more, the oldest are lost (live), or the input waits (files)."),
    Option("drain", "drain_ns", NETWORK, "time", SPAN, "How long the end of a run waits for the receiver."),
    Option("dead_letters", "dead_letters", NETWORK, "path", PATH, "The file for records that the receiver refuses for good.", default_of={"": "beside the spool"}),
    Option("ca_file", "ca_file", NETWORK, "path", PATH, "Certificates of authorities (PEM) in place of the system's."),
    Option("cert_file", "cert_file", NETWORK, "path", PATH, "Our certificate (PEM), where the receiver asks for one."),
    Option("key_file", "key_file", NETWORK, "path", PATH, "Its key (PEM), where it is not in the same file."),
    Option("server_name", "server_name", SYSLOG | HTTP, "host", HOST, "The name that the receiver's certificate must have.", default_of={"": "the host"}),
    Option("username", "username", HTTP | KAFKA, "text", words.USERNAME, "Who we are to the receiver (HTTP basic, SASL)."),
    Option("password_file", "password_file", HTTP | KAFKA, "path", PATH, "The file that holds the password that goes with it."),
    Option("token_file", "token_file", HTTP, "path", PATH, "The file that holds a token: API key (elastic), HEC token (splunk_hec), bearer token (loki, webhook)."),
    Option("facility", "facility", SYSLOG, "facility", words.choice("facility", FACILITIES), "The facility of the messages: kern, user, mail, daemon, auth, ..., local0 to local7."),
    Option("dialect", "dialect", HTTP, either(DIALECTS), words.choice("dialect", DIALECTS), "What the receiver is; for -o each is a type of its own."),
    Option("index", "search_index", HTTP, "text", words.INDEX, "The index or data stream (elastic; {kind} stands for the kind of the record), the index (splunk_hec).", frozenset({"elastic", "splunk_hec"}), default_of={"elastic": INDEX}),
    Option("labels", "labels", HTTP, "names and texts", words.LABELS, "Labels beside our own.", frozenset({"loki"})),
    Option("gzip", "gzip", HTTP, "true or false", FLAG, "Compress what is sent."),
    Option("tls", "tls", KAFKA, "true or false", FLAG, "Speak TLS with the brokers; ca_file and the like mean it too."),
    Option("topic", "topic", KAFKA, "text", words.TOPIC, "The topic; {kind} stands for the kind of the record."),
    Option("sasl_mechanism", "sasl_mechanism", KAFKA, either(MECHANISMS), words.choice("SASL mechanism", MECHANISMS), "How the password is shown to the brokers."),
)
# fmt: on

OPTIONS: Final[dict[str, Option]] = {option.name: option for option in _ROWS}
#: The key that says where an output of a type is; standard output needs none.
TARGETS: Final = {"file": "path", "syslog": "url", "http": "url", "kafka": "brokers"}
#: Keys that mean TLS.
TLS_KEYS: Final = ("ca_file", "cert_file", "key_file", "server_name")


def taken(type_: str, dialect: str) -> list[str]:
    """Return the keys that an output takes."""
    return [name for name, option in OPTIONS.items() if option.taken_by(type_, dialect)]
