"""The syslog output and a real rsyslog, with the configuration that the project ships."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.config import SECOND, OutputConfig
from smtpids.outputs.syslog import SyslogTransport
from smtpids.outputs.transport import UnavailableError
from tests.support.certificates import make
from tests.support.delivery import RECORDS, Delivery, entries
from tests.support.rsyslog import GNUTLS, PROGRAM, Rsyslog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM, reason="rsyslog is not installed"),
]
needs_gnutls = pytest.mark.skipif(not GNUTLS, reason="rsyslog-gnutls is not installed")
both = pytest.mark.parametrize("tls", [False, pytest.param(True, marks=needs_gnutls)])

PORTS = {False: 17610, True: 17611}


def config(target: str, receiver: Rsyslog, *, timeout: float = 10, **more: str) -> OutputConfig:
    given = {"ca_file": str(receiver.ca_file)} if target.startswith("tls:") else {}
    return OutputConfig(
        type="syslog",
        target=target,
        name="syslog",
        timeout_ns=int(timeout * SECOND),
        **(given | more),
    )


def target_of(receiver: Rsyslog, *, tls: bool) -> str:
    return f"{'tls' if tls else 'tcp'}://localhost:{receiver.port}"


def failure(settings: OutputConfig) -> UnavailableError:
    """Return what is said when a record is delivered."""
    transport = SyslogTransport(settings, "sensor")
    with pytest.raises(UnavailableError) as caught:
        transport.deliver(entries(1))
    transport.close()
    return caught.value


@both
def test_rsyslog_finds_no_fault_in_the_configuration_shipped(tmp_path: Path, tls: bool) -> None:
    assert Rsyslog(tmp_path, PORTS[tls], tls=tls).check() == ""


@both
def test_every_record_arrives_whole_over_a_stream(tmp_path: Path, tls: bool) -> None:
    records = [*entries(20), *entries(21, 20_000)[20:]]
    with Rsyslog(tmp_path, PORTS[tls], tls=tls) as receiver:
        transport = SyslogTransport(config(target_of(receiver, tls=tls), receiver), "sensor")
        transport.deliver(records)
        assert transport.unconfirmed == 21
        transport.confirm(10)
        assert transport.unconfirmed == 0
        assert receiver.alerts.read_bytes() == b"".join(entry.line for entry in records)


@pytest.mark.parametrize("way", ["udp", "unix"])
def test_every_record_arrives_whole_in_datagrams(tmp_path: Path, way: str) -> None:
    records = [*entries(20), *entries(21, 20_000)[20:]]
    with Rsyslog(tmp_path, PORTS[False]) as receiver:
        targets = {"udp": f"udp://127.0.0.1:{receiver.port}", "unix": f"unix://{receiver.socket}"}
        transport = SyslogTransport(config(targets[way], receiver), "sensor")
        transport.deliver(records)
        assert transport.unconfirmed == 0
        transport.close()
        receiver.wait(21)
        assert receiver.alerts.read_bytes() == b"".join(entry.line for entry in records)


@both
def test_a_receiver_that_is_killed_three_times_loses_no_record(tmp_path: Path, tls: bool) -> None:
    """What is in its buffers is lost with it, and delivered again."""
    records = entries(RECORDS)
    with Rsyslog(tmp_path, PORTS[tls], tls=tls) as receiver:

        def killed(how: signal.Signals) -> None:
            receiver.end(how)
            receiver.start()

        transport = SyslogTransport(config(target_of(receiver, tls=tls), receiver), "sensor")
        delivery = Delivery(transport)
        begin = time.monotonic()
        delivery.run(
            records,
            {
                RECORDS // 4: lambda: killed(signal.SIGTERM),
                RECORDS // 2: lambda: killed(signal.SIGKILL),
                RECORDS * 3 // 4: lambda: killed(signal.SIGKILL),
            },
        )
        seconds = time.monotonic() - begin
        transport.close()
        found = receiver.received()
    print(
        f"{len(found)} ids, {found.total() - len(found)} duplicates,"
        f" {delivery.again} delivered again, {seconds:.1f} s, {delivery.failures}"
    )
    assert {entry.id for entry in records} == set(found)
    assert len(delivery.failures) >= 3


def test_a_receiver_that_stops_reading_is_given_up_in_time(tmp_path: Path) -> None:
    with Rsyslog(tmp_path, PORTS[False]) as receiver:
        transport = SyslogTransport(
            config(f"tcp://127.0.0.1:{receiver.port}", receiver, timeout=0.5), "sensor"
        )
        receiver.signal(signal.SIGSTOP)
        batch = entries(500, 8000)
        begin = time.monotonic()
        delivered = 0
        with pytest.raises(UnavailableError, match="does not read") as caught:
            while time.monotonic() < begin + 20:
                start = time.monotonic()
                report = transport.deliver(batch)
                delivered += min(report.later, default=500)
        assert time.monotonic() - start < 2
        assert caught.value.reason == "timeout"
        assert transport.unconfirmed == delivered > 0


@needs_gnutls
def test_a_receiver_that_asks_for_our_certificate_is_shown_it(tmp_path: Path) -> None:
    with Rsyslog(tmp_path, PORTS[True], tls=True, clients="sensor.example.net") as receiver:
        target = target_of(receiver, tls=True)
        known = make(
            common="sensor.example.net", names=("sensor.example.net",), issuer=receiver.authority
        )
        other = make(
            common="other.example.net", names=("other.example.net",), issuer=receiver.authority
        )
        file = known.save(tmp_path / "sensor.pem")
        transport = SyslogTransport(config(target, receiver, cert_file=str(file)), "sensor")
        transport.deliver(entries(3))
        transport.confirm(10)
        assert receiver.received().total() == 3
        wrong = other.save(tmp_path / "other.pem")
        print(failure(config(target, receiver)))
        print(failure(config(target, receiver, cert_file=str(wrong))))
        assert receiver.received().total() == 3


@needs_gnutls
@pytest.mark.parametrize(
    ("scheme", "host", "more", "said"),
    [
        (
            "tls",
            "localhost",
            {"ca_file": ""},
            "signed by nobody we trust; name its authority in ca_file",
        ),
        ("tls", "127.0.0.2", {}, "x"),
        (
            "tls",
            "localhost",
            {"server_name": "other.example.net"},
            'its certificate is not for "other.example.net"; set server_name to a name that it has',
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, scheme: str, host: str, more: dict[str, str], said: str
) -> None:
    with Rsyslog(tmp_path, PORTS[True], tls=True) as receiver:
        print(failure(config(f"{scheme}://{host}:{receiver.port}", receiver, **more)))


@needs_gnutls
def test_a_port_with_tls_and_one_without_are_told_apart(tmp_path: Path) -> None:
    with Rsyslog(tmp_path, PORTS[True], tls=True) as receiver:
        transport = SyslogTransport(config(f"tcp://localhost:{receiver.port}", receiver), "sensor")
        with pytest.raises(UnavailableError) as caught:
            for _ in range(50):
                transport.deliver(entries(1))
                time.sleep(0.1)
        print(caught.value)
    (tmp_path / "plain").mkdir()
    with Rsyslog(tmp_path / "plain", PORTS[False]) as receiver:
        print(failure(config(f"tls://localhost:{receiver.port}", receiver, timeout=1, ca_file="")))
