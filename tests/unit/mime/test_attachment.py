from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import pytest

from smtpids.mime import magic
from smtpids.mime.attachment import Attachment, columns
from smtpids.mime.declared import Declared
from smtpids.mime.header import raw_fields

MOST = 1_000


def attachment(header: str, octets: bytes = b"", *, hashes: bool = True) -> Attachment:
    declared = Declared(raw_fields(header.encode()))
    made = Attachment(
        declared, magic.kind_of(octets[: magic.HEAD_OCTETS]), 100, MOST, hashes=hashes
    )
    made.feed(octets)
    return made


def facts(header: str, octets: bytes = b"") -> dict[str, Any]:
    return attachment(header, octets).facts()


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), b"content")
    return buffer.getvalue()


def test_a_plain_attachment_is_told_with_every_flag() -> None:
    octets = b"%PDF-1.4 content"
    assert facts('Content-Disposition: attachment; filename="a.pdf"', octets) == {
        "file": {
            "name": "a.pdf",
            "extension": "pdf",
            "mime_type": "application/pdf",
            "size": len(octets),
            "hash": {
                "md5": hashlib.md5(octets, usedforsecurity=False).hexdigest(),
                "sha1": hashlib.sha1(octets, usedforsecurity=False).hexdigest(),
                "sha256": hashlib.sha256(octets).hexdigest(),
            },
        },
        "declared_type": "text/plain",
        "disposition": "attachment",
        "content_class": "document",
        "type_mismatch": False,
        "name_disagrees": False,
        "extension_disagrees": False,
        "double_extension": False,
        "right_to_left": False,
        "path_characters": False,
        "control_characters": False,
        "padding": 0,
        "encrypted": False,
        "complete": True,
    }


def test_names_that_disagree_are_all_listed() -> None:
    told = facts(
        "Content-Type: image/png; name=c.exe\r\n"
        "Content-Disposition: attachment; filename=b.png; filename*=utf-8''a.png\r\n"
    )
    assert told["file"]["name"] == "a.png"
    assert told["names"] == ["a.png", "b.png", "c.exe"]
    assert (told["name_disagrees"], told["extension_disagrees"]) == (True, True)


def test_a_name_said_twice_alike_does_not_disagree() -> None:
    told = facts(
        "Content-Type: image/png; name==?utf-8?B?w6kucG5n?=\r\n"
        "Content-Disposition: attachment; filename*=utf-8''%C3%A9.png\r\n"
    )
    assert "names" not in told
    assert (told["file"]["name"], told["name_disagrees"]) == ("\xe9.png", False)


def test_a_conspicuous_form_counts_though_another_is_preferred() -> None:
    told = facts('Content-Disposition: x; filename*=a.pdf; filename="a.pdf .js"')
    assert (told["file"]["extension"], told["double_extension"]) == ("pdf", True)


def test_a_name_is_made_safe_and_cut() -> None:
    name = str(facts(f'Content-Disposition: x; filename="\x1b{"x" * 2000}.exe"')["file"]["name"])
    assert (name[:4], len(name)) == ("\\x1b", MOST)


@pytest.mark.parametrize(
    ("declared", "octets", "expected"),
    [
        ("image/png", b"MZ" + bytes(10), "application/x-dosexec"),
        ("application/octet-stream", b"hello", "text/plain"),
        ("text/csv", b"a,b", "text/csv"),
        ("application/json", b"{}", "application/json"),
        ("application/pdf", b"hello", "text/plain"),
        ("text/plain", b"<html>", "text/html"),
        ("image/heic", b"\0\1", "image/heic"),
        ("application/octet-stream", b"\0\1", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_content_shows_and_else_what_is_declared(
    declared: str, octets: bytes, expected: str
) -> None:
    assert facts(f"Content-Type: {declared}", octets)["file"]["mime_type"] == expected


def test_lost_octets_leave_neither_size_nor_hashes() -> None:
    made = attachment("Content-Type: application/zip", zipped("a.js"))
    made.gap()
    made.feed(zipped("b.js"))
    told: dict[str, Any] = made.facts()
    assert (told["complete"], told["file"]) == (False, {"mime_type": "application/zip"})
    assert [member["name"] for member in told["archive"]["members"]] == ["a.js"]


def test_hashes_can_be_left_out() -> None:
    told: dict[str, Any] = attachment("", b"x", hashes=False).facts()
    assert told["file"] == {"mime_type": "text/plain", "size": 1}


def test_an_archive_lists_its_members() -> None:
    told = facts("Content-Type: application/zip", zipped("a.pdf.js", "readme"))
    assert told["archive"] == {
        "member_count": 2,
        "unpacked_size": 14,
        "double_extension": True,
        "nested": False,
        "ratio": 0,
        "members": [
            {"name": "a.pdf.js", "size": 7, "encrypted": False, "extension": "js"},
            {"name": "readme", "size": 7, "encrypted": False},
        ],
    }


@pytest.mark.parametrize(("name", "expected"), [(b"\x82", "\xe9"), (b"\xc3\xa9", "\xe9")])
def test_an_old_name_of_a_member_is_utf8_or_of_the_old_code_page(
    name: bytes, expected: str
) -> None:
    entry = b"PK\x03\x04" + bytes(22) + bytes([len(name), 0, 0, 0]) + name
    assert facts("", entry)["archive"]["members"][0]["name"] == expected


def test_a_document_that_is_an_archive_shows_traces_and_not_its_members() -> None:
    told = facts("", zipped("word/document.xml", "word/vbaProject.bin"))
    assert (told["content_class"], told["traces"]) == ("document", ["vba"])
    assert "archive" not in told


def test_an_old_document_is_known_by_the_names_in_it() -> None:
    octets = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le")
    assert facts("", octets)["file"]["mime_type"] == "application/vnd.ms-excel"


def test_an_encrypted_document_is_encrypted() -> None:
    octets = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    told = facts("", octets)
    assert told["encrypted"] is True
    assert "traces" not in told


def test_columns_hold_the_values_of_all_objects() -> None:
    listed: Any = [
        {"file": {"name": "a", "hash": {"md5": "1"}}, "names": ["a", "b"], "encrypted": False},
        {"file": {"name": "c"}, "archive": {"members": [{"name": "d"}, {"name": "e"}]}},
    ]
    assert columns("x", listed) == {
        "x.file.name": ["a", "c"],
        "x.file.hash.md5": ["1"],
        "x.names": ["a", "b"],
        "x.encrypted": [False],
        "x.archive.members.name": ["d", "e"],
    }
