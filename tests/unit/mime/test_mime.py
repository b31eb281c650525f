from __future__ import annotations

import base64
import email
import io
import tarfile
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.mime import MessageReader
from smtpids.mime.mime import COMPARED, PIECE
from tests.support.mails import attached, attachments, contents, multipart, part, pieces, read

LIMITS = Limits()


def test_parts_are_taken_apart_and_the_line_end_before_a_boundary_is_not_theirs() -> None:
    message = multipart(part(b"hello\r\n"), attached(b"one\r\n", "1"), attached(b"two", "2"))
    assert contents(message) == {"1": b"one\r\n", "2": b"two"}
    assert read(message).fields()["email.mime.parts"] == 3
    assert read(message).anomalies() == []


def test_bare_line_feeds_do_as_well() -> None:
    message = multipart(attached(b"one", "1"), attached(b"two\n", "2")).replace(b"\r\n", b"\n")
    assert contents(message) == {"1": b"one", "2": b"two\n"}


def test_multiparts_lie_within_each_other() -> None:
    inner = multipart(attached(b"1", "1"), attached(b"2", "2"), boundary="inner")
    message = multipart(inner, attached(b"3", "3"), boundary="outer")
    assert contents(message) == {"1": b"1", "2": b"2", "3": b"3"}
    fields = read(message).fields()
    assert (fields["email.mime.parts"], fields["email.mime.depth"]) == (4, 2)


@pytest.mark.parametrize(("outer", "inner"), [("b", "b1"), ("b1", "b"), ("--", "-"), ("b", "b--")])
def test_a_boundary_may_be_the_beginning_of_another(outer: str, inner: str) -> None:
    lower = multipart(attached(b"1", "1"), attached(b"2", "2"), boundary=inner)
    message = multipart(lower, attached(b"3", "3"), boundary=outer)
    assert contents(message) == {"1": b"1", "2": b"2", "3": b"3"}


@pytest.mark.parametrize("behind", [b"", b" ", b"\t  \t", b"junk", b"\r"])
def test_what_follows_a_boundary_on_its_line_is_passed_over(behind: bytes) -> None:
    message = multipart(attached(b"1", "1")).replace(b"--b\r\n", b"--b" + behind + b"\r\n")
    assert contents(message) == {"1": b"1"}


@pytest.mark.parametrize("end", ["--", "---", "-- ", "--x"])
def test_the_last_boundary_ends_the_multipart_whatever_follows_its_dashes(end: str) -> None:
    message = multipart(attached(b"1", "1"), end=end) + b"\r\nContent-Disposition: attachment\r\n"
    reader = read(message)
    assert reader.fields()["email.attachments.file.name"] == ["1"]
    assert "email.mime.faults" not in reader.fields()


def test_preamble_and_epilogue_are_no_parts() -> None:
    message = part(
        b"http://preamble\r\n--b\r\n\r\nhttp://part\r\n--b--\r\nhttp://epilogue\r\n",
        "Content-Type: multipart/mixed; boundary=b",
    )
    assert read(message).fields()["email.urls"] == ["http://part"]


def test_a_boundary_that_never_comes_leaves_nothing() -> None:
    message = part(
        b"http://a\r\n-b\r\n --b\r\nx--b\r\n", "Content-Type: multipart/mixed; boundary=b"
    )
    assert read(message).fields().get("email.attachments") is None
    assert read(message).fields()["email.mime.faults"] == ["unclosed_multipart"]


@pytest.mark.parametrize("end", ["", "x"])
def test_a_multipart_that_does_not_end_is_a_fault(end: str) -> None:
    fields = read(multipart(attached(b"1", "1"), end=end)).fields()
    assert fields["email.mime.faults"] == ["unclosed_multipart"]
    assert fields["email.attachments.file.size"] == [len(b"1") + 2 * (not end)]


def test_an_outer_boundary_ends_what_is_open_inside() -> None:
    inner = multipart(attached(b"1", "1"), boundary="inner", end="")
    message = multipart(inner.removesuffix(b"\r\n"), attached(b"2", "2"), boundary="outer")
    assert contents(message) == {"1": b"1", "2": b"2"}
    assert read(message).fields()["email.mime.faults"] == ["unclosed_multipart"]


