from __future__ import annotations

import os
from threading import Thread
from typing import TYPE_CHECKING

from smtpids.workers.tee import Tee

if TYPE_CHECKING:
    from pathlib import Path


def read_all(fd: int, into: list[bytes]) -> None:
    parts: list[bytes] = []
    while octets := os.read(fd, 7_000):
        parts.append(octets)
    into.append(b"".join(parts))
    os.close(fd)


def copies(tee: Tee, name: str, count: int) -> list[bytes]:
    """Return what each worker reads of an input."""
    found: list[list[bytes]] = [[] for _ in range(count)]
    # duplicates, as processes have them: the copying one closes its own
    readers = [
        Thread(target=read_all, args=(os.dup(tee.fd_of(name, worker)), found[worker]))
        for worker in range(count)
    ]
    for reader in readers:
        reader.start()
    tee.run()
    for reader in readers:
        reader.join()
    return [part for (part,) in found]


def test_each_worker_reads_the_whole_input(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    path = tmp_path / "input"
    path.write_bytes(content)
    assert copies(Tee([str(path)], 3), str(path), 3) == [content] * 3


def test_what_cannot_be_opened_is_an_input_without_octets(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert copies(Tee([missing], 2), missing, 2) == [b"", b""]


def test_other_inputs_are_left_to_the_workers() -> None:
    tee = Tee(["-"], 2)
    assert tee.fd_of("a.pcap", 0) == -1
    assert len({tee.fd_of("-", 0), tee.fd_of("-", 1)}) == 2
    tee.close(reading=False)
    os.close(tee.fd_of("-", 0))
    os.close(tee.fd_of("-", 1))


def test_a_worker_that_has_gone_ends_the_copying(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(bytes(500_000))
    Tee([str(path)], 1).run()
