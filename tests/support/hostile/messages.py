"""Hostile messages: headers, parts, encodings, attachments and links without end."""

from __future__ import annotations

import base64
import struct
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.support.hostile.talk import Maker, greeted, in_message, repeated
from tests.support.mails import CRLF, attached, multipart, part

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Frame

#: Makes a message of about so many octets.
Letter: TypeAlias = "Callable[[int], bytes]"

#: Fields of a header, again and again.
FIELDS: Final = {
    "short": b"X:\r\n",
    "From": b"From: a@b.example\r\n",
    "Received": b"Received: from a (b [192.0.2.1]) by c with ESMTP; 1 Jan 2024 00:00 +0000\r\n",
    "Content-Type": b"Content-Type: text/plain; charset=utf-8; name=a\r\n",
    "Subject": b"Subject: =?utf-8?q?a?=\r\n",
    "no colon": b"no field here\r\n",
    "bare LF": b"X: a\n",
    "bare CR": b"X: a\r",
    "blanks": b"X" + b" " * 900 + b":\r\n",
    "Authentication-Results": b"Authentication-Results: a; spf=pass; dkim=pass header.d=a\r\n",
    "DKIM": b"DKIM-Signature: v=1; a=rsa-sha256; d=a; s=b; bh=" + b"A" * 300 + b"\r\n",
    "List-Unsubscribe": b"List-Unsubscribe: <https://a.example/>, <mailto:a@b>\r\n",
}
#: What a value of a field is made of, again and again.
VALUES: Final = {
    "letters": b"a",
    "blanks": b" ",
    "folds": b"\r\n ",
    "folds of tabs": b"\n\t",
    "words": b"a b ",
    "encoded words": b"=?utf-8?B?YQ==?= ",
    "encoded words joined": b"=?utf-8?Q?=C3?==?utf-8?Q?=A4?=",
    "encoded beginnings": b"=?",
    "encoded unfinished": b"=?utf-8?Q?",
    "encoded of any set": b"=?x-unknown?B?/w==?=",
    "addresses": b"a@b.example, ",
    "addresses named": b'"A B" <a@b.example>, ',
    "groups": b"a: b@c, d@e;",
    "commas": b",",
    "angles": b"<",
    "angles closed": b"<>",
    "quotes": b'"',
    "quoted": b'"a" ',
    "backslashes": b"\\",
    "quoted backslashes": b'"\\',
    "comments": b"(",
    "comments closed": b"()",
    "comments in each other": b"(a(b)c)",
    "at signs": b"@",
    "colons": b":",
    "semicolons": b";",
    "parameters": b"; a=b",
    "parameters in sections": b"; name*0*=utf-8''a; name*1=b",
    "percents": b"%41",
    "references": b"<a@b.example> ",
    "dates": b"1 Jan 2024 00:00:00 +0000 ",
    "from and by": b"from a by b ",
    "brackets": b"[192.0.2.1] ",
    "NUL": b"\0",
    "8 bits": b"\xc3\xa4",
    "8 bits broken": b"\xff",
    "slashes": b"a/b",
    "equals": b"=",
    "results": b" spf=pass;",
}
NAMES: Final = (
    "Subject", "From", "To", "Cc", "Sender", "Reply-To", "Date", "Received", "Message-ID",
    "References", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding",
    "Authentication-Results", "DKIM-Signature", "List-Unsubscribe", "Return-Path", "X-Mailer", "X",
)  # fmt: skip
#: Bodies of these octets, again and again.
BODIES: Final = {
    "dots": b".",
    "lines of a dot": b"..\r\n",
    "bare LF": b"\n",
    "bare CR": b"\r",
    "CR CR LF": b"\r\r\n",
    "empty lines": b"\r\n",
    "short lines": b"a\r\n",
    "ends that some take": b"\n.\n",
    "ends by CR": b"\r.\r",
    "ends by CR LF CR": b"\r\n.\r",
    "ends and commands": b"\n.\nMAIL FROM:<a@b>\n",
    "NUL": b"\0",
    "dashes": b"--",
    "lines of dashes": b"--\r\n",
    "From": b"From \r\n",
    "http": b"http://a.example/ ",
    "http joined": b"http://",
    "http many": b"http://%s.example/",
    "www": b"www.a.example ",
    "schemes": b"a://",
    "colons": b"://",
    "dots and letters": b"a.",
    "links": b'<a href="http://a.example/">http://b.example/</a>\r\n',
    "links open": b'<a href="',
    "tags": b"<a>",
    "tags open": b"<",
    "tags of blanks": b"<a ",
    "attributes": b" href=a",
    "scripts": b"<script>",
    "comments": b"<!--",
    "comments closed": b"<!-- -->",
    "styles": b"<style>a{b:url(c)}",
    "images": b'<img src="cid:a" style="display:none">',
    "forms": b'<form action="http://a.example/"><input type=password>',
    "entities": b"&#104;",
    "entities open": b"&",
    "quoted-printable": b"=41",
    "quoted-printable soft": b"=\r\n",
    "quoted-printable blanks": b"= \t",
    "quoted-printable bad": b"=zz",
    "equals": b"=",
    "base64": b"QUFB\r\n",
    "base64 padded": b"QQ==",
    "base64 bad": b"!",
    "base64 blanks": b"Q\r\n \r\n",
    "digits": b"4111 1111 1111 1111 ",
    "digits joined": b"4",
    "digits and dashes": b"4-",
    "zip members": b"PK\3\4" + bytes(22) + b"\1\0\0\0a",
    "zip directory": b"PK\1\2" + bytes(24) + b"\1\0" + bytes(16) + b"a",
    "zip ends": b"PK\5\6" + bytes(18),
    "rar": b"Rar!\x1a\7\0",
    "rar 5": b"Rar!\x1a\7\1\0",
    "gzip": b"\x1f\x8b\x08",
    "tar": (b"a" * 100 + b"0000644\0" * 3 + b"00000000000\0" * 2).ljust(257, b"0")
    + b"ustar\x0000".ljust(255, b"\0"),
    "OLE": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    "PDF": b"%PDF-1.4 1 0 obj /JavaScript /OpenAction ",
    "RTF": b"{\\rtf1\\object\\objdata ",
    "PE": b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0",
    "keys": b"-----BEGIN RSA PRIVATE KEY-----\r\n",
    "key beginnings": b"-----BEGIN ",
    "Office relations": b'<Relationship Target="http://a/" TargetMode="External"/>',
    "Office relations open": b"<Relationship ",
    "UTF-16": b"a\0",
    "8 bits": b"\xff",
    "test file": b"X5O!P%@AP",
    "uuencode": b"begin 644 a\r\n",
    "TNEF": b"\x78\x9f\x3e\x22" + bytes(12),
    "calendar": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nURL:http://a.example/\r\n",
}
ENCODINGS: Final = ("7bit", "quoted-printable", "base64")
KINDS: Final = ("text/plain", "text/html", "application/octet-stream", "application/zip")


