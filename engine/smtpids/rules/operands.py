"""What values are compared with, made ready: expressions, networks, parts of a time.

RE2 is imported when the first expression needs it: most rules have none. It is used because its
time is linear in the text, whoever wrote the text; Python's own engine can be kept busy for
minutes by one line of mail.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.rules.tree import Glob, Wild
from smtpids.smtp.states import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable

#: Whether an expression is found in a text. Lone surrogates raise UnicodeEncodeError.
Finder: TypeAlias = "Callable[[str], object]"

#: Characters of an expression; RE2 refuses what needs more memory, this bounds its trying.
MOST_PATTERN: Final = 4096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: IPv4 addresses count from here, so that no IPv6 network holds them.
_IPV4: Final = 1 << 128
_ALL_BITS: Final = (1 << 129) - 1
_MAPPED: Final = IPv6Network("::ffff:0:0/96")

#: Verbs in lower case, at hand with their hashes.
LOWER_VERBS: Final[dict[str, str]] = {verb: verb.lower() for verb in VERBS}

TIME_PARTS: Final[dict[str, tuple[int, int]]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "week": (1, 53),
    "month": (1, 12),
    "year": (1970, 9999),
}
"""The parts of a time that a rule may ask for, with their smallest and largest number."""


class PatternError(ValueError):
    """RE2 does not take an expression."""


@lru_cache(maxsize=4096)
def finder(pattern: str) -> Finder:
    """Return the search of RE2 for `pattern`; raises `PatternError`.

    It is given octets: in a text, RE2's module would count characters.
    """
    import re2

    if len(pattern) > MOST_PATTERN:
        raise PatternError(f"it is longer than {MOST_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        search: Callable[[bytes], object] = re2.compile(pattern, options).search
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternError(_reason(error)) from error
    return lambda text: search(text.encode())


def calm_finder(pattern: str) -> Finder:
    """Return the search for `pattern` that takes lone surrogates, too: as their escapes."""
    search = finder(pattern)

    def found(text: str) -> object:
        try:
            return search(text)
        except UnicodeEncodeError:
            return search(text.encode("utf-8", "backslashreplace").decode())

    return found


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(error)


def glob_pattern(glob: Glob) -> str:
    """Return the expression of RE2 that is true of whole texts like `glob`."""
    wild = {Wild.ANY: ".*", Wild.ONE: "."}
    parts = [wild[part] if isinstance(part, Wild) else literal_pattern(part) for part in glob]
    return r"(?s)\A" + "".join(parts) + r"\z"


def glob_finder(glob: Glob) -> Finder:
    """Return what tells whether a text is like `glob`, whatever the text."""
    search = finder(glob_pattern(glob))

    def found(text: str) -> object:
        try:
            return search(text)
        except UnicodeEncodeError:
            return is_like(text, glob) or None

    return found


def is_like(text: str, glob: Glob) -> bool:
    """Match wildcards by walking all prefixes at once: time is text times parts, never more."""
    ends = {0}
    for part in glob:
        if part is Wild.ANY:
            ends = set(range(min(ends), len(text) + 1)) if ends else ends
        elif part is Wild.ONE:
            ends = {end + 1 for end in ends if end < len(text)}
        else:
            literal = str(part)
            ends = {end + len(literal) for end in ends if text.startswith(literal, end)}
    return len(text) in ends


def literal_pattern(text: str) -> str:
    """Return the expression of RE2 that finds `text` as it stands."""
    return "".join(f"\\x{{{ord(char):x}}}" if not char.isalnum() else char for char in text)


def address_number(address: object) -> int:
    """Return an address as a number, an IPv4 address in IPv6 form as itself; -1 if it is none."""
    if not isinstance(address, str):
        return -1
    octets_of_4, octets_of_6 = _readers()
    try:
        return _IPV4 | int.from_bytes(octets_of_4(address))
    except (OSError, ValueError):
        pass
    try:
        number = int.from_bytes(octets_of_6(address))
    except (OSError, ValueError):
        return -1
    return _IPV4 | number & 0xFFFFFFFF if number >> 32 == 0xFFFF else number


@lru_cache(maxsize=1)
def _readers() -> tuple[Callable[[str], bytes], Callable[[str], bytes]]:
    """Return what reads addresses of IPv4 and of IPv6.

    `socket` makes enums of all that the system knows, 2 ms of a start; most runs do without.
    """
    from socket import AF_INET, AF_INET6, inet_pton

    return partial(inet_pton, AF_INET), partial(inet_pton, AF_INET6)


def network_mask(network: str) -> tuple[int, int]:
    """Return mask and result: addresses of `network` are those with number & mask == result."""
    net = ip_network(network)
    if isinstance(net, IPv6Network) and net.subnet_of(_MAPPED):
        net = IPv4Network((int(net.network_address) & 0xFFFFFFFF, net.prefixlen - 96))
    base = _IPV4 if isinstance(net, IPv4Network) else 0
    return _ALL_BITS ^ int(net.hostmask), base | int(net.network_address)


def time_part(moment: object, part: str) -> int:
    """Return a part of a time in nanoseconds since 1970, in UTC; -1 if it is none."""
    if not isinstance(moment, int) or isinstance(moment, bool):
        return -1
    try:
        when = _EPOCH + timedelta(seconds=moment // 1_000_000_000)
    except OverflowError:
        return -1
    if part == "week":
        return when.isocalendar().week
    number: int = getattr(when, part)
    return number
