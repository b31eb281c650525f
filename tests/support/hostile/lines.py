"""Hostile commands and replies: many, long, odd, not answered, not asked for."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.support.hostile.talk import Maker, greeted, opened, repeated

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame


def _coded(octets: bytes) -> bytes:
    return base64.b64encode(octets)


#: What a client may say again and again.
COMMANDS: Final = {
    "empty lines": b"\r\n",
    "bare LF": b"\n",
    "bare CR": b"\r",
    "CR CR LF": b"\r\r\n",
    "one letter": b"X\r\n",
    "one octet of 8 bits": b"\xff\r\n",
    "NUL": b"\0\r\n",
    "blanks": b" \r\n",
    "NOOP": b"NOOP\r\n",
    "RSET": b"RSET\r\n",
    "QUIT": b"QUIT\r\n",
    "HELP": b"HELP\r\n",
    "VRFY": b"VRFY a\r\n",
    "EXPN": b"EXPN a\r\n",
    "HELO": b"HELO a\r\n",
    "EHLO": b"EHLO a\r\n",
    "MAIL": b"MAIL FROM:<a@b>\r\n",
    "MAIL with parameters": b"MAIL FROM:<a@b>" + b" A=1" * 100 + b"\r\n",
    "RCPT": b"RCPT TO:<a@b>\r\n",
    "RCPT of 900 octets": b"RCPT TO:<" + b"a" * 880 + b"@b>\r\n",
    "RCPT quoted": b'RCPT TO:<"' + b'\\"' * 400 + b'"@b>\r\n',
    "RCPT of quotes": b"RCPT TO:<" + b'"' * 801 + b"\r\n",
    "RCPT with routes": b"RCPT TO:<" + b"@a," * 300 + b":b@c>\r\n",
    "RCPT of angles": b"RCPT TO:" + b"<" * 900 + b"\r\n",
    "envelopes": b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRSET\r\n",
    "whole letters": b"MAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n.\r\n",
    "whole letters in chunks": b"MAIL FROM:<>\r\nRCPT TO:<a>\r\nBDAT 0 LAST\r\n",
    "DATA": b"DATA\r\n",
    "DATA and a dot": b"DATA\r\n.\r\n",
    "BDAT of nothing": b"BDAT 0\r\n",
    "BDAT of an octet": b"BDAT 1\r\nx",
    "BDAT last": b"BDAT 1 LAST\r\nx",
    "BDAT of no size": b"BDAT x\r\n",
    "BDAT of all": b"BDAT 99999999999999999999\r\n",
    "AUTH": b"AUTH PLAIN\r\n",
    "AUTH refused": b"AUTH LOGIN\r\n*\r\n",
    "AUTH PLAIN": b"AUTH PLAIN " + _coded(b"\0user\0secret") + b"\r\n",
    "AUTH of equals": b"AUTH PLAIN " + b"=" * 900 + b"\r\n",
    "AUTH CRAM": b"AUTH CRAM-MD5\r\n" + _coded(b"a " * 5_000) + b"\r\n",
    "AUTH DIGEST": b"AUTH DIGEST-MD5\r\n" + _coded(b'username="' + b"\\" * 9_000) + b"\r\n",
    "AUTH DIGEST commas": b"AUTH DIGEST-MD5\r\n" + _coded(b"a=," * 3_000) + b"\r\n",
    "AUTH NTLM": b"AUTH NTLM " + _coded(b"NTLMSSP\0\1\0\0\0" + b"\xff" * 900) + b"\r\n",
    "AUTH NTLM third": b"AUTH NTLM\r\n" + _coded(b"NTLMSSP\0\3\0\0\0" + b"\x20\0" * 40) + b"\r\n",
    "AUTH XOAUTH2": b"AUTH XOAUTH2 " + _coded(b"user=\1auth=Bearer eyJ" + b"a." * 900) + b"\r\n",
    "AUTH OAUTHBEARER": b"AUTH OAUTHBEARER " + _coded(b"n,a=,\1" + b"auth=Bearer " * 90) + b"\r\n",
    "AUTH SCRAM": b"AUTH SCRAM-SHA-256 " + _coded(b"n,," + b"m=" * 900) + b"\r\n",
    "AUTH of no mechanism": b"AUTH " + b"A" * 900 + b"\r\n",
    "STARTTLS": b"STARTTLS\r\n",
    "STARTTLS and a hello": b"STARTTLS\r\nEHLO a\r\n",
    "XCLIENT": b"XCLIENT " + b"NAME=a " * 100 + b"\r\n",
    "XFORWARD": b"XFORWARD " + b"NAME=a " * 100 + b"\r\n",
    "BURL": b"BURL imap://a@b/;URLAUTH=" + b":" * 800 + b"\r\n",
    "PROXY": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    "GET": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT a:25 HTTP/1.1\r\n",
    "shell": b"MAIL FROM:<root+${run{/bin/sh}}@b>\r\n",
    "long lines": b"X" * 60_000 + b"\r\n",
    "long lines of commands": b"RCPT TO:<" + b"a@" * 30_000 + b">\r\n",
    "long lines of blanks": b"MAIL" + b" " * 60_000 + b"\r\n",
    "long lines of digits": b"EHLO " + b"1." * 30_000 + b"\r\n",
    "long lines of percents": b"EHLO " + b"%0d%0a" * 10_000 + b"\r\n",
    "a TLS hello": b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x28",
    "a name query": b"\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1",
}
#: What a server may answer.
ANSWERS: Final = {
    "accepted": b"250\r\n",
    "refused": b"500\r\n",
    "asked for more": b"334\r\n",
    "go ahead": b"354\r\n",
    "greeted": b"220\r\n",
}
#: What a server may say again and again.
REPLIES: Final = {
    "ok": b"250 ok\r\n",
    "enhanced ok": b"250 2.0.0 ok\r\n",
    "a line of a reply": b"250-ok\r\n",
    "an empty reply": b"250\r\n",
    "refusals": b"550 5.7.1 no\r\n",
    "go ahead": b"354 go\r\n",
    "challenges": b"334 VXNlcm5hbWU6\r\n",
    "logged in": b"235 ok\r\n",
    "closing": b"421 bye\r\n",
    "greetings": b"220 mx.example ESMTP Postfix 3.4\r\n",
    "no reply": b"x\r\n",
    "empty": b"\r\n",
    "bare LF": b"\n",
    "bare CR": b"\r",
    "codes that change": b"250-a\r\n251-b\r\n",
    "keywords": b"250-AUTH LOGIN\r\n",
    "many keywords": b"250-" + b"X" * 400 + b"\r\n",
    "long lines": b"250 " + b"a " * 30_000 + b"\r\n",
    "dates": b"220 " + b"Mon, 1 Jan 2024 00:00:00 +0000 " * 1_000 + b"\r\n",
    "dots": b"220 " + b"a.b" * 10_000 + b"\r\n",
    "digits": b"220 " + b"1" * 30_000 + b"\r\n",
    "versions": b"220 " + b"Exim 4." * 5_000 + b"\r\n",
}


def unanswered(line: bytes, octets: int) -> list[Frame]:
    """A client says a line again and again, and the server nothing."""
    return greeted().client(repeated(line, octets)).frames


def unread(line: bytes, octets: int) -> list[Frame]:
    """The same, and the server acknowledges and says nothing."""
    session = greeted()
    for _ in range(max(octets // 14_000, 1)):
        session.client(repeated(line, 14_000)).ack_server()
    return session.frames


def answered(line: bytes, reply: bytes, octets: int) -> list[Frame]:
    """A client says lines in groups, and the server answers each line."""
    session = greeted()
    group = max(1_400 // len(line), 1)
    for _ in range(max(octets // (group * (len(line) + len(reply))), 1)):
        session.client(line * group).server(reply * group)
    return session.frames


def late(line: bytes, reply: bytes, octets: int) -> list[Frame]:
    """A client says as many lines as may wait, and then the server answers all of them."""
    session = greeted()
    group = max(min(1_900, octets // (len(line) + len(reply))), 1)
    for _ in range(max(octets // (group * (len(line) + len(reply))), 1)):
        session.client(line * group).server(reply * group)
    return session.frames


def unasked(line: bytes, octets: int) -> list[Frame]:
    """A server says a line again and again, and the client nothing."""
    return greeted().server(repeated(line, octets)).frames


def greeting(line: bytes, octets: int) -> list[Frame]:
    """The same from the beginning of a session."""
    return opened().server(repeated(line, octets)).frames


def hello_answers(line: bytes, octets: int) -> list[Frame]:
    """A client says EHLO again and again, and a server answers with a long list."""
    session = opened().server(b"220 mx\r\n")
    answer = repeated(line, 20_000) + b"250 ok\r\n"
    for _ in range(max(octets // len(answer), 1)):
        session.client(b"EHLO a\r\n").server(answer)
    return session.frames


def one_line(side: str, octets: int) -> list[Frame]:
    """A line without end."""
    session = greeted()
    if side == "client":
        return session.client(b"x" * octets).frames
    return session.server(b"2" * octets).frames


def both_at_once(octets: int) -> list[Frame]:
    """Both sides speak and neither reads: no packet acknowledges the other side."""
    session = greeted()
    for _ in range(max(octets // 2_800, 1)):
        session.client(b"NOOP\r\n" * 230, ack=5_001).server(b"250 ok\r\n" * 170, ack=1_001)
    return session.frames


def lines() -> dict[str, Maker]:
    """Return all of them by name."""
    made: dict[str, Maker] = {}
    for name, line in COMMANDS.items():
        made[f"unanswered: {name}"] = partial(unanswered, line)
        made[f"acknowledged: {name}"] = partial(unread, line)
        for word, reply in ANSWERS.items():
            made[f"{word}: {name}"] = partial(answered, line, reply)
        made[f"accepted late: {name}"] = partial(late, line, b"250\r\n")
        made[f"refused late: {name}"] = partial(late, line, b"250\r\n500\r\n")
    for name, line in REPLIES.items():
        made[f"not asked for: {name}"] = partial(unasked, line)
        made[f"greeting: {name}"] = partial(greeting, line)
        made[f"hello: {name}"] = partial(hello_answers, line)
    made["one line of the client"] = partial(one_line, "client")
    made["one line of the server"] = partial(one_line, "server")
    made["both at once"] = both_at_once
    return made
