"""Basic authentication (RFC 7617) against bcrypt hashes, at a bounded price.

A check of a password costs a tenth of a second and more by design, and whoever reaches the port can
ask for one. So what was right is remembered (as a digest under a key of this process), one check
runs at a time, and those who were wrong wait: each address for a second, all together for their
turn. A user that nobody knows costs as much as one whose password is wrong.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import time
from enum import Enum
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import TYPE_CHECKING, Final

from smtpids.metrics.allowance import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: bcrypt's own form: version, cost, salt and hash.
HASH: Final = re.compile(r"\$2[abxy]?\$(\d\d)\$[./A-Za-z0-9]{53}", re.ASCII)
LEAST_COST: Final = 4
#: Of a password, bcrypt reads no more.
PASSWORD_OCTETS: Final = 72
#: Passwords known to be right: one a user, and room for what is changed while we run.
REMEMBERED: Final = 128
#: Wrong passwords that may be checked one after the other, and then in a second: a third of a core
#: at the usual cost of 10.
WRONG_AT_ONCE: Final = 10
WRONG_A_SECOND: Final = 2.0
#: Seconds that an address waits after a wrong password, and how many addresses are remembered.
PAUSE_SECONDS: Final = 1.0
PAUSED: Final = 1024


class Answer(Enum):
    """What becomes of a request."""

    RIGHT = 1
    WRONG = 2
    LATER = 3
    """Not looked at: there were too many wrong ones."""


class BasicAuth:
    """Says whether requests come from one of the users."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = os.urandom(32)
        self._right: set[bytes] = set()
        self._wrong = Allowance(WRONG_AT_ONCE, WRONG_A_SECOND, clock)
        self._paused: dict[str, float] = {}
        self._lock = Lock()

    def answer(self, header: str, users: Mapping[str, str], client: str) -> Answer:
        """Judge the field `Authorization` of a request from the address `client`.

        `users` has a bcrypt hash for each name, at least one.
        """
        given = credentials(header)
        if given is None:
            return Answer.WRONG
        name, password = given
        hashed = users.get(name)
        known = hashed is not None
        if hashed is None:
            hashed = _decoy(users)
        digest = self._digest(name, hashed, password)
        if digest in self._right:
            return Answer.RIGHT
        with self._lock:
            if self._is_paused(client) or not self._wrong.take():
                return Answer.LATER
            if _holds(password, hashed) and known:
                self._wrong.give_back()
                if len(self._right) >= REMEMBERED:
                    self._right.clear()
                self._right.add(digest)
                return Answer.RIGHT
            self._pause(client)
            return Answer.WRONG

    def _digest(self, name: str, hashed: str, password: bytes) -> bytes:
        parts = (name.encode(errors="surrogatepass"), hashed.encode(), password)
        told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._key, told, "sha256")

    def _is_paused(self, client: str) -> bool:
        return self._clock() < self._paused.get(_network(client), 0)

    def _pause(self, client: str) -> None:
        now = self._clock()
        if len(self._paused) >= PAUSED:
            self._paused = {at: until for at, until in self._paused.items() if until > now}
        if len(self._paused) < PAUSED:
            self._paused[_network(client)] = now + PAUSE_SECONDS


def credentials(header: str) -> tuple[str, bytes] | None:
    """Return name and password of an `Authorization` field; None if it holds none."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        octets = base64.b64decode(token.strip().encode("latin-1"), validate=True)
    except (binascii.Error, ValueError):
        return None
    name, colon, password = octets.partition(b":")
    return (name.decode(errors="surrogateescape"), password) if colon else None


def cost(hashed: str) -> int | None:
    """Return the cost of a bcrypt hash; None if it is none."""
    found = HASH.fullmatch(hashed)
    return int(found[1]) if found and int(found[1]) >= LEAST_COST else None


def _holds(password: bytes, hashed: str) -> bool:
    import bcrypt

    try:
        return bcrypt.checkpw(password[:PASSWORD_OCTETS], hashed.encode())
    except ValueError:  # a hash of the right form that bcrypt cannot read
        return False


def _decoy(users: Mapping[str, str]) -> str:
    """Return a hash that costs as much as the dearest of the users' and that no password has."""
    most = max((cost(hashed) or LEAST_COST for hashed in users.values()), default=LEAST_COST)
    return f"$2b${most:02}${'.' * 53}"


def _network(client: str) -> str:
    """Return whom an address stands for: a host has 2**64 addresses of IPv6."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    return address.exploded[:19] if isinstance(address, IPv6Address) else str(address)
