"""A sentence for each limit of the engine, for who sets one; `config.Limits` has the reasons."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = {
    "connections": "TCP connections followed at once.",
    "stream_octets": "Octets of one direction held while a hole may still be filled.",
    "total_octets": "The same for all connections together.",
    "tail_octets": "Octets of one direction with which those that come again are compared.",
    "reorder_segments": "Segments that may pass before an acknowledged hole counts as lost.",
    "reorder_ns": "The same in packet time.",
    "idle_ns": "How long a connection may be silent.",
    "closing_ns": "How long a closed connection is remembered for late segments.",
    "fragments_octets": "Octets held in IP fragments of all datagrams.",
    "fragment_ns": "How long a datagram may lack fragments.",
    "command_octets": "Octets of a command line.",
    "reply_octets": "Octets of one reply with all its lines.",
    "held_octets": "Octets of a client held until the reply that says how to read them.",
    "pending": "Commands of one session that wait for a reply.",
    "undecided_octets": "Octets of a connection on another port until it is known to be mail.",
    "sessions_octets": "Octets that all sessions together hold.",
    "header_octets": "Octets of the header of a message.",
    "header_fields": "Fields read of one header.",
    "recipients": "Recipients listed of one transaction.",
    "dialogue": "Commands listed of one session.",
    "anomalies": "Anomalies told of one session.",
    "tls_handshake_octets": "Octets of one TLS handshake message before encryption.",
    "mime_depth": "Multiparts and attached messages within each other that are opened.",
    "mime_parts": "Parts of one message that are looked at.",
    "part_header_octets": "Octets of the header of a part.",
    "attachments": "Attachments listed of one message.",
    "archive_members": "Members of archives listed of one message.",
    "urls": "URLs listed of one message.",
    "text_octets": "Decoded text of one message in which URLs are looked for.",
    "groups": "Groups remembered of one rule that is suppressed.",
    "history": "Servers, clients and users remembered across sessions, each.",
    "extract_file_octets": "Octets written of one attachment.",
    "extract_octets": "Octets of all attachments written in a run.",
    "extract_files": "Attachments written in a run.",
    "extract_open": "Attachments written at once, each to an open file.",
    "text_chars": "Characters of one text field in an event.",
}
