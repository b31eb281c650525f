"""Mail servers and clients from Debian's packages, unpacked side by side.

Postfix, Exim and OpenSMTPD are all "the" mail server of a Debian system and exclude one another, so
none of them is installed: each package is downloaded with what it needs and unpacked into a layer
of its own. `machines.py` lays such a layer over the system's folders, for one machine only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYERS = Path("/opt/mailhosts")
"""Where the layers are unpacked; outside the project, and of no use to anything else."""

PACKAGES: dict[str, tuple[str, ...]] = {
    "postfix": ("postfix", "libsasl2-modules", "libsasl2-modules-db", "sasl2-bin"),
    "exim": ("exim4-daemon-light",),
    "opensmtpd": ("opensmtpd",),
    "tools": ("openssl", "tcpdump", "ethtool", "iproute2"),
    "clients": (
        "swaks",
        "libnet-ssleay-perl",
        "libauthen-sasl-perl",
        "msmtp",
        "curl",
        "wireshark-common",
        "zstd",
    ),
}
"""The packages of each layer; what they depend on follows by itself."""

UNPACKED = ".unpacked"
"""The file in a layer that says which packages and versions are in it."""


def install(layers: Iterable[str] = PACKAGES) -> None:
    """Download and unpack the layers that are not there yet. Wants root and a package index."""
    for layer in layers:
        if is_there(layer):
            print(f"{layer}: already there")
            continue
        shutil.rmtree(LAYERS / layer, ignore_errors=True)
        _unpack(layer, PACKAGES[layer])


def is_there(layer: str) -> bool:
    """Tell whether a layer was unpacked to its end."""
    return (LAYERS / layer / UNPACKED).exists()


def version(package: str) -> str:
    """Return the version of an unpacked package, with Debian's revision and without the epoch."""
    for layer in PACKAGES:
        for line in (LAYERS / layer / UNPACKED).read_text().splitlines():
            name, _, full = line.partition(" ")
            if name == package:
                return full.rpartition(":")[2]
    raise KeyError(package)


def _unpack(layer: str, names: tuple[str, ...]) -> None:
    root = LAYERS / layer
    root.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        # apt's own download user must be able to write here
        Path(folder).chmod(0o777)
        wanted = sorted({*names, *_missing(names)})
        subprocess.run(["apt-get", "download", "-q", *wanted], cwd=folder, check=True)
        found = []
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
            found.append(_field(package, "Package") + " " + _field(package, "Version"))
    _merge_usr(root)
    (root / UNPACKED).write_text("\n".join(found) + "\n")


def _missing(names: tuple[str, ...]) -> list[str]:
    """Return what `apt-get install` would bring, the named packages included."""
    answer = subprocess.run(
        ["apt-get", "-s", "install", "-q", "--no-install-recommends", *names],
        check=True,
        capture_output=True,
        text=True,
    )
    return [line.split()[1] for line in answer.stdout.splitlines() if line.startswith("Inst ")]


def _field(package: Path, field: str) -> str:
    answer = subprocess.run(
        ["dpkg-deb", "-f", str(package), field], check=True, capture_output=True, text=True
    )
    return answer.stdout.strip()


def _merge_usr(root: Path) -> None:
    """Move /bin, /lib and /sbin below /usr, where the system's links point."""
    for name in ("bin", "lib", "lib64", "sbin"):
        if (root / name).is_dir() and not (root / name).is_symlink():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)


if __name__ == "__main__":
    # with nothing but the standard library: this runs before anything is installed
    install(sys.argv[1:] or PACKAGES)
