"""The clients of the scenes by their key, and how each one's version is found."""

from __future__ import annotations

import platform

from pcaps.record import packages

CLIENTS: dict[str, tuple[str, str]] = {
    "swaks": ("swaks {}", "swaks"),
    "curl": ("curl {}", "curl"),
    "msmtp": ("msmtp {}", "msmtp"),
    "openssl": ("openssl s_client {}", "openssl"),
    "exim": ("Exim {} as sender", "exim4-daemon-light"),
    "postfix": ("Postfix {} as sender", "postfix"),
    "smtplib": ("smtplib of Python {}", "python"),
    "raw": ("`raw_client.py` on Python {}", "python"),
}
"""Key: title, with a place for the version, and package."""


def version(package: str) -> str:
    """Return the version of a client's or a server's package."""
    if package == "python":
        return platform.python_version()
    if package == "aiosmtpd":
        import aiosmtpd

        return str(aiosmtpd.__version__)
    return packages.version(package)


def title(client: str) -> str:
    """Return a client's title with its version."""
    words, package = CLIENTS[client]
    return words.format(version(package))
