from __future__ import annotations

import os
import select
import subprocess
import sys

import pytest

pytest.importorskip("cypcap", reason="cypcap has no wheel here")

from smtpids.capture import libpcap
from smtpids.capture.libpcap import PcapHandle
from smtpids.errors import UsageError
from tests.support import loopback
from tests.support.filters import CASES

PORTS = frozenset({25})


def handle(bpf: str | None = None) -> PcapHandle:
    return PcapHandle("lo", PORTS, bpf, any_port=False, tunnels=False)


def test_the_version_names_binding_and_library() -> None:
    assert libpcap.version().startswith("libpcap 1.")
    assert "(cypcap 0.6" in libpcap.version()


@pytest.mark.live
def test_a_filter_that_does_not_compile_is_told_in_libpcaps_words() -> None:
    loopback.need_permission()
    with pytest.raises(UsageError, match=r"filter 'tcp prt 25' on lo: .*syntax error"):
        handle("tcp prt 25")


@pytest.mark.live
def test_a_filter_of_the_user_replaces_ours() -> None:
    loopback.need_permission()
    own = handle("tcp port 443")
    loopback.send([CASES["plain"][0], CASES["https"][0]])
    frames = [data for _ in range(20) for _, _, data in (own.read(100) or wait(own))]
    own.close()
    assert CASES["https"][0] in frames
    assert CASES["plain"][0] not in frames


def wait(own: PcapHandle) -> list[tuple[int, int, bytes]]:
    """Wait up to a ring's latency for frames."""
    select.select([own], [], [], 0.02)
    return own.read(100)


@pytest.mark.live
def test_nothing_is_printed_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    loopback.need_permission()
    handle().close()
    assert capfd.readouterr().out == ""


@pytest.mark.live
def test_a_quiet_handle_gives_no_frames_and_loses_none() -> None:
    loopback.need_permission()
    own = PcapHandle("lo", loopback.QUIET_PORTS, None, any_port=False, tunnels=False)
    assert own.read(10) == []
    assert own.dropped() == own.dropped() == 0
    own.close()


@pytest.mark.live
@pytest.mark.parametrize("backend", ["libpcap", "socket"])
def test_a_user_without_the_capability_is_told_what_to_do(backend: str) -> None:
    if os.getuid():
        pytest.skip("only root can become another user")
    program = (
        "import os\n"
        "from smtpids.capture import libpcap, live, packetsocket\n"
        "from smtpids.errors import CaptureError\n"
        "os.setuid(65534)\n"
        "try:\n"
        f"    live.live_source(['lo'], ports=frozenset({{25}}), backend='{backend}')\n"
        "except CaptureError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("lo: no permission to capture: it needs the capability CAP_NET_")
    assert "sudo setcap cap_net_raw=ep $(readlink -f $(command -v python3))" in done.stdout
