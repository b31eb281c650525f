from __future__ import annotations

from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.mime.address import mailboxes


@pytest.mark.parametrize(
    ("value", "members"),
    [
        (b"a@example.org", [("", "a@example.org")]),
        (b"  a@example.org ", [("", "a@example.org")]),
        (b"<a@example.org>", [("", "a@example.org")]),
        (b"Al Ice <a@example.org>", [("Al Ice", "a@example.org")]),
        (b'"Ice, Al" <a@example.org>', [("Ice, Al", "a@example.org")]),
        (b'"Al \\"X\\" Ice" <a@example.org>', [('Al "X" Ice', "a@example.org")]),
        (b"a@example.org (Al (the) Ice)", [("Al (the) Ice", "a@example.org")]),
        (b"=?utf-8?q?Gr=C3=BCn?= <a@example.org>", [("Grün", "a@example.org")]),
        (b'"=?utf-8?q?Gr=C3=BCn?=" <a@example.org>', [("Grün", "a@example.org")]),
        (b"a@x.org, b@y.org,, c@z.org,", [("", "a@x.org"), ("", "b@y.org"), ("", "c@z.org")]),
        (b"Team: a@x.org, B <b@y.org>;", [("", "a@x.org"), ("B", "b@y.org")]),
        (b"Team:;, c@z.org", [("", "c@z.org")]),
        (b"undisclosed-recipients:;", []),
        (b"Undisclosed recipients", []),
        (b"<@relay.org,@two.org:a@x.org>", [("", "a@x.org")]),
        (b'"al ice"@x.org', [("", '"al ice"@x.org')]),
        (b'<"a>b"@x.org>', [("", '"a>b"@x.org')]),
        (b"a @ x.org", [("", "a@x.org")]),
        (b"a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        (b"a@[IPv6:2001:db8::1], b@y.org", [("", "a@[IPv6:2001:db8::1]"), ("", "b@y.org")]),
        (b"Al Ice a@x.org", [("", "a@x.org")]),
        (b"root", [("", "root")]),
        (b"boss@bank.example <mallory@x.org>", [("boss@bank.example", "mallory@x.org")]),
        ("grün@exämple.org".encode(), [("", "grün@exämple.org")]),
        (b"<>", []),
        (b"", []),
        (b'"open <a@x.org>', []),
        (b'"boss@bank.example" a@x.org', [("", "a@x.org")]),
        (b"Two  \t words <a@x.org>", [("Two words", "a@x.org")]),
        (b"a@x.org (open", [("open", "a@x.org")]),
        (b"<a@x.org", [("", "a@x.org")]),
        (b"a@x.org\x00", [("", "a@x.org\\x00")]),
    ],
)
def test_members_of_a_list_are_read(value: bytes, members: list[tuple[str, str]]) -> None:
    assert mailboxes(value, 10, 100) == members


def test_no_more_members_are_listed_than_asked_for() -> None:
    assert mailboxes(b"a@x.org," * 50, 3, 100) == [("", "a@x.org")] * 3


def test_a_full_list_of_long_names_is_listed_whole() -> None:
    value = b'"Ice, Al" de la Rue <a@x.org>, ' * 50
    assert len(mailboxes(value, 50, 100)) == 50


def test_texts_are_bounded() -> None:
    [(name, address)] = mailboxes(b"N" * 900 + b" <" + b"a" * 900 + b"@x.org>", 3, 20)
    assert (len(name), len(address)) == (20, 20)


@pytest.mark.parametrize("junk", [b'"', b"(", b"<", b"[", b",", b"a ", b":", b")", b'\\"', b"()"])
def test_a_member_after_endless_junk_may_be_missed_but_soon(junk: bytes) -> None:
    assert len(mailboxes(junk * 50_000, 1000, 100)) <= 1000


ATOM = st.sampled_from(["a", "Al", "x-y_z", "2024"])
WORDS = st.lists(ATOM, max_size=3).map(" ".join)
ADDRESS = st.builds("{}@{}.example".format, ATOM, ATOM)
MEMBER = st.one_of(
    ADDRESS,
    st.builds("{} <{}>".format, WORDS, ADDRESS),
    st.builds('"{}, {}" <{}>'.format, WORDS, WORDS, ADDRESS),
    st.builds("{} ({})".format, ADDRESS, WORDS),
)


@settings(max_examples=200)
@given(st.lists(MEMBER, min_size=1, max_size=5), st.sampled_from([", ", ",", ",\t"]))
def test_good_lists_are_read_as_the_standard_library_reads_them(
    members: list[str], comma: str
) -> None:
    value = comma.join(members)
    addresses = [address for _, address in getaddresses([value])]
    assert [address for _, address in mailboxes(value.encode(), 100, 100)] == addresses


@given(MEMBER)
def test_a_single_mailbox_is_read_alike_alone_and_in_a_list(member: str) -> None:
    alone = mailboxes(member.encode(), 10, 100)
    assert [*alone, ("", "z@z.example")] == mailboxes(f"{member},z@z.example".encode(), 10, 100)


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=8), st.sampled_from([bytes([c]) for c in b'"<>()[],;:@\\ \t\r\n.'])
        ),
        max_size=20,
    )
)
def test_no_list_raises(parts: list[bytes]) -> None:
    for name, address in mailboxes(b"".join(parts), 5, 30):
        assert 0 < len(address) <= 30
        assert len(name) <= 30
        (name + address).encode("utf-8")


MEMBER = st.sampled_from(
    [
        "a@b.c",
        "A B <a@b.c>",
        "  <x+y@z.org> ",
        "",
        "A",
        "g: a@b",
        "a@b;",
        "(c) a@b",
        "a b@c",
    ]
)


@given(st.lists(MEMBER, max_size=6), st.integers(1, 4))
def test_plain_members_are_read_as_the_walk_would(members: list[str], most: int) -> None:
    """A comment, which says nothing of an address, keeps a list from being plain."""
    value = ",".join(members).encode()
    assert mailboxes(value, most, 99) == mailboxes(value + b",(a comment)", most, 99)


def test_no_number_of_blanks_within_a_name_takes_long() -> None:
    """Blanks that may be shared in many ways once took hours; a header has 256 KiB at most."""
    value = b"a" + b" " * 200_000 + b"b <c@d.example>"
    assert mailboxes(value, 1, 100)[0][1] == "c@d.example"
    assert mailboxes(value[:-1], 1, 100) != []
