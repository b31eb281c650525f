from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from smtpids.mime.unpacked import DEFLATED, STORED, Unpacked, wanted
from smtpids.pattern import Pattern
from tests.support.mails import attached, attachments, multipart

WORD = Pattern(b"needle")
RELATION = (
    b'<Relationship Id="r" Type="http://x/relationships/attachedTemplate" '
    b'Target="%s" TargetMode="External"/>'
)


def packed(octets: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(octets) + packer.flush()


def document(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("word/document.xml", b"x" * 1_000)
        file.writestr(name, content)
        file.writestr("word/theme.xml", b"<x/>")
    return buffer.getvalue()


def traces(octets: bytes) -> list[str]:
    (found,) = attachments(multipart(attached(octets, "a.docx")))
    return list(found.get("traces", []))


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_packed_member_is_searched_however_it_is_cut(step: int) -> None:
    octets = b"\0\0\0" + packed(b"x" * 5_000 + b"needle" + b"y" * 5_000) + b"more of the archive"
    member = Unpacked(WORD, DEFLATED, 3, 100_000)
    for at in range(0, len(octets), step):
        member.feed(octets[at : at + step])
    assert (member.found, member.done) == (True, True)


def test_no_more_is_unpacked_than_may_be() -> None:
    member = Unpacked(WORD, DEFLATED, 0, 50_000)
    assert member.feed(packed(b"x" * 10_000_000 + b"needle")) == 50_000
    assert (member.found, member.done) == (False, True)


@pytest.mark.parametrize(("method", "octets"), [(DEFLATED, b"\xff" * 99), (99, b"needle")])
def test_what_cannot_be_unpacked_is_left_alone(method: int, octets: bytes) -> None:
    member = Unpacked(WORD, method, 0, 1_000)
    member.feed(octets)
    assert (member.found, member.done) == (False, True)


def test_a_member_that_is_not_packed_is_searched_as_it_stands() -> None:
    member = Unpacked(WORD, STORED, 0, 1_000)
    member.feed(b"nee")
    member.feed(b"dle")
    assert member.found


def test_only_members_of_the_table_are_wanted() -> None:
    assert wanted(b"word/document.xml") is None
    told = wanted(b"word/VBAProject.bin")
    assert told is not None
    assert told[1] == "auto_run"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("word/vbaProject.bin", b"..Document_Open..", ["auto_run", "vba"]),
        ("word/vbaProject.bin", b"..Helper..", ["vba"]),
        ("word/_rels/settings.xml.rels", RELATION % b"http://evil.net/a", ["external_template"]),
        ("word/_rels/settings.xml.rels", RELATION % b"\\\\evil.net\\a", ["external_template"]),
        ("word/_rels/settings.xml.rels", RELATION % b"file:///C:/Normal.dotm", []),
        (
            "xl/styles.xml",
            b'<numFmt formatCode="[&gt;1;system(&apos;x&apos;)]0"/>',
            ["format_code"],
        ),
    ],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_what_acts_in_a_document_is_found_though_it_is_packed(
    name: str, content: bytes, expected: list[str], method: int
) -> None:
    assert traces(document(name, content, method)) == expected
