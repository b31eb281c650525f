from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime import magic
from smtpids.mime.magic import BEGINNINGS, CLASSES, HEAD_OCTETS, INSIDE, kind_of, sniffed

PE = b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0" + bytes(20)


@pytest.mark.parametrize(
    ("head", "mime_type", "content_class"),
    [
        (PE, "application/vnd.microsoft.portable-executable", "executable"),
        (b"MZ" + bytes(58) + struct.pack("<I", 4096) + bytes(9), magic.PE.mime_type, "executable"),
        (b"MZ" + bytes(10), "application/x-dosexec", "executable"),
        (b"MZ" + bytes(58) + b"\x40\0\0\0" + bytes(4), "application/x-dosexec", "executable"),
        (b"MZ" + bytes(58) + b"\0\0\1\0" + bytes(4), "application/x-dosexec", "executable"),
        (b"\x7fELF\x02\x01\x01" + bytes(9), "application/x-elf", "executable"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(9), "application/x-mach-binary", "executable"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(9), "application/java-vm", "executable"),
        (b"PK\x03\x04" + bytes(30), "application/zip", "archive"),
        (bytes(257) + b"ustar\x0000", "application/x-tar", "archive"),
        (b"ab-lh5-" + bytes(20), "application/x-lzh", "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", "document"),
        (b"junk before\n%PDF-1.7\n", "application/pdf", "document"),
        (b"{\\rtf1\\ansi", "application/rtf", "document"),
        (b"vhdxfile" + bytes(9), "application/x-vhdx", "disk_image"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "image"),
        (b"BM\x10\0\0\0\0\0\0\0", "image/bmp", "image"),
        (b"RIFF\0\0\0\0WEBP", "image/webp", "image"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav", "media"),
        (b"\0\0\0\x18ftypmp42", "video/mp4", "media"),
        (b" \r\n<!DOCTYPE HTML><p>", "text/html", "markup"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg>", "image/svg+xml", "markup"),
        (b"<?xml version='1.0'?><note>", "text/xml", "markup"),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "text/html", "markup"),
        (b"<div>\n<script>", "text/html", "markup"),
        (b"<!-- saved --><META charset=utf-8>", "text/html", "markup"),
        (b"<!-- drawn --><svg><style>", "image/svg+xml", "markup"),
        (b"<alice@example.com> wrote:", "text/plain", "text"),
        (b"#!/bin/sh\n", "text/x-shellscript", "script"),
        (b"@Echo Off\r\n", "text/x-msdos-batch", "script"),
        (b"[InternetShortcut]\r\nURL=x", "application/x-mswinurl", "script"),
        (b"Received: from x", "message/rfc822", "mail"),
        (b"MZ is a text\r\n", "text/plain", "text"),
        (b"plain \xe9 text\x1b[0m\r\n", "text/plain", "text"),
        (b"\xff\xfeh\0i\0", "text/plain", "text"),
        (b"\x01\x02\x03", "application/octet-stream", "data"),
        (b"", "application/octet-stream", "data"),
    ],
)  # fmt: skip
def test_a_kind_is_told_by_the_first_octets(
    head: bytes, mime_type: str, content_class: str
) -> None:
    assert kind_of(head) == (mime_type, content_class)


def test_an_open_document_names_its_type_itself() -> None:
    name = b"application/vnd.oasis.opendocument.text"
    head = b"PK\x03\x04" + bytes(14) + struct.pack("<IIHH", len(name), len(name), 8, 0)
    assert kind_of(head + b"mimetype" + name + b"PK") == (name.decode(), "document")
    assert kind_of(head + b"mimetype" + b"\0" * 60) is magic.ZIP


def test_every_row_of_the_table_is_told_by_its_own_mark() -> None:
    short = {octets for octets, _ in BEGINNINGS}
    assert [
        octets for octets, kind in BEGINNINGS if sniffed(octets.ljust(HEAD_OCTETS, b"\0")) != kind
    ] == []
    assert len(short) == len(BEGINNINGS)
    assert {kind.content_class for _, kind in BEGINNINGS} <= CLASSES
    assert {kind.content_class for _, _, kind in INSIDE} <= CLASSES


@given(st.text(max_size=100))
def test_no_text_bears_the_mark_of_a_program(text: str) -> None:
    printable = "".join(character for character in text if character.isprintable())
    assert sniffed(f"  {printable}".encode()) is None


@given(st.binary(max_size=HEAD_OCTETS))
def test_every_head_has_a_kind(head: bytes) -> None:
    assert kind_of(head).content_class in CLASSES
