from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mime.urls import MARKS_PER_URL, MOST_URL, UrlReader, Urls, codec_of
from tests.support.mails import pieces


def found(*text: bytes, html: bool = False, codec: str = "") -> list[str]:
    urls = Urls(Limits())
    reader = UrlReader(urls, codec, html=html)
    for piece in text:
        reader.feed(piece)
    reader.end()
    return [*urls.listed]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"see http://a.example/x?y=z#w now", "http://a.example/x?y=z#w"),
        (b"HTTPS://A.example", "HTTPS://A.example"),
        (b"(https://a.example/)", "https://a.example/"),
        (b"https://a.example/b_(c).", "https://a.example/b_(c)"),
        (b"<https://a.example>", "https://a.example"),
        (b'"https://a.example"', "https://a.example"),
        (b"ftp://192.0.2.1/f", "ftp://192.0.2.1/f"),
        (b"sftp://a ", "sftp://a"),
        (b"xftp://a ", "ftp://a"),
        (b"file:///\\\\host\\share\\a.rtf!x", "file:///\\\\host\\share\\a.rtf!x"),
        (b"http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
        (b"http://m\xc3\xbcnchen.example/", "http://m\xfcnchen.example/"),
        (b"http://a/?u=https://b/", "http://a/?u=https://b/"),
        (b"http://user:secret@a.example/x", "http://user:***@a.example/x"),
        (b"http://bank.example@evil.example/", "http://bank.example@evil.example/"),
        (b"http://a.example:80/x@y", "http://a.example:80/x@y"),
        (b"http://a,\r\nb", "http://a"),
        (b"http://\xff\x1b", "http://\\xff"),
    ],
)
def test_a_url_ends_where_a_reader_sees_it_end(text: bytes, expected: str) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        b"mailto:a@b",
        b"http:/a",
        b"http://",
        b"http:// a",
        b"http://.",
        b"data://x",
        b"://a",
        b"a:b",
    ],
)
def test_what_is_no_url_with_a_scheme_is_not_listed(text: bytes) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'<a href="http://a/?b=1&amp;c=2">', "http://a/?b=1&c=2"),
        (b"<a href='http://a/'class=x>", "http://a/"),
        (b'<a href="&#104;&#x74;tp&#58;//a">', "http://a"),
        (b'<a href="http://a/?copy=1&copy=2">', "http://a/?copy=1&copy=2"),
        (b"&lt;http://a/&gt;", "http://a/"),
        (b"href=&#34;http://a/&#34; x", "http://a/"),
    ],
)
def test_references_of_html_are_resolved(text: bytes, expected: str) -> None:
    assert found(text, html=True) == [expected]


def test_references_stand_for_themselves_in_plain_text() -> None:
    assert found(b"&#104;ttp://a http://b/&amp;") == ["http://b/&amp"]


@pytest.mark.parametrize("codec", ["utf-16le", "utf-16be", "utf-32le", "utf-32be"])
def test_urls_are_found_in_wide_characters(codec: str) -> None:
    octets = "a http://\xe9.example b".encode(codec)
    assert found(*(octets[at : at + 1] for at in range(len(octets))), codec=codec) == [
        "http://\xe9.example"
    ]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xfeh\0", "utf-16le"),
        (b"\xfe\xff\0h", "utf-16be"),
        (b"h\0t\0", "utf-16le"),
        (b"\0h\0t", "utf-16be"),
        (b"", "utf-16le"),
    ],
)
def test_the_order_of_octets_is_seen_in_the_first(head: bytes, expected: str) -> None:
    assert codec_of("utf-16", head) == expected
    assert codec_of("latin1", head) == "latin1"


def test_a_url_is_listed_once() -> None:
    assert found(b"http://b http://a http://b") == ["http://b", "http://a"]


def test_no_more_urls_are_listed_than_the_limit() -> None:
    urls = Urls(Limits(urls=2))
    reader = UrlReader(urls, "", html=False)
    reader.feed(b"http://a http://b http://a ")
    assert not urls.overflowed
    reader.feed(b"http://c http://d ")
    assert urls.overflowed
    assert [*urls.listed] == ["http://a", "http://b"]


def test_what_only_looks_like_urls_is_left_alone_in_the_end() -> None:
    urls = Urls(Limits(urls=1))
    reader = UrlReader(urls, "", html=False)
    reader.feed(b"://" * MARKS_PER_URL)
    assert not urls.overflowed
    reader.feed(b"://")
    assert urls.overflowed


def test_text_beyond_the_limit_is_not_looked_at() -> None:
    urls = Urls(Limits(text_octets=10))
    reader = UrlReader(urls, "", html=False)
    reader.feed(b"http://a http://b ")
    reader.feed(b"http://c ")
    reader.end()
    assert [*urls.listed] == ["http://a"]
    assert urls.text_left < 0


def test_a_url_without_end_is_cut() -> None:
    listed = found(b"http://" + b"a" * (2 * MOST_URL) + b" http://b")
    assert [len(url) for url in listed] == [Limits().text_chars, 8]


def test_a_gap_joins_nothing() -> None:
    urls = Urls(Limits())
    reader = UrlReader(urls, "utf-16le", html=True)
    reader.feed("http".encode("utf-16le") + b"x")
    reader.gap()
    reader.feed("://a http://b".encode("utf-16le"))
    reader.end()
    assert [*urls.listed] == ["http://b"]


TEXT = st.lists(
    st.sampled_from(
        [b"http", b"s", b"://", b":", b"/", b"a.example", b" ", b"?b=", b"&#58;", b"&#x2f;",
         b"&amp;", b"&", b"@", b")", b"(", b".", b"'", b'"', b"\xff", b"\0", b"a" * 3000]
    ),
    max_size=20,
).map(b"".join)  # fmt: skip


@settings(max_examples=200)
@given(
    TEXT,
    st.lists(st.integers(0, 9000), max_size=8),
    st.booleans(),
    st.sampled_from(["", "utf-16le", "utf-32be"]),
    st.sampled_from([Limits(), Limits(urls=1, text_octets=50)]),
)
def test_what_is_found_does_not_depend_on_segments(
    text: bytes, places: list[int], html: bool, codec: str, limits: Limits
) -> None:
    told = []
    for octets in ([text], pieces(text, places)):
        urls = Urls(limits)
        reader = UrlReader(urls, codec, html=html)
        for piece in octets:
            reader.feed(piece)
        reader.end()
        told.append((urls.listed, urls.overflowed, urls.text_left < 0))
    assert told[0] == told[1]


@pytest.mark.parametrize("step", [1, 5, 1_000])
@pytest.mark.parametrize(
    ("html", "mismatch"),
    [
        (b'<a href="https://evil.net/x">https://bank.com/login</a>', True),
        (b'<a class="b" href="https://evil.net/x"><b>www.bank.co.uk</b></a>', True),
        (b"<a HREF='https://evil.net/x'> bank.com</a>", True),
        (b'<a href="https://click.bank.com/x">bank.com</a>', False),
        (b'<a href="https://evil.net/x">click here</a> bank.com', False),
        (b'<a href="https://evil.net/x">report.pdf</a>', False),
        (b'<a href="https://evil.net/x">boss@bank.com</a>', False),
        (b'<p title="https://evil.net/x">bank.com</p>', False),
    ],
)
def test_a_link_whose_text_names_another_host_is_seen(
    html: bytes, mismatch: bool, step: int
) -> None:
    urls = Urls(Limits())
    reader = UrlReader(urls, "", html=True)
    for at in range(0, len(html), step):
        reader.feed(html[at : at + step])
    reader.end()
    assert urls.text_mismatch is mismatch