def header_of(field: bytes, octets: int) -> bytes:
    """A header of one field, again and again."""
    return repeated(field, octets) + b"\r\nbody\r\n"


def value_of(name: str, piece: bytes, octets: int) -> bytes:
    """One field of one value."""
    start = name.encode() + b": "
    if name.startswith("Content-"):
        start += b"a/b; name="
    return start + repeated(piece, octets) + b"\r\nTo: a@b\r\n\r\nbody\r\n"


def apart(name: str, piece: bytes, octets: int) -> bytes:
    """One field of one value between two words, so that nothing strips it."""
    start = name.encode() + (b": a/b; name=" if name.startswith("Content-") else b": ")
    return start + b"a" + repeated(piece, octets) + b"b\r\nX: y\r\n\r\nbody\r\n"


def values_of(name: str, piece: bytes, octets: int) -> bytes:
    """Many fields, each with a value of some hundred octets."""
    field = name.encode() + b": " + repeated(piece, 800) + b"\r\n"
    return repeated(field, octets) + b"\r\nbody\r\n"


def body_of(piece: bytes, kind: str, encoding: str, octets: int) -> bytes:
    """A body of one piece, again and again; in base64 it is what is decoded."""
    body = repeated(piece, octets)
    if encoding == "base64" and not piece.startswith((b"Q", b"!", b"=")):
        body = base64.encodebytes(repeated(piece, octets * 3 // 4))
    fields = (
        f"Content-Type: {kind}",
        f"Content-Transfer-Encoding: {encoding}",
        'Content-Disposition: attachment; filename="a"',
    )
    return part(body, "MIME-Version: 1.0", *(fields if "/" in kind[4:5] else fields[:2]))


def attachment_of(piece: bytes, octets: int) -> bytes:
    """The same as an attachment in base64 beside a text."""
    body = base64.encodebytes(repeated(piece, octets * 3 // 4))
    file = attached(body, "a.bin", "Content-Transfer-Encoding: base64")
    return multipart(part(b"text", "Content-Type: text/plain"), file)


def attachments_of(piece: bytes, octets: int) -> bytes:
    """The same in many small attachments."""
    body = base64.encodebytes(repeated(piece, 600))
    file = attached(body, "a.bin", "Content-Transfer-Encoding: base64")
    return multipart(*[file] * max(octets // len(file), 1))


def deep(octets: int, boundary: str = "b{}") -> bytes:
    """Multiparts in each other; a `boundary` may begin all others, or be the same."""
    opened, level = [], 0
    size = 0
    while size < octets:
        mark = boundary.format(level)
        opened.append(
            f'Content-Type: multipart/mixed; boundary="{mark}"\r\n\r\n--{mark}\r\n'.encode()
        )
        size += len(opened[-1])
        level += 1
    return b"".join(opened) + b"Content-Type: text/plain\r\n\r\nbody\r\n"


def letters_in_letters(octets: int) -> bytes:
    """Messages in each other."""
    return repeated(b"Subject: a\r\nContent-Type: message/rfc822\r\n\r\n", octets) + b"body"


def siblings(inner: bytes, octets: int) -> bytes:
    """Very many parts beside each other."""
    return multipart(*[inner] * max(octets // (len(inner) + 7), 1))


def near_boundaries(line: bytes, octets: int) -> bytes:
    """Thirty-two multiparts in each other, then lines that almost are a boundary of each."""
    level = [
        f'Content-Type: multipart/mixed; boundary="{"a" * 60}{number}"\r\n\r\n--{"a" * 60}{number}'
        for number in range(31)
    ]
    return "\r\n".join(level).encode() + b"\r\n\r\n" + repeated(line, octets)


def boundaries_in_turn(octets: int) -> bytes:
    """A long boundary in a line of its own, with blanks behind."""
    line = b"--" + b"b" * 70 + b" " * 900 + b"\r\n\r\n"
    head = b'Content-Type: multipart/mixed; boundary="' + b"b" * 70 + b'"\r\n\r\n'
    return head + repeated(line, octets)


def directory(octets: int) -> bytes:
    """A zip file with a directory of very many names, which says that it is far longer."""
    count = max(octets * 3 // 4 // 107, 1)
    local = b"".join(
        struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 7, 0) + b"%07d" % number
        for number in range(count)
    )
    entry = struct.Struct("<4s6H3I5H2I")
    central = b"".join(
        entry.pack(b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0) + b"%07d" % number
        for number in range(count)
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65_535, 65_535, len(central), len(local), 0)
    body = base64.encodebytes(local + central + end)
    return multipart(attached(body, "a.zip", "Content-Transfer-Encoding: base64"))


def many_links(form: str, octets: int) -> bytes:
    """Links, each another one."""
    count = max(octets // len(form.format(0)), 1)
    body = "".join(form.format(number) for number in range(count)).encode()
    return part(body, "Content-Type: text/html")


def sent(letter: Letter, octets: int) -> list[Frame]:
    """A session that sends one message."""
    session = in_message().client(letter(octets) + b"\r\n.\r\n").server(b"250 queued\r\n")
    return session.client(b"QUIT\r\n").server(b"221 bye\r\n").close().frames


def sent_in_chunks(size: int, octets: int) -> list[Frame]:
    """A message in chunks of a few octets, which are answered together."""
    session = greeted().client(b"MAIL FROM:<a@b>\r\n").server(b"250 ok\r\n")
    session.client(b"RCPT TO:<c@d>\r\n").server(b"250 ok\r\n")
    chunk = b"BDAT %d\r\n" % size + b"x" * size
    for _ in range(max(octets // (100 * (len(chunk) + 8)), 1)):
        session.client(chunk * 100).server(b"250 ok\r\n" * 100)
    session.client(b"BDAT 0 LAST\r\n").server(b"250 queued\r\n")
    return session.frames


def many_letters(letter: bytes, octets: int) -> list[Frame]:
    """Very many messages in one session, pipelined as far as may be."""
    session = greeted()
    one = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
    size = len(one) + len(letter) + 150
    for _ in range(max(octets // size, 1)):
        session.client(one).server(b"250 ok\r\n250 ok\r\n354 go\r\n")
        session.client(letter + b"\r\n.\r\n").server(b"250 queued\r\n")
    return session.frames


def many_recipients(octets: int) -> list[Frame]:
    """One message to very many recipients, each another one."""
    session = greeted().client(b"MAIL FROM:<a@b>\r\n").server(b"250 ok\r\n")
    for start in range(0, max(octets // 40, 1), 50):
        names = range(start, start + 50)
        session.client(b"".join(b"RCPT TO:<%d@d.example>\r\n" % number for number in names))
        session.server(b"250 ok\r\n" * 50)
    session.client(b"DATA\r\n").server(b"354 go\r\n").client(b"Subject: a\r\n\r\n.\r\n")
    return session.server(b"250 queued\r\n").close().frames


def letters() -> dict[str, Letter]:
    """Return all messages by name."""
    made: dict[str, Letter] = {}
    for name, field in FIELDS.items():
        made[f"fields: {name}"] = partial(header_of, field)
    for header in NAMES:
        for name, piece in VALUES.items():
            made[f"{header}: {name}"] = partial(value_of, header, piece)
            made[f"{header} again: {name}"] = partial(values_of, header, piece)
            made[f"{header} apart: {name}"] = partial(apart, header, piece)
    for name, piece in BODIES.items():
        for kind in KINDS:
            for encoding in ENCODINGS:
                made[f"{kind} {encoding}: {name}"] = partial(body_of, piece, kind, encoding)
        made[f"attached: {name}"] = partial(attachment_of, piece)
        made[f"attached again: {name}"] = partial(attachments_of, piece)
    made["multiparts in each other"] = deep
    made["multiparts with one boundary"] = partial(deep, boundary="b")
    made["messages in each other"] = letters_in_letters
    made["parts without anything"] = partial(siblings, b"\r\n")
    made["parts of a letter"] = partial(siblings, b"Content-Type: text/html\r\n\r\na")
    made["parts that are messages"] = partial(
        siblings, b"Content-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\na"
    )
    made["parts that are multiparts"] = partial(
        siblings, b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\n\r\n--c--'
    )
    made["lines near a boundary"] = partial(near_boundaries, b"--" + b"a" * 60 + b"\r\n")
    made["lines of long near boundaries"] = partial(near_boundaries, b"--" + b"a" * 900 + b"\r\n")
    made["boundaries with blanks"] = boundaries_in_turn
    made["a zip directory"] = directory
    made["links, each another"] = partial(many_links, '<a href="http://{0}.example/">{0}</a>')
    made["links of one host"] = partial(many_links, "http://a.example/{} ")
    made["links to addresses"] = partial(many_links, "http://{}.1.1.1/ ")
    return made


def messages() -> dict[str, Maker]:
    """Return all traffic with messages by name."""
    made: dict[str, Maker] = {name: partial(sent, letter) for name, letter in letters().items()}
    for size in (1, 2, 100):
        made[f"chunks of {size}"] = partial(sent_in_chunks, size)
    made["messages of nothing"] = partial(many_letters, b"")
    made["messages of a field"] = partial(many_letters, b"Subject: a")
    small = multipart(attached(b"QQ==" + CRLF, "a", "Content-Transfer-Encoding: base64"))
    made["messages with an attachment"] = partial(many_letters, small)
    made["recipients"] = many_recipients
    return made
