from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import SECOND
from smtpids.errors import OutputError
from smtpids.outputs.http.connection import ANSWER_OCTETS, Connection, Deadline
from smtpids.outputs.transport import UnavailableError
from tests.support.certificates import HOST as NAME
from tests.support.certificates import Made, make
from tests.support.http_server import (
    HOST,
    Handler,
    Receiver,
    Reply,
    config_of,
    dripping,
    hung_up,
    saying,
    serving,
    silent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smtpids.outputs.http.answer import Answer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#: Small enough for a test, large enough for a busy machine.
SHORT_NS = SECOND // 5


@pytest.fixture
def opened() -> Iterator[list[Connection]]:
    """What a test opens and need not close."""
    connections: list[Connection] = []
    yield connections
    for connection in connections:
        connection.close()


@pytest.fixture
def to(opened: list[Connection]) -> type[To]:
    class Here(To):
        connections = opened

    return Here


class To:
    """A connection to a receiver, used as the transport uses it."""

    connections: list[Connection]

    def __init__(self, receiver: Receiver | int, **others: Any) -> None:
        secure = isinstance(receiver, Receiver) and receiver.origin.startswith("https")
        port = receiver if isinstance(receiver, int) else receiver.server_port
        self.config = config_of("", **others)
        self.connection = Connection(self.config, secure=secure, host=HOST, port=port)
        self.connections.append(self.connection)

    def post(self, body: bytes = b"body") -> Answer:
        deadline = Deadline(self.config.timeout_ns / 1e9)
        return self.connection.post("/in", {}, body, deadline=deadline, hide=str)


def server_side(made: Made, folder: Path, **others: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.save(folder / "server.pem"))
    for name, value in others.items():
        setattr(context, name, value)
    return context


def test_a_request_is_answered(to: type[To]) -> None:
    with serving(Reply(202, b"thanks", {"X-Id": "7"})) as receiver:
        answer = to(receiver).post()
        assert (answer.status, answer.body, answer.headers["x-id"]) == (202, b"thanks", "7")
        assert (answer.source, answer.is_whole) == (receiver.origin, True)
        asked = receiver.requests[0]
    assert (asked.path, asked.body) == ("/in", b"body")
    assert asked.headers["host"] == receiver.origin.removeprefix("http://")
    assert "expect" not in asked.headers


def test_a_connection_is_kept(to: type[To]) -> None:
    with serving(Reply()) as receiver:
        wire = to(receiver)
        for _ in range(3):
            wire.post()
        assert [asked.connection for asked in receiver.requests] == [1, 1, 1]


def test_a_receiver_that_wants_it_closed_is_obeyed(to: type[To]) -> None:
    with serving(Reply(headers={"Connection": "close"})) as receiver:
        wire = to(receiver)
        assert [wire.post().status, wire.post().status] == [200, 200]
        assert [asked.connection for asked in receiver.requests] == [1, 2]


def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(to: type[To]) -> None:
    def close_after(handler: Handler) -> None:
        handler.reply(Reply())
        handler.close_connection = True

    with serving(close_after) as receiver:
        wire = to(receiver)
        for _ in range(5):
            assert wire.post().status == 200
        assert len(receiver.requests) == 5


def test_a_kept_connection_that_breaks_unanswered_is_tried_once_more(to: type[To]) -> None:
    with serving(Reply(), hung_up, Reply()) as receiver:
        wire = to(receiver)
        wire.post()
        assert wire.post(b"again").status == 200
        assert [(asked.body, asked.connection) for asked in receiver.requests] == [
            (b"body", 1),
            (b"again", 1),
            (b"again", 2),
        ]


def test_a_new_connection_that_breaks_is_not_tried_again(to: type[To]) -> None:
    with serving(Reply(), hung_up) as receiver:
        wire = to(receiver)
        wire.post()
        with pytest.raises(UnavailableError, match=r"closed the connection without an answer$"):
            wire.post()
        assert len(receiver.requests) == 3


def test_a_kept_connection_that_breaks_amid_an_answer_is_not_tried_again(to: type[To]) -> None:
    with serving(Reply(), saying(b"HTTP/1.1 200 O")) as receiver:
        wire = to(receiver)
        wire.post()
        with pytest.raises(UnavailableError):
            wire.post()
        assert len(receiver.requests) == 2


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 200 O",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"220 mx.example.net ESMTP\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"x" * 70_000,
        b"\x15\x03\x01\x00\x02\x02\x28",
    ],
)
def test_an_answer_that_is_cut_short_or_none_leaves_it_open(to: type[To], octets: bytes) -> None:
    with serving(saying(octets)) as receiver:
        with pytest.raises(UnavailableError) as caught:
            to(receiver).post()
        assert (caught.value.reason, caught.value.after) == ("write", None)
        assert str(caught.value).startswith(f"{receiver.origin}: ")


