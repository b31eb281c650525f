from __future__ import annotations

import base64

import pytest

from smtpids.config import Limits
from smtpids.mime.declared import Declared
from smtpids.mime.findings import Findings
from smtpids.mime.header import raw_fields
from smtpids.mime.part import Part

PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(600)


def read(header: str, *octets: bytes) -> Findings:
    findings = Findings(Limits(), hashes=True)
    part = Part(findings, Declared(raw_fields(header.encode())), None)
    for piece in octets:
        part.feed(piece)
    part.end()
    return findings


def test_urls_of_text_are_found_and_the_text_is_no_attachment() -> None:
    assert read("Content-Type: text/plain", b"see http://a.ex", b"ample/ now").facts() == {
        "email.urls": ["http://a.example/"],
        "email.url.hosts": ["a.example"],
    }


@pytest.mark.parametrize(
    ("header", "octets"),
    [
        ("Content-Transfer-Encoding: base64", base64.encodebytes(b"http://a")),
        ("Content-Transfer-Encoding: quoted-printable", b"http:=\r\n//a"),
        ("Content-Transfer-Encoding: x-uuencode", b"begin 6 x\n(:'1T<#HO+V$\n`\nend\n"),
        ("Content-Transfer-Encoding: unheard-of", b"http://a"),
        ("Content-Transfer-Encoding: BINARY", b"http://a"),
        ("Content-Type: text/html; charset=utf-16", "<p>http://a".encode("utf-16")),
        ("Content-Type: text/html", b"http&#58;//a"),
        ("Content-Type: multipart/mixed", b"http://a"),
    ],
)
def test_urls_are_found_in_what_is_decoded(header: str, octets: bytes) -> None:
    assert read(header, octets).facts()["email.urls"] == ["http://a"]


def test_urls_in_attached_pages_are_found_and_in_other_files_not() -> None:
    found = read("Content-Disposition: attachment; filename=a.x", b"<html>http://a").facts()
    assert (found["email.urls"], found["email.attachments.file.name"]) == (["http://a"], ["a.x"])
    assert "email.urls" not in read("Content-Type: application/json", b'{"a":"http://a"}').facts()


def test_a_program_that_calls_itself_text_is_an_attachment() -> None:
    found = read("Content-Type: text/plain", PROGRAM[:3], PROGRAM[3:]).facts()
    assert found["email.attachments.content_class"] == ["executable"]
    assert found["email.attachments.file.size"] == [len(PROGRAM)]
    assert found["email.attachments.type_mismatch"] == [True]


def test_text_that_shows_what_a_picture_is_stays_text() -> None:
    assert read("Content-Type: text/plain", b"GIF89a is a format").facts() == {}


def test_an_empty_attachment_is_listed() -> None:
    found = read("Content-Disposition: attachment").facts()
    assert found["email.attachments.file.size"] == [0]


@pytest.mark.parametrize(
    ("header", "octets", "expected"),
    [
        ("Content-Transfer-Encoding: base64", b"YWJj\r\n", []),
        ("Content-Transfer-Encoding: base64", b"YW!Jj",
         [("mime_bad_base64", "1 octets outside the alphabet")]),
        ("Content-Transfer-Encoding: rot13", b"x",
         [("mime_bad_transfer_encoding", "'rot13' is none")]),
        (f"Content-Disposition: x; filename={'n' * 255}", b"x", []),
        (f"Content-Disposition: x; filename={'n' * 256}", b"x",
         [("mime_long_filename", "name of 256 characters")]),
    ],
)  # fmt: skip
def test_what_is_odd_is_told(header: str, octets: bytes, expected: list[tuple[str, str]]) -> None:
    assert read(header, octets).anomalies() == expected


def test_after_a_gap_text_is_read_on_and_base64_is_not_blamed() -> None:
    findings = Findings(Limits(), hashes=True)
    part = Part(findings, Declared(raw_fields(b"Content-Transfer-Encoding: base64")), None)
    part.feed(b"aHR0cD")
    part.gap()
    part.feed(base64.b64encode(b"a http://b c")[:-1] + b"!")
    part.end()
    assert findings.facts() == {"email.urls": ["http://b"], "email.url.hosts": ["b"]}
    assert findings.anomalies() == []
