"""The short way of reading a message says what the long way says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mail.bodytext import HIDDEN, TEXT
from smtpids.mail.digests import HASHES, SHA256
from smtpids.mail.message import MessageReader
from smtpids.mail.plainmail import PlainMail, header_of, plain_mail
from tests.support.plain_mails import contents

if TYPE_CHECKING:
    from smtpids.mail.header import Facts

OWN = ("example.org",)
MAIL = b"From: a@b.example\r\nDate: x\r\n\r\nbody\r\n"


def read(content: bytes, limits: Limits, hidden: frozenset[str] = HIDDEN) -> PlainMail | None:
    text = content.decode("latin-1")
    body_at, header = header_of(content, text, limits)
    return None if header is None else plain_mail(content, text, header, body_at, limits, hidden)


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