@pytest.mark.parametrize("step", [dripping, silent], ids=["drips", "is silent"])
@pytest.mark.slow
def test_a_receiver_that_takes_too_long_is_left(to: type[To], step: object) -> None:
    with serving(step) as receiver:  # type: ignore[arg-type]  # both are steps
        begun = time.monotonic()
        with pytest.raises(UnavailableError, match=r"did not answer within 0\.2 s$") as caught:
            to(receiver, timeout_ns=SHORT_NS).post()
        assert caught.value.reason == "timeout"
        assert time.monotonic() - begun < 2


@pytest.mark.slow
def test_a_receiver_that_reads_nothing_is_left(to: type[To]) -> None:
    with socket.create_server((HOST, 0)) as server:
        begun = time.monotonic()
        with pytest.raises(UnavailableError) as caught:
            to(server.getsockname()[1], timeout_ns=SHORT_NS).post(b"x" * 50_000_000)
        assert (caught.value.reason, time.monotonic() - begun < 2) == ("timeout", True)


@pytest.mark.slow
def test_a_receiver_that_never_shakes_hands_is_left(to: type[To]) -> None:
    with socket.create_server((HOST, 0)) as server:
        config = config_of("", timeout_ns=SHORT_NS)
        wire = Connection(config, secure=True, host=HOST, port=server.getsockname()[1])
        begun = time.monotonic()
        with pytest.raises(UnavailableError) as caught:
            wire.post("/", {}, b"", deadline=Deadline(0.2), hide=str)
        assert (caught.value.reason, time.monotonic() - begun < 2) == ("timeout", True)


def test_after_a_timeout_a_new_connection_is_used(to: type[To]) -> None:
    with serving(silent, Reply()) as receiver:
        wire = to(receiver, timeout_ns=SHORT_NS)
        with pytest.raises(UnavailableError):
            wire.post()
        assert wire.post().status == 200
        assert receiver.connections == 2


def test_a_kept_connection_keeps_no_deadline(to: type[To]) -> None:
    now = [0.0]
    with serving(Reply()) as receiver:
        wire = to(receiver).connection
        for _ in range(2):
            deadline = Deadline(5.0, lambda: now[0])
            assert wire.post("/", {}, b"", deadline=deadline, hide=str).status == 200
            now[0] += 10.0
        assert receiver.connections == 1


def test_nobody_listens(to: type[To]) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnavailableError) as caught:
        to(port).post()
    told = "nobody listens there; start the receiver or mend host and port"
    assert str(caught.value) == f"http://{HOST}:{port}: {told}"
    assert caught.value.reason == "refused"


def test_a_host_without_an_address_is_told() -> None:
    wire = Connection(config_of(""), secure=False, host="nowhere.invalid", port=80)
    with pytest.raises(UnavailableError) as caught:
        wire.post("/", {}, b"", deadline=Deadline(5), hide=str)
    assert str(caught.value) == (
        "http://nowhere.invalid:80: the name has no address; mend the name or the resolver"
    )
    assert caught.value.reason == "refused"


def test_an_endless_answer_is_read_as_far_as_its_bound(to: type[To]) -> None:
    with serving(
        Reply(body=b"x" * (ANSWER_OCTETS + 1)), Reply(body=b"y" * ANSWER_OCTETS)
    ) as server:
        wire = to(server)
        answer = wire.post()
        assert (len(answer.body), answer.is_whole) == (ANSWER_OCTETS, False)
        answer = wire.post()
        assert (len(answer.body), answer.is_whole) == (ANSWER_OCTETS, True)
        assert server.connections == 2


def test_an_answer_before_all_is_sent_is_heard(to: type[To]) -> None:
    with socket.create_server((HOST, 0)) as server:
        wire = to(server.getsockname()[1], timeout_ns=2 * SECOND)

        def refuse() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 20):
                    pass

        from threading import Thread

        thread = Thread(target=refuse)
        thread.start()
        assert wire.post(b"x" * 5_000_000).status == 413
        wire.connection.close()
        thread.join()


