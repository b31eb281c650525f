"""What may be set, with the defaults and where each limit comes from.

Everything here is frozen: a run has one configuration from its first packet to its last.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Ports on which mail is expected: RFC 5321 4.5.4.2 (25), RFC 8314 3.3 (465), RFC 6409 (587),
#: and 2525, which hosting companies offer where 25 is blocked.
MAIL_PORTS: frozenset[int] = frozenset({25, 465, 587, 2525})

#: Processes of one run: more than a machine has processors for.
MOST_WORKERS = 256

KIB = 1024
MIB = 1024 * KIB
SECOND: Final = 1_000_000_000  # nanoseconds


class Limits(NamedTuple):
    """How much the engine may hold. A limit that is met is said, as anomaly or metric."""

    connections: int = 100_000
    """TCP connections followed at once; with more, the one idle longest ends as `evicted`. That
    many idle sessions take less than 600 MiB (`python -m tests.bench.memory greeted`)."""
    stream_octets: int = 256 * KIB
    """Octets of one direction held while a hole may still be filled: four times the
    largest window without scaling (RFC 9293 3.8.6), a common receive buffer."""
    total_octets: int = 256 * MIB
    """The same for all connections together."""
    tail_octets: int = 16 * KIB
    """Octets of one direction, given already, with which those that come again are compared; less
    where so many connections are active that all together would be more than `total_octets`."""
    reorder_segments: int = 16
    """Segments of a connection that may pass before a hole, whose octets the receiver has
    acknowledged, is given up as lost by the capture."""
    reorder_ns: int = SECOND
    """The same in packet time."""
    idle_ns: int = 600 * SECOND
    """An SMTP server waits up to 10 minutes for the end of data (RFC 5321 4.5.3.2.6)."""
    closing_ns: int = 5 * SECOND
    """How long a closed connection is remembered so that late segments find it."""
    fragments_octets: int = 16 * MIB
    """Octets held in IP fragments of all datagrams."""
    fragment_ns: int = 30 * SECOND
    """Linux gives up a datagram after 30 s (net.ipv4.ipfrag_time)."""
    command_octets: int = 64 * KIB
    """A command line; RFC 4954 4 asks for 12 288, RFC 5321 4.5.3.1.4 for 512."""
    reply_octets: int = 64 * KIB
    """One reply with all its lines."""
    held_octets: int = MIB
    """Octets of a client held while the reply that says how to read them is awaited."""
    pending: int = 2_000
    """Commands of one session that wait for a reply; clients send a group and wait. With more,
    the oldest count as answered; with five times as many, what else comes is only counted."""
    undecided_octets: int = 256 * KIB
    """Octets held of a connection on an unlisted port until it is known whether it is mail, those
    included that each segment costs: the first thousand segments of one octet."""
    sessions_octets: int = 512 * MIB
    """What all sessions together hold: lines without end, octets whose reply is awaited, headers
    and findings of messages, what is listed of a session. The one that holds for longest lets go
    of it and goes on."""
    header_octets: int = 256 * KIB
    """The header of a message: beyond it, the rest counts as body."""
    header_fields: int = 2_000
    """Fields read of one header; honest ones have up to two hundred."""
    recipients: int = 1_000
    """Recipients listed of one transaction (RFC 5321 4.5.3.1.8 asks for 100)."""
    dialogue: int = 1_000
    """Commands listed of one session; beyond it they are counted."""
    commands: int = 10_000
    """Commands of one session that are told one by one; beyond them, what changes nothing or is
    out of order is only counted, and so is everything if as many were never answered. An ordinary
    session with a thousand messages has 4 000."""
    anomalies: int = 200
    """Anomalies told of one session; beyond it they are counted."""
    tls_handshake_octets: int = 64 * KIB
    """One TLS handshake message before encryption; certificate chains are the largest."""
    mime_depth: int = 32
    """Multiparts and attached messages within each other that are opened; people's mail has
    three or four. What lies deeper is one closed part."""
    mime_parts: int = 1_000
    """Parts of one message that are looked at; what comes after them is only counted."""
    part_header_octets: int = 64 * KIB
    """The header of a part or of an attached message; fields beyond it are not read."""
    attachments: int = 100
    """Attachments listed of one message; the event must stay a line that receivers take."""
    archive_members: int = 1_000
    """Members of archives listed of one message; archives sent by people have some hundred."""
    urls: int = 500
    """URLs listed of one message; a newsletter has up to two hundred."""
    text_octets: int = 4 * MIB
    """Decoded text of one message in which URLs are looked for."""
    body_text_octets: int = 64 * KIB
    """Decoded text of one message that rules may search (`email.body.text`), kept while it is
    read; what a letter says stands in its first pages."""
    groups: int = 50_000
    """Groups remembered of one rule; a client that invents senders can make as many as it likes."""
    correlation_windows: int = 5_000
    """Groups of a correlation that is judged at the end of a window: each keeps an event, some
    kilobytes, until then."""
    correlation_keys: int = 1_000
    """Groups that one event counts for, when it is grouped by a list such as the recipients."""
    correlation_values: int = 10_000
    """Matches counted of a group, and the highest count that a correlation may ask for."""
    correlation_held: int = 10_000
    """Matches held until no earlier one can come; with more, the oldest are counted at once."""
    correlation_lateness_ns: int = 2 * SECOND
    """How late an event may come and still be counted in its order: octets wait up to
    `reorder_ns` for a hole before them, and interfaces of one capture are a little apart."""
    history: int = 100_000
    """Servers, clients and users remembered across sessions, each; the one not seen for longest
    goes."""
    capture_octets: int = 64 * MIB
    """What the kernel holds of an interface until it is read, for each worker: half a second of a
    full gigabit. What comes beyond it is lost, and counted as such."""
    extract_file_octets: int = 64 * MIB
    """Octets written of one attachment (`--extract`); mail servers take messages up to 50 MB."""
    extract_octets: int = 1024 * MIB
    """Octets of all attachments written in a run (`--extract-quota`)."""
    extract_files: int = 100_000
    """Attachments written in a run."""
    extract_open: int = 256
    """Attachments written at once, each to an open file, of which a process may have 1 024."""
    text_chars: int = 1_024
    """Characters of one text field in an event; more is cut and marked with an ellipsis."""


class MailServer(NamedTuple):
    """One of our mail servers."""

    network: str
    """Its address, or the network of several (CIDR)."""
    role: str
    """`mx`, `submission` or `relay`."""
    ports: frozenset[int] = frozenset()
    """The ports on which it has that role; none means all."""


class OutputConfig(NamedTuple):
    """One output: where it is, what it is given, and how it is spoken to.

    Which fields a type takes, and with which defaults, stands in `settings/outputs.py`. Secrets are
    in files: here are their paths.
    """

    type: str
    """`file`, `stdout`, `syslog`, `http` or `kafka`."""
    target: str
    """A path, `-`, a URL without user and password, or brokers `host:port,host:port`."""
    name: str
    """What the operator calls it; a label of metrics, the name of its folder in the spool."""
    format: str = "ecs"
    """`ecs`, `eve` or `table`."""
    events: frozenset[str] = frozenset({"alert"})
    """What it is given: `alert`, `session`, `message`, `anomaly`, `stats`."""
    level: str = "low"
    """The least level of the alerts it is given."""
    record_octets: int = 32 * KIB
    """Octets of a line; what is longer is cut, and marked as such. For syslog, what is not said is
    less (settings/options.py)."""
    # over the network
    timeout_ns: int = 10 * SECOND
    """How long a receiver may take to connect, and to answer."""
    batch_events: int = 500
    """Records handed over at once."""
    batch_octets: int = 4 * MIB
    """The same in octets."""
    queue_octets: int = 64 * MIB
    """Octets that wait in memory where there is no spool."""
    spool: str = ""
    """The folder of what waits; empty: it waits in memory and ends with the run."""
    spool_octets: int = 512 * MIB
    """Octets that wait there; with more, the oldest are lost (live), or the input waits (files)."""
    drain_ns: int = 10 * SECOND
    """How long the end of a run waits for a receiver."""
    dead_letters: str = ""
    """The file for records that the receiver refuses for good; empty: beside the spool, if any."""
    ca_file: str = ""
    """Certificates of authorities (PEM) in place of the system's."""
    cert_file: str = ""
    """Our certificate (PEM), where the receiver asks for one."""
    key_file: str = ""
    """Its key (PEM)."""
    server_name: str = ""
    """The name that the receiver's certificate must have; empty: that in the target."""
    username: str = ""
    """Who we are to the receiver (HTTP basic, SASL)."""
    password_file: str = ""
    """The password that goes with it."""
    token_file: str = ""
    """A bearer token, an Elasticsearch API key, a Splunk HEC token."""
    # syslog
    facility: str = "local4"
    """The facility (RFC 5424 6.2.1)."""
    # http
    dialect: str = "webhook"
    """`elastic`, `splunk_hec`, `loki` or `webhook`."""
    search_index: str = ""
    """The index or data stream (elastic), the index (splunk_hec)."""
    labels: Mapping[str, str] = MappingProxyType({})
    """Labels beside our own (loki)."""
    gzip: bool = True
    """Compress what is sent."""
    # kafka
    tls: bool = False
    """Whether brokers are spoken to over TLS; elsewhere the URL says so."""
    topic: str = "smtpids.{kind}"
    """The topic; `{kind}` stands for the kind of the record."""
    sasl_mechanism: str = ""
    """`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."""


