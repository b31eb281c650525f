"""The HTTP server for Prometheus, over real sockets on the loopback."""

from __future__ import annotations

import base64
import gzip
import logging
import socket
import ssl
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING

import bcrypt
import pytest

from smtpids.errors import UsageError
from smtpids.metrics import Counts
from smtpids.metrics.collector import Collector, registry
from smtpids.metrics.exporter import CONNECTIONS, Exporter
from smtpids.metrics.health import STALLED_SECONDS, Health
from smtpids.metrics.landing import Standing
from smtpids.metrics.web import Web
from tests.support.certificates import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def answered(
    exporter: Exporter, path: str, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    response, body = ask(exporter, path, headers=headers)
    return response.status, body


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


def test_the_landing_page_tells_how_the_run_stands() -> None:
    standing = Standing("listening on <eth0>", 3700, rules=373, packets=12345, lost=2, alerts=7)
    health = Health(why_not_ready=lambda: "the run is ending")
    metrics = registry(Collector(Counts()))
    server = Exporter(metrics, ANY_PORT, health=health, standing=lambda: standing)
    try:
        _, body = ask(server, "/")
    finally:
        server.close()
    for told in (
        b"listening on &lt;eth0&gt;",
        b"1 h 1 min",
        b"not ready: the run is ending",
        b"12,345, 2 lost",
        b">373<",
    ):
        assert told in body


def test_a_loop_that_stands_still_is_not_healthy() -> None:
    now = [0.0]
    server = Exporter(
        registry(Collector(Counts())), ANY_PORT, health=Health(lambda: 5, clock=lambda: now[0])
    )
    try:
        assert answered(server, "/-/healthy")[0] == 200
        now[0] = STALLED_SECONDS + 1
        assert answered(server, "/-/healthy") == (
            503,
            b"smtpids is not healthy: no packet and no tick was handled for 31 seconds\n",
        )
        assert answered(server, "/-/ready")[0] == 503
    finally:
        server.close()


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


def test_the_probes_give_the_reason_why_not() -> None:
    reasons = ["the capture has not begun", ""]
    health = Health(why_not_ready=lambda: reasons.pop(0))
    server = Exporter(registry(Collector(Counts())), ANY_PORT, health=health)
    try:
        assert answered(server, "/-/healthy") == (200, b"smtpids is healthy\n")
        told = b"smtpids is not ready: the capture has not begun\n"
        assert answered(server, "/-/ready") == (503, told)
        assert answered(server, "/-/ready") == (200, b"smtpids is ready\n")
    finally:
        server.close()


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


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FROB"])
def test_other_methods_are_refused(exporter: Exporter, method: str) -> None:
    response, _ = ask(exporter, "/metrics", method=method)
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


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


# -- with a web configuration ----------------------------------------------------------------------

#: `open sesame`, at bcrypt's least cost, so that the tests are quick.
HASH = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()


def basic(name: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


@contextmanager
def serving(folder: Path, text: str) -> Iterator[Exporter]:
    path = folder / "web.yml"
    path.write_text(text)
    server = Exporter(registry(Collector(Counts())), ANY_PORT, web=Web(str(path)))
    try:
        yield server
    finally:
        server.close()


def secured(exporter: Exporter, context: ssl.SSLContext, path: str = "/metrics") -> int:
    connection = HTTPSConnection(*exporter.address, timeout=5, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def trusting(path: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(path))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # test certificates name no key usage
    return context


CLIENT_NAMES = ("prometheus.example", "2001:db8::7", "mailto:ann@example.org")


def certificates(folder: Path) -> tuple[Path, Path]:
    """Write the server's and a client's certificate, each with its key."""
    server = make(common="sensor", names=("127.0.0.1",)).save(folder / "server.pem")
    client = make(common="prometheus", names=CLIENT_NAMES).save(folder / "client.pem")
    return server, client


def test_a_user_with_the_right_password_is_served_and_nobody_else(tmp_path: Path) -> None:
    with serving(tmp_path, f"basic_auth_users: {{ann: {HASH}}}") as server:
        assert answered(server, "/metrics", basic("ann", "open sesame"))[0] == 200
        response, body = ask(server, "/metrics")
        assert (response.status, body) == (401, b"unauthorized\n")
        assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert answered(server, "/", basic("ann", "wrong"))[0] == 401


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/nowhere"])
def test_no_page_is_left_open(tmp_path: Path, path: str) -> None:
    with serving(tmp_path, f"basic_auth_users: {{ann: {HASH}}}") as server:
        assert answered(server, path)[0] == 401
        assert ask(server, path, method="POST")[0].status == 401


def test_who_is_known_is_served_though_others_guess(tmp_path: Path) -> None:
    with serving(tmp_path, f"basic_auth_users: {{ann: {HASH}}}") as server:
        right = basic("ann", "open sesame")
        assert answered(server, "/-/healthy", right)[0] == 200
        guesses = [answered(server, "/metrics", basic("ann", f"no{n}"))[0] for n in range(30)]
        assert set(guesses) == {401, 429}
        assert guesses.count(401) <= 3
        assert answered(server, "/-/healthy", right)[0] == 200


def test_a_rate_is_held(tmp_path: Path) -> None:
    with serving(tmp_path, "rate_limit: {interval: 1h, burst: 2}") as server:
        codes = [answered(server, "/-/healthy")[0] for _ in range(3)]
        assert codes == [200, 200, 429]


def test_headers_are_added_to_every_answer(tmp_path: Path) -> None:
    text = "http_server_config: {headers: {X-Frame-Options: deny}}"
    with serving(tmp_path, text) as server:
        for path in ("/", "/nowhere"):
            headers = ask(server, path)[0].headers
            assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == (
                "deny",
                "nosniff",
            )


def test_tls_is_spoken_and_http_in_clear_is_told_so(tmp_path: Path) -> None:
    certificate, _ = certificates(tmp_path)
    text = "tls_server_config: {cert_file: server.pem, key_file: server.pem}"
    with serving(tmp_path, text) as server:
        assert server.url == f"https://{server.address}"
        assert secured(server, trusting(certificate)) == 200
        told = raw(server, b"GET /metrics HTTP/1.0\r\n\r\n")
        assert told == b"HTTP/1.0 400 Bad Request\r\n\r\nthis port speaks TLS; use https\n"
        assert raw(server, b"\x16\x03\x01\x00\x05hello") != b"hello"
        assert secured(server, trusting(certificate)) == 200


@pytest.mark.parametrize(
    ("sans", "served"),
    [
        ("prometheus.example", True),
        ("other.example, 2001:db8::7", True),
        ("mailto:ann@example.org", True),
        ("other.example", False),
    ],
)
def test_a_client_needs_a_certificate_with_a_name_that_is_allowed(
    tmp_path: Path, sans: str, served: bool
) -> None:
    certificate, client = certificates(tmp_path)
    text = (
        "tls_server_config: {cert_file: server.pem, key_file: server.pem, client_ca_file:"
        " client.pem, client_auth_type: RequireAndVerifyClientCert,"
        f" client_allowed_sans: [{sans}], max_version: TLS12}}"
    )
    with serving(tmp_path, text) as server:
        context = trusting(certificate)
        with pytest.raises(OSError):  # noqa: PT011 - a reset or an alert, as the systems differ
            secured(server, context)
        context.load_cert_chain(client)
        if served:
            assert secured(server, context) == 200
        else:
            with pytest.raises((OSError, HTTPException)):
                secured(server, context)


def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    first, _ = certificates(tmp_path)
    text = "tls_server_config: {cert_file: server.pem, key_file: server.pem}"
    with serving(tmp_path, text) as server:
        old = trusting(first)
        assert secured(server, old) == 200
        second, _ = certificates(tmp_path)
        assert secured(server, trusting(second)) == 200
        with pytest.raises(ssl.SSLError):
            secured(server, old)


def test_a_client_that_does_not_finish_its_handshake_is_closed(tmp_path: Path) -> None:
    certificates(tmp_path)
    path = tmp_path / "web.yml"
    path.write_text("tls_server_config: {cert_file: server.pem, key_file: server.pem}")
    web = Web(str(path))
    server = Exporter(registry(Collector(Counts())), ANY_PORT, web=web, request_seconds=0.05)
    try:
        assert raw(server, b"\x16\x03\x01\x02\x00") == b""
    finally:
        server.close()
