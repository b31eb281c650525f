from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.mime.parameter import MOST_PARAMETERS, Parameters


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"; filename=a.pdf", ["a.pdf"]),
        (b'; filename="a b.pdf"; x=y', ["a b.pdf"]),
        (b"; filename=a b.pdf ; x=y", ["a b.pdf"]),
        (b'; x="; filename=no"; FileName = "yes"', ["yes"]),
        (rb'; filename="a\"b\\c"', ['a"b\\c']),
        (rb'; filename="C:\temp\a.exe"', [r"C:\temp\a.exe"]),
        (b"; filename==?utf-8?Q?=C3=A9?=.pdf", ["\xe9.pdf"]),
        (b"; filename=\xc3\xa9.pdf", ["\xe9.pdf"]),
        (b"; filename*=utf-8'en'%C3%A9.pdf", ["\xe9.pdf"]),
        (b"; filename*=iso-8859-1''%E9.pdf", ["\xe9.pdf"]),
        (b"; filename*=unheard-of''%C3%A9.pdf", ["\xe9.pdf"]),
        (b"; filename*=no%20quotes", ["no quotes"]),
        (b'; filename*0="a."; filename*1="ex"; filename*2=e', ["a.exe"]),
        (b'; filename*1="b"; filename*0="a"', ["ab"]),
        (b"; filename*0*=utf-8''%C3; filename*1*=%A9; filename*2=%41", ["\xe9%41"]),
        (b"; filename*x=1", ["1"]),
        (b'; filename=plain; filename*="utf-8\'\'whole"; filename*0=pieces',
         ["whole", "pieces", "plain"]),
        (b"; filename=one; filename=two", ["one", "two"]),
        (b"", []),
        (b"; filename", []),
        (b"; ; =; filename=a", ["a"]),
    ],
)  # fmt: skip
def test_a_name_is_read_in_every_form(value: bytes, expected: list[str]) -> None:
    name = b"filename*x" if b"*x" in value else b"filename"
    assert Parameters(value).forms(name) == expected


@pytest.mark.parametrize(
    ("value", "repeated", "unterminated"),
    [
        (b"; a=b; c=d", False, False),
        (b"; a=b; A=c", True, False),
        (b"; a=b; a*=c; a*0=d; a*1=e", False, False),
        (b"; a*0=b; a*0=c", True, False),
        (b"; a*=b; a*=c; a*0=d", True, False),
        (b'; a="b', False, True),
        (b'; a="b\\"', False, True),
        (b'; a=""', False, False),
    ],
)
def test_what_clients_may_read_differently_is_noted(
    value: bytes, repeated: bool, unterminated: bool
) -> None:
    found = Parameters(value)
    assert (found.repeated, found.unterminated) == (repeated, unterminated)


def test_a_boundary_keeps_blanks_inside_and_loses_those_behind() -> None:
    assert Parameters(b'; boundary="a b  "').boundary() == b"a b"
    assert Parameters(b'; boundary*0="a"; boundary*1="b"').boundary() == b"ab"
    assert Parameters(b"; charset=x").boundary() == b""


def test_a_character_set_is_one_word() -> None:
    assert Parameters(b"; charset=us-ascii (Plain text)").token(b"charset") == b"us-ascii"
    assert Parameters(b"; charset*=''utf-8").token(b"charset") == b"utf-8"


def test_parameters_are_bounded() -> None:
    value = b"".join(b"; a%d=x" % number for number in range(MOST_PARAMETERS + 1))
    found = Parameters(value)
    assert found.forms(b"a%d" % (MOST_PARAMETERS - 1)) == ["x"]
    assert found.forms(b"a%d" % MOST_PARAMETERS) == []


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from([b";", b"=", b'"', b"\\", b"*", b"0", b"'", b"%", b"41", b"a", b" \xff"]),
        max_size=30,
    ).map(b"".join)
)  # fmt: skip
def test_no_parameter_raises(value: bytes) -> None:
    found = Parameters(value)
    assert isinstance(found.forms(b"a"), list)
    assert isinstance(found.boundary(), bytes)
