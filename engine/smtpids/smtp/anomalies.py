"""Every oddity that the tracker can tell, by name: a closed table.

The tracker only names what it saw; whether anybody is alarmed is a rule's business. What legal
traffic does is not here, but for `hello_repeated`, which is legal and informative.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Anomaly(NamedTuple):
    """What an anomaly means and which section it offends."""

    sentence: str
    spec: str


ANOMALIES: Final[dict[str, Anomaly]] = {
    "bare_lf": Anomaly("a line ends in LF without CR", "RFC 5321 2.3.8"),
    "bare_cr": Anomaly("a CR stands without LF", "RFC 5321 2.3.8"),
    "nul_in_line": Anomaly("a line holds a NUL octet", "RFC 5321 4.5.2"),
    "line_too_long": Anomaly("a line is longer than allowed", "RFC 5321 4.5.3.1"),
    "bad_reply_syntax": Anomaly("a server line is no reply", "RFC 5321 4.2"),
    "server_reply_unmatched": Anomaly("the server replied to nothing", "RFC 5321 4.2"),
    "client_before_banner": Anomaly("the client spoke before the greeting", "RFC 5321 4.3.1"),
    "unknown_command": Anomaly("the command is not SMTP", "RFC 5321 4.1.1"),
    "hello_repeated": Anomaly("EHLO or HELO was accepted twice", "RFC 5321 4.1.4"),
    "rcpt_before_mail": Anomaly("RCPT came without an accepted MAIL", "RFC 5321 3.3"),
    "nested_mail": Anomaly("MAIL came inside a mail transaction", "RFC 5321 4.1.4"),
    "data_without_envelope": Anomaly("DATA came without sender and recipient", "RFC 5321 3.3"),
    "data_before_354": Anomaly("message octets came before the 354 reply", "RFC 5321 4.1.1.4"),
    "pipelined_without_advertisement": Anomaly(
        "a command came before the last reply and PIPELINING was not offered", "RFC 2920 3.1"
    ),
    "pipelined_past_sync_point": Anomaly(
        "a command followed one that must end its group", "RFC 2920 3.1"
    ),
    "bad_bdat_size": Anomaly("the size of a chunk is no number in range", "RFC 3030 2"),
    "bdat_without_envelope": Anomaly("BDAT came without sender and recipient", "RFC 3030 2"),
    "client_data_after_server_close": Anomaly(
        "the client went on after the server had closed", "RFC 5321 4.1.1.10"
    ),
    "tls_to_plaintext_server": Anomaly(
        "the client began with TLS where the server speaks cleartext", "RFC 8314 3.3"
    ),
    "starttls_injection": Anomaly(
        "the client sent octets between STARTTLS and its reply", "RFC 3207 4.2"
    ),
    "starttls_response_injection": Anomaly(
        "the server sent octets between its 220 and the handshake", "RFC 3207 4.2"
    ),
    "plaintext_after_starttls": Anomaly("no TLS followed the 220 to STARTTLS", "RFC 3207 4.2"),
    "server_first_in_tls": Anomaly(
        "the server spoke first inside TLS, as if it had a command already", "RFC 3207 4.2"
    ),
    "tls_malformed": Anomaly("a record or a handshake message contradicts TLS", "RFC 8446 5.1"),
    "heartbeat_overread": Anomaly("a heartbeat asks for more than it brings", "RFC 6520 4"),
    "heartbeat_overread_answered": Anomaly(
        "the server answered a heartbeat that asks for more than it brings", "RFC 6520 4"
    ),
    "foreign_protocol": Anomaly("the client speaks another protocol", "RFC 5321 4.1.1"),
    "cleartext_after_tls": Anomaly("cleartext followed TLS records", "RFC 8446 6.1"),
    "ambiguous_end_of_data": Anomaly(
        "octets that some servers take for the end of data", "RFC 5321 4.1.1.4"
    ),
    "smuggling_accepted": Anomaly(
        "the server answered an envelope that a message hid", "RFC 5321 4.1.1.4"
    ),
    "dot_stuffing_violation": Anomaly(
        "a message line begins with one dot that was not doubled", "RFC 5321 4.5.2"
    ),
    "mime_header_too_large": Anomaly(
        "the header of the message or of a part is larger than the limit", "RFC 5322 2.2"
    ),
    "mime_long_boundary": Anomaly("a boundary is longer than allowed", "RFC 2046 5.1.1"),
    "mime_long_filename": Anomaly("a file name is longer than file systems take", ""),
    "mime_bad_base64": Anomaly("base64 holds what does not belong in it", "RFC 2045 6.8"),
    "mime_bad_transfer_encoding": Anomaly(
        "a transfer encoding is unknown, or not allowed where it stands", "RFC 2045 6"
    ),
    "mime_too_deep": Anomaly("parts are nested deeper than is looked at", "RFC 2046 5.1"),
    "message_truncated_by_capture": Anomaly("the capture lost octets of a message", ""),
    "gap": Anomaly("the capture lost octets", ""),
    "one_sided": Anomaly("the capture shows one side only", ""),
    "tcp_overlap_conflict": Anomaly("octets were sent twice with other values", "RFC 9293 3.10"),
    "urgent_data": Anomaly("a segment is marked urgent, which no mail is", "RFC 6093"),
    "ip_fragment_overlap": Anomaly(
        "fragments of one packet contradict or cut into each other", "RFC 5722"
    ),
    "limit_reached": Anomaly("a limit of the engine was met", ""),
}
