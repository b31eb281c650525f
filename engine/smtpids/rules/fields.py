"""Every name that a rule may use: its type, the events that carry it, and a sentence.

One row is one field. The loader refuses a rule that misspells a name or compares it with what it
can never be; the compiler reads from the types how a value is compared and from the actions which
rules an event can match at all; `rules/FIELDS.md` is this table as a page
(`python -m smtpids.rules.fields` prints it). A name in a rule is the path in the JSON.

To add a field is to add a row. Keep the order of the page, and never let one name be both a value
and the beginning of another name.
"""
# ruff: noqa: E501
# One row is one line however long it is: that is what makes a table of it.

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smtpids.history.span import WORDS
from smtpids.mail import ATTACHMENT_CLASSES, ATTACHMENT_TRACES, STRUCTURE_FAULTS
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.events import Action
from smtpids.smtp.states import State


class Type(StrEnum):
    """What a value is, or each value of a list."""

    TEXT = "text"
    """Words of people or programs."""
    KEYWORD = "keyword"
    """A word that is compared as a whole more often than searched."""
    INTEGER = "integer"
    BOOLEAN = "boolean"
    IP = "ip"
    TIME = "time"
    """Nanoseconds since 1970 in the engine; alerts write it for people."""
    OBJECT = "object"
    """Values under names of their own; a rule can only ask whether it is there."""


@dataclass(frozen=True, slots=True)
class Field:
    """A name that events carry."""

    name: str
    type: Type
    actions: frozenset[str]
    """The values of `event.action` whose events may carry it."""
    sentence: str
    example: str
    many: bool = False
    """Whether the value is a list."""
    values: frozenset[str] = frozenset()
    """All values there are, if these are few."""
    needs: str = ""
    """The key of the configuration without which it says nothing."""

    @property
    def type_name(self) -> str:
        """The type as documentation and messages write it."""
        return f"list of {self.type}" if self.many else str(self.type)


TEXT, KEYWORD, INTEGER, BOOLEAN = Type.TEXT, Type.KEYWORD, Type.INTEGER, Type.BOOLEAN
IP, TIME, OBJECT = Type.IP, Type.TIME, Type.OBJECT

ALL: Final = frozenset(str(action) for action in Action)
COMMAND: Final = frozenset({str(Action.COMMAND)})
REPLY: Final = frozenset({str(Action.REPLY)})
AUTH: Final = frozenset({str(Action.AUTH)})
TLS: Final = frozenset({str(Action.TLS)})
MESSAGE: Final = frozenset({str(Action.MESSAGE)})
ANOMALY: Final = frozenset({str(Action.ANOMALY)})
SESSION_END: Final = frozenset({str(Action.SESSION_END)})

SIDES: Final = frozenset({"client", "server"})
TLS_MODES: Final = frozenset({"none", "starttls", "implicit"})
STARTTLS_STATES: Final = frozenset(
    {"none", "offered", "requested", "accepted", "refused", "established"}
)
AUTH_OUTCOMES: Final = frozenset({"success", "failure", "tempfail", "aborted", "unknown"})
TLS_WORDS: Final = frozenset(WORDS)
INJECTED_KINDS: Final = frozenset({"verb", "text", "binary", "clienthello"})

