from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime import magic
from smtpids.mime.traces import (
    ENCRYPTED,
    TRACES,
    WORDS,
    TraceReader,
    traces_of_head,
    traces_of_members,
)
from tests.support.mails import attached, attachments, multipart, pieces


def read(mime_type: str, *octets: bytes) -> TraceReader:
    reader = TraceReader(mime_type)
    for piece in octets:
        reader.feed(piece)
    return reader


def wide(name: str) -> bytes:
    return name.encode("utf-16-le")


@pytest.mark.parametrize(
    ("kind", "octets", "expected"),
    [
        (magic.OLE, wide("_VBA_PROJECT"), {"vba"}),
        (magic.OLE, wide("EncryptedPackage"), {"encrypted"}),
        (magic.OLE, b"_VBA_PROJECT", set()),
        (magic.PDF, b"<< /OpenAction << /S /JavaScript /JS (x) >>", {"open_action", "javascript"}),
        (magic.PDF, b"/Encrypt 5 0 R /Launch", {"encrypted", "launch_action"}),
        (magic.PDF, b"/launch", set()),
        (magic.RTF, b"{\\object\\OBJDATA 01", {"embedded_object"}),
        (magic.HTML, b"<SCRIPT>URL.createObjectURL(b)", {"script", "script_made_file"}),
        (magic.SVG, b"<svg><script>", {"script"}),
        (magic.OLE, b"..AutoOpen..", {"auto_run"}),
        (magic.OLE, b"[>1;system('x')]0", {"format_code"}),
        (magic.RTF, b"{\\objdata 4571756174696F6E2e33", {"embedded_object", "equation_object"}),
        (
            magic.HTML,
            b'new Blob([atob(x)]) <form action="http://a"',
            {"script_made_file", "script_decodes", "external_form"},
        ),
        (magic.SVG, b"<svg onload=x href='data:application/zip'", {"event_handler", "data_url"}),
    ],
)
def test_words_leave_traces(kind: magic.Kind, octets: bytes, expected: set[str]) -> None:
    assert read(kind.mime_type, octets).found == expected


@pytest.mark.parametrize(
    ("names", "mime_type"),
    [
        (["Workbook"], "application/vnd.ms-excel"),
        (["Workbook", "WordDocument"], "application/msword"),
        (["WordDocument", "__substg1.0_0037001F"], "application/vnd.ms-outlook"),
    ],
)
def test_the_directory_of_an_ole_file_shows_its_kind(names: list[str], mime_type: str) -> None:
    kind = read(magic.OLE.mime_type, *map(wide, names)).kind()
    assert kind is not None
    assert kind.mime_type == mime_type
    assert read(magic.OLE.mime_type, b"x").kind() is None


def test_members_of_a_document_leave_traces() -> None:
    assert traces_of_members([b"word/vbaProject.bin", b"xl/macrosheets/sheet1.xml"]) == {
        "vba",
        "excel4_macro",
    }
    assert traces_of_members([b"word/document.xml"]) == set()


def test_all_traces_are_in_the_closed_set() -> None:
    named = {trace for words, _ in WORDS.values() for trace in words.values()}
    assert named - {ENCRYPTED} <= TRACES
    assert {
        word for words, fold in WORDS.values() if fold for word in words if word.lower() != word
    } == set()


@pytest.mark.parametrize("mime_type", sorted(WORDS))
def test_a_word_is_found_wherever_it_is_cut(mime_type: str) -> None:
    for word, trace in WORDS[mime_type][0].items():
        for place in range(len(word)):
            assert trace in read(mime_type, b"x" + word[:place], word[place:]).found


@given(
    st.sampled_from(sorted(WORDS)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.permutations([*WORDS[name][0], wide("Workbook"), wide("WordDocument"), b"x"]),
        )
    ),
    st.lists(st.integers(0, 300), max_size=8),
)
def test_what_is_found_does_not_depend_on_segments(
    file: tuple[str, list[bytes]], places: list[int]
) -> None:
    mime_type, words = file
    octets = b"".join(words)
    whole, cut = read(mime_type, octets), read(mime_type, *pieces(octets, places))
    assert (whole.found, whole.kind()) == (cut.found, cut.kind())


EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (EICAR, {"eicar"}),
        (b" " + EICAR, set()),
        (b"-----BEGIN PRIVATE KEY-----", {"private_key"}),
        (b"x\n-----BEGIN RSA PRIVATE KEY-----", {"private_key"}),
        (b"-----BEGIN CERTIFICATE-----", set()),
    ],
)
def test_the_first_octets_of_any_file_leave_traces(head: bytes, expected: set[str]) -> None:
    assert traces_of_head(head) == expected
    (found,) = attachments(multipart(attached(head, "a.bin")))
    assert set(found.get("traces", [])) == expected
