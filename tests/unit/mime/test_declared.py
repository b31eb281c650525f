from __future__ import annotations

import pytest

from smtpids.mime.declared import Declared
from smtpids.mime.header import raw_fields


def declared(*lines: str, default: bytes = b"text/plain") -> Declared:
    return Declared(raw_fields("".join(f"{line}\r\n" for line in lines).encode()), default)


def test_a_header_that_declares_nothing_is_plain_text() -> None:
    found = declared("Subject: x", "X-Content-Type: image/png")
    assert (found.type, found.charset, found.encoding) == (b"text/plain", b"", b"7bit")
    assert (found.names, found.faults, found.is_attached) == ([], [], False)


def test_the_default_is_for_those_who_declare_none() -> None:
    assert declared(default=b"message/rfc822").is_message
    assert not declared("Content-Type: text/plain", default=b"message/rfc822").is_message


@pytest.mark.parametrize(
    ("value", "media_type", "charset"),
    [
        ("text/html", b"text/html", b""),
        ("Text/HTML; charset=UTF-8", b"text/html", b"utf-8"),
        ('text/html; charset="utf-8";', b"text/html", b"utf-8"),
        ("text/html;\r\n charset=utf-8; format=flowed", b"text/html", b"utf-8"),
        ("text/html (comment); charset=x", b"text/html", b"x"),
        ("application/vnd.ms-excel", b"application/vnd.ms-excel", b""),
        ("text", b"text/plain", b""),
        ("text/plain/more", b"text/plain", b""),
        ("", b"text/plain", b""),
    ],
)
def test_a_media_type_is_read_with_its_character_set(
    value: str, media_type: bytes, charset: bytes
) -> None:
    found = declared(f"Content-Type: {value}")
    assert (found.type, found.charset) == (media_type, charset)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("base64", b"base64"),
        ("Base64 ", b"base64"),
        ('"base64"', b"base64"),
        ("base64; x=y", b"base64"),
        ("(how) base64", b"base64"),
        ("", b"7bit"),
        ("utf-8", b"utf-8"),
    ],
)
def test_a_transfer_encoding_is_read_as_clients_do(value: str, expected: bytes) -> None:
    assert declared(f"Content-Transfer-Encoding: {value}").encoding == expected


def test_names_come_in_the_order_in_which_clients_prefer_them() -> None:
    found = declared(
        'Content-Type: image/png; name="four"; name*=three',
        'Content-Disposition: inline; filename="two"; filename*=one',
    )
    assert found.names == ["one", "two", "three", "four"]
    assert (found.disposition, found.is_attached) == (b"inline", True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Content-Disposition: attachment", True),
        ("Content-Type: application/pdf", True),
        ("Content-Type: image/png", True),
        ("Content-Type: text/html; name=a.html", True),
        ("Content-Type: text/html", False),
        ("Content-Type: message/rfc822", False),
        ("Content-Disposition: inline", False),
    ],
)
def test_files_are_told_from_text(line: str, expected: bool) -> None:
    assert declared(line).is_attached is expected


def test_a_multipart_has_a_boundary() -> None:
    found = declared('Content-Type: multipart/mixed; boundary="a b"')
    assert (found.is_multipart, found.boundary, found.faults) == (True, b"a b", [])
    found = declared("Content-Type: Multipart/Mixed")
    assert (found.is_multipart, found.faults) == (False, ["no_boundary"])


def test_the_first_of_repeated_fields_counts_and_the_repetition_is_a_fault() -> None:
    found = declared(
        "Content-Type: text/html",
        "content-type: image/png",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: 7bit",
        "Content-Disposition: inline",
        "Content-Disposition: attachment",
    )
    assert (found.type, found.encoding, found.disposition) == (b"text/html", b"base64", b"inline")
    assert found.faults == [
        "repeated_content_type",
        "repeated_transfer_encoding",
        "repeated_disposition",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Content-Type: message/partial; id=1", "partial_message"),
        ("Content-Type: text/plain; name=a; name=b", "repeated_parameter"),
        ('Content-Disposition: attachment; filename="a', "unterminated_quote"),
    ],
)
def test_faults_are_named(line: str, fault: str) -> None:
    assert declared(line).faults == [fault]