class Config(NamedTuple):
    """All settings of a run."""

    limits: Limits = Limits()
    ports: frozenset[int] = MAIL_PORTS
    """Where mail is expected; elsewhere the content decides."""
    any_port: bool = True
    """Look for mail on every port (files) or on `ports` only (live)."""
    verify_checksums: bool = False
    """Drop packets with a wrong TCP or IP checksum (`-k all`). Off: a host that captures its
    own traffic sees sums that the network card fills in later."""
    fast_lane: bool = True
    """Decode plain packets without dpkt's objects; off by SMTPIDS_FAST_LANE=0."""
    strict: bool = False
    """Raise our own bugs in place of counting them; tests do."""
    tls_inspection_tap: bool = False
    """Cleartext behind the 220 to STARTTLS is what a TLS inspection appliance mirrors to us: it
    was encrypted on its way, so it counts as TLS (`tls.inspected`) and is no anomaly. Off: what
    looks the same without such an appliance is a downgrade."""
    home_nets: tuple[str, ...] = ()
    """Networks (CIDR) that are ours; without them `network.direction` is `unknown`."""
    own_domains: tuple[str, ...] = ()
    """Domains whose mail is ours to take, in lower case; a domain stands for its subdomains too."""
    mail_servers: tuple[MailServer, ...] = ()
    """Our mail servers; they give `session.server_role` and, as senders, `session.client_role`."""
    trusted_relays: tuple[str, ...] = ()
    """Networks that may relay, send XCLIENT and PROXY headers."""
    monitors: tuple[str, ...] = ()
    """Networks of health checks."""
    scanners: tuple[str, ...] = ()
    """Networks of authorised testing."""
    placeholders: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Values for the `expand` modifier of rules: `%vips%` stands for those under `vips`."""
    sensor: str = ""
    """The name that stands in `observer.name`."""
