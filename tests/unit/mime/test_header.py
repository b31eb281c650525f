from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mime.header import (
    MOST_RECEIVED,
    READ_FIELDS,
    SINGLE,
    add_counts,
    header_facts,
    header_fields,
    lines,
    raw_fields,
    shape_facts,
    unfolded,
)

LIMITS = Limits(text_chars=200)


def test_fields_come_in_order_as_they_are_written() -> None:
    header = b"From: a\r\nSUBJECT:b\r\nX-Empty:\r\nTo : c\r\n\r\n"
    assert list(header_fields(header)) == [
        (b"From", b"a"),
        (b"SUBJECT", b"b"),
        (b"X-Empty", b""),
        (b"To", b"c"),
    ]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_folded_lines_are_joined(end: bytes) -> None:
    header = b"Subject: one" + end + b" two" + end + b"\tthree" + end + b"To: x" + end
    assert list(header_fields(header)) == [(b"Subject", b"one two\tthree"), (b"To", b"x")]


@pytest.mark.parametrize(
    "line", [b"From a@example.org Mon Jan  1", b"no colon here", b": no name", b"\xfc: x", b" fold"]
)
def test_a_line_that_is_no_field_is_passed_over(line: bytes) -> None:
    assert list(header_fields(line + b"\r\nTo: x\r\n")) == [(b"To", b"x")]


def test_a_header_is_told_by_the_names_of_ecs() -> None:
    header = b"""\
Received: from a.example.org
 by b.example.org;\t1 Jan 2024 00:00:00 +0000
Received: from origin by a.example.org
From: "Ice, Al" <al@example.org>
Sender: Desk <desk@example.org>
Reply-To: al@home.example
To: Bob <bob@example.net>, carol@example.net
Cc: dave@example.net
Bcc: erin@example.net
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
  twice
Date: Mon, 1 Jan 2024 01:00:00 +0100
Message-ID: <1.2$x@example.org>
X-Mailer: Some Mailer 1.0
User-Agent: Other/2
Content-Type: Multipart/Mixed; boundary=x
"""
    assert header_facts(header, LIMITS) == {
        "email.from.address": ["al@example.org"],
        "email.from.count": 1,
        "email.from.domain": ["example.org"],
        "email.from.punycode": False,
        "email.reply_to.domain": ["home.example"],
        "email.sender.domain": "example.org",
        "email.from.name": ["Ice, Al"],
        "email.sender.address": "desk@example.org",
        "email.reply_to.address": ["al@home.example"],
        "email.to.address": ["bob@example.net", "carol@example.net"],
        "email.cc.address": ["dave@example.net"],
        "email.bcc.address": ["erin@example.net"],
        "email.subject": "Grüße twice",
        "email.origination_timestamp": "2024-01-01T00:00:00Z",
        "email.message_id": "1.2$x@example.org",
        "email.x_mailer": "Some Mailer 1.0",
        "email.content_type": "multipart/mixed",
        "email.received": [
            "from a.example.org by b.example.org; 1 Jan 2024 00:00:00 +0000",
            "from origin by a.example.org",
        ],
    }


def test_what_is_not_there_is_not_told() -> None:
    assert header_facts(b"X-Other: x\r\nSubject:\r\nDate: never\r\nTo: ;\r\n", LIMITS) == {}


def test_a_user_agent_stands_for_a_missing_mailer() -> None:
    assert header_facts(b"User-Agent: mutt\r\n", LIMITS) == {"email.x_mailer": "mutt"}


def test_a_repeated_field_is_named_and_no_address_of_it_lost() -> None:
    header = b"From: a@x.org\r\nfrom: b@y.org\r\nSubject: one\r\nSubject: two\r\nReceived: x\r\n"
    told = header_facts(header + b"Received: y\r\n", LIMITS)
    assert told["email.from.address"] == ["a@x.org", "b@y.org"]
    assert told["email.subject"] == "one"
    assert told["email.repeated_fields"] == ["from", "subject"]


@pytest.mark.parametrize("value", [b"<x@y>", b"x@y", b" <x@y> (comment)", b"<x@y"])
def test_a_message_id_has_no_brackets(value: bytes) -> None:
    assert header_facts(b"Message-ID:" + value, LIMITS) == {"email.message_id": "x@y"}


