"""The short way of reading a message says what the long way says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mime.bodytext import HIDDEN, TEXT
from smtpids.mime.digests import HASHES, SHA256
from smtpids.mime.message import MessageReader
from smtpids.mime.plainheader import NO_HEADER, OF_HEADER
from smtpids.mime.plainmail import NOTHING, PlainMail, head_and_body, header_of, plain_mail
from tests.support.plain_mails import contents

if TYPE_CHECKING:
    from smtpids.mime.header import Facts

OWN = ("example.org",)
MAIL = b"From: a@b.example\r\nDate: x\r\n\r\nbody\r\n"


def read(content: bytes, limits: Limits, hidden: frozenset[str] = HIDDEN) -> PlainMail | None:
    head, body = head_and_body([content])
    header = header_of(head, head.decode("latin-1"), limits) if content else NO_HEADER
    if header is None:
        return None
    return plain_mail(head, body, body.decode("latin-1"), header, limits, hidden)


@given(contents(), st.frozensets(st.sampled_from(sorted(HIDDEN))), st.sampled_from([1, 500]))
def test_what_it_says_is_what_the_long_way_says(
    content: bytes, hidden: frozenset[str], urls: int
) -> None:
    limits = Limits(urls=urls)
    plain = read(content, limits, hidden)
    if plain is None:
        return
    reader = MessageReader(limits, hidden=hidden, own_domains=OWN)
    reader.feed(content)
    reader.end()
    said: Facts = {}
    plain.add_facts(said, HASHES, hidden, OWN)
    assert [*said.items()] == [*reader.fields().items()]
    assert plain.anomalies() == reader.anomalies()
    assert plain.size == reader.size


def test_of_an_ordinary_message_all_is_known() -> None:
    plain = read(MAIL, Limits())
    assert plain is not None
    facts: Facts = {}
    plain.add_facts(facts, frozenset(), HIDDEN, OWN)
    assert facts[TEXT] == "body\r\n"
    assert SHA256 not in facts


def test_its_content_is_held_until_it_is_hashed() -> None:
    plain = read(MAIL, Limits(), frozenset())
    assert plain is not None
    late, octets = plain.put_off(frozenset({SHA256}))
    assert octets == len(MAIL)
    before = plain.held_octets
    plain.hash_now()
    assert plain.held_octets == before - len(MAIL)
    reader = MessageReader(Limits())
    reader.feed(MAIL)
    assert late() == reader.hashes(frozenset({SHA256}))


def test_what_takes_work_and_is_seldom_asked_may_be_made_later() -> None:
    content = (
        b"From: a@b.example\r\nTo: c@d.example\r\nDate: 5 Nov 2023 04:04:17 +0000\r\n\r\nbody\r\n"
    )
    plain = read(content, Limits(), frozenset())
    assert plain is not None
    whole: Facts = {}
    plain.add_facts(whole, frozenset(), frozenset(), OWN)
    facts: Facts = {}
    plain.add_facts(facts, frozenset(), frozenset(), OWN, whole=False)
    assert OF_HEADER.isdisjoint(facts)
    late, octets = plain.put_off(frozenset({SHA256}), facts)
    assert len(content) < octets < 2 * len(content)
    assert late().keys() == {SHA256}
    assert whole.keys() >= {"email.to.address", "email.origination_timestamp"}
    assert [*facts.items()] == [*whole.items()]


def test_a_body_begins_behind_the_first_empty_line() -> None:
    assert head_and_body([b"A: b\r\n\r\nbody\r\n\r\n"]) == (b"A: b\r\n\r\n", b"body\r\n\r\n")
    assert head_and_body([b"A: b\r\n\r\nbo", b"dy\r\n\r\n"]) == (b"A: b\r\n\r\n", b"body\r\n\r\n")
    assert head_and_body([b"A: b\r\n\r", b"\nbo", b"dy"]) == (b"A: b\r\n\r\n", b"body")
    assert head_and_body([b"A: b\r\n", b"c"]) == (b"", b"A: b\r\nc")
    assert head_and_body([b""]) == (b"", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n" + MAIL,
        MAIL.replace(b"\r\n\r\n", b"\r\n"),
        MAIL.replace(b"body", b"%PDF-1.4"),
        MAIL.replace(b"From", b"Reply-To"),
        b"X: " + b"x" * 200 + b"\r\n" + MAIL,
        MAIL + b"x" * 500,
    ],
)
def test_anything_else_takes_a_closer_look(content: bytes) -> None:
    limits = Limits(header_octets=100, body_text_octets=400)
    assert read(MAIL, limits) is not None
    assert read(content, limits) is None


@given(
    st.frozensets(st.sampled_from(sorted(HIDDEN))), st.frozensets(st.sampled_from(sorted(HASHES)))
)
def test_a_message_of_nothing_is_the_same_whoever_reads_it(
    hidden: frozenset[str], hashes: frozenset[str]
) -> None:
    plain = read(b"", Limits(urls=1), hidden)
    assert plain is not None
    for _ in range(2):
        said: Facts = {}
        plain.add_facts(said, hashes, hidden, OWN)
        shared: Facts = {}
        NOTHING.add_facts(shared, hashes, hidden, OWN)
        assert [*shared.items()] == [*said.items()]
        NOTHING.hash_now()
        plain.hash_now()
    assert (NOTHING.size, NOTHING.held_octets, NOTHING.anomalies()) == (0, 0, [])
    assert NOTHING.put_off(HASHES)[0]() == plain.put_off(HASHES)[0]()
