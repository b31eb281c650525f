"""The HTTP server for Prometheus, over real sockets on the loopback."""

from __future__ import annotations

import gzip
import logging
import socket
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import UsageError
from smtpids.metrics import Collector, Counts, registry
from smtpids.metrics.exporter import CONNECTIONS, Address, Exporter, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY_PORT = ("127.0.0.1", 0)


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    server = Exporter(registry(Collector(Counts())), ANY_PORT)
    yield server
    server.close()


def ask(
    exporter: Exporter, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(*exporter.address, timeout=5)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def raw(exporter: Exporter, request: bytes) -> bytes:
    """Send `request` and return all that comes back until the server closes."""
    with socket.create_connection(exporter.address, timeout=5) as client:
        client.sendall(request)
        answer = bytearray()
        try:
            while octets := client.recv(65536):
                answer += octets
        except ConnectionResetError:
            pass
        return bytes(answer)


def test_the_landing_page_leads_to_the_metrics(exporter: Exporter) -> None:
    response, body = ask(exporter, "/")
    assert response.status == 200
    assert b'href="/metrics"' in body


def test_metrics_are_served_as_text(exporter: Exporter) -> None:
    response, body = ask(exporter, "/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"smtpids_smtp_sessions_active 0.0\n" in body


def test_prometheus_gets_openmetrics_where_it_prefers_them(exporter: Exporter) -> None:
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
    response, body = ask(exporter, "/metrics", headers=accept)
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text; version=one",
        "application/openmetrics-text;version=",
        "application/openmetrics-text;version=1.0.0.evil",
        "application/openmetrics-text;version=9999.0.0",
        "text/plain;version=1.x;escaping=?",
        ";;;,,,=",
        "\xff\xfe",
    ],
)
def test_an_accept_header_without_sense_gets_metrics_all_the_same(
    exporter: Exporter, accept: str
) -> None:
    response, body = ask(exporter, "/metrics", headers={"Accept": accept})
    assert response.status == 200
    assert b"smtpids_build_info" in body


def test_metrics_are_compressed_for_those_who_ask(exporter: Exporter) -> None:
    response, body = ask(exporter, "/metrics", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert b"smtpids_build_info" in gzip.decompress(body)


def test_healthy_is_said_from_the_start_and_ready_when_told(exporter: Exporter) -> None:
    assert ask(exporter, "/-/healthy")[0].status == 200
    assert ask(exporter, "/-/ready")[0].status == 503
    exporter.ready = True
    assert ask(exporter, "/-/ready")[0].status == 200


@pytest.mark.parametrize("path", ["/metrics/", "/-/", "/favicon.ico", "/.."])
def test_nothing_else_is_found(exporter: Exporter, path: str) -> None:
    assert ask(exporter, path)[0].status == 404


def test_a_query_does_not_change_the_page(exporter: Exporter) -> None:
    assert ask(exporter, "/metrics?x=1")[0].status == 200


def test_head_gives_the_headers_alone(exporter: Exporter) -> None:
    response, body = ask(exporter, "/metrics", method="HEAD")
    assert response.status == 200
    assert int(response.headers["Content-Length"]) > 1000
    assert body == b""
    assert raw(exporter, b"HEAD / HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n")


def test_other_methods_are_refused(exporter: Exporter) -> None:
    assert ask(exporter, "/metrics", method="POST")[0].status == 501


def test_the_server_does_not_tell_the_version_of_python(exporter: Exporter) -> None:
    assert "Python" not in ask(exporter, "/")[0].headers["Server"]


def test_a_request_too_large_is_dropped(exporter: Exporter) -> None:
    assert raw(exporter, b"GET /metrics HTTP/1.0\r\nX: " + b"x" * 40_000) == b""
    assert ask(exporter, "/-/healthy")[0].status == 200


@pytest.mark.parametrize("request_", [b"\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n"])
def test_what_is_no_request_ends_the_connection_only(exporter: Exporter, request_: bytes) -> None:
    raw(exporter, request_)
    assert ask(exporter, "/-/healthy")[0].status == 200


def test_a_client_that_says_nothing_is_closed() -> None:
    server = Exporter(registry(Collector(Counts())), ANY_PORT, request_seconds=0.05)
    try:
        assert raw(server, b"GET /metrics HTTP/1.0\r\n") == b""
    finally:
        server.close()


def test_idle_clients_take_all_places_and_no_more(exporter: Exporter) -> None:
    with ExitStack() as idle:
        clients = [
            idle.enter_context(socket.create_connection(exporter.address, timeout=5))
            for _ in range(CONNECTIONS)
        ]
        assert raw(exporter, b"GET /-/healthy HTTP/1.0\r\n\r\n") == b""
        clients[0].sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
        assert clients[0].recv(100).startswith(b"HTTP/1.0 200 OK")


def test_a_fault_while_reading_is_logged_and_ends_one_connection_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults = [ZeroDivisionError("the pipeline's")]

    def refresh() -> None:
        if faults:
            raise faults.pop()

    server = Exporter(registry(Collector(Counts(), refresh)), ANY_PORT)
    try:
        with caplog.at_level(logging.ERROR):
            assert raw(server, b"GET /metrics HTTP/1.0\r\n\r\n") == b""
        assert ask(server, "/metrics")[0].status == 200
    finally:
        server.close()
    assert [record.getMessage() for record in caplog.records] == ["metrics could not be served"]


def test_a_scrape_is_not_logged(
    exporter: Exporter, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    ask(exporter, "/metrics")
    ask(exporter, "/nowhere")
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_told_with_the_way_out(exporter: Exporter) -> None:
    taken = exporter.address
    with pytest.raises(UsageError) as told:
        Exporter(registry(Collector(Counts())), taken)
    assert str(told.value) == (
        f"metrics address {taken} is in use; choose another with --metrics HOST:PORT"
        " or turn it off with --metrics off"
    )


def test_an_address_of_another_machine_is_told_with_the_way_out() -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1:9999 cannot be used .*--metrics off"):
        Exporter(registry(Collector(Counts())), ("192.0.2.1", 9999))


def test_a_closed_exporter_gives_its_port_back(exporter: Exporter) -> None:
    first = Exporter(registry(Collector(Counts())), ANY_PORT)
    address = first.address
    first.close()
    second = Exporter(registry(Collector(Counts())), address)
    try:
        assert address == second.address
    finally:
        second.close()


def test_ipv6_is_served_where_there_is_any() -> None:
    try:
        server = Exporter(registry(Collector(Counts())), ("::1", 0))
    except UsageError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        assert str(server.address).startswith("[::1]:")
        assert ask(server, "/-/healthy")[0].status == 200
    finally:
        server.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:10825", ("127.0.0.1", 10825)),
        ("0.0.0.0:9", ("0.0.0.0", 9)),
        ("[::1]:9", ("::1", 9)),
        ("[::]:65535", ("::", 65535)),
        ("localhost:9100", ("127.0.0.1", 9100)),
        (":9", ("127.0.0.1", 9)),
        ("9100", ("127.0.0.1", 9100)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
    ],
)
def test_an_address_is_read_as_it_is_written(text: str, expected: tuple[str, int]) -> None:
    assert expected == parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
     "127.0.0.1:\u0664", "::1", "::1:9", "[::1]", "mail.example:9", "1.2.3:9", "9" * 5000,
     "[mail]:9"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="metrics address"):
        parse_address(text)


def test_an_address_is_shown_as_it_is_written() -> None:
    assert str(Address("::1", 9)) == "[::1]:9"
    assert str(Address("127.0.0.1", 9)) == "127.0.0.1:9"
