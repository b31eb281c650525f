"""The syslog output and a real rsyslog, with the configuration that the project ships."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.config import KIB, SECOND, OutputConfig
from smtpids.outputs.entry import Entry
from smtpids.outputs.syslog import SyslogTransport
from smtpids.outputs.transport import UnavailableError
from smtpids.settings.options import SYSLOG_RECORD
from tests.support.certificates import make
from tests.support.command import wait_until
from tests.support.delivery import RECORDS, TS_NS, Delivery, entries
from tests.support.receiver import free_port
from tests.support.rsyslog import GNUTLS, PROGRAM, Rsyslog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM, reason="rsyslog is not installed"),
]
STUNNEL = shutil.which("stunnel4") or shutil.which("stunnel") or ""
STUNNEL_CONF = """
foreground = yes
pid =
[syslog]
accept = 127.0.0.1:{accept}
connect = 127.0.0.1:{connect}
cert = {folder}/cert.pem
key = {folder}/key.pem
"""
needs_gnutls = pytest.mark.skipif(not GNUTLS, reason="rsyslog-gnutls is not installed")
both = pytest.mark.parametrize("tls", [False, pytest.param(True, marks=needs_gnutls)])


def config(
    target: str,
    receiver: Rsyslog,
    *,
    timeout: float = 10,
    ca: bool = True,
    server_name: str = "",
    certificate: Path | str = "",
) -> OutputConfig:
    """Return the configuration of an output; `ca`: it knows who signed the receiver's name."""
    return OutputConfig(
        type="syslog",
        target=target,
        name="syslog",
        timeout_ns=int(timeout * SECOND),
        ca_file=str(receiver.ca_file) if ca and target.startswith("tls:") else "",
        server_name=server_name,
        cert_file=str(certificate),
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


def record_of(octets: int) -> Entry:
    """Return a record of so many octets."""
    line = b'{"event":{"id":"large"},"filler":"%b"}\n'
    return Entry(line % (b"x" * (octets + 2 - len(line))), "large", TS_NS, "alert", 73)


@both
def test_rsyslog_finds_no_fault_in_the_configuration_shipped(tmp_path: Path, tls: bool) -> None:
    assert Rsyslog(tmp_path, tls=tls).check() == ""


@both
def test_every_record_arrives_whole_over_a_stream(tmp_path: Path, tls: bool) -> None:
    records = [*entries(20), *entries(21, 20_000)[20:]]
    with Rsyslog(tmp_path, tls=tls) as receiver:
        transport = SyslogTransport(config(target_of(receiver, tls=tls), receiver), "sensor")
        transport.deliver(records)
        assert transport.unconfirmed == 21
        transport.confirm(10)
        assert transport.unconfirmed == 0
        assert receiver.alerts.read_bytes() == b"".join(entry.line for entry in records)


@pytest.mark.parametrize("way", ["udp", "unix"])
def test_every_record_arrives_whole_in_datagrams(tmp_path: Path, way: str) -> None:
    records = [*entries(20), *entries(21, 20_000)[20:]]
    with Rsyslog(tmp_path) as receiver:
        targets = {"udp": f"udp://127.0.0.1:{receiver.port}", "unix": f"unix://{receiver.socket}"}
        transport = SyslogTransport(config(targets[way], receiver), "sensor")
        transport.deliver(records)
        assert transport.unconfirmed == 0
        transport.close()
        receiver.wait(21)
        assert receiver.alerts.read_bytes() == b"".join(entry.line for entry in records)


@pytest.mark.parametrize("way", ["tcp", "udp"])
def test_a_record_of_the_default_size_fits_into_what_rsyslog_takes_by_itself(
    tmp_path: Path, way: str
) -> None:
    """Of a larger one it makes several messages (tcp), or it leaves out the end (udp)."""
    largest = record_of(SYSLOG_RECORD)
    with Rsyslog(tmp_path, small=True) as receiver:
        target = f"{way}://127.0.0.1:{receiver.port}"
        transport = SyslogTransport(config(target, receiver), "s" * 255)
        transport.deliver([largest, *entries(1)])
        transport.confirm(10)
        transport.close()
        receiver.wait(2)
        assert receiver.alerts.read_bytes() == largest.line + entries(1)[0].line
        receiver.alerts.write_bytes(b"")
        transport.deliver([record_of(32 * KIB), *entries(1)])
        transport.confirm(10)
        transport.close()
        wait_until(lambda: receiver.alerts.read_bytes().endswith(entries(1)[0].line), "the next")
        lines = receiver.alerts.read_bytes().splitlines()
    assert (lines[0] != record_of(32 * KIB).line, len(lines)) == (True, 6 if way == "tcp" else 2)


@both
def test_a_receiver_that_is_killed_three_times_loses_no_record(tmp_path: Path, tls: bool) -> None:
    """What is in its buffers is lost with it, and delivered again."""
    records = entries(RECORDS)
    with Rsyslog(tmp_path, tls=tls) as receiver:

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


@both
def test_a_receiver_that_hangs_and_is_killed_then_loses_no_record(
    tmp_path: Path, tls: bool
) -> None:
    """Its kernel goes on to acknowledge what nobody reads."""
    records = entries(RECORDS)
    with Rsyslog(tmp_path, tls=tls) as receiver:

        def killed() -> None:
            receiver.end(signal.SIGKILL)
            receiver.start()

        def hung() -> None:
            receiver.signal(signal.SIGSTOP)
            later.start()

        later = threading.Timer(1.0, killed)
        transport = SyslogTransport(config(target_of(receiver, tls=tls), receiver), "sensor")
        delivery = Delivery(transport)
        try:
            delivery.run(records, {RECORDS // 2: hung})
        finally:
            later.join()
        transport.close()
        found = receiver.received()
    assert {entry.id for entry in records} == set(found)
    assert delivery.again > 0


@both
def test_a_receiver_that_stops_reading_is_given_up_in_time(tmp_path: Path, tls: bool) -> None:
    with Rsyslog(tmp_path, tls=tls) as receiver:
        target = target_of(receiver, tls=tls)
        transport = SyslogTransport(config(target, receiver, timeout=0.5), "sensor")
        transport.deliver(entries(1))
        receiver.signal(signal.SIGSTOP)
        batch = entries(500, 8000)
        delivered, longest, failed = 0, 0.0, None
        try:
            for _ in range(100):
                begin = time.monotonic()
                delivered += min(transport.deliver(batch).later, default=len(batch))
                longest = max(longest, time.monotonic() - begin)
        except UnavailableError as error:
            failed = error
        assert failed is not None
        assert "the receiver does not read; see whether it hangs" in str(failed)
        assert failed.reason == "timeout"
        assert longest < 2
        assert transport.unconfirmed == delivered + 1 > 1


@needs_gnutls
def test_a_receiver_that_asks_for_our_certificate_is_shown_it(tmp_path: Path) -> None:
    with Rsyslog(tmp_path, tls=True, clients="sensor.example.net") as receiver:
        target = target_of(receiver, tls=True)
        for name in ("sensor.example.net", "other.example.net"):
            made = make(common=name, names=(name,), issuer=receiver.authority)
            made.save(tmp_path / f"{name}.pem")
        known, other = tmp_path / "sensor.example.net.pem", tmp_path / "other.example.net.pem"
        transport = SyslogTransport(config(target, receiver, certificate=known), "sensor")
        transport.deliver(entries(3))
        transport.confirm(10)
        assert receiver.received().total() == 3
        said = "the receiver ended TLS; see its log, and set cert_file if it asks for a certificate"
        assert f"{target}: {said}" == str(failure(config(target, receiver)))
        assert said in str(failure(config(target, receiver, certificate=other)))
        assert receiver.received().total() == 3


@needs_gnutls
def test_what_is_wrong_with_a_certificate_is_said(tmp_path: Path) -> None:
    with Rsyslog(tmp_path, tls=True) as receiver:
        target = target_of(receiver, tls=True)
        assert str(failure(config(target, receiver, ca=False))) == (
            f"{target}: its certificate is signed by nobody we trust; name its authority in ca_file"
        )
        assert str(failure(config(target, receiver, server_name="other.example.net"))) == (
            f'{target}: its certificate is not for "other.example.net";'
            " set server_name to a name that it has"
        )


@needs_gnutls
def test_a_port_with_tls_and_one_without_are_told_apart(tmp_path: Path) -> None:
    with Rsyslog(tmp_path, tls=True) as receiver:
        target = f"tcp://localhost:{receiver.port}"
        transport = SyslogTransport(config(target, receiver), "sensor")
        said = ""
        try:
            for _ in range(50):
                transport.deliver(entries(1))
                time.sleep(0.02)
        except UnavailableError as error:
            said = str(error)
        assert said.endswith("; if this is a port with TLS, write tls://")
    (tmp_path / "plain").mkdir()
    with Rsyslog(tmp_path / "plain") as receiver:
        target = f"tls://localhost:{receiver.port}"
        assert str(failure(config(target, receiver, timeout=1, ca=False))) == (
            f"{target}: no TLS handshake in time; if this is a port without TLS, write tcp://"
        )


@pytest.mark.skipif(not STUNNEL, reason="stunnel is not installed")
def test_a_relay_with_tls_in_front_of_rsyslog_delivers_all(tmp_path: Path) -> None:
    """OpenSSL as the other side; what the relay holds when it is killed, a sender cannot know."""
    records = entries(RECORDS)
    (tmp_path / "plain").mkdir()
    with Rsyslog(tmp_path, tls=True) as keys:
        keys.end()
        with Rsyslog(tmp_path / "plain") as receiver:
            port = free_port()
            configuration = STUNNEL_CONF.format(folder=tmp_path, accept=port, connect=receiver.port)
            (tmp_path / "stunnel.conf").write_text(configuration)
            command = [STUNNEL, str(tmp_path / "stunnel.conf")]
            relay = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            try:
                target = f"tls://localhost:{port}"
                transport = SyslogTransport(config(target, keys), "sensor")
                delivery = Delivery(transport)
                delivery.run(records, {})
                found = receiver.wait(RECORDS)
            finally:
                relay.terminate()
                relay.wait(10)
    assert {entry.id: 1 for entry in records} == found
