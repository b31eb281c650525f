from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import confluent_kafka
import pytest
from confluent_kafka import KafkaException, Producer

from smtpids.config import SECOND, OutputConfig
from smtpids.errors import OutputError
from smtpids.outputs.entry import Entry
from smtpids.outputs.kafka import KafkaTransport, brokers_of, producer_settings, topic_of
from smtpids.outputs.transport import Report, Transport, UnavailableError
from tests.support.delivery import TS_NS, entries
from tests.support.kafka import Mock, ids, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def mock() -> Mock:
    return Mock()


def config(
    target: str = "b1.example.net:9092",
    *,
    timeout: float = 10,
    topic: str = "smtpids.{kind}",
    tls: bool = False,
    ca_file: str = "",
    cert_file: str = "",
    server_name: str = "",
    mechanism: str = "",
    password_file: Path | str = "",
) -> OutputConfig:
    return OutputConfig(
        type="kafka",
        target=target,
        name="kafka",
        timeout_ns=int(timeout * SECOND),
        topic=topic,
        tls=tls,
        ca_file=ca_file,
        cert_file=cert_file,
        server_name=server_name,
        username="sensor" if mechanism else "",
        sasl_mechanism=mechanism,
        password_file=str(password_file),
    )


@pytest.mark.slow
def test_a_batch_is_acknowledged(mock: Mock) -> None:
    transport: Transport = KafkaTransport(config(mock.address, topic="batch.{kind}"))
    batch = entries(300, 100)
    assert transport.deliver(batch) == Report()
    assert transport.deliver([]) == Report()
    assert transport.unconfirmed == 0
    transport.confirm(0)
    transport.close()
    transport.close()
    assert ids(read(mock.address, "batch.alert")) == {entry.id: 1 for entry in batch}
    assert transport.deliver(batch[:1]) == Report()  # it connects anew
    transport.close()


@pytest.mark.slow
def test_a_record_has_key_time_and_headers(mock: Mock) -> None:
    transport = KafkaTransport(config(mock.address, topic="one.{kind}"))
    transport.deliver([Entry(b'{"a":1}\n', "id", TS_NS, "session", 47, "192.0.2.1"), Entry(b"{}")])
    transport.close()
    (message,) = read(mock.address, "one.session")
    assert (message.value(), message.key()) == (b'{"a":1}', b"192.0.2.1")
    assert message.timestamp()[1] == TS_NS // 1_000_000
    assert message.headers() == [("event.id", b"id"), ("severity", b"47")]
    (message,) = read(mock.address, "one.alert")
    assert (message.value(), message.key()) == (b"{}", None)


@pytest.mark.slow
def test_a_record_that_is_too_large_is_refused_and_the_others_arrive(mock: Mock) -> None:
    transport = KafkaTransport(config(mock.address, topic="large.{kind}"))
    small, large = entries(2, 100), entries(1, 2_000_000)[0]
    report = transport.deliver([small[0], large, small[1]])
    transport.close()
    assert report == Report(
        refused={
            1: f"kafka {mock.address}: the brokers do not take a record of {len(large.line):,}"
            " octets; raise max.message.bytes of the topic, or lower record_size"
        }
    )
    assert ids(read(mock.address, "large.alert")) == {"id-0": 1, "id-1": 1}


@pytest.mark.slow
def test_brokers_that_are_not_there_are_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        transport = KafkaTransport(config(address, timeout=0.5))
        begin = time.monotonic()
        with pytest.raises(UnavailableError) as caught:
            transport.deliver(entries(3))
        assert time.monotonic() - begin < 3
        assert str(caught.value) == f"kafka {address}: the brokers do not acknowledge in time"
        assert caught.value.reason == "timeout"
    with pytest.raises(UnavailableError) as caught:
        transport.deliver(entries(3))
    assert str(caught.value) == (
        f"kafka {address}: no broker listens there; start one or mend the addresses"
    )
    assert caught.value.reason == "refused"
    transport.close()


