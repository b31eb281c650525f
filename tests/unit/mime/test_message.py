from __future__ import annotations

import gc
import hashlib
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mime.bodytext import HIDDEN, MORE
from smtpids.mime.digests import ALL_HASHES, BODY_MD5, MOST_KEPT, OF_ATTACHMENTS, SHA256
from smtpids.mime.header import header_fields
from smtpids.mime.message import MessageReader
from tests.support.mails import Keeper, attached, multipart, part
from tests.support.plain_mails import contents

LIMITS = Limits()
MAIL = b"Subject: hello\r\nTo: a@x.org\r\n\r\nbody\r\n\r\nmore\r\n"


def md5(octets: bytes) -> str:
    return hashlib.md5(octets, usedforsecurity=False).hexdigest()


def read(*parts: bytes, limits: Limits = LIMITS, hashes: bool = True) -> MessageReader:
    reader = MessageReader(limits, hashes=hashes)
    for piece in parts:
        reader.feed(piece)
    reader.end()
    return reader


def test_a_message_is_measured_and_told() -> None:
    reader = read(MAIL)
    body = b"body\r\n\r\nmore\r\n"
    assert reader.fields() == {
        "email.subject": "hello",
        "email.to.address": ["a@x.org"],
        "email.missing_fields": ["date", "from"],
        "email.received_count": 0,
        "email.delivery_status": False,
        "email.header.longest": 9,
        "email.body.size": len(body),
        "smtp.message.size": len(MAIL),
        "smtp.message.hash.md5": md5(MAIL),
        "smtp.message.hash.sha256": hashlib.sha256(MAIL).hexdigest(),
        "smtp.message.body.hash.md5": md5(body),
    }
    assert reader.header() == [(b"Subject", b"hello"), (b"To", b"a@x.org")]
    assert reader.header_complete


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"A: b\n\nbody", b"body"),
        (b"A: b\n\r\nbody", b"body"),
        (b"A: b\r\n\nbody", b"body"),
        (b"\r\nbody", b"body"),
        (b"\nA: b\n\nbody", b"A: b\n\nbody"),
        (b"A: b\r\n\r\n", b""),
    ],
)
def test_the_body_begins_after_the_first_empty_line(content: bytes, body: bytes) -> None:
    assert read(content).hashes(frozenset({BODY_MD5})) == {BODY_MD5: md5(body)}


@pytest.mark.parametrize("content", [b"", b"A: b\r\n", b"A: b\r\n\r", b"A: b\r\r\n"])
def test_without_an_empty_line_there_is_no_body(content: bytes) -> None:
    reader = read(content)
    assert BODY_MD5 not in reader.hashes()
    assert not reader.header_complete
    assert reader.hashes()[SHA256] == hashlib.sha256(content).hexdigest()


def test_hashes_can_be_left_out() -> None:
    reader = read(MAIL, hashes=False)
    assert reader.hashes() == {}
    assert reader.size == len(MAIL)
    assert "smtp.message.hash.md5" not in reader.fields()


def test_the_beginning_of_a_header_that_is_too_large_is_kept() -> None:
    content = b"Subject: kept\r\n" + b"X: " + b"x" * 100 + b"\r\nTo: a@x.org\r\n\r\nbody"
    reader = read(content, limits=Limits(header_octets=64))
    assert reader.header_too_large
    assert reader.header_complete
    assert reader.fields()["email.subject"] == "kept"
    assert "email.to.address" not in reader.fields()
    assert reader.hashes()[BODY_MD5] == md5(b"body")


@pytest.mark.parametrize("most", [12, 13])
def test_a_header_of_just_the_limit_is_not_too_large(most: int) -> None:
    content = b"Subject: x\r\n\r\n"
    assert len(content) == 14
    assert read(content, limits=Limits(header_octets=most)).header_too_large
    assert not read(content, limits=Limits(header_octets=14)).header_too_large


