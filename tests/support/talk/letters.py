"""The messages of the dialogues, by what is peculiar about each.

All of them are legal to send by DATA; what is not stands in `dialogues_mail.py` beside its anomaly.
"""

from __future__ import annotations

from pcaps.record import accounts

HEADER = (
    "Date: Mon, 02 Mar 2026 10:15:04 +0000\r\n"
    f"From: {accounts.ALICE}\r\n"
    f"To: {accounts.BOB}\r\n"
    "Subject: Compared\r\n"
    "Message-ID: <compared@client.example.net>\r\n"
).encode()
LINE = b"The quick brown fox jumps over the lazy dog, as it does in every line.\r\n"


def _text(body: bytes) -> bytes:
    return HEADER + b"\r\n" + body


SHORT = _text(b"Short.\r\n")

LETTERS: dict[str, bytes] = {
    "short": SHORT,
    "empty": b"",
    "header only": HEADER,
    "empty body": HEADER + b"\r\n",
    "body only": b"\r\nNo header field at all.\r\n",
    "one line end": b"\r\n",
    "no header": b"this is no header field\r\nneither is this\r\n",
    "one dot": _text(b".\r\n"),
    "dots": b"." + _text(b".\r\n..\r\n...\r\n.a\r\n..b\r\n\r\n.\r\n\r\na.\r\n"),
    "ends in dots": _text(b"..\r\n..\r\n"),
    "no line end": _text(b"The last line is not ended."),
    "blank lines": _text(b"\r\n" * 50),
    "eight bits": _text(b"Gr\xc3\xbc\xc3\x9fe, \xe4\xf6\xfc, \xff\xfe\x80\r\n"),
    "folded": HEADER + b"X-Folded: one\r\n two\r\n\tthree\r\n\r\nBody\r\n",
    "longest lines": _text((b"x" * 998 + b"\r\n") * 3 + b"." + b"y" * 997 + b"\r\n"),
    "about SMTP": _text(b"MAIL FROM:<x@example.net>\r\nRCPT TO:<y@example.net>\r\nQUIT\r\n"),
    "looks like replies": _text(b"250 OK\r\n354 go on\r\n221 bye\r\n"),
    "attachment": accounts.letter_with_attachment(1, accounts.ALICE, accounts.BOB),
    "ten kilobytes": _text(LINE * 140),
    "hundred kilobytes": _text(LINE * 1400),
    "dotted kilobytes": _text((b"." + LINE) * 200),
    "control characters": _text(bytes(octet for octet in range(1, 32) if octet not in b"\r\n")),
}
