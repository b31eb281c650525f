from __future__ import annotations

import codecs
from email.header import Header, decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.encoded import CHARSETS, decoded, in_charset, words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"", ""),
        (b"plain text", "plain text"),
        ("grün".encode(), "grün"),
        (b"=?utf-8?q?gr=C3=BCn?=", "grün"),
        (b"=?UTF-8?B?Z3LDvG4=?=", "grün"),
        (b"=?iso-8859-1?Q?a_b?= c", "a b c"),
        (b"a =?utf-8?q?b?= =?utf-8?q?c?= d", "a bc d"),
        (b"=?utf-8?q?a?= \t =?iso-8859-1?q?=FC?=", "aü"),
        (b"=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),  # a character cut between two words
        (b"=?utf-8*en?q?tag?=", "tag"),
        (b"=?utf-8?q?What??=", "What?"),
        (b"=?utf-8?q?=41?=", "A"),
        (b"=?utf-8?b?Z3LDvG4?=", "grün"),
        (b"=?gb2312?b?1tDOxA==?=", "中文"),
        (b"=?no-such?q?x?=", "=?no-such?q?x?="),
        (b"=?rot13?q?x?= =?utf-8?q?y?=", "=?rot13?q?x?= y"),
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"=?utf-8?q?a?= =?utf-8?q?open", "a =?utf-8?q?open"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?q?=FF?=", "\\xff"),
        (b"=?utf-8?q?=0D=0ABcc:?=", "\\x0d\\x0aBcc:"),
    ],
)
def test_encoded_words_are_read_and_the_rest_left(value: bytes, text: str) -> None:
    assert decoded(value, 80) == text


def test_the_text_is_bounded() -> None:
    assert decoded(b"=?utf-8?q?aaaaaaaaaa?=" * 1000, 8) == "aaaaaaa…"


def test_every_character_set_has_a_codec() -> None:
    assert {codecs.lookup(codec).name for codec in CHARSETS.values()}


@given(
    st.lists(
        st.tuples(
            st.text("aZ9?=_ü¢", min_size=1, max_size=10),
            st.sampled_from(["utf-8", "iso-8859-1"]),
        ),
        max_size=4,
    )
)
def test_what_the_standard_library_encodes_is_read_as_it_reads_it(
    words: list[tuple[str, str]],
) -> None:
    header = Header(maxlinelen=200)
    for text, charset in words:
        header.append(text, charset)
    line = header.encode().replace("\n", "")
    assert decoded(line.encode(), 1000) == str(make_header(decode_header(line)))


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([b"=?", b"?=", b"?q?", b"?B?", b" ", b"="]),
            st.builds(
                lambda charset, body: b"=?" + charset.encode() + b"?b?" + body + b"?=",
                st.sampled_from(sorted(CHARSETS)),
                st.binary(max_size=12),
            ),
            st.builds(
                lambda charset, body: b"=?" + charset.encode() + b"?q?" + body.hex("=").encode(),
                st.sampled_from(sorted(CHARSETS)),
                st.binary(max_size=12),
            ),
        ),
        max_size=8,
    )
)
def test_no_value_raises(parts: list[bytes]) -> None:
    text = decoded(b"".join(parts), 40)
    assert len(text) <= 40
    text.encode("utf-8")


def test_text_that_is_not_yet_safe_keeps_its_controls() -> None:
    assert words(b"=?utf-8?q?a=00=E2=80=AEb?=.exe\x1b") == "a\0\u202eb.exe\x1b"
    assert words(b"plain\xff") == "plain\\xff"


@pytest.mark.parametrize(
    ("charset", "expected"), [(b"ISO-8859-1", "\xc3\xa9"), (b"utf-8", "\xe9"), (b"none", "\xe9")]
)
def test_octets_are_read_in_the_character_set_that_is_named(charset: bytes, expected: str) -> None:
    assert in_charset(b"\xc3\xa9", charset) == expected