def test_a_header_that_is_too_large_is_told_once() -> None:
    part = b"--b\r\nX: " + b"x" * 100 + b"\r\n\r\nx\r\n--b--\r\n"
    content = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part
    told = [("mime_header_too_large", "header of a part")]
    assert read(content, limits=Limits(part_header_octets=50)).anomalies() == told
    limits = Limits(part_header_octets=50, header_octets=44)
    told = [("mime_header_too_large", "header of the message")]
    assert read(content, limits=limits).anomalies() == told


def test_what_its_parts_hold_is_told_with_the_message() -> None:
    header = b"Content-Disposition: attachment; filename=a.txt\r\n\r\n"
    fields = read(header + b"content").fields()
    assert fields["email.attachments.file.name"] == ["a.txt"]
    assert fields["email.attachments.file.hash.md5"] == [md5(b"content")]
    assert "email.attachments.file.hash.md5" not in read(header, hashes=False).fields()
    assert read(b"\r\nhttp://a.example/").fields()["email.urls"] == ["http://a.example/"]


def test_octets_of_attachments_are_handed_on_decoded() -> None:
    keeper = Keeper()
    reader = MessageReader(LIMITS, store=keeper)
    reader.feed(b"Content-Disposition: attachment; filename=a\r\n")
    reader.feed(b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=")
    reader.end()
    (kept,) = keeper.all
    assert (kept.octets, kept.sha256, kept.whole) == (
        b"hello",
        hashlib.sha256(b"hello").hexdigest(),
        True,
    )
    assert reader.fields()["email.attachments.file.path"] == ["kept"]


def test_an_attachment_is_whole_if_it_ended_and_nothing_of_it_was_lost() -> None:
    parts = [attached(b"one", "a"), attached(b"two" * 20, "b"), attached(b"three", "c")]
    content = multipart(*parts)
    middle = content.index(b"two") + 30
    cut, holed, whole = (Keeper(), Keeper(), Keeper())
    readers = [MessageReader(LIMITS, store=keeper) for keeper in (cut, holed, whole)]
    for reader in readers:
        reader.feed(content[:middle])
    readers[0].end(whole=False)
    readers[1].gap(9)
    readers[1].feed(content[middle + 9 :])
    readers[1].end()
    readers[2].feed(content[middle:])
    readers[2].end()
    assert [kept.whole for kept in cut.all] == [True, False]
    assert [kept.whole for kept in holed.all] == [True, False, True]
    assert [kept.whole for kept in whole.all] == [True, True, True]
    # what follows a hole is not joined to what is before it
    assert cut.all[1].octets == holed.all[1].octets == (b"two" * 20)[:30]
    assert [kept.octets for kept in whole.all] == [b"one", b"two" * 20, b"three"]


def test_text_that_is_no_attachment_is_not_kept() -> None:
    keeper = Keeper()
    reader = MessageReader(LIMITS, store=keeper)
    reader.feed(
        multipart(
            part(b"hello", "Content-Type: text/plain"), part(b"<p>hi", "Content-Type: text/html")
        )
    )
    reader.end()
    assert keeper.all == []


def test_a_long_text_is_read_to_its_end() -> None:
    blocks = [b"\r\n" + b"x" * 1000, b" http://", b"a.example ", b"http://b.example"]
    assert read(*blocks).fields()["email.urls"] == ["http://a.example", "http://b.example"]


def test_a_long_encoded_text_is_decoded_to_its_end() -> None:
    header = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    blocks = [header + b"x" * 1000, b" http://a=", b"\r\n.example ", b"http=3A//b.example"]
    assert read(*blocks).fields()["email.urls"] == ["http://a.example", "http://b.example"]


def test_a_gap_in_a_long_text_joins_nothing() -> None:
    reader = MessageReader(LIMITS)
    reader.feed(b"\r\n" + b"x" * 1000 + b" http:")
    reader.feed(b"//a.exam")
    reader.gap(5)
    reader.feed(b"ple http://b.example ")
    reader.end()
    assert reader.fields()["email.urls"] == ["http://b.example"]


def test_lost_octets_leave_the_header_and_no_hashes() -> None:
    reader = MessageReader(LIMITS)
    reader.feed(b"Subject: hello\r\n\r\nbody")
    reader.gap(1000)
    reader.feed(b"Subject: other\r\n")
    reader.end()
    assert reader.octets_lost
    assert reader.size == 22 + 1000 + 16
    assert reader.hashes() == {}
    assert reader.fields()["email.subject"] == "hello"


def test_lost_octets_in_the_header_end_it() -> None:
    reader = MessageReader(LIMITS)
    reader.feed(b"Subject: hello\r\nTo: a@")
    reader.gap(10)
    reader.feed(b".org\r\nFrom: x@y.org\r\n\r\n")
    assert reader.header() == [(b"Subject", b"hello"), (b"To", b"a@")]


def test_a_hundred_thousand_folded_lines_are_one_subject() -> None:
    content = b"Subject: CASE\r\n" + b" x\r\n" * 100_000 + b"From: a@x.org\r\n\r\nbody"
    reader = read(*(content[i : i + 1448] for i in range(0, len(content), 1448)))
    assert reader.header_too_large
    assert str(reader.fields()["email.subject"]).startswith("CASE x x x x")
    assert len(reader.header()) == 1
    assert reader.hashes()[BODY_MD5] == md5(b"body")


def test_thousands_of_addresses_are_bounded() -> None:
    reader = read(b"To: " + b"a@x.org,\r\n " * 9_000 + b"\r\n\r\n")
    assert reader.fields()["email.to.address"] == ["a@x.org"] * LIMITS.recipients


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("most", [8, 1000])
def test_a_message_one_octet_at_a_time_is_the_same(end: bytes, most: int) -> None:
    content = b"Subject: x" + end + end + b"body" + end + end + b"more"
    limits = Limits(header_octets=most)
    reader = read(*(content[i : i + 1] for i in range(len(content))), limits=limits)
    assert reader.hashes()[BODY_MD5] == md5(b"body" + end + end + b"more")
    assert reader.header() == read(content, limits=limits).header()


LINES = st.lists(
    st.sampled_from(
        [b"Subject: x", b"To: a@x.org", b" fold", b"", b"\r", b"\xff\x00", b"no field", b"A:" * 9]
    ),
    max_size=8,
)


@settings(max_examples=200)
@given(
    LINES,
    st.sampled_from([b"\r\n", b"\n"]),
    st.binary(max_size=20),
    st.lists(st.integers(0, 120), max_size=6),
    st.sampled_from([8, 20, 1000]),
)
def test_a_message_does_not_depend_on_segments(
    lines: list[bytes], end: bytes, rest: bytes, places: list[int], most: int
) -> None:
    content = end.join(lines) + rest
    edges = [0, *sorted(place for place in places if place < len(content)), len(content)]
    parts = [content[a:b] for a, b in itertools.pairwise(edges)]
    limits = Limits(header_octets=most)
    whole, cut = read(content, limits=limits), read(*parts, limits=limits)
    for name in ("header_too_large", "header_complete", "size"):
        assert getattr(whole, name) == getattr(cut, name), name
    assert whole.header() == cut.header()
    assert whole.fields() == cut.fields()


def test_of_a_header_with_too_many_fields_the_first_ones_are_read() -> None:
    content = b"Subject: x\r\n" + b"X: y\r\n" * 50 + b"To: c@d\r\n\r\nbody"
    reader = read(content, limits=Limits(header_fields=20))
    assert (len(reader.header()), "email.to.address" in reader.fields()) == (20, False)
    assert reader.anomalies() == [("limit_reached", "header_fields")]


def test_a_message_that_must_let_go_is_read_on() -> None:
    urls = b"".join(b"http://%d.example/ " % number for number in range(50))
    content = multipart(part(urls), *[attached(b"x")] * 20)
    reader = MessageReader(LIMITS)
    reader.feed(content)
    before = reader.held_octets
    reader.shed()
    assert reader.held_octets < before / 4
    reader.end()
    fields = reader.fields()
    assert reader.size == len(content)
    assert reader.hashes()[SHA256] == hashlib.sha256(content).hexdigest()
    assert fields["email.urls"] == [f"http://{number}.example/" for number in range(4)]
    assert len(reader.anomalies()) >= 1


def hidden(message: bytes, *, limits: Limits = LIMITS, step: int = 7) -> dict[str, object]:
    reader = MessageReader(limits, hidden=HIDDEN)
    for at in range(0, len(message), step):
        reader.feed(message[at : at + step])
    reader.end()
    return {name: value for name, value in reader.fields().items() if name in HIDDEN}


STOLEN = part(
    b"Time: 03/02/2026<br>User Name: alice<br>Computer Name: PC<br>OSFullName: W<br>"
    b"CPU: x<br>RAM: y",
    "Subject: =?utf-8?q?PW=5Falice/PC?=",
    "Content-Type: text/html; charset=utf-8",
)
LETTER = multipart(
    part(
        "caf\u00e9 4111 1111 1111 1111".encode("latin-1"),
        "Content-Type: text/plain; charset=latin1",
    ),
    part(b"PGI+aGk8L2I+", "Content-Type: text/html", "Content-Transfer-Encoding: base64"),
    attached(b"never this", "a.bin", "Content-Type: application/octet-stream"),
)


def test_text_is_there_decoded_if_it_is_wanted() -> None:
    said = hidden(LETTER)
    assert said["email.body.text"] == "caf\u00e9 4111 1111 1111 1111\n<b>hi</b>"
    assert said["email.body.pan_count"] == 1
    assert said["email.header.lines"] == ['Content-Type: multipart/mixed; boundary="b"']


def test_text_is_not_there_if_it_is_not_wanted() -> None:
    assert not HIDDEN & set(read(LETTER).fields())


def test_the_report_of_a_stealer_can_be_asked_by_its_words() -> None:
    said = hidden(STOLEN)
    labels = r"(?s)Time:.*User Name:.*Computer Name:.*OSFullName:.*CPU:.*RAM:"
    assert re.search(labels, str(said["email.body.text"]))
    assert said["email.header.lines"] == [
        "Subject: PW_alice/PC",
        "Content-Type: text/html; charset=utf-8",
    ]


def test_of_a_long_text_the_beginning_is_kept_and_counted_as_held() -> None:
    limits = Limits(body_text_octets=1_000)
    reader = MessageReader(limits, hidden=HIDDEN, hashes=False)
    before = reader.held_octets
    for _ in range(10):
        reader.feed(b"X: y\r\n\r\n" + b"z" * 500)
    assert 1_000 <= reader.held_octets - before < 2_000
    reader.end()
    assert len(str(reader.fields()["email.body.text"])) == 1_000 + len(MORE)


def test_a_report_of_delivery_is_told() -> None:
    report = multipart(part(b"Action: failed", "Content-Type: message/delivery-status"))
    assert read(report).fields()["email.delivery_status"] is True


@pytest.mark.parametrize(
    ("html", "faults"),
    [
        (b'<img src="http://efail.example/', ["unclosed_quote_before_encrypted"]),
        (b'<img src="http://efail.example/">', None),
        (b'<p title="http://efail.example/', None),
    ],
)
def test_html_that_breaks_off_before_an_encrypted_part_is_a_fault(
    html: bytes, faults: list[str] | None
) -> None:
    message = multipart(
        part(html, "Content-Type: text/html"),
        part(b"AAAA", "Content-Type: application/pkcs7-mime", "Content-Transfer-Encoding: base64"),
    )
    assert read(message).fields().get("email.mime.faults") == faults


FILES = (
    multipart(part(b"text http://x.example/\r\n"), attached(b"%PDF-1.4 /JS"), attached(b"z" * 900)),
    multipart(part(multipart(attached(b"PK\3\4" * 9), boundary="c"), "Content-Type: x/y")),
    b"Content-Type: application/pdf\r\n\r\n%PDF-1.4 /JavaScript",
    MAIL,
)


@given(
    st.sampled_from(FILES),
    st.lists(st.integers(0, 1_200), max_size=4).map(sorted),
    st.lists(st.sampled_from(["", "hash_now", "gap", "shed"]), min_size=5, max_size=5),
    st.booleans(),
)
def test_attachments_are_hashed_late_as_at_once(
    mail: bytes, cuts: list[int], acts: list[str], whole: bool
) -> None:
    eager, late = (
        MessageReader(LIMITS, hidden=HIDDEN),
        MessageReader(LIMITS, hidden=HIDDEN, late=True),
    )
    for (begin, end), act in zip(itertools.pairwise([0, *cuts, len(mail)]), acts, strict=False):
        for reader in (eager, late):
            reader.feed(mail[begin:end])
            if act == "gap":
                reader.gap(7)
            elif act == "shed":
                reader.shed()
            elif act:
                reader.hash_now()
    for reader in (eager, late):
        reader.end(whole=whole)
    told = late.fields(frozenset())
    make, _ = late.put_off(ALL_HASHES)
    assert told.keys() >= eager.fields().keys() - ALL_HASHES
    for _ in range(2):  # of a message that several replies answer, there are several events
        assert {**told, **make()} == eager.fields()
        assert {**told, **late.late(ALL_HASHES)} == eager.fields()
    assert late.anomalies() == eager.anomalies()


def test_attachments_are_not_hashed_until_somebody_asks() -> None:
    reader = MessageReader(LIMITS, late=True)
    reader.feed(multipart(attached(b"content")))
    reader.end()
    told = reader.fields(frozenset())
    assert told["email.attachments.file.size"] == [7]
    assert ALL_HASHES.isdisjoint(told)
    assert reader.late(frozenset({SHA256})).keys() == {SHA256}
    assert reader.late(OF_ATTACHMENTS)["email.attachments.file.hash.md5"] == [md5(b"content")]


def test_what_is_put_off_keeps_the_content_alone_if_nothing_is_attached() -> None:
    mail = b"Subject: x\r\n\r\nhttp://a.example/\r\n"
    reader = MessageReader(LIMITS, hidden=HIDDEN, late=True)
    reader.feed(mail)
    reader.end()
    make, octets = reader.put_off(frozenset({SHA256}))
    assert octets == len(mail) < reader.held_octets
    assert reader not in gc.get_referents(*gc.get_referents(make))
    assert make() == {SHA256: hashlib.sha256(mail).hexdigest()}


def test_attachments_of_a_message_too_large_to_keep_are_hashed_as_they_come() -> None:
    reader = MessageReader(LIMITS, late=True)
    mail = multipart(attached(b"x" * MOST_KEPT))
    for at in range(0, len(mail), 16_384):
        reader.feed(mail[at : at + 16_384])
        assert reader.held_octets < MOST_KEPT + 4_096
    reader.end()
    told = reader.fields(frozenset())
    assert told["email.attachments.file.hash.md5"] == [md5(b"x" * MOST_KEPT)]


@given(contents(), st.frozensets(st.sampled_from(sorted(HIDDEN))))
def test_an_ordinary_header_is_no_other_to_who_asks_for_its_fields(
    content: bytes, hidden: frozenset[str]
) -> None:
    short, long = (
        MessageReader(LIMITS, hidden=hidden, own_domains=("example.org",)) for _ in range(2)
    )
    for reader in (short, long):
        reader.feed(content)
        reader.end()
    assert long.header() == [*header_fields(content[: content.find(b"\r\n\r\n") + 2])]
    assert [*short.fields().items()] == [*long.fields().items()]


def test_of_an_ordinary_header_only_the_beginning_stays_if_there_is_no_room() -> None:
    reader = read(b"X: y\r\n" * 100 + b"\r\n")
    reader.shed()
    assert reader.header() == [(b"X", b"y")] * 64
    assert reader.fields()["email.header.longest"] == 3
