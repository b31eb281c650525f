from __future__ import annotations

import gzip
import logging
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import SECOND
from smtpids.errors import OutputError
from smtpids.outputs.http import HttpTransport
from smtpids.outputs.http.transport import GZIP_LEVEL
from smtpids.outputs.transport import Report, UnavailableError
from tests.support.delivering import Delivery
from tests.support.http_server import Handler, Receiver, Reply, config_of, dripping, entry, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smtpids.outputs.transport import Transport

SECRET = "tok3n-that-nobody-may-see"
BATCH = [entry(number) for number in range(8)]


class Opener:
    """Makes transports, and closes them after the test."""

    def __init__(self) -> None:
        self.made: list[HttpTransport] = []

    def __call__(self, receiver: Receiver, place: str = "", **others: Any) -> HttpTransport:
        config = config_of(receiver.origin + place, **others)
        self.made.append(HttpTransport(config, "mx1"))
        return self.made[-1]


@pytest.fixture
def to() -> Iterator[Opener]:
    opener = Opener()
    yield opener
    for transport in opener.made:
        transport.close()
        transport.close()


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def test_it_keeps_the_contract(to: Opener) -> None:
    with serving(Reply(204)) as receiver:
        transport: Transport = to(receiver)
        assert transport.deliver(BATCH) == Report()
        transport.confirm(0.0)
        assert transport.unconfirmed == 0


def test_nothing_is_asked_for_an_empty_batch(to: Opener) -> None:
    with serving(Reply()) as receiver:
        assert to(receiver).deliver([]) == Report()
        assert receiver.requests == []


def test_a_batch_is_packed_and_says_what_it_is(to: Opener) -> None:
    with serving(Reply()) as receiver:
        to(receiver, "/hook?site=1").deliver(BATCH[:1])
        (asked,) = receiver.requests
    assert (asked.path, asked.body) == ("/hook?site=1", BATCH[0].line)
    assert asked.headers["content-encoding"] == "gzip"
    assert asked.headers["content-type"] == "application/x-ndjson"
    assert asked.headers["user-agent"].startswith("smtpids/")
    assert "authorization" not in asked.headers


def test_without_gzip_it_goes_as_it_is(to: Opener) -> None:
    with serving(Reply()) as receiver:
        to(receiver, gzip=False).deliver(BATCH)
        (asked,) = receiver.requests
    assert "content-encoding" not in asked.headers
    assert int(asked.headers["content-length"]) == len(asked.body)


def test_the_same_batch_is_packed_into_the_same_octets(to: Opener) -> None:
    """No clock gets into what is sent."""
    packed = gzip.compress(BATCH[0].line, GZIP_LEVEL, mtime=0)
    with serving(Reply()) as receiver:
        to(receiver).deliver(BATCH[:1])
        assert receiver.requests[0].packed == packed


@pytest.mark.parametrize(
    ("dialect", "place", "path"),
    [
        ("webhook", "", "/"),
        ("webhook", "/", "/"),
        ("webhook", "/in/", "/in/"),
        ("elastic", "", "/_bulk"),
        ("elastic", "/", "/_bulk"),
        ("elastic", "/es/", "/es/_bulk"),
        ("elastic", "/es/_bulk?pipeline=p", "/es/_bulk?pipeline=p"),
        ("splunk_hec", "", "/services/collector/event"),
        ("splunk_hec", "/services/collector", "/services/collector/event"),
        ("splunk_hec", "/services/collector/event", "/services/collector/event"),
        ("splunk_hec", "/x", "/x/services/collector/event"),
        ("loki", "", "/loki/api/v1/push"),
        ("loki", "/loki/api/v1/push", "/loki/api/v1/push"),
        ("loki", "/lok", "/lok/loki/api/v1/push"),
    ],
)
def test_the_target_is_completed_by_the_dialect(
    to: Opener, dialect: str, place: str, path: str
) -> None:
    with serving(Reply(503)) as receiver:
        with pytest.raises(UnavailableError):
            to(receiver, place, dialect=dialect).deliver(BATCH)
        assert receiver.requests[0].path == path


@pytest.mark.parametrize("place", ["", "/_bulk", "/mail", "/mail/", "/mail/_bulk"])
def test_a_fixed_index_is_in_the_path_once(to: Opener, place: str) -> None:
    with serving(Reply(503)) as receiver:
        with pytest.raises(UnavailableError):
            to(receiver, place, dialect="elastic", search_index="mail").deliver(BATCH)
        assert receiver.requests[0].path == "/mail/_bulk"


@pytest.mark.parametrize(
    ("dialect", "word"),
    [("elastic", "ApiKey"), ("splunk_hec", "Splunk"), ("loki", "Bearer"), ("webhook", "Bearer")],
)
def test_a_token_is_shown_as_the_dialect_wants_it(
    to: Opener, token: Path, dialect: str, word: str
) -> None:
    with serving(Reply(503)) as receiver:
        with pytest.raises(UnavailableError):
            to(receiver, dialect=dialect, token_file=str(token)).deliver(BATCH)
        assert receiver.requests[0].headers["authorization"] == f"{word} {SECRET}"


