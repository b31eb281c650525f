"""Real traffic on the loopback interface, for tests that capture it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LOOPBACK = "lo"
#: Nobody listens and nobody talks here.
QUIET_PORTS = frozenset({9})


def need_permission() -> None:
    """Skip the test where this user may not capture."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        pytest.skip("to capture needs CAP_NET_RAW")


def send(frames: Iterable[bytes], interface: str = LOOPBACK) -> None:
    """Put Ethernet frames on an interface as they are."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind((interface, 0))
        for frame in frames:
            sender.send(frame)


def greet(server: socket.socket, octets: bytes) -> None:
    """Let a listening socket greet one client."""
    with socket.create_connection(server.getsockname()) as client:
        connection, _ = server.accept()
        with connection:
            connection.sendall(octets)
            client.recv(len(octets))


@contextmanager
def cable() -> Iterator[tuple[str, str]]:
    """Give two interfaces that are joined by a virtual cable, both up."""
    program = shutil.which("ip")
    if program is None:
        pytest.skip("there is no program ip")
    name = f"t{uuid.uuid4().hex[:8]}"
    ends = (f"{name}a", f"{name}b")
    made = subprocess.run(
        [program, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1]],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("to make interfaces needs CAP_NET_ADMIN and veth")
    try:
        for end in ends:
            subprocess.run([program, "link", "set", end, "up"], check=True)
        yield ends
    finally:
        subprocess.run([program, "link", "del", ends[0]], capture_output=True, check=False)


def cut(end: str) -> None:
    """Take a virtual cable away."""
    subprocess.run([str(shutil.which("ip")), "link", "del", end], check=True)