def test_a_part_behind_the_end_is_read_and_is_a_fault() -> None:
    message = multipart(attached(b"1", "1")) + b"--b\r\n" + attached(b"2", "2") + b"\r\n--b--\r\n"
    assert contents(message) == {"1": b"1", "2": b"2"}
    assert read(message).fields()["email.mime.faults"] == ["part_behind_the_end"]


def test_one_boundary_for_two_levels_is_a_fault() -> None:
    inner = multipart(attached(b"1", "1"))
    message = multipart(inner, attached(b"2", "2"))
    assert contents(message) == {"1": b"1", "2": b"2"}
    assert read(message).fields()["email.mime.faults"] == ["repeated_boundary"]


def test_a_part_may_have_no_header_or_no_body_or_nothing() -> None:
    body = b"--b\r\n\r\nhttp://a\r\n--b\r\nContent-Type: x/y; name=x\r\n--b\r\n--b--\r\n"
    fields = read(part(body, "Content-Type: multipart/mixed; boundary=b")).fields()
    assert fields["email.urls"] == ["http://a"]
    assert fields["email.attachments.file.name"] == ["x"]
    assert fields["email.mime.parts"] == 3


def test_a_message_that_ends_in_the_header_of_a_part_names_it() -> None:
    message = part(
        b"--b\r\nContent-Disposition: attachment; filename=x\r\n",
        "Content-Type: multipart/mixed; boundary=b",
    )
    assert [attachment["file"]["name"] for attachment in attachments(message)] == ["x"]


@pytest.mark.parametrize("rest", [b"--b", b"--b-", b"--b--", b"--", b"\r"])
def test_a_message_may_end_anywhere(rest: bytes) -> None:
    message = multipart(attached(b"1", "1"), end="").removesuffix(b"\r\n") + b"\r\n" + rest
    content = contents(message)["1"]
    assert content == (b"1" if rest.startswith(b"--b") else b"1\r\n" + rest)
    closed = "email.mime.faults" not in read(message).fields()
    assert closed is (rest == b"--b--")


def test_the_header_of_a_part_does_not_become_that_of_the_message() -> None:
    message = b"Subject: outer\r\n" + multipart(part(b"x", "Subject: inner", "From: a@x.org"))
    fields = read(message).fields()
    assert fields["email.subject"] == "outer"
    assert "email.from.address" not in fields


def test_an_attached_message_is_an_attachment_and_is_taken_apart() -> None:
    inner = b"Subject: inner\r\n" + multipart(part(b"http://a"), attached(b"1", "1"), boundary="i")
    message = multipart(attached(inner, "a.eml", "Content-Type: message/rfc822"))
    assert contents(message) == {"a.eml": inner, "1": b"1"}
    fields = read(message).fields()
    assert fields["email.urls"] == ["http://a"]
    assert fields["email.attachments.file.mime_type"] == ["message/rfc822", "text/plain"]
    assert fields["email.mime.depth"] == 3
    assert read(message).anomalies() == []


def test_an_encoded_message_is_taken_apart_too_and_told() -> None:
    inner = base64.encodebytes(multipart(attached(b"1", "1"), boundary="i"))
    encoded = part(inner, "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64")
    message = multipart(encoded)
    assert contents(message) == {"1": b"1"}
    assert read(message).anomalies() == [("mime_bad_transfer_encoding", "base64 on a message")]


def test_parts_of_a_digest_are_messages_unless_they_say_otherwise() -> None:
    inner = part(b"http://a", "Content-Type: text/html")
    message = multipart(b"\r\n" + inner, part(b"http://b", "Content-Type: x/y"), subtype="digest")
    assert read(message).fields()["email.urls"] == ["http://a"]


def test_an_encoded_multipart_is_told() -> None:
    message = b"Content-Transfer-Encoding: base64\r\n" + multipart(attached(b"1", "1"))
    assert read(message).anomalies() == [("mime_bad_transfer_encoding", "'base64' on a multipart")]


@pytest.mark.parametrize(("length", "told"), [(70, False), (71, True), (2 * COMPARED, True)])
def test_a_boundary_that_is_too_long_is_told_and_used(length: int, told: bool) -> None:
    message = multipart(attached(b"1", "1"), boundary="b" * length)
    reader = read(message)
    assert contents(message) == {"1": b"1"}
    expected = [("mime_long_boundary", f"boundary of {length} octets")] if told else []
    assert reader.anomalies() == expected


