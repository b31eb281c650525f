"""Part of what a unit forbids, put on a process without systemd: its system calls and capabilities.

The filter is made of the unit's own lines by libseccomp, as systemd makes it: the sets of
`systemd-analyze syscall-filter`, the families of sockets, and memory that is written and run.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING, Final

from tests.support.unprivileged import python

if TYPE_CHECKING:
    from pathlib import Path

#: Is run by the process itself, as its last act before it becomes the program.
LAUNCHER: Final = """
import ctypes, json, os, sys

ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # refuse: EPERM
EQUAL, MASKED = 4, 7
WRITE, RUN = 2, 4

class Compare(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]

libc, lib = ctypes.CDLL(None), ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
names, families, no_code = json.loads(sys.argv[1])
filter = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(REFUSE)))

def allow(name, *compared):
    array = (Compare * len(compared))(*compared)
    number = lib.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:  # negative: a call of another architecture
        done = lib.seccomp_rule_add_array(
            filter, ctypes.c_uint32(ALLOW), number, len(compared), array)
        assert done == 0, (name, done)

for name in names:
    if name == "socket":
        for family in families:
            allow(name, Compare(0, EQUAL, family, 0))
    elif no_code and name in ("mprotect", "pkey_mprotect"):
        allow(name, Compare(2, MASKED, RUN, 0))
    elif no_code and name == "mmap":
        allow(name, Compare(2, MASKED, RUN, 0))
        allow(name, Compare(2, MASKED, WRITE, 0))
    else:
        allow(name)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
assert lib.seccomp_load(filter) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


def directives(unit: Path) -> dict[str, list[str]]:
    """Return what a unit says, by key, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found.setdefault(key, []).append(value)
    return found


def syscalls(lines: list[str]) -> set[str]:
    """Return the system calls that lines of SystemCallFilter= permit."""
    sets = _sets()
    allowed = _expanded("@default", sets)
    for line in lines:
        names = line.removeprefix("~").split()
        named = {name for word in names for name in _expanded(word, sets)}
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def _sets() -> dict[str, list[str]]:
    program = str(shutil.which("systemd-analyze"))
    text = subprocess.run(
        [program, "--no-pager", "syscall-filter"], capture_output=True, text=True, check=True
    ).stdout
    found: dict[str, list[str]] = {}
    members: list[str] = []
    for line in text.splitlines():
        if line.startswith("@"):
            members = found[line.strip()] = []
        elif line.startswith(" ") and not line.strip().startswith("#"):
            members.append(line.strip())
    return found


def _expanded(word: str, sets: dict[str, list[str]]) -> set[str]:
    if not word.startswith("@"):
        return {word}
    return {name for member in sets[word] for name in _expanded(member, sets)}


def confined(unit: Path, *command: str) -> list[str]:
    """Return the command line that starts `command` as nobody, confined as the unit says."""
    said = directives(unit)
    families = [int(getattr(socket, name)) for name in said["RestrictAddressFamilies"][0].split()]
    no_code = said["MemoryDenyWriteExecute"] == ["yes"]
    filtered = json.dumps([sorted(syscalls(said["SystemCallFilter"])), families, no_code])
    capabilities = "-all" + "".join(
        f",+{name.removeprefix('CAP_').lower()}" for name in said["AmbientCapabilities"][0].split()
    )
    return [
        str(shutil.which("setpriv")), "--reuid", "nobody", "--regid", "nogroup", "--clear-groups",
        "--inh-caps", capabilities, "--ambient-caps", capabilities, "--bounding-set", capabilities,
        "--no-new-privs", python(), "-c", LAUNCHER, filtered, *command,
    ]  # fmt: skip
