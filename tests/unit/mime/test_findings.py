from __future__ import annotations

from smtpids.config import Limits
from smtpids.mime import magic
from smtpids.mime.declared import Declared
from smtpids.mime.findings import Findings


def findings(limits: Limits | None = None) -> Findings:
    return Findings(limits or Limits(), hashes=True)


def test_nothing_found_says_nothing() -> None:
    assert (findings().facts(), findings().anomalies()) == ({}, [])


def test_an_anomaly_is_told_once_and_each_limit_by_itself() -> None:
    found = findings()
    found.tell("mime_bad_base64", "first")
    found.tell("mime_bad_base64", "second")
    found.tell("limit_reached", "one")
    found.tell("limit_reached", "two")
    found.tell("limit_reached", "one")
    assert found.anomalies() == [
        ("mime_bad_base64", "first"),
        ("limit_reached", "one"),
        ("limit_reached", "two"),
    ]


def test_parts_are_counted_up_to_the_limit() -> None:
    found = findings(Limits(mime_parts=2))
    assert [found.part() for _ in range(3)] == [True, True, False]
    assert found.facts() == {"email.mime.parts": 2, "email.mime.depth": 0}
    assert found.anomalies() == [("limit_reached", "mime_parts")]


def test_levels_are_entered_up_to_the_limit() -> None:
    found = findings(Limits(mime_depth=2))
    assert [found.enter(depth) for depth in (1, 2, 3)] == [True, True, False]
    assert (found.depth, found.anomalies()) == (2, [("mime_too_deep", "more than 2 levels")])


def test_faults_are_listed_once_in_order_of_name() -> None:
    found = findings()
    found.fault("unclosed_multipart", "no_boundary", "unclosed_multipart")
    assert found.facts() == {"email.mime.faults": ["no_boundary", "unclosed_multipart"]}


def test_attachments_are_listed_up_to_the_limit() -> None:
    found = findings(Limits(attachments=1))
    assert found.attach(Declared([]), magic.UNKNOWN) is not None
    assert found.attach(Declared([]), magic.UNKNOWN) is None
    assert found.anomalies() == [("limit_reached", "attachments")]


def test_archives_share_the_room_for_members() -> None:
    found = findings(Limits(archive_members=1))
    for _ in range(2):
        attachment = found.attach(Declared([]), magic.ZIP)
        assert attachment is not None
        attachment.feed(b"PK\x03\x04" + bytes(22) + b"\x01\0\0\0a")
        found.attached(attachment)
    assert found.facts()["email.attachments.archive.member_count"] == [1, 0]
    assert found.anomalies() == [("limit_reached", "archive_members")]