def nested(levels: int) -> bytes:
    message = attached(b"x", "x")
    for level in range(levels):
        message = multipart(message, boundary=f"level{level}.")
    return message


def test_what_lies_too_deep_is_not_opened_and_told() -> None:
    limits = LIMITS._replace(mime_depth=3)
    assert read(nested(3), limits=limits).fields()["email.attachments.file.name"] == ["x"]
    assert read(nested(3), limits=limits).anomalies() == []
    reader = read(nested(4), limits=limits)
    assert "email.attachments" not in reader.fields()
    assert reader.anomalies() == [("mime_too_deep", "more than 3 levels")]


def test_messages_within_messages_are_opened_to_the_same_depth() -> None:
    message = b"Content-Type: message/rfc822\r\n\r\n" * 40 + attached(b"x", "x")
    reader = read(message)
    assert (reader.fields()["email.mime.depth"], len(reader.anomalies())) == (32, 1)


def test_parts_beyond_the_limit_are_not_looked_at_and_told() -> None:
    message = multipart(*(attached(b"x", str(number)) for number in range(4)))
    limits = LIMITS._replace(mime_parts=3)
    reader = read(message, limits=limits)
    assert reader.fields()["email.attachments.file.name"] == ["0", "1", "2"]
    assert reader.anomalies() == [("limit_reached", "mime_parts")]


def test_of_the_header_of_a_part_the_beginning_is_read_and_the_end_found() -> None:
    message = multipart(
        attached(b"eA==", "1", "X: " + "x" * 100, "Content-Transfer-Encoding: base64")
    )
    size = message.index(b"\r\n\r\neA") + 2 - message.index(b"Content-Disposition")
    assert read(message, limits=LIMITS._replace(part_header_octets=size)).anomalies() == []
    limits = LIMITS._replace(part_header_octets=80)
    reader = read(message, limits=limits)
    assert reader.fields()["email.attachments.file.size"] == [4]
    assert reader.anomalies() == [("mime_header_too_large", "header of a part")]


def test_the_header_of_an_attached_message_has_the_same_limit() -> None:
    inner = b"X: " + b"x" * 100 + b"\r\n\r\nhttp://a"
    message = multipart(part(inner, "Content-Type: message/rfc822"))
    reader = read(message, limits=LIMITS._replace(part_header_octets=50))
    assert reader.fields()["email.urls"] == ["http://a"]
    assert reader.anomalies() == [("mime_header_too_large", "header of an attached message")]


def test_a_part_longer_than_what_is_walked_at_once_is_whole() -> None:
    body = b"line\r\n-- \r\n--\r\n" * (3 * PIECE // 15)
    assert contents(multipart(attached(body, "1"))) == {"1": body}


def test_after_a_gap_the_next_parts_are_found() -> None:
    message = multipart(attached(b"a" * 50, "1"), attached(b"2", "2"), boundary="boundary")
    first, second = message.index(b"\r\n\r\n"), message.rindex(b"\r\n--boundary\r\n")
    for at in range(first, second - 10):
        reader = MessageReader(LIMITS)
        reader.feed(message[:at])
        reader.gap(10)
        reader.feed(message[at + 10 :])
        reader.end()
        listed: Any = reader.fields()["email.attachments"]
        assert listed[-1]["file"]["name"] == "2"
        assert listed[-1]["complete"]
        assert "email.mime.faults" not in reader.fields()
        assert reader.anomalies() == []


def test_an_attachment_that_lost_octets_has_no_hash() -> None:
    message = multipart(attached(b"a" * 500, "1"), attached(b"2", "2"))
    reader = MessageReader(LIMITS)
    reader.feed(message[:300])
    reader.gap(10)
    reader.feed(message[310:])
    reader.end()
    fields = reader.fields()
    assert fields["email.attachments.complete"] == [False, True]
    assert fields["email.attachments.file.size"] == [1]


# -- a second opinion ------------------------------------------------------------------------

BODIES = st.lists(
    st.sampled_from([b"text", b"\r\n", b"\n", b"--", b"--x", b"=3D", b" ", b"\xff\x00", b"-"]),
    max_size=8,
).map(b"".join)
NAMES = st.integers(0, 999_999)


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    body, name = draw(BODIES), f"n{draw(NAMES)}"
    encoding = draw(st.sampled_from(["base64", "8bit", "quoted-printable"]))
    if encoding == "base64":
        body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        body = b"".join(b"=%02X" % octet for octet in body) + b"=\r\n"
    return attached(body, name, f"Content-Transfer-Encoding: {encoding}")


@st.composite
def trees(draw: st.DrawFn, parts: list[bytes]) -> bytes:
    boundary = draw(st.from_regex(r"[A-Za-z0-9'()+_,./:=?-]{1,60}[a-z]", fullmatch=True))
    preamble = draw(st.sampled_from([b"", b"preamble\r\n"]))
    epilogue = draw(st.sampled_from([b"", b"epilogue\r\n"]))
    # what lies outside is longer, so that no boundary is another's beginning
    message = multipart(*parts, boundary=f"{sum(map(len, parts))}.{boundary}")
    return message.replace(b"\r\n\r\n", b"\r\n\r\n" + preamble, 1) + epilogue


TREES = st.recursive(
    leaves(), lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(trees), max_leaves=6
)


@settings(max_examples=150)
@given(TREES)
def test_the_standard_library_finds_the_same_attachments(message: bytes) -> None:
    expected: dict[str, bytes] = {}
    for found in email.message_from_bytes(message).walk():
        octets, name = found.get_payload(decode=True), found.get_filename()
        if name and isinstance(octets, bytes) and octets:
            expected[name] = expected.get(name, b"") + octets
    assert contents(message) == expected


# -- whatever comes --------------------------------------------------------------------------


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("a.js"), b"x" * 50)
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("a.js"))
    return buffer.getvalue()


