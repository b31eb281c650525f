from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.octetstream import OctetStream
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from pathlib import Path


def all_of(stream: OctetStream) -> bytes:
    octets = b"".join(iter(stream.read, b""))
    stream.close()
    return octets


def test_a_file_is_read_in_chunks_and_its_size_is_known(tmp_path: Path) -> None:
    path = tmp_path / "octets"
    path.write_bytes(b"0123456789")
    stream = OctetStream(str(path), chunk=4)
    assert (stream.size, stream.read(), stream.position) == (10, b"0123", 4)
    assert all_of(stream) == b"456789"
    assert stream.position == 10


def test_a_named_pipe_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    stream = OctetStream(str(path))
    assert stream.size is None
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, b"one")
    assert stream.read() == b"one"
    os.write(writer, b"two")
    os.close(writer)
    assert all_of(stream) == b"two"


def test_stop_ends_a_wait_on_a_quiet_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    stream = OctetStream(str(path))
    writer = os.open(path, os.O_WRONLY)
    timer = threading.Timer(0.05, stream.stop)
    timer.start()
    began = time.monotonic()
    assert stream.read() == b""
    assert time.monotonic() - began < 0.25
    timer.join()
    stream.close()
    os.close(writer)


def test_nothing_is_read_after_stop(tmp_path: Path) -> None:
    path = tmp_path / "octets"
    path.write_bytes(b"0123456789")
    stream = OctetStream(str(path))
    stream.stop()
    assert all_of(stream) == b""


def test_standard_input_is_read_and_left_open() -> None:
    program = (
        "from smtpids.capture.octetstream import OctetStream\n"
        "import os\n"
        "stream = OctetStream('-')\n"
        "print(len(b''.join(iter(stream.read, b''))), stream.size)\n"
        "stream.close()\n"
        "os.fstat(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=b"x" * 100_000, capture_output=True, check=True
    )
    assert done.stdout == b"100000 None\n"


def printed(program: str) -> str:
    """Return what a program prints whose standard input stays quiet."""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        timer = threading.Timer(10, running.kill)
        timer.start()
        assert running.wait() == 0
        timer.cancel()
        assert running.stdout is not None
        return running.stdout.read()


def test_a_signal_handler_stops_a_wait_on_quiet_standard_input() -> None:
    program = (
        "import signal\n"
        "from smtpids.capture.octetstream import OctetStream\n"
        "stream = OctetStream('-')\n"
        "signal.signal(signal.SIGALRM, lambda number, stack: stream.stop())\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.1)\n"
        "print(stream.read())\n"
    )
    assert printed(program) == "b''\n"


@pytest.mark.slow
def test_a_signal_that_ends_no_wait_is_answered_soon() -> None:
    program = (
        "import signal, threading\n"
        "from smtpids.capture.octetstream import OctetStream\n"
        "stream = OctetStream('-')\n"
        "signal.signal(signal.SIGUSR1, lambda *_: stream.stop())\n"
        "def give():\n"
        "    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)\n"
        "threading.Timer(0.1, give).start()\n"
        "print(stream.read())\n"
    )
    assert printed(program) == "b''\n"


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "octets"
    path.write_bytes(b"0")
    stream = OctetStream(str(path))
    stream.close()
    stream.close()
    assert stream.read() == b""


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="is a folder"):
        OctetStream(str(tmp_path))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot open it: No such file"):
        OctetStream(str(tmp_path / "none"))


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"")
    path.chmod(0)
    program = (
        "import os, sys\n"
        "from smtpids.capture.octetstream import OctetStream\n"
        "from smtpids.errors import CaptureError\n"
        "os.getuid() or os.setuid(65534)\n"
        "try:\n"
        "    OctetStream(sys.argv[1])\n"
        "except CaptureError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    expected = f"{path}: cannot open it: Permission denied; this user may not read it\n"
    assert expected == done.stdout


def test_a_file_is_read_from_a_place_on(tmp_path: Path) -> None:
    path = tmp_path / "octets"
    path.write_bytes(b"0123456789")
    stream = OctetStream(str(path), chunk=4)
    assert [stream.read_at(0, 1), stream.read_at(3, 6)] == [b"0123", b"345678"]
    assert stream.position == 9
    assert [stream.read_at(8, 6), stream.read_at(2, 1)] == [b"89", b"2345"]
    assert stream.position == 10
    stream.stop()
    assert stream.read_at(0, 1) == b""
    stream.close()


def test_standard_input_is_read_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "octets"
    path.write_bytes(b"0123456789")
    code = (
        "import os; from smtpids.capture.octetstream import OctetStream;"
        "os.read(0, 3); print(OctetStream('-').read_at(1, 4))"
    )
    with path.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=file, capture_output=True, check=True, timeout=60
        )
    assert done.stdout == b"b'456789'\n"


def test_a_descriptor_is_read_in_place_of_the_name_and_closed() -> None:
    read, write = os.pipe()
    os.write(write, b"x" * 5)
    os.close(write)
    stream = OctetStream("-", fd=read)
    assert (stream.read(), stream.read(), stream.size) == (b"x" * 5, b"", None)
    stream.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.close(read)


def test_where_a_pipe_is_silent_that_is_told() -> None:
    read, write = os.pipe()
    os.write(write, b"one")
    told: list[bytes] = []

    def go_on() -> None:
        told.append(b"silent")
        os.write(write, b"two")

    stream = OctetStream("pipe", fd=read, on_idle=go_on)
    assert (stream.read(), told) == (b"one", [])
    assert (stream.read(), told) == (b"two", [b"silent"])
    os.close(write)
    stream.close()
