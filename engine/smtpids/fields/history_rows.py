"""The rows of the table of fields that earlier sessions give.

They are there in alerts, in records, and where a rule asks for them.
"""
# ruff: noqa: E501
# One row is one line however long it is: that is what makes a table of it.

from __future__ import annotations

from typing import Final

from smtpids.fields.field import ALL, BOOLEAN, INTEGER, KEYWORD, TIME, Field
from smtpids.history.span import WORDS

TLS_WORDS: Final = frozenset(WORDS)

# fmt: off
HISTORY_ROWS: Final = (
    Field("history.age", INTEGER, ALL, "Seconds from the earliest session that is remembered to the start of this one: for how long there was something to learn from.", "2419200"),
    Field("history.server.known", BOOLEAN, ALL, "An earlier session had this server, which is an address and a port.", "true"),
    Field("history.server.first_seen", TIME, ALL, "The first packet of the earliest session with it.", "2026-02-01T08:00:00Z"),
    Field("history.server.age", INTEGER, ALL, "Seconds from then to the start of this session.", "2419200"),
    Field("history.server.sessions", INTEGER, ALL, "Earlier sessions with it.", "812"),
    Field("history.server.clients", INTEGER, ALL, "Clients of its earlier sessions; 16 are at least 16.", "16"),
    Field("history.server.only_client", BOOLEAN, ALL, "All of these sessions were with this client.", "false"),
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
)
# fmt: on