def test_lists_and_texts_are_bounded() -> None:
    limits = Limits(recipients=5, text_chars=20)
    header = b"To: a@x.org\r\n" * 50 + b"Received: x\r\n" * 500 + b"Subject: " + b"s" * 900
    told = header_facts(header, limits)
    assert told["email.to.address"] == ["a@x.org"] * 5
    assert told["email.received"] == ["x"] * 5
    assert told["email.subject"] == "s" * 19 + "…"
    assert Limits().recipients >= MOST_RECEIVED


def test_every_field_that_may_come_once_is_read() -> None:
    assert set(SINGLE) <= READ_FIELDS


@settings(max_examples=200)
@given(
    st.lists(
        st.builds(
            lambda name, value, end: name + b":" + value + end,
            st.sampled_from([*sorted(READ_FIELDS), b"From", b"x", b" fold"]),
            st.binary(max_size=30),
            st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n "]),
        ),
        max_size=8,
    )
)
def test_no_header_raises(pieces: list[bytes]) -> None:
    for value in header_facts(b"".join(pieces), LIMITS).values():
        texts = value if isinstance(value, list) else [value]
        assert all(isinstance(text, int) or len(str(text)) <= 200 for text in texts)
        "".join(str(text) for text in texts).encode("utf-8")


def shape(header: bytes) -> dict[str, object]:
    fields = raw_fields(header)
    facts = shape_facts(header, fields)
    add_counts(facts, fields)
    return {**facts}


@pytest.mark.parametrize(
    ("header", "faults"),
    [
        (b"From: a\r\nDate: b\r\n\r\n", None),
        (b"From: a\nDate: b\n\n", None),
        (b"From: a\nDate: b\r\n\r\n", ["bare_lf"]),
        (b"From: a\rX: c\r\nDate: b\r\n\r\n", ["bare_cr"]),
        (b"From: a\0\r\nDate: b\r\n\r\n", ["nul"]),
        (b"From: a\r\nDate: b\r", ["bare_cr"]),
    ],
)
def test_octets_that_must_not_stand_in_a_header_are_faults(
    header: bytes, faults: list[str] | None
) -> None:
    assert shape(header).get("email.header.faults") == faults


def test_what_a_header_must_have_and_has_not_is_told() -> None:
    header = b"Received: a\r\nRECEIVED: b\r\nfrom: c\r\n\r\n"
    assert shape(header) == {
        "email.header.longest": 3,
        "email.received_count": 2,
        "email.missing_fields": ["date"],
    }


def test_who_judged_the_sender_is_told_and_whether_that_is_one_of_us() -> None:
    header = (
        b"Authentication-Results: (x) MX.Example.org 1; spf=pass\r\n"
        b"Authentication-Results: other.net; none\r\n"
    )
    facts = header_facts(header, LIMITS, ("example.org",))
    assert facts["email.authentication_results_id"] == ["mx.example.org", "other.net"]
    assert facts["email.authentication_results_own"] is True
    assert "email.repeated_fields" not in facts
    assert "email.authentication_results_own" not in header_facts(header, LIMITS)


def test_lists_and_programs_name_themselves() -> None:
    facts = header_facts(b"List-Id: News <News.Example.org>\r\nAuto-Submitted: No; x\r\n", LIMITS)
    assert facts == {"email.list_id": "news.example.org", "email.auto_submitted": "no"}


def test_all_fields_are_given_as_lines() -> None:
    fields = [*header_fields(b"X-A:  b\r\n  c\r\nSubject: =?utf-8?q?=C3=BC?=\r\n")]
    assert lines(fields, LIMITS) == ["X-A: b c", "Subject: \u00fc"]


VALUES = st.text("a \t\r\0\u00e9=?", max_size=12).map(str.encode)


@given(st.lists(VALUES, max_size=4))
def test_all_lines_are_made_together_as_each_by_itself(values: list[bytes]) -> None:
    fields = [*header_fields(b"".join([b"X: %s\r\n" % value for value in values]))]
    limits = Limits(text_chars=6)
    encoded = b"Y", b"=?"  # with this one in the header, each line is made by itself
    assert [*lines(fields, limits), "Y: =?"] == lines([*fields, encoded], limits)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n ", b"\r\n\t", b" "]), max_size=8))
def test_a_fold_is_a_line_end_with_its_cr(pieces: list[bytes]) -> None:
    value = b"".join(pieces)
    assert unfolded(value) == re.sub(rb"\r?\n(?=[ \t])", b"", value).strip(b" \t\r\n")