@pytest.mark.slow
@pytest.mark.parametrize("error", [SystemError, KafkaException])
def test_a_producer_that_is_at_its_end_is_replaced(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    class Ended(Producer):
        def flush(self, *_: float) -> int:
            raise error("unable to retry without risking duplication")

    transport = KafkaTransport(config(mock.address, topic="ended.{kind}"))
    monkeypatch.setattr(confluent_kafka, "Producer", Ended)
    with pytest.raises(UnavailableError) as caught:
        transport.deliver(entries(3))
    assert str(caught.value) == (
        f"kafka {mock.address}: the brokers have lost what they knew of us, records may come twice;"
        " see whether they lost data"
    )
    assert caught.value.reason == "write"
    monkeypatch.undo()
    assert transport.deliver(entries(3)) == Report()
    transport.close()


@pytest.mark.slow
def test_librdkafka_writes_nothing_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    transport = KafkaTransport(config("127.0.0.1:1", timeout=0.5))
    with pytest.raises(UnavailableError):
        transport.deliver(entries(1))
    transport.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("target", "brokers"),
    [
        ("b1.example.net:9092", "b1.example.net:9092"),
        ("b1.example.net:9092, [2001:db8::1]:9093", "b1.example.net:9092,[2001:db8::1]:9093"),
        ("kafka://192.0.2.1:9092/", "192.0.2.1:9092"),
        ("b1.example.net", "b1.example.net"),
    ],
)
def test_brokers_are_listed(target: str, brokers: str) -> None:
    assert brokers_of(target) == brokers


@pytest.mark.parametrize(
    "target", ["", "b1:9092,", "user:s3cret@b1:9092", "SASL_SSL://b1:9092", "b1:9092 b2:9092"]
)
def test_what_is_no_list_of_brokers_is_refused_and_not_repeated(target: str) -> None:
    with pytest.raises(OutputError, match="write host:9092,host:9092") as caught:
        KafkaTransport(config(target))
    assert "s3cret" not in str(caught.value)


def test_a_topic_has_the_kind_in_it() -> None:
    assert topic_of("smtpids.{kind}", "alert") == "smtpids.alert"
    assert topic_of("mail", "alert") == "mail"


@pytest.mark.parametrize("pattern", ["", "a b", "{kind}/x", "{other}", "x" * 250, "..", "ü"])
def test_what_brokers_take_for_no_topic_is_refused(pattern: str) -> None:
    with pytest.raises(OutputError, match="is no name of a topic"):
        KafkaTransport(config(topic=pattern))


@pytest.mark.parametrize(
    ("settings", "protocol"),
    [
        (config(), "PLAINTEXT"),
        (config(tls=True), "SSL"),
        (config(ca_file="ca.pem"), "SSL"),
        (config(cert_file="own.pem"), "SSL"),
    ],
)
def test_files_for_tls_mean_tls(settings: OutputConfig, protocol: str) -> None:
    assert producer_settings(settings, "b1:9092")["security.protocol"] == protocol


def test_nothing_is_delivered_before_all_replicas_have_it() -> None:
    found = producer_settings(config(), "b1:9092")
    assert (found["acks"], found["enable.idempotence"]) == ("all", True)


def test_the_password_is_read_from_its_file_at_each_connection(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    settings = config(mechanism="SCRAM-SHA-512", tls=True, password_file=secret)
    found = producer_settings(settings, "b1:9092")
    assert found["security.protocol"] == "SASL_SSL"
    assert (found["sasl.username"], found["sasl.password"]) == ("sensor", "s3cret")
    secret.write_text("other")
    assert producer_settings(settings, "b1:9092")["sasl.password"] == "other"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (config(mechanism="GSSAPI"), "write one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        (config(mechanism="PLAIN"), "name its file in password_file"),
        (config(mechanism="PLAIN", password_file="gone"), "password_file gone cannot be read: no"),
        (config(server_name="b1.example.net"), "leave out server_name"),
        (config(ca_file="gone"), "ssl.ca.location failed"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_at_once(settings: OutputConfig, said: str) -> None:
    with pytest.raises(OutputError, match=said):
        KafkaTransport(settings)


@pytest.mark.slow
def test_a_password_that_is_gone_makes_the_brokers_unavailable(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret")
    transport = KafkaTransport(config(mechanism="PLAIN", password_file=secret))
    secret.unlink()
    with pytest.raises(UnavailableError, match=r"password_file .* cannot be read"):
        transport.deliver(entries(1))
