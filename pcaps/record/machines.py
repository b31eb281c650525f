"""Two small machines that live in the kernel's namespaces, and a cable between them.

Each machine has its own network, mounts, host name and process numbers: a server may take port 25,
write to /var and /etc and call itself what it likes, and nothing of it is seen by, or reaches, the
machine that records. All of it ends with the process that holds the namespaces, also when the
recording is killed; there is nothing to clean up.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from pcaps.record import packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
"""The project's folder, where `python -m pcaps.record...` finds its modules."""

NAMESPACES = ("--net", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL")

SETUP = """
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/etc /mnt/etc.work /mnt/var /mnt/var.work
mount -t overlay -o lowerdir={usr} overlay /usr
mount -t overlay -o lowerdir={etc},upperdir=/mnt/etc,workdir=/mnt/etc.work overlay /etc
mount -t overlay -o lowerdir={var},upperdir=/mnt/var,workdir=/mnt/var.work overlay /var
mount -t tmpfs -o mode=0755 tmpfs /run
hostname {name}
ip link set lo up
sysctl -qw net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.addr_gen_mode=1
"""


PROBE = """
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
mkdir /mnt/empty /mnt/above /mnt/work
mount -t overlay -o lowerdir=/mnt/empty:/etc,upperdir=/mnt/above,workdir=/mnt/work overlay /etc
ip link add one type veth peer name other
sysctl -qw net.ipv6.conf.all.accept_ra=0
"""
PROGRAMS = ("unshare", "nsenter", "setpriv", "ps", "ip", "ss", "sysctl", "hostname")
"""What the machine itself must have; iproute2, procps and util-linux bring it."""


def why_not() -> str:
    """Return why no machine can be made here, in a few words; nothing if one can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"there is no program {missing[0]}"
    if os.geteuid() != 0:
        return "machines of namespaces need root"
    tried = subprocess.run(
        ["unshare", *NAMESPACES, "sh", "-euc", PROBE], check=False, capture_output=True, text=True
    )
    said = tried.stderr.strip().splitlines() or [""]
    return f"namespaces are not permitted: {said[0]}" if tried.returncode else ""


class Machine:
    """A machine with layers of packages over the system's own folders.

    Leaving the `with` block kills every process in it, and with the last one its namespaces.
    """

    def __init__(self, name: str, layers: Sequence[str]) -> None:
        self.name = name
        self._layers = (*layers, "clients", "tools")
        self._holder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # setpriv: not even a killed recording leaves the holder behind
        self._holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", *NAMESPACES, "sleep", "infinity"]
        )
        # the first process in there must be the sleeper: when the first one ends, all ends
        wait_for(lambda: "sleep" in self._children(), "the machine")
        below = {top: self._lower(top) for top in ("usr", "etc", "var")}
        self.shell(SETUP.format(name=self.name, **below))
        return self

    def __exit__(self, *_: object) -> None:
        assert self._holder is not None
        self._holder.kill()
        self._holder.wait()

    @property
    def pid(self) -> int:
        """The process that holds the namespaces."""
        assert self._holder is not None
        return self._holder.pid

    def shell(self, script: str) -> str:
        """Run a shell script and return what it prints. A failing command is an error."""
        return self.run(["sh", "-euc", script]).stdout

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str | None = None,
        check: bool = True,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its standard error is told when it fails."""
        done = self._run_in(command, stdin=stdin, timeout=timeout)
        if check and done.returncode:
            shown = shlex.join(command)
            raise RuntimeError(f"{self.name}: {shown}: {done.stderr}{done.stdout}")
        return done

    @contextlib.contextmanager
    def running(
        self, command: Sequence[str], output: IO[bytes] | int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command beside the block and interrupt it, by its own process, at the end.

        It shares the outer process numbers, so that the signal reaches the command itself.
        """
        process = subprocess.Popen(
            self._enter(with_pids=False, command=command), stdout=output, stderr=output, cwd=ROOT
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file as this machine sees it."""
        self.run(
            [
                "sh",
                "-c",
                'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1"',
                "-",
                path,
                f"{mode:o}",
            ],
            stdin=text,
        )

    def read(self, path: str) -> str:
        """Return a file's text as this machine sees it; nothing if there is no such file."""
        return self.run(["cat", path], check=False).stdout

    def add_user(self, name: str, number: int, home: str = "/nonexistent") -> None:
        """Give the machine a system user and a group of the same name, for a server to become."""
        line = f"{name}:x:{number}:{number}::{home}:/usr/sbin/nologin"
        self.shell(f"echo {line} >>/etc/passwd; echo {name}:x:{number}: >>/etc/group")

    def listens(self, port: int) -> bool:
        """Whether some process of this machine listens on the TCP port."""
        return bool(self.run(["ss", "-Hltn", f"sport = :{port}"]).stdout.strip())

    def quiet(self) -> bool:
        """Whether no TCP connection of this machine is open or still being closed."""
        states = {line.split()[0] for line in self.run(["ss", "-Htna"]).stdout.splitlines()}
        return states <= {"LISTEN", "TIME-WAIT"}

    def _children(self) -> str:
        command = ["ps", "--ppid", str(self.pid), "-o", "comm="]
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout

    def _lower(self, top: str) -> str:
        layers = (packages.LAYERS / layer / top for layer in self._layers)
        # a single lower folder without an upper one would be refused
        found = [str(layer) for layer in layers if layer.is_dir()] or ["/mnt"]
        return ":".join([*found, f"/{top}"])

    def _enter(self, command: Sequence[str], *, with_pids: bool) -> list[str]:
        which = ["--net", "--mount", "--uts"]
        if with_pids:
            which.append(f"--pid=/proc/{self.pid}/ns/pid_for_children")
        return ["nsenter", "--target", str(self.pid), *which, "--wd=" + str(ROOT), *command]

    def _run_in(
        self, command: Sequence[str], *, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._enter(command, with_pids=True),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=timeout,
            check=False,
        )


CLIENT = "192.0.2.10"
CLIENT6 = "2001:db8::10"
SERVER = "198.51.100.25"
SERVER6 = "2001:db8::25"
BEHIND = "203.0.113.25"
"""Where a server is when something else answers at SERVER: the same machine, off the cable."""

NAMES = f"""127.0.0.1 localhost
{CLIENT} client.example.net
{CLIENT6} client6.example.net
{SERVER} mail.example.org
{BEHIND} mail.example.org
"""


def connect(client: Machine, server: Machine, between: Machine | None = None) -> None:
    """Lay a cable between the machines, with the addresses above and no name server.

    With a machine `between`, whose interfaces are then `left` (client) and `right`, there are two
    cables, and it is that machine's business to pass frames on.

    Offloading is off, so that the capture shows packets as they would cross a real cable; the
    hardware addresses are of the range for documentation (RFC 7042 2.1.2).
    """
    if between is None:
        _cable(client, "wire", server, "wire")
    else:
        _cable(client, "wire", between, "left")
        _cable(between, "right", server, "wire")
        between.shell("ip link set left up; ip link set right up")
    ends = ((client, CLIENT, CLIENT6, "10"), (server, SERVER, SERVER6, "25"))
    for machine, v4, v6, number in ends:
        machine.shell(f"""
            ip link set wire address 00:00:5e:00:53:{number}
            ip link set wire up
            ip address add {v4}/24 dev wire
            ip address add {v6}/64 dev wire nodad
            ethtool -K wire tso off gso off gro off tx off rx off >/dev/null
            ethtool -K lo tso off gso off gro off >/dev/null
        """)
        machine.write("/etc/hosts", NAMES)
        machine.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
        machine.write("/etc/resolv.conf", "")
    client.shell("ip route add 198.51.100.0/24 dev wire")
    server.shell(f"ip route add 192.0.2.0/24 dev wire; ip address add {BEHIND}/32 dev lo")


def wait_for(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait until the condition holds; an error names what did not come."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)


def _cable(one: Machine, name: str, other: Machine, other_name: str) -> None:
    here = ["ip", "link", "add", name, "netns", str(one.pid), "type", "veth"]
    there = ["peer", "name", other_name, "netns", str(other.pid)]
    subprocess.run([*here, *there], check=True)