@pytest.mark.parametrize("status", [401, 403])
def test_a_secret_that_was_changed_is_used_at_once(to: Opener, token: Path, status: int) -> None:
    with serving(Reply(status), Reply()) as receiver:
        transport = to(receiver, token_file=str(token))
        token.write_text("new")
        assert transport.deliver(BATCH) == Report()
        assert [asked.headers["authorization"] for asked in receiver.requests] == [
            f"Bearer {SECRET}",
            "Bearer new",
        ]


def test_a_secret_that_was_not_changed_is_not_tried_twice(to: Opener, token: Path) -> None:
    with serving(Reply(401, b"bad " + SECRET.encode())) as receiver:
        with pytest.raises(UnavailableError, match=r"bad \*\*\*; check token_file") as caught:
            to(receiver, token_file=str(token)).deliver(BATCH)
        assert SECRET not in str(caught.value)
        assert len(receiver.requests) == 1


@pytest.mark.parametrize("dialect", ["elastic", "splunk_hec", "loki", "webhook"])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500])
def test_no_message_holds_a_secret(to: Opener, token: Path, dialect: str, status: int) -> None:
    said = b'{"code":6,"text":"%b","items":[{"create":{"status":400,"error":{"reason":"%b"}}}]}'
    reply = Reply(status, said.replace(b"%b", SECRET.encode()), {"Location": f"/{SECRET}?{SECRET}"})
    with serving(reply) as receiver:
        transport = to(receiver, f"/x?key={SECRET}", dialect=dialect, token_file=str(token))
        try:
            told = str(transport.deliver(BATCH[:1]))
        except UnavailableError as error:
            told = str(error)
        assert SECRET not in told


def test_a_secret_in_the_clear_is_warned_of_once(
    token: Path, caplog: pytest.LogCaptureFixture
) -> None:
    HttpTransport(config_of("http://siem.example:8088/", token_file=str(token)), "mx1")
    assert caplog.messages == [
        "output siem: its secret goes to http://siem.example:8088 in the clear; write https://"
    ]


@pytest.mark.parametrize(
    ("target", "with_secret"),
    [
        ("https://siem.example/", True),
        ("http://siem.example/", False),
        ("http://127.0.0.9/", True),
        ("http://[::1]:9200/", True),
        ("http://localhost:3100", True),
        ("http://loki.localhost", True),
    ],
)
def test_what_nobody_can_hear_is_not_warned_of(
    token: Path, caplog: pytest.LogCaptureFixture, target: str, with_secret: bool
) -> None:
    HttpTransport(config_of(target, token_file=str(token) if with_secret else ""), "mx1")
    assert caplog.record_tuples == []
    assert logging.getLogger("smtpids").name == "smtpids"


@pytest.mark.parametrize(
    "target",
    [
        "",
        "siem",
        "ftp://siem/",
        "https://",
        "https:///x",
        "http://h:0/",
        "http://h:x/",
        "http://h:99999/",
        "http://[::1/",
        "https://user:pa55@siem/",
        "https://user@siem/",
    ],
)
def test_a_target_that_is_no_url_is_told_at_once_without_what_it_holds(target: str) -> None:
    with pytest.raises(OutputError, match=r"^output siem: the target is no URL") as caught:
        HttpTransport(config_of(target), "mx1")
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize("target", ["http://h/ä", "http://h/a b", "http://h/?q=ä"])
def test_letters_that_no_request_can_hold_are_told_at_once(target: str) -> None:
    with pytest.raises(OutputError, match=r"^output siem: write other letters .* as %XX$"):
        HttpTransport(config_of(target), "mx1")


@pytest.mark.slow
def test_all_of_a_delivery_ends_within_the_timeout(to: Opener, token: Path) -> None:
    """The second request, with another secret, gets no time of its own."""
    import time

    with serving(Reply(401), dripping) as receiver:
        transport = to(receiver, token_file=str(token), timeout_ns=SECOND // 5)
        token.write_text("new")
        begun = time.monotonic()
        with pytest.raises(UnavailableError) as caught:
            transport.deliver(BATCH)
        assert (caught.value.reason, time.monotonic() - begun < 2) == ("timeout", True)


def test_a_record_that_a_receiver_cannot_read_is_found_and_the_others_are_taken(
    to: Opener,
) -> None:
    taken: list[bytes] = []

    def judge(handler: Handler) -> None:
        body = handler.server.requests[-1].body
        bad = b'"n":5}' in body
        taken.extend([] if bad else body.splitlines(keepends=True))
        handler.reply(Reply(422 if bad else 200, b"unknown field"))

    with serving(judge) as receiver:
        delivery = Delivery(to(receiver))
        delivery.deliver(BATCH)
    assert list(delivery.refused) == ["id-5"]
    assert taken == [entry.line for entry in BATCH if entry.id != "id-5"]
    assert delivery.failures == 0