TOKENS = (
    b"\r\n", b"\n", b"\r", b"-", b"--", b"--a", b"--ab", b"--b", b"--a--", b"--ab--", b"--a---",
    b"\r\n\r\n", b" ", b"http://a.example/x", b"://", b"&#58;", b"=3D", b"=", b"=\r\n", b"aGVsbG8=",
    b"!", b"\0", b"\xff\xfe", b"MZ" + bytes(70), b"x" * 600, b"%PDF-1.4 /JavaScript",
    b"Content-Type: multipart/mixed; boundary=a\r\n",
    b'Content-Type: multipart/mixed; boundary="ab"\r\n\r\n',
    b"Content-Type: multipart/digest; boundary=b\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 6 x\n",
    b"Content-Disposition: attachment; filename*0=a.pdf; filename*1=.exe\r\n",
    _zip(), _tar(), base64.encodebytes(_zip()), base64.encodebytes(_tar()),
)  # fmt: skip
MESSAGES = st.tuples(
    st.sampled_from(TOKENS[26:30]),
    st.sampled_from([b"", b"\r\n", b"\r\n--a\r\n"]),
    st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join),
).map(b"".join)
NARROW = LIMITS._replace(
    mime_depth=2, mime_parts=3, part_header_octets=60, attachments=2, archive_members=1,
    urls=2, text_octets=100, header_octets=80,
)  # fmt: skip


@settings(max_examples=300)
@given(MESSAGES, st.lists(st.integers(0, 9_999), max_size=8), st.sampled_from([LIMITS, NARROW]))
def test_what_is_found_does_not_depend_on_segments(
    message: bytes, places: list[int], limits: Limits
) -> None:
    whole, cut = read(message, limits=limits), read(*pieces(message, places), limits=limits)
    assert whole.fields() == cut.fields()
    assert whole.anomalies() == cut.anomalies()


@settings(max_examples=30)
@given(MESSAGES)
def test_a_message_one_octet_at_a_time_is_the_same(message: bytes) -> None:
    whole, cut = read(message), read(*(message[at : at + 1] for at in range(len(message))))
    assert whole.fields() == cut.fields()


@settings(max_examples=150)
@given(MESSAGES, st.integers(0, 5_000), st.integers(1, 500))
def test_no_gap_raises(message: bytes, place: int, length: int) -> None:
    reader = MessageReader(NARROW)
    reader.feed(message[:place])
    reader.gap(length)
    reader.feed(message[place + length :])
    reader.end()
    assert reader.fields()["smtp.message.size"] == len(message[:place]) + length + len(
        message[place + length :]
    )
    assert {kind for kind, _ in reader.anomalies()} <= {
        "limit_reached", "mime_too_deep", "mime_header_too_large", "mime_bad_base64",
        "mime_bad_transfer_encoding",
    }  # fmt: skip