# fmt: off
_ROWS: Final = (
    Field("@timestamp", TIME, ALL, "When it happened, by the clock of the capture.", "2026-03-01T09:15:00Z"),
    Field("event.action", KEYWORD, ALL, "What happened.", "auth", values=ALL),
    Field("session.id", KEYWORD, ALL, "The session; the same in every run over the same packets.", "CqlVyW1YwZ15RhTBc4"),
    Field("network.community_id", KEYWORD, ALL, "The connection as other network tools name it.", "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="),
    Field("network.direction", KEYWORD, ALL, "Seen from the home networks; `unknown` if none are set.", "inbound", values=frozenset({"inbound", "outbound", "internal", "external", "unknown"}), needs="home_nets"),
    Field("network.type", KEYWORD, ALL, "The version of IP.", "ipv4", values=frozenset({"ipv4", "ipv6"})),
    Field("network.transport", KEYWORD, ALL, "The transport protocol.", "tcp", values=frozenset({"tcp"})),
    Field("network.protocol", KEYWORD, ALL, "The application protocol.", "smtp"),
    Field("source.ip", IP, ALL, "The client, which is who opened the connection.", "198.51.100.7"),
    Field("source.port", INTEGER, ALL, "The client's port.", "49152"),
    Field("destination.ip", IP, ALL, "The server.", "192.0.2.10"),
    Field("destination.port", INTEGER, ALL, "The server's port.", "25"),
    Field("session.client_role", KEYWORD, ALL, "What the configuration says the client is.", "unknown", needs="mail_servers"),
    Field("session.server_role", KEYWORD, ALL, "What the configuration says the server is.", "mx", needs="mail_servers"),
    Field("session.midstream", BOOLEAN, ALL, "The capture began within the connection.", "false"),
    Field("session.gap", BOOLEAN, ALL, "The capture lost octets of the session so far.", "false"),
    Field("session.one_sided", BOOLEAN, ALL, "The capture shows one side only.", "false"),
    Field("session.state", KEYWORD, ALL, "Where the session stands.", "ready", values=frozenset(str(state) for state in State)),
    Field("session.start", TIME, ALL, "The first packet of the session.", "2026-03-01T09:14:58Z"),
    Field("tls.established", BOOLEAN, ALL, "A TLS handshake was completed.", "false"),
    Field("tls.mode", KEYWORD, ALL, "How TLS began, if it did.", "starttls", values=TLS_MODES),
    Field("tls.version", KEYWORD, ALL, "The version that the server chose, without the protocol's name.", "1.3"),
    Field("tls.version_protocol", KEYWORD, ALL, "The protocol of that version.", "tls", values=frozenset({"ssl", "tls"})),
    Field("tls.cipher", KEYWORD, ALL, "The cipher suite that the server chose.", "TLS_AES_128_GCM_SHA256"),
    Field("tls.client.server_name", KEYWORD, ALL, "The host that the client asked for (SNI).", "mail.example"),
    Field("tls.next_protocol", KEYWORD, ALL, "The protocol that the server chose (ALPN).", "smtp"),
    Field("tls.client.ja3", KEYWORD, ALL, "The fingerprint of the client's software (JA3).", "773906b0efdefa24a7f2b8eb6985bf37"),
    Field("tls.client.ja4", KEYWORD, ALL, "The same by JA4, to which order means nothing.", "t13d1516h2_8daaf6152771_e5627efa2ab1"),
    Field("tls.server.hash.sha256", KEYWORD, ALL, "SHA-256 of the server's certificate, in upper case, if it was seen.", "0687F666A054EF17A08E2F2162EAB4CBC0D265E1D7875BE74BF3C712CA92DAF0"),
    Field("tls.inspected", BOOLEAN, ALL, "The session was in TLS, and an inspection appliance shows it in clear. Only there if true.", "true", needs="tls_inspection_tap"),
    Field("smtp.helo", KEYWORD, ALL, "The name in the last EHLO, HELO or LHLO.", "client.example"),
    Field("smtp.greeting.code", INTEGER, ALL, "The code of the greeting.", "220"),
    Field("smtp.greeting.text", TEXT, ALL, "The text of the greeting.", "mail.example ESMTP"),
    Field("smtp.greeting.masked", BOOLEAN, ALL, "Something wrote asterisks over the greeting.", "false"),
    Field("smtp.ehlo.keywords", KEYWORD, ALL, "The extensions in the last reply to EHLO.", "STARTTLS", many=True),
    Field("smtp.ehlo.masked_keywords", KEYWORD, ALL, "Extensions over which something wrote letters X.", "XXXXXXXA", many=True),
    Field("smtp.starttls.offered", BOOLEAN, ALL, "The server offered STARTTLS.", "true"),
    Field("smtp.starttls.state", KEYWORD, ALL, "How far STARTTLS came.", "offered", values=STARTTLS_STATES),
    Field("smtp.starttls.code", INTEGER, ALL, "The reply to STARTTLS.", "220"),
    Field("smtp.auth.offered", KEYWORD, ALL, "The mechanisms that the server offered.", "PLAIN", many=True),
    Field("smtp.auth.mechanisms", KEYWORD, ALL, "The mechanisms that the client used so far.", "LOGIN", many=True),
    Field("smtp.auth.succeeded", BOOLEAN, ALL, "The client is logged in.", "false"),
    Field("smtp.auth.user", KEYWORD, ALL, "The user of the last attempt to log in.", "alice@example.com"),
    Field("smtp.auth.attempts", INTEGER, ALL, "Attempts to log in so far.", "1"),
    Field("smtp.auth.failures", INTEGER, ALL, "Those that the server refused.", "0"),
    Field("smtp.transaction.index", INTEGER, ALL, "The number of the mail transaction, from 1; 0 before the first.", "1"),
    Field("smtp.message.count", INTEGER, ALL, "Messages sent in the session so far.", "1"),
    Field("smtp.command.count", INTEGER, ALL, "Commands sent in the session so far.", "7"),
    Field("smtp.quit", BOOLEAN, ALL, "The client said QUIT.", "false"),
    Field("smtp.mail_from", KEYWORD, ALL, "The sender of the envelope; empty for a bounce.", "alice@example.com"),
    Field("smtp.mail_from_domain", KEYWORD, ALL, "The domain of that sender.", "example.com"),
    Field("smtp.rcpt_to", KEYWORD, ALL, "The recipients of the envelope.", "bob@example.net", many=True),
    Field("smtp.rcpt.accepted", INTEGER, ALL, "Recipients of the transaction that the server accepted.", "1"),
    Field("smtp.rcpt.rejected", INTEGER, ALL, "Those that it refused.", "0"),
    Field("smtpids.proxied.ip", IP, ALL, "The client that a PROXY header names.", "192.0.2.7"),
    Field("smtpids.proxied.port", INTEGER, ALL, "Its port.", "50000"),
    Field("smtpids.pcap.file", KEYWORD, ALL, "The capture that the packet is from.", "mail.pcap"),
    Field("smtpids.pcap.packet", INTEGER, ALL, "The number of the packet, from 1.", "42"),
    # what earlier sessions told; there in alerts, in records, and where a rule asks for it
    Field("history.server.known", BOOLEAN, ALL, "An earlier session had this server, which is an address and a port.", "true"),
    Field("history.server.first_seen", TIME, ALL, "The first packet of the earliest session with it.", "2026-02-01T08:00:00Z"),
    Field("history.server.age", INTEGER, ALL, "Seconds from then to the start of this session.", "2419200"),
    Field("history.server.sessions", INTEGER, ALL, "Earlier sessions with it.", "812"),
    Field("history.server.tls_sessions", INTEGER, ALL, "Those that were in TLS.", "640"),
    Field("history.server.tls_percent", INTEGER, ALL, "These, of a hundred.", "78"),
    Field("history.server.tls_max_version", KEYWORD, ALL, "The highest version that it chose in them.", "1.3", values=TLS_WORDS),
    Field("history.server.starttls_seen", INTEGER, ALL, "Earlier sessions whose reply to EHLO in cleartext offered STARTTLS.", "640"),
    Field("history.server.starttls_missing", INTEGER, ALL, "Earlier sessions whose reply to EHLO in cleartext did not.", "0"),
    Field("history.server.starttls_clients", INTEGER, ALL, "Clients to which it was offered; 16 are at least 16.", "16"),
    Field("history.server.starttls_span", INTEGER, ALL, "Seconds from the first offer to the last.", "2418000"),
    Field("history.server.starttls_last_seen", TIME, ALL, "When it was last offered.", "2026-03-01T09:10:00Z"),
    Field("history.server.starttls_idle", INTEGER, ALL, "Seconds from then to the start of this session.", "300"),
    Field("history.server.banners", INTEGER, ALL, "Banners that the server has had; 8 are at least 8.", "1"),
    Field("history.server.banner_changed", BOOLEAN, ALL, "The banner is none of these; its clock, numbers and random words do not count.", "false"),
    Field("history.server.banner_before", KEYWORD, ALL, "The banner before it, without these; only there if it changed.", "mail.example ESMTP Postfix"),
    Field("history.server.capabilities_changed", BOOLEAN, ALL, "The reply to EHLO lists a set of extensions that it did not list before.", "false"),
    Field("history.server.certificates", INTEGER, ALL, "Certificates that the server has shown in clear; 8 are at least 8.", "1"),
    Field("history.server.certificate_changed", BOOLEAN, ALL, "The certificate is none of these.", "false"),
    Field("history.server.issuer_changed", BOOLEAN, ALL, "No earlier certificate was by its issuer.", "false"),
    Field("history.client.known", BOOLEAN, ALL, "An earlier session had this client, which is an address.", "true"),
    Field("history.client.first_seen", TIME, ALL, "The first packet of its earliest session.", "2026-02-01T08:00:00Z"),
    Field("history.client.age", INTEGER, ALL, "Seconds from then to the start of this session.", "2419200"),
    Field("history.client.sessions", INTEGER, ALL, "Its earlier sessions.", "40"),
    Field("history.client.messages", INTEGER, ALL, "Messages that it sent in them, as far as they were seen in clear and accepted.", "38"),
    Field("history.client.helo_names", INTEGER, ALL, "Names that it gave in EHLO; 16 are at least 16.", "1"),
    Field("history.client.helo_known", BOOLEAN, ALL, "The name in EHLO is one of these.", "true"),
    Field("history.client.servers", INTEGER, ALL, "Servers of its earlier sessions; 64 are at least 64.", "2"),
    Field("history.client.server_known", BOOLEAN, ALL, "This server is one of these.", "true"),
    Field("history.client.tls_sessions", INTEGER, ALL, "Earlier sessions in TLS.", "40"),
    Field("history.client.tls_percent", INTEGER, ALL, "These, of a hundred.", "100"),
    Field("history.client.tls_max_version", KEYWORD, ALL, "The highest version that was chosen in them.", "1.3", values=TLS_WORDS),
    Field("history.client.tls_last_seen", TIME, ALL, "When its last session in TLS was.", "2026-03-01T09:10:00Z"),
    Field("history.user.known", BOOLEAN, ALL, "The user has logged in before.", "true"),
    Field("history.user.first_seen", TIME, ALL, "The first login.", "2026-02-01T08:00:00Z"),
    Field("history.user.last_seen", TIME, ALL, "The last login.", "2026-03-01T09:10:00Z"),
    Field("history.user.age", INTEGER, ALL, "Seconds since the first login.", "2419200"),
    Field("history.user.logins", INTEGER, ALL, "Logins before this session.", "117"),
    Field("history.user.failures", INTEGER, ALL, "Attempts since the last of them that failed.", "0"),
    Field("history.user.networks", INTEGER, ALL, "Networks that the user logged in from (a /24, of IPv6 a /48); 32 are at least 32.", "2"),
    Field("history.user.network_known", BOOLEAN, ALL, "The client's network is one of these.", "true"),
    Field("history.user.network_idle", INTEGER, ALL, "Seconds since the last login from it; not there if there was none.", "86400"),
    # a command line is complete
    Field("smtp.command.verb", KEYWORD, COMMAND, "The command's first word in upper case.", "MAIL"),
    Field("smtp.command.argument", TEXT, COMMAND, "What follows the verb; never a secret.", "FROM:<alice@example.com>"),
    Field("smtp.command.parameters", KEYWORD, COMMAND, "The parameters behind a path.", "SIZE=1000", many=True),
    Field("smtp.command.line", TEXT, COMMAND, "The whole line; never a secret.", "MAIL FROM:<alice@example.com>"),
    Field("smtp.command.length", INTEGER, COMMAND, "Octets of the line with its end.", "31"),
    Field("smtp.command.known", BOOLEAN, COMMAND, "The verb is one of SMTP's.", "true"),
    Field("smtp.command.pipelined", BOOLEAN, COMMAND, "It came before the reply to the command before it.", "false"),
    Field("smtp.command.in_order", BOOLEAN, COMMAND, "The command is legal in this state.", "true"),
    # a reply is complete
    Field("smtp.reply.code", INTEGER, AUTH | MESSAGE | REPLY, "The reply's three digits.", "250"),
    Field("smtp.reply.class", INTEGER, REPLY, "The first of them.", "2"),
    Field("smtp.reply.enhanced", KEYWORD, REPLY, "The enhanced status code (RFC 3463).", "2.1.0"),
    Field("smtp.reply.text", TEXT, REPLY, "The text of all lines.", "Sender ok"),
    Field("smtp.reply.verb", KEYWORD, REPLY, "The command that it answers; empty if none.", "MAIL"),
    # an attempt to log in is over
    Field("smtp.auth.mechanism", KEYWORD, AUTH, "The mechanism of this attempt in upper case.", "PLAIN"),
    Field("smtp.auth.outcome", KEYWORD, AUTH, "How the attempt ended.", "success", values=AUTH_OUTCOMES),
    Field("smtp.auth.initial_response", BOOLEAN, AUTH, "The first response came in the command itself.", "true"),
    Field("smtp.auth.cancelled", BOOLEAN, AUTH, "The client gave up with `*`.", "false"),
    Field("smtp.auth.base64_valid", BOOLEAN, AUTH, "All responses were valid base64.", "true"),
    Field("smtp.auth.base64_unpadded", BOOLEAN, AUTH, "A response lacked one octet of padding.", "false"),
    Field("smtp.auth.malformed", BOOLEAN, AUTH, "A response had not the form of its mechanism.", "false"),
    Field("smtp.auth.length", INTEGER, AUTH, "Octets of the longest response, decoded; 0 if none was sent.", "24"),
    Field("smtp.auth.authzid", KEYWORD, AUTH, "The identity to act as, if another than the user.", "sales"),
    Field("smtp.auth.realm", KEYWORD, AUTH, "The realm (DIGEST-MD5).", "example.com"),
    Field("smtp.auth.secret.empty", BOOLEAN, AUTH, "The password was empty.", "false"),
    Field("smtp.auth.secret.is_user", BOOLEAN, AUTH, "The password was the user name.", "false"),
    Field("smtp.auth.secret.common", BOOLEAN, AUTH, "The password was among the most common.", "false"),
    Field("smtp.auth.token_kind", KEYWORD, AUTH, "What the bearer token looks like.", "jwt"),
    Field("smtp.auth.ntlm.stage", INTEGER, AUTH, "The last NTLM message seen: 1, 2 or 3.", "3"),
    Field("smtp.auth.ntlm.domain", KEYWORD, AUTH, "The client's domain (NTLM).", "CORP"),
    Field("smtp.auth.ntlm.host", KEYWORD, AUTH, "The client's host (NTLM).", "PC-17"),
    Field("smtp.auth.ntlm.target", KEYWORD, AUTH, "The domain or server that the server named (NTLM).", "CORP"),
    Field("smtp.auth.ntlm.server", KEYWORD, AUTH, "The server's own name (NTLM).", "mail.corp.example"),
    Field("smtp.auth.ntlm.os_build", KEYWORD, AUTH, "The server's version of Windows (NTLM).", "10.0.20348"),
    # a handshake's parameters are known, or it failed
    Field("tls.outcome", KEYWORD, TLS, "How the handshake ended; `unknown` if the capture does not show it.", "established", values=frozenset({"established", "failed", "unknown"})),
    Field("tls.client.supported_versions", KEYWORD, TLS, "The versions that the client offered.", "1.3", many=True),
    Field("tls.client.alpn", KEYWORD, TLS, "The protocols that the client offered (ALPN).", "smtp", many=True),
    Field("tls.alert", KEYWORD, TLS, "The alert that ended the handshake.", "handshake_failure"),
    Field("tls.downgrade_sentinel", BOOLEAN, TLS, "The server's random says that it was talked down (RFC 8446 4.1.3).", "false"),
    Field("tls.resumed", BOOLEAN, TLS, "An earlier TLS session was resumed.", "false"),
    Field("tls.fallback_scsv", BOOLEAN, TLS, "The client says that it retries with less (RFC 7507).", "false"),
    Field("tls.server.ja3s", KEYWORD, TLS, "The fingerprint of the server's answer (JA3S).", "eb1d94daa7e0344597e756a1fb6e7054"),
    # the server's certificate; what is not known of it is not there
    Field("tls.certificate.visible", BOOLEAN, TLS, "The server's certificate was seen; never so in TLS 1.3 and where a session was resumed.", "false"),
    Field("tls.certificate.expired", BOOLEAN, TLS, "The certificate was no longer valid at the time of the packet.", "false"),
    Field("tls.certificate.not_yet_valid", BOOLEAN, TLS, "The certificate was not valid yet at the time of the packet.", "false"),
    Field("tls.certificate.self_signed", BOOLEAN, TLS, "The certificate names itself as issuer, and its own key verifies it.", "false"),
    Field("tls.certificate.name_match", BOOLEAN, TLS, "The certificate is for the host that the client asked for (SNI); not there without SNI.", "true"),
    Field("tls.certificate.chain_length", INTEGER, TLS, "Certificates that the server sent.", "2"),
    Field("tls.server.hash.sha1", KEYWORD, TLS, "SHA-1 of the server's certificate, in upper case.", "9E393D93138888D288266C2D915214D1D1CCEB2A"),
    Field("tls.server.subject", KEYWORD, TLS, "Whose certificate it is, as RFC 4514 writes names.", "CN=mail.example,O=Example"),
    Field("tls.server.issuer", KEYWORD, TLS, "Who issued the certificate.", "CN=Example CA,O=Example"),
    Field("tls.server.not_before", TIME, TLS, "From when on the certificate is valid.", "2026-01-01T00:00:00Z"),
    Field("tls.server.not_after", TIME, TLS, "Until when the certificate is valid.", "2026-04-01T00:00:00Z"),
    Field("tls.server.x509.alternative_names", KEYWORD, TLS, "The hosts that the certificate is for, and other names in it; the first hundred.", "mail.example", many=True),
    Field("tls.server.x509.serial_number", KEYWORD, TLS, "The certificate's number at its issuer, hexadecimal in upper case.", "55FBB9C7DEBF09809D12CCAA"),
    Field("tls.server.x509.public_key_algorithm", KEYWORD, TLS, "The kind of the certificate's key.", "RSA"),
    Field("tls.server.x509.public_key_size", INTEGER, TLS, "Bits of the certificate's key.", "2048"),
    Field("tls.server.x509.signature_algorithm", KEYWORD, TLS, "How the issuer signed the certificate.", "SHA256-RSA"),
    # the reply to the end of a message came, or cannot come
    Field("smtp.message.framing", KEYWORD, MESSAGE, "How the message was sent.", "DATA", values=frozenset({"DATA", "BDAT"})),
    Field("smtp.message.size", INTEGER, MESSAGE, "Octets of the message.", "1824"),
    Field("smtp.message.complete", BOOLEAN, MESSAGE, "Its end was seen.", "true"),
    Field("smtp.message.accepted", BOOLEAN, MESSAGE, "The server took it.", "true"),
    Field("smtp.message.chunks", INTEGER, MESSAGE, "Chunks of BDAT.", "0"),
    Field("smtp.message.hash.md5", KEYWORD, MESSAGE, "MD5 of the message.", "9e107d9d372bb6826bd81d3542a419d6"),
    Field("smtp.message.hash.sha256", KEYWORD, MESSAGE, "SHA-256 of the message.", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"),
    Field("smtp.message.body.hash.md5", KEYWORD, MESSAGE, "MD5 of what follows the header.", "9e107d9d372bb6826bd81d3542a419d6"),
    Field("smtp.message.bare_lf", INTEGER, MESSAGE, "LFs without CR in it.", "0"),
    Field("smtp.message.bare_cr", INTEGER, MESSAGE, "CRs without LF in it.", "0"),
    Field("smtp.message.nul", INTEGER, MESSAGE, "NUL octets in it.", "0"),
    Field("email.from.address", KEYWORD, MESSAGE, "The addresses in From.", "alice@example.com", many=True),
    Field("email.from.name", TEXT, MESSAGE, "The names beside these addresses, decoded.", "Alice Example", many=True),
    Field("email.to.address", KEYWORD, MESSAGE, "The addresses in To.", "bob@example.net", many=True),
    Field("email.cc.address", KEYWORD, MESSAGE, "The addresses in Cc.", "carol@example.net", many=True),
    Field("email.bcc.address", KEYWORD, MESSAGE, "The addresses in Bcc.", "dave@example.net", many=True),
    Field("email.reply_to.address", KEYWORD, MESSAGE, "The addresses in Reply-To.", "alice@example.org", many=True),
    Field("email.sender.address", KEYWORD, MESSAGE, "The address in Sender.", "list@example.com"),
    Field("email.subject", TEXT, MESSAGE, "The subject, decoded.", "Invoice 17"),
    Field("email.message_id", KEYWORD, MESSAGE, "The Message-ID.", "17@client.example"),
    Field("email.origination_timestamp", KEYWORD, MESSAGE, "The Date, in UTC.", "2026-03-02T10:15:04Z"),
    Field("email.x_mailer", TEXT, MESSAGE, "The program that wrote it, by its own account.", "Mailer 2.1"),
    Field("email.received", TEXT, MESSAGE, "The Received fields, newest first.", "from client.example by mail.example", many=True),
    Field("email.content_type", KEYWORD, MESSAGE, "The type of the whole message.", "multipart/mixed"),
    Field("email.urls", KEYWORD, MESSAGE, "The URLs in its text and HTML, without passwords.", "https://example.com/login", many=True),
    Field("email.repeated_fields", KEYWORD, MESSAGE, "Fields that stand more than once and must not, in lower case.", "from", many=True),
    Field("email.mime.parts", INTEGER, MESSAGE, "Parts and attached messages in it; not there if it is one part.", "3"),
    Field("email.mime.depth", INTEGER, MESSAGE, "How deep these lie within each other.", "2"),
    Field("email.mime.faults", KEYWORD, MESSAGE, "What in its structure two programs may read in two ways.", "repeated_content_type", many=True, values=STRUCTURE_FAULTS),
    # a value for each attachment that has one; a rule that tests two of them tests any two attachments
    Field("email.attachments.file.name", KEYWORD, MESSAGE, "The names of the attachments, decoded.", "invoice.pdf", many=True),
    Field("email.attachments.file.extension", KEYWORD, MESSAGE, "Their last extensions in lower case.", "pdf", many=True),
    Field("email.attachments.file.size", INTEGER, MESSAGE, "Their octets, decoded.", "48213", many=True),
    Field("email.attachments.file.mime_type", KEYWORD, MESSAGE, "Their types as the content shows them; as declared where it shows nothing.", "application/pdf", many=True),
    Field("email.attachments.file.hash.md5", KEYWORD, MESSAGE, "MD5 of each attachment, decoded.", "9e107d9d372bb6826bd81d3542a419d6", many=True),
    Field("email.attachments.file.hash.sha1", KEYWORD, MESSAGE, "SHA-1 of each attachment, decoded.", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", many=True),
    Field("email.attachments.file.hash.sha256", KEYWORD, MESSAGE, "SHA-256 of each attachment, decoded.", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", many=True),
    Field("email.attachments.file.path", KEYWORD, MESSAGE, "Where each was written to (`--extract`); what ends in `.part` is cut.", "/var/spool/mail-files/d7/d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", many=True),
    Field("email.attachments.declared_type", KEYWORD, MESSAGE, "Their types as the sender declares them.", "application/octet-stream", many=True),
    Field("email.attachments.disposition", KEYWORD, MESSAGE, "How the sender wants them shown.", "attachment", many=True),
    Field("email.attachments.content_class", KEYWORD, MESSAGE, "What kind of file each is by its content.", "executable", many=True, values=ATTACHMENT_CLASSES),
    Field("email.attachments.type_mismatch", BOOLEAN, MESSAGE, "The content is of another class than the extension, or else the declared type, promises.", "false", many=True),
    Field("email.attachments.names", KEYWORD, MESSAGE, "All names of those attachments that have several.", "invoice.exe", many=True),
    Field("email.attachments.name_disagrees", BOOLEAN, MESSAGE, "The name is given in several forms that differ.", "false", many=True),
    Field("email.attachments.extension_disagrees", BOOLEAN, MESSAGE, "These forms differ in their extension.", "false", many=True),
    Field("email.attachments.double_extension", BOOLEAN, MESSAGE, "An extension that runs stands behind one that people trust.", "false", many=True),
    Field("email.attachments.right_to_left", BOOLEAN, MESSAGE, "The name holds a character that turns the direction of writing.", "false", many=True),
    Field("email.attachments.path_characters", BOOLEAN, MESSAGE, "The name holds a slash or backslash, or begins with two dots.", "false", many=True),
    Field("email.attachments.control_characters", BOOLEAN, MESSAGE, "The name holds a control character.", "false", many=True),
    Field("email.attachments.padding", INTEGER, MESSAGE, "The longest run of blanks in the name.", "0", many=True),
    Field("email.attachments.encrypted", BOOLEAN, MESSAGE, "An archive, its list of members, or a document needs a password.", "false", many=True),
    Field("email.attachments.traces", KEYWORD, MESSAGE, "Words found without which documents cannot act.", "vba", many=True, values=ATTACHMENT_TRACES),
    Field("email.attachments.complete", BOOLEAN, MESSAGE, "No octet of it was lost by the capture.", "true", many=True),
    Field("email.attachments.archive.member_count", INTEGER, MESSAGE, "Members listed of each archive.", "2", many=True),
    Field("email.attachments.archive.unpacked_size", INTEGER, MESSAGE, "Octets of all its members when unpacked, by its own account.", "91344", many=True),
    Field("email.attachments.archive.members.name", KEYWORD, MESSAGE, "The names of the members of archives.", "invoice.js", many=True),
    Field("email.attachments.archive.members.extension", KEYWORD, MESSAGE, "Their last extensions in lower case.", "js", many=True),
    Field("email.attachments.archive.members.size", INTEGER, MESSAGE, "Their octets when unpacked, by the archive's account.", "1204", many=True),
    Field("email.attachments.archive.members.encrypted", BOOLEAN, MESSAGE, "A member needs a password.", "false", many=True),
    # an oddity was seen
    Field("smtp.anomaly.kind", KEYWORD, ANOMALY, "Which oddity.", "bare_lf", values=frozenset(ANOMALIES)),
    Field("smtp.anomaly.detail", TEXT, ANOMALY, "The oddity in words.", "14 octets behind STARTTLS"),
    Field("smtp.anomaly.side", KEYWORD, ANOMALY, "Who did it.", "client", values=SIDES),
    Field("smtp.starttls.injected.side", KEYWORD, ANOMALY, "Who sent octets between STARTTLS and the handshake.", "client", values=SIDES),
    Field("smtp.starttls.injected.octets", INTEGER, ANOMALY, "How many they were.", "6"),
    Field("smtp.starttls.injected.kind", KEYWORD, ANOMALY, "What they look like.", "verb", values=INJECTED_KINDS),
    Field("smtp.starttls.injected.verb", KEYWORD, ANOMALY, "The first command among them.", "RSET"),
    Field("smtp.end_of_data.variant", KEYWORD, ANOMALY, "Which ambiguous end of data, by the table in the documentation.", "A1"),
    Field("smtp.end_of_data.strict", BOOLEAN, ANOMALY, "It is the end by the standard too, with an octet more or less.", "false"),
    Field("smtp.end_of_data.hex", KEYWORD, ANOMALY, "The octets around it.", "0d0a2e0a"),
    Field("smtp.end_of_data.verb", KEYWORD, ANOMALY, "The envelope command that follows; empty if none.", "MAIL"),
    Field("smtp.end_of_data.mail_from", KEYWORD, ANOMALY, "The sender of the hidden envelope.", "admin@example.com"),
    Field("smtp.end_of_data.rcpt_to", KEYWORD, ANOMALY, "The recipient of the hidden envelope.", "bob@example.net"),
    # the session is over
    Field("smtp.dialogue", OBJECT, SESSION_END, "Each command's `verb` and the `code` of its reply.", "[{verb: EHLO, code: 250}]", many=True),
    Field("session.close_reason", KEYWORD, SESSION_END, "How the session ended.", "fin"),
    Field("session.duration", INTEGER, SESSION_END, "Nanoseconds from the first packet to the one that ended the session.", "1520000000"),
    Field("session.packets", INTEGER, SESSION_END, "Packets of both sides until the session was over; not what acknowledges the last FIN.", "31"),
    Field("source.bytes", INTEGER, SESSION_END, "Octets that the client sent, those that the capture lacks included.", "2210"),
    Field("destination.bytes", INTEGER, SESSION_END, "Octets that the server sent, those that the capture lacks included.", "615"),
)
# fmt: on

FIELDS: Final[dict[str, Field]] = {field.name: field for field in _ROWS}

_MEANINGS: Final[dict[Action, str]] = {
    Action.GREETING: "the first reply of the server",
    Action.COMMAND: "a command line is complete",
    Action.REPLY: "a reply is complete and paired with its command",
    Action.AUTH: "an attempt to log in is over",
    Action.STARTTLS: "STARTTLS was answered, or the answer can no longer come",
    Action.TLS: "the parameters of a handshake are known, or it failed",
    Action.MESSAGE: "the reply to the end of a message came, or it can no longer come",
    Action.ANOMALY: "an oddity was seen",
    Action.SESSION_END: "the session is over",
}

_OPENING: Final = """\
# Fields

What a rule may ask for.
This page is written by `python -m smtpids.rules.fields`; change the table there.

A field that an event lacks makes every test false, but for `null` and `exists: false`.
Times are compared by `minute`, `hour`, `day`, `week`, `month` and `year`, in UTC.
"""


def markdown() -> str:
    """Return the page `rules/FIELDS.md`."""
    parts = [_OPENING, "\n## Every event\n\n", _table(ALL)]
    for action, meaning in _MEANINGS.items():
        parts.append(f"\n## `event.action: {action}`\n\nWhen: {meaning}.\n")
        own = [field for field in _ROWS if action in field.actions and field.actions != ALL]
        if own:
            parts += ["\n", _rows(own)]
        else:
            parts.append("It carries the fields of every event and no others.\n")
    return "".join(parts)


def _table(actions: frozenset[str]) -> str:
    return _rows([field for field in _ROWS if field.actions == actions])


def _rows(fields: list[Field]) -> str:
    lines = ["| field | type | what it says | example |", "|---|---|---|---|"]
    for field in fields:
        says = field.sentence
        if field.values and len(field.values) <= len(_MEANINGS):
            says += " One of " + ", ".join(f"`{value}`" for value in sorted(field.values)) + "."
        example = field.example.replace("|", "\\|")
        lines.append(f"| `{field.name}` | {field.type_name} | {says} | `{example}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
