"""Real traffic on the loopback interface, for tests that capture it."""

from __future__ import annotations

import ctypes
import fcntl
import json
import shutil
import socket
import struct
import subprocess
import sys
import uuid
from contextlib import contextmanager
from ctypes.util import find_library
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.command import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LOOPBACK = "lo"
#: Nobody listens and nobody talks here.
QUIET_PORTS = frozenset({9})
#: Of Linux: sched.h, sockios.h and if.h.
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
#: What a program begins with if the kernel shall refuse it a ring (ENOPROTOOPT), and libpcap is not
#: there to read without one.
WITHOUT_RING = """
import ctypes, sys
class Compare(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]
libc, lib = ctypes.CDLL(None), ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
calls = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(0x7FFF0000)))
version = (Compare * 2)(Compare(1, 4, 263, 0), Compare(2, 4, 10, 0))
number = lib.seccomp_syscall_resolve_name(b"setsockopt")
assert lib.seccomp_rule_add_array(calls, ctypes.c_uint32(0x00050000 | 92), number, 2, version) == 0
assert libc.prctl(38, 1, 0, 0, 0) == 0 and lib.seccomp_load(calls) == 0
sys.modules["cypcap"] = None
"""


def need_permission() -> None:
    """Skip the test where this user may not capture."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        pytest.skip("to capture needs CAP_NET_RAW")


@contextmanager
def alone() -> Iterator[bool]:
    """Give this thread, and what it starts, a loopback on which no other test sends.

    False where that is not permitted: all share one.
    """
    libc = ctypes.CDLL(None)
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        own = libc.unshare(CLONE_NEWNET) == 0
        try:
            if own:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
                    up = struct.pack("16sh14x", LOOPBACK.encode(), IFF_UP)
                    fcntl.ioctl(any_socket, SIOCSIFFLAGS, up)
            yield own
        finally:
            if own:
                libc.setns(before.fileno(), CLONE_NEWNET)


def run_without_ring(program: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the kernel has no ring; skip the test where that cannot be had."""
    if find_library("seccomp") is None:
        pytest.skip("there is no libseccomp")
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_RING + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


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
        for end in ends:
            # what is sent before the kernel has noticed goes nowhere, and it looks once a second
            wait_until(partial(_is_joined, end), "a cable")
        yield ends
    finally:
        subprocess.run([program, "link", "del", ends[0]], capture_output=True, check=False)


def _is_joined(end: str) -> bool:
    shown = [str(shutil.which("ip")), "-json", "link", "show", end]
    told = json.loads(subprocess.run(shown, check=True, capture_output=True).stdout)
    return bool(told[0]["operstate"] == "UP")


def cut(end: str) -> None:
    """Take a virtual cable away."""
    subprocess.run([str(shutil.which("ip")), "link", "del", end], check=True)
