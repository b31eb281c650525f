"""Messages of which most are ordinary, for what reads these by a short way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

#: Fields as programs write them, and as few do.
FIELDS: Final = (
    "From: Some User <user@example.org>",
    "From: a@b.example",
    'From: "Doe, J. at pay.example" <j@xn--e.example.>',
    "From: =?utf-8?q?J=C3=B6rg?= <j@example.org>",
    "from:a@b.example, B  C <c@d.example>",
    "FROM: ",
    "To: <staff@mx.example.net>",
    "To: a@b.example,\r\n c@d.example",
    'To: "a b" <a@b.example>, c@d.example',
    "To: undisclosed recipients:;",
    "Cc: a@b, (comment) c@d.example",
    "CC:x@y.example",
    "Subject: still what",
    "Subject:  two  blanks\t ",
    "Subject: ends in a blank ",
    "Subject:",
    "Subject: \x1b[1m",
    "Subject: " + "x" * 1100,
    "subject: folded\r\n here \r\n\tand there",
    "Message-ID: <1.2@example.org>",
    "Message-Id: 1.2@example.org <\t>",
    "Date: Sun, 05 Nov 2023 04:04:17 +0000",
    "Date: 5 Nov 2023 04:04:17 +0130 (x)",
    "Date: 05 Nov 2023 04:04:17 -0600",
    "Date: 29 Feb 2024 04:04:17 +0000",
    "Date: yesterday",
    "X-Mailer: x",
    "X-Mailer:",
    "User-Agent: Mozilla  Thunderbird",
    "MIME-Version: 1.0",
    "X-Spam : no",
    "x-any: a: b",
    "Received: from a (b [192.0.2.5])\r\n\tby c with ESMTP; 05 Nov 2023 04:04:17 +0000",
    "Received: from a by b",
    "Content-Type: text/plain",
    "Content-Type: text/plain; charset=utf-8",
    'Content-type: Text/Plain ; charset="iso-8859-1";',
    "Content-Type: text/plain; charset=x-unknown",
    "Content-Type: text/plain; charset=utf-7",
    "Content-Type: text/plain; charset=us-ascii; format=flowed",
    "Content-Type: text/html",
    "Content-Type: ",
    "Content-Type: TEXT/\t(x)html ; charset=utf-8",
    'Content-Type: multipart/mixed;\r\n\tboundary="b  c"',
    "Content-Transfer-Encoding: 7bit",
    "Content-Transfer-Encoding: 8BIT",
    "Content-Transfer-Encoding:",
    "Content-Transfer-Encoding: base64",
    "Content-Disposition: attachment",
    "Reply-To: a@b.example",
    "List-Id: <a.b>",
    "Authentication-Results: mx.example.org; spf=pass",
    "no field",
    " begins with a blank",
    ": no name",
)
#: What a header seldom lacks, so that most are ordinary.
USUAL: Final = FIELDS[:3] + FIELDS[6:7] + FIELDS[12:13] + FIELDS[19:23] + FIELDS[29:36]
LINES: Final = (
    "right then",
    "",
    "a: b",
    "see https://www.example.org/a?b=c.",
    "colons: of ://nothing",
    "4111 1111 1111 1111",
    "gr\u00fc\u00dfe",
    "MZ and more",
    "PK\x03\x04",
    "%PDF-1.4",
    "MAIL FROM:<a@b>",
    "x" * 998,
    "x" * 999,
)
ODD: Final = (
    "\r",
    "\n",
    "\0",
    "\n.\n",
    "\r\n.\r",
    "\n.\r\nMAIL FROM:<a@b>\r\n",
    "\r\n..",
    "\r\n.x",
)

_fields: Final = st.lists(st.sampled_from(USUAL), max_size=7, unique=True)


@st.composite
def headers(draw: st.DrawFn) -> str:
    """Return a header without its last line end."""
    fields = draw(_fields) + draw(st.lists(st.sampled_from(FIELDS), max_size=1))
    return "\r\n".join(draw(st.permutations(fields)))


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Return a message whose lines all end in CRLF, none of which begins with a dot."""
    lines = draw(st.lists(st.sampled_from(LINES), max_size=6))
    content = draw(headers()) + "\r\n\r\n" + "".join(line + "\r\n" for line in lines)
    return content.encode(draw(st.sampled_from(["utf-8", "latin-1"])))


def mails() -> SearchStrategy[bytes]:
    """Return messages as DATA has them, without the end, some with what is odd in them."""
    return st.builds(_with, contents(), st.sampled_from(["", "", "", *ODD]), st.integers(0, 2_000))


def _with(content: bytes, odd: str, place: int) -> bytes:
    return content[:place] + odd.encode() + content[place:]
