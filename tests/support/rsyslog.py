"""A real rsyslog on loopback, which can be stopped, killed and started again.

Its configuration is the one that the project ships, `grafana/receivers/rsyslog.conf`, with the
places and ports of a test; without TLS the lines about it are left out.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from tests.support.certificates import make
from tests.support.receiver import free_port

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

SHIPPED = Path(__file__).parents[2] / "grafana" / "receivers" / "rsyslog.conf"
PROGRAM = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin") or ""
GNUTLS = tuple(Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so"))
HOST = "localhost"
#: How a record begins; its evidence has such beginnings, too.
BEGINNING = re.compile(rb'\{"(?:@timestamp|event)":')
DATAGRAMS = """
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="smtpids")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" socket="{path}" ruleset="smtpids" ratelimit.interval="0"
      useSpecialParser="off" parseHostname="on")
"""


def _behind(line: bytes) -> list[str]:
    """Return the id of the record that ends a line, behind a part of another, if there is one."""
    for found in BEGINNING.finditer(line, 1):
        with suppress(orjson.JSONDecodeError):
            return [orjson.loads(line[found.start() :])["event"]["id"]]
    return []


class Rsyslog:
    """One receiver in a folder: `tls` or plain, with UDP and a socket beside it.

    With `small` it takes messages up to rsyslog's own limit only.
    """

    def __init__(
        self, folder: Path, *, tls: bool = False, clients: str = "", small: bool = False
    ) -> None:
        self.port = free_port()
        self.alerts = folder / "alerts.json"
        self.socket = folder / "log"
        self.ca_file = folder / "ca.pem"
        self.authority = make(common="Example CA", names=(), authority=True)
        self._folder = folder
        self._config = folder / "rsyslog.conf"
        self._process: subprocess.Popen[bytes] | None = None
        self._kills = 0
        if tls:
            self._write_certificates()
        text = self._configuration(tls=tls, clients=clients)
        if small:
            text = re.sub(r"^ +maxMessageSize.*\n", "", text, flags=re.MULTILINE)
        self._config.write_text(text)

    def check(self) -> str:
        """Let rsyslog judge its configuration; return what it says against it."""
        said = subprocess.run(
            [PROGRAM, "-N1", "-f", str(self._config)], capture_output=True, text=True, check=False
        )
        return said.stderr if said.returncode else ""

    def start(self) -> None:
        """Start and wait until it listens."""
        command = [PROGRAM, "-n", "-f", str(self._config), "-i", str(self._folder / "pid")]
        (self._folder / "pid").unlink(missing_ok=True)  # a killed one leaves it
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as sock:
                if not sock.connect_ex(("127.0.0.1", self.port)):
                    return
            assert self._process.poll() is None, (self._folder / "log.txt").read_text()
            time.sleep(0.02)
        raise AssertionError("rsyslog does not listen")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it by a signal and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            self._kills += how == signal.SIGKILL
            process.send_signal(how)
            process.wait(30)

    def signal(self, which: signal.Signals) -> None:
        """Send a signal to it, such as SIGSTOP."""
        assert self._process is not None
        self._process.send_signal(which)

    def received(self) -> Counter[str]:
        """Return how often each `event.id` arrived, in whole lines of JSON.

        A killed rsyslog may leave a part of a line, behind which it begins when it is back. A line
        without its end is still being written.
        """
        if not self.alerts.exists():
            return Counter()
        octets = self.alerts.read_bytes()
        lines = octets[: octets.rfind(b"\n") + 1].splitlines()
        found: Counter[str] = Counter()
        torn = 0
        for line in lines:
            try:
                found[orjson.loads(line)["event"]["id"]] += 1
            except orjson.JSONDecodeError:
                torn += 1
                assert torn <= self._kills, line
                found.update(_behind(line))
        return found

    def wait(self, count: int) -> Counter[str]:
        """Return the same once so many ids are there, or after a while."""
        until = time.monotonic() + 10
        while len(found := self.received()) < count and time.monotonic() < until:
            time.sleep(0.02)
        return found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
        self.end(signal.SIGKILL)

    def _write_certificates(self) -> None:
        self.ca_file.write_bytes(self.authority.certificate_pem)
        own = make(common=HOST, names=(HOST, "127.0.0.1"), issuer=self.authority)
        (self._folder / "cert.pem").write_bytes(own.certificate_pem)
        (self._folder / "key.pem").write_bytes(own.key_pem)

    def _configuration(self, *, tls: bool, clients: str) -> str:
        text = SHIPPED.read_text()
        text = text.replace('port="6514"', f'address="127.0.0.1" port="{self.port}"')
        text = text.replace("/var/log/smtpids-receiver/", f"{self._folder}/")
        text = text.replace("/etc/smtpids-receiver/", f"{self._folder}/")
        text = text.replace("global(", f'global(\n  workDirectory="{self._folder}"')
        if not tls:
            text = re.sub(r"^ +defaultNetstream.*\n", "", text, flags=re.MULTILINE)
            text = re.sub(r" StreamDriver\.\w+=\"\w+\"(?=.*\)$)", "", text, flags=re.MULTILINE)
        if clients:
            asked = f'AuthMode="x509/name" PermittedPeer=["{clients}"]'
            text = text.replace('AuthMode="anon"', asked)
        return text + DATAGRAMS.format(port=self.port, path=self.socket)
