"""Runs `smtpids` as people do: as a process, with its streams, signals and exit code."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.wire import Conversation, write_pcap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = (sys.executable, "-m", "smtpids")
#: Seconds after which a test gives up on what it waits for.
PATIENCE = 20.0
SECRET = "correct-horse-battery"
"""The password that no output may hold."""

LOGIN_RULE = """\
title: Login without TLS
id: 3f1c2b9e-2a58-4f57-9f0e-0f6f3f7c1a01
name: login_without_tls
status: test
description: A client logged in over a connection that is not encrypted.
author: smtpids
date: 2026-11-23
logsource:
  product: smtpids
  category: smtp
detection:
  selection:
    event.action: auth
    tls.established: false
  condition: selection
falsepositives:
  - none
level: high
"""


def smtpids(
    *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run one command line to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE * 3,
        check=False,
        env={**os.environ, **(env or {})},
    )


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start one command line with pipes on all three streams; end it if it is left running."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    try:
        yield process
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for a condition, but not for ever."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.02)


def login(client_port: int = 50000, start_s: int = 1_700_000_000) -> Conversation:
    """Return a session in the clear on port 25: a login, one message, QUIT."""
    plain = base64.b64encode(f"\0ann\0{SECRET}".encode())
    talk = Conversation(client=("192.0.2.1", client_port), start_ns=start_s * 1_000_000_000)
    talk.open()
    talk.server(b"220 mx.example ESMTP\r\n")
    talk.client(b"EHLO client.example\r\n")
    talk.server(b"250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n")
    talk.client(b"AUTH PLAIN " + plain + b"\r\n").server(b"235 2.7.0 ok\r\n")
    talk.client(b"MAIL FROM:<ann@example.org>\r\n").server(b"250 ok\r\n")
    talk.client(b"RCPT TO:<bob@example.net>\r\n").server(b"250 ok\r\n")
    talk.client(b"DATA\r\n").server(b"354 go on\r\n")
    talk.client(b"Subject: hello\r\n\r\nhi\r\n.\r\n").server(b"250 queued\r\n")
    talk.client(b"QUIT\r\n").server(b"221 bye\r\n")
    return talk.close()


def login_pcap(folder: Path, name: str = "login.pcap") -> Path:
    """Write `login()` as a capture file."""
    return write_pcap(folder / name, login().frames)


def login_rule(folder: Path) -> Path:
    """Write a rule that `login()` matches once."""
    path = folder / "login_without_tls.yml"
    path.write_text(LOGIN_RULE)
    return path