def test_no_proxy_of_the_environment_is_used(to: type[To], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(Reply()) as receiver:
        assert to(receiver).post().status == 200


def test_continue_is_no_answer(to: type[To]) -> None:
    with serving(saying(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)) as receiver:
        assert to(receiver).post().body == b"ok"


# -- TLS -------------------------------------------------------------------------------------------


def test_over_tls_the_name_is_that_of_the_configuration(to: type[To], tmp_path: Path) -> None:
    made = make()
    with serving(Reply(), context=server_side(made, tmp_path)) as receiver:
        wire = to(receiver, ca_file=str(tmp_path / "server.pem"), server_name=NAME)
        assert [wire.post().status, wire.post().status] == [200, 200]
        assert receiver.connections == 1


def test_over_tls_an_address_may_be_the_name(to: type[To], tmp_path: Path) -> None:
    with serving(Reply(), context=server_side(make(names=(HOST,)), tmp_path)) as receiver:
        assert to(receiver, ca_file=str(tmp_path / "server.pem")).post().status == 200


def test_a_certificate_for_another_name_is_refused(to: type[To], tmp_path: Path) -> None:
    with serving(Reply(), context=server_side(make(), tmp_path)) as receiver:
        with pytest.raises(UnavailableError, match=r"its certificate is refused: .*server_name$"):
            to(receiver, ca_file=str(tmp_path / "server.pem")).post()
        assert receiver.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(to: type[To], tmp_path: Path) -> None:
    with serving(Reply(), context=server_side(make(names=(HOST,)), tmp_path)) as receiver:
        words = r"its certificate is refused: .*in ca_file$"
        with pytest.raises(UnavailableError, match=words) as caught:
            to(receiver).post()
        assert caught.value.reason == "refused"
        assert receiver.requests == []


def test_tls_1_1_is_refused(to: type[To], tmp_path: Path) -> None:
    context = server_side(make(names=(HOST,)), tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(Reply(), context=context) as receiver:
        with pytest.raises(UnavailableError, match=r": TLS: "):
            to(receiver, ca_file=str(tmp_path / "server.pem")).post()
        assert receiver.requests == []


def test_a_receiver_may_ask_who_we_are(to: type[To], tmp_path: Path) -> None:
    own = make(common="sensor").save(tmp_path / "own.pem")
    context = server_side(make(names=(HOST,)), tmp_path, verify_mode=ssl.CERT_REQUIRED)
    context.load_verify_locations(own)
    ca_file = str(tmp_path / "server.pem")
    with serving(Reply(), context=context) as receiver:
        assert to(receiver, ca_file=ca_file, cert_file=str(own)).post().status == 200
        with pytest.raises(UnavailableError):
            to(receiver, ca_file=ca_file).post()


def test_after_a_fault_of_tls_the_files_are_read_anew(to: type[To], tmp_path: Path) -> None:
    ca_file = make(names=(HOST,)).save(tmp_path / "ca.pem")
    made = make(names=(HOST,))
    with serving(Reply(), context=server_side(made, tmp_path)) as receiver:
        wire = to(receiver, ca_file=str(ca_file))
        with pytest.raises(UnavailableError):
            wire.post()
        ca_file.write_text("nonsense")
        with pytest.raises(
            UnavailableError, match=f"ca_file {ca_file} holds no certificate in PEM$"
        ):
            wire.post()
        made.save(ca_file)
        assert wire.post().status == 200


def test_files_of_tls_are_looked_at_once_before_anything_is_sent(tmp_path: Path) -> None:
    config = config_of("", ca_file=str(tmp_path / "none"))
    with pytest.raises(OutputError):
        Connection(config, secure=True, host=HOST, port=1)


def test_plain_http_from_a_port_that_speaks_tls_is_told(to: type[To], tmp_path: Path) -> None:
    with serving(Reply()) as receiver:
        config = config_of("", ca_file="")
        wire = Connection(config, secure=True, host=HOST, port=receiver.server_port)
        words = r"^https://127\.0\.0\.1:\d+: the receiver does not speak TLS; write http:// or "
        with pytest.raises(UnavailableError, match=words):
            wire.post("/", {}, b"", deadline=Deadline(5), hide=str)


def test_a_port_that_breaks_plain_http_at_once_may_speak_tls(to: type[To]) -> None:
    with serving(hung_up) as receiver:
        wire = to(receiver)
        with pytest.raises(
            UnavailableError, match=r"; if this is a port with TLS, write https://$"
        ):
            wire.post()


def test_one_may_look_whether_a_receiver_is_there(to: type[To]) -> None:
    with serving(Reply()) as receiver:
        wire = to(receiver)
        wire.connection.reach(Deadline(5))
        wire.connection.reach(Deadline(5))
        assert (wire.post().status, receiver.connections) == (200, 1)
        port = receiver.server_port
    with pytest.raises(UnavailableError, match="nobody listens there"):
        to(port).connection.reach(Deadline(5))


def test_an_address_of_ipv6_is_shown_in_brackets() -> None:
    assert Connection(config_of(""), secure=False, host="::1", port=1).source == "http://[::1]:1"


def test_a_deadline_passes() -> None:
    now = [10.0]
    deadline = Deadline(2.0, lambda: now[0])
    now[0] = 11.5
    assert deadline.left() == 0.5
    now[0] = 12.0
    with pytest.raises(TimeoutError):
        deadline.left()
