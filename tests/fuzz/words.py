"""The dictionary of the fuzzer: words that a reader of mail, TLS, packets or rules looks for."""

# ruff: noqa: E501, W291 -- tables of words; some end in a blank

from __future__ import annotations

from typing import Final

_COMMANDS: Final = """EHLO a|HELO a|LHLO a|MAIL FROM:<a@b>|MAIL FROM:<>|RCPT TO:<c@d>|DATA|BDAT 5
BDAT 5 LAST|BDAT 0 LAST|BDAT 4294967296|BDAT -1|RSET|NOOP|QUIT|HELP|VRFY a|EXPN a|STARTTLS|AUTH PLAIN
AUTH LOGIN|AUTH CRAM-MD5|AUTH DIGEST-MD5|AUTH NTLM|AUTH XOAUTH2|AUTH OAUTHBEARER|AUTH SCRAM-SHA-256
AUTH PLAIN =|AUTH EXTERNAL =|ETRN a|TURN|SEND FROM:<a@b>|XCLIENT NAME=a|XFORWARD ADDR=1.2.3.4|*|.
PROXY TCP4 1.2.3.4 5.6.7.8 1 2|CONNECT a:25 HTTP/1.1|GET / HTTP/1.1"""
_REPLIES: Final = """220 mx ESMTP|220-mx|250 ok|250-a|250-PIPELINING|250-SIZE 1|250-STARTTLS|250 STARTTLS
250-AUTH PLAIN LOGIN|250-8BITMIME|250-CHUNKING|250-XXXXXXXA|250 2.1.0 ok|334 VXNlcm5hbWU6|334 UGFzc3dvcmQ6
334 |354 go|221 bye|235 2.7.0 ok|421 closing|450 4.2.1 later|500 what|530 5.7.0 Must issue STARTTLS first
535 5.7.8 no|550 5.1.1 no|554 no|999 x|000 x|25"""
_HEADER: Final = """From: |To: |Cc: |Bcc: |Subject: |Date: |Message-ID: <|Received: from |Sender: |Reply-To: 
MIME-Version: 1.0|Content-Type: |Content-Type: multipart/mixed; boundary=b|Content-Type: message/rfc822
Content-Type: multipart/alternative; boundary="b"|Content-Type: multipart/digest; boundary=c
Content-Type: text/html; charset=utf-16|Content-Type: application/zip; name=a.zip
Content-Type: message/partial; id=a; number=1|Content-Transfer-Encoding: base64|Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable|Content-Transfer-Encoding: x-uuencode
Content-Disposition: attachment; filename=a.exe|Content-Disposition: attachment; filename*=utf-8''a%2ezip
Content-Disposition: attachment; filename*0*=a'b'c; filename*1=d|X-Mailer: |User-Agent: |: |From a"""
_PIECES: Final = r"""--b|--b--|--c|--|=?utf-8?B?YQ==?=|=?utf-8?Q?=41?=|=?|?=|=?iso-2022-jp?B?GyRC?=|=3D|=
=\r\n|=0|%41|%|http://a.b/c|https://u:p@h/|://|ftp://|&#x3a;|&#58;|&quot;|&|<a href="|<script|begin 644 a
M|`|end|"|\\|\\"|(|)|<|>|[|]|@|a@b|<a@b>|,|;|;a=b|;a*0=b|;a*0*=b|a*99999=b|=|:|::|. |..|\r\n.\r\n|\n.\n
\r.\r|\r\n.\n|\0.\r\n|\r\n|\n|\r|\r\n\r\n|\n\n|\r\n |\r\n\t| |\t|\0|\x7f|\x80|\xff|\xc3\xa9|\xe2\x80\xae
\xf0\x9f\x98\x80|\xed\xa0\x80|\xe2\x80\xa8|\x1b[2J|PK\x03\x04|PK\x01\x02|Rar!\x1a\x07\x00|Rar!\x1a\x07\x01\x00
7z\xbc\xaf\x27\x1c|\x1f\x8b\x08\x08|ustar\x00|MZ|%PDF-1.4|/JavaScript|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|{\\rtf1
AGEAYg==|dXNlcg==|TlRMTVNTUAAB|bj1hLHI9Yg==|====|A|AAAA"""
_BINARY: Final = (
    # TLS records and handshakes
    b"\x16\x03\x01\x00\x05",
    b"\x16\x03\x03",
    b"\x15\x03\x03\x00\x02\x02\x28",
    b"\x14\x03\x03\x00\x01\x01",
    b"\x17\x03\x03\x00\x13",
    b"\x18\x03\x02\x00\x03\x01\x40\x00",
    b"\x80\x2e\x01\x03\x01",
    b"\x01\x00\x00\x10",
    b"\x02\x00\x00\x10\x03\x03",
    b"\x0b\x00\x00\x10\x00\x00\x0d",
    b"\x0e\x00\x00\x00",
    b"\x00\x00\x00\x05\x00\x03\x00",
    b"\x00\x2b\x00\x03\x02\x03\x04",
    b"\x00\x10\x00\x05\x00\x03\x02h2",
    b"\x30\x82\x01\x00",
    b"\x30\x80",
    b"\x06\x03\x55\x04\x03",
    b"\x0c\x01a",
    # PROXY version 2
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c",
    # IP, its options, fragments and tunnels
    b"\x45\x00\x00\x28",
    b"\x46\x00\x00\x2c",
    b"\x60\x00\x00\x00\x00\x14\x06\x40",
    b"\x2c\x00\x00\x01",
    b"\x20\x00",
    b"\x81\x00\x00\x01",
    b"\x88\xa8\x00\x01",
    b"\x88\x47\x00\x00\x11\x40",
    b"\x88\x64\x11\x00\x00\x01",
    b"\x08\x00",
    b"\x86\xdd",
    b"\x00\x00\x08\x00",
    b"\x10\x00\x88\xbe\x00\x00\x00\x00",
    b"\x00\x50\x12\xb5",
    b"\x00\x50\x17\xc1",
    b"\x08\x00\x00\x00\x00\x00\x01\x00",
    # capture files
    b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x0a\x0d\x0d\x0a",
    b"\x4d\x3c\x2b\x1a",
    b"\x01\x00\x00\x00\x14\x00\x00\x00",
    b"\x06\x00\x00\x00",
    b"\x03\x00\x00\x00",
    b"\x09\x00\x01\x00\x09\x00\x00\x00",
    b"\x1f\x8b\x08\x00",
    b"\x28\xb5\x2f\xfd",
)
_RULES: Final = r"""title: a|id: |name: a|status: test|level: high|level: informational|logsource:|detection:
    condition: a|    a:|        |        smtp.helo: a|        smtp.helo|contains: |        - a|'|"|~|null|true
|contains|startswith|endswith|re|re|i|cidr|exists|all|base64|base64offset|windash|fieldref|gt|lte|not|and|or
 1 of |all of |them|(|)|a*|*|?|\\*|\\|[|]|{|}|&a|*a|<<: *a|!!python/object:os.system|%a%|---|...|# |: |- |-
smtpids:|  message: a|  suppress: {by: [source.ip], for: 10m}|  once_per: session.id|  expires: 2020-01-01
correlation:|  type: event_count|filter:|timespan: 1m|product: smtpids|category: smtp|2026-01-01|0x10|1e999
.inf|99999999999999999999|(a+)+$|(?=a)|\\1|[[:alpha:]]|(?i)a|.{1000}|\t|\xc3\xa9|\xef\xbb\xbf|\xff\xfe|\x00"""


def _split(text: str, ending: bytes = b"") -> tuple[bytes, ...]:
    """Return the words of a table: `|` and line ends divide, escapes are Python's."""
    found = (word for line in text.split("\n") for word in line.split("|"))
    return tuple(
        word.encode("latin-1").decode("unicode_escape").encode("latin-1") + ending
        for word in found
        if word
    )


PROTOCOL: Final = _split(_COMMANDS, b"\r\n") + _split(_REPLIES, b"\r\n")
MAIL: Final = _split(_HEADER) + _split(_HEADER, b"\r\n") + _split(_PIECES)
PACKETS: Final = _BINARY + tuple(bytes((octet,)) * 4 for octet in (0, 1, 6, 0x7F, 0xFF))
RULES: Final = _split(_RULES) + tuple(b"|" + word for word in _split(_RULES) if word.isalnum())
#: What TCP carries.
WORDS: Final = PROTOCOL + MAIL + _BINARY
