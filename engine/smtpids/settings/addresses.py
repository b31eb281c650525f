"""Where an output is: paths, URLs and brokers, as an operator writes them.

A URL is taken apart here and not by `urllib`, which takes what no receiver would: ports beyond
65535, hosts with blanks, schemes that nobody speaks. What may hold a secret (a user in a URL, a
query) is never repeated in a message; `cli/faults.py` masks it in the line that it shows.
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.document import Scalar
from smtpids.faults import nearest
from smtpids.pattern import Pattern
from smtpids.settings.kinds import MOST_PORT, all_or_none, quoted, scalars_of

if TYPE_CHECKING:
    from smtpids.document import Value
    from smtpids.faults import Faults

#: Schemes by type of output, each with the port that is meant where none is written.
SCHEMES: Final = {
    "syslog": {"udp": 514, "tcp": 601, "tls": 6514, "unix": 0},
    "http": {"http": 80, "https": 443},
}
EXAMPLES: Final = {"syslog": "tls://logs.example:6514", "http": "https://logs.example:9200"}
#: The port of a broker where none is written.
BROKER_PORT: Final = 9092
#: Schemes over which TLS is spoken.
TLS_SCHEMES: Final = frozenset({"tls", "https"})
#: Characters of a value that a message repeats.
MOST_SHOWN: Final = 60

_HOST: Final = Pattern(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*",
    re.ASCII | re.IGNORECASE,
)
_SCHEME: Final = Pattern(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://", re.ASCII)
_PORT: Final = Pattern(r"\d{1,5}", re.ASCII)
_PATH: Final = Pattern(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?", re.ASCII)


class Url(NamedTuple):
    """The parts of a URL."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        """Return it with its port, in the one form that it has."""
        if self.scheme == "unix":
            return f"unix://{self.path}"
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"

    @property
    def place(self) -> str:
        """Host and port, or the path of a socket."""
        return f"{self.host}:{self.port}" if self.host else self.path


def shown(text: str) -> str:
    """Return what a message may repeat of a value: not much, and nothing a terminal obeys."""
    told = "".join(char if char.isprintable() else "?" for char in text[:MOST_SHOWN])
    return told + ("..." if len(text) > MOST_SHOWN else "")


def beside(scalar: Scalar, key: str, faults: Faults) -> str | None:
    """Return a path as it is seen from the folder of the file in which it stands."""
    text = scalar.text
    if not isinstance(scalar.value, str):
        faults.error(scalar.place, f"'{key}' takes a path; put it in quotes")
    elif "\0" in text:
        faults.error(scalar.place, f"'{key}' holds a zero octet, which no path has; remove it")
    elif text.startswith("~"):
        faults.error(scalar.place, f"'{key}' begins with '~'; write the whole path, or ./~")
    else:
        return os.path.join(os.path.dirname(scalar.place.path), text)  # noqa: PTH118, PTH120 - as written: pathlib would drop './'
    return None


def read_path(value: Value, key: str, faults: Faults) -> str | None:
    """Read a path, which must not be empty."""
    if not isinstance(value, Scalar) or not value.text:
        faults.error(value.place, f"'{key}' takes a path; write one")
        return None
    return beside(value, key, faults)


def read_folder(value: Value, key: str, faults: Faults) -> str | None:
    """Read a path that may be empty, for none."""
    if isinstance(value, Scalar) and value.value == "":
        return ""
    return read_path(value, key, faults)


def write_path(path: str) -> str:
    """Return a path as YAML that is right wherever the file lies."""
    return quoted(os.path.join(os.getcwd(), path) if path else "")  # noqa: PTH109, PTH118 - as it was written, even "a/../b" or "a/"


def read_url(value: Value, type_: str, faults: Faults) -> Url | None:
    """Read the URL of an output of a type."""
    schemes, example = SCHEMES[type_], EXAMPLES[type_]
    if not isinstance(value, Scalar) or not isinstance(value.value, str) or not value.text:
        faults.error(value.place, f"'url' takes a URL; write {example}")
        return None
    found = _SCHEME.match(value.text)
    if found is None:
        _refuse_unsaid(value, type_, faults)
        return None
    scheme = found[1].lower()
    rest = value.text[found.end() :]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    if "@" in authority:
        what = "the URL holds a user; put it in 'username' and 'password_file'"
        if type_ == "syslog":
            what = "the URL holds a user, and syslog knows none; remove it"
        faults.error(value.place, what)
        return None
    if scheme not in schemes:
        near = nearest(scheme, schemes)
        hint = f", did you mean '{near}'?" if near else f"; write {_either(schemes)}"
        faults.error(value.place, f"unknown scheme '{scheme}' for type {type_}{hint}")
        return None
    if "?" in path or "#" in path:
        part = "query" if "?" in path else "fragment"
        what = f"the URL has a {part}; write it without, secrets go in 'token_file'"
        if type_ == "syslog":
            what = f"the URL has a {part}; write {scheme}://host:port alone"
        faults.error(value.place, what)
        return None
    if scheme == "unix":
        if not authority and len(path) > 1 and _PATH.fullmatch(path):
            return Url(scheme, "", 0, path)
        faults.error(value.place, "the URL names no socket; write unix:///dev/log")
        return None
    if type_ == "syslog" and path not in {"", "/"}:
        faults.error(value.place, f"the URL has a path; write {scheme}://host:port alone")
        return None
    if not _PATH.fullmatch(path):
        faults.error(
            value.place, "the path of the URL holds what must be escaped; write %20 for a blank"
        )
        return None
    at = _host_and_port(value, authority, schemes[scheme], faults)
    return None if at is None else Url(scheme, *at, "" if path == "/" else path)


def _refuse_unsaid(value: Scalar, type_: str, faults: Faults) -> None:
    """Say that a URL has no scheme, and which it may have been meant to have."""
    secret = "@" in value.text or "?" in value.text
    told = "" if secret else f"'{shown(value.text)}' "
    faults.error(
        value.place,
        f"{told or 'the value '}is no URL; write {EXAMPLES[type_]}, with"
        f" {_either(SCHEMES[type_])} before it",
    )


def _either(schemes: dict[str, int]) -> str:
    words = [f"{scheme}://" for scheme in schemes]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _host_and_port(
    value: Scalar, authority: str, default: int, faults: Faults
) -> tuple[str, int] | None:
    """Return host and port; a host that is an IPv6 address has brackets."""
    if authority.startswith("["):
        host, bracket, tail = authority.partition("]")
        host += bracket
    else:
        host, colon, port = authority.partition(":")
        tail = colon + port
    name = read_host(host)
    if name is None:
        faults.error(value.place, _no_host(host, authority))
        return None
    if not tail:
        return name, default
    port = tail.removeprefix(":")
    if port == tail:
        faults.error(value.place, f"a colon is missing before the port; write {name}:{default}")
        return None
    if not _PORT.fullmatch(port) or not 0 < int(port) <= MOST_PORT:
        faults.error(value.place, f"'{shown(port)}' is no port; write 1 to 65535")
        return None
    return name, int(port)


def _no_host(host: str, authority: str) -> str:
    if not host:
        return "the host is missing; write its name or address"
    if authority.count(":") > 1 and not host.startswith("["):
        return "an IPv6 address has brackets here; write [2001:db8::1]"
    if not host.isascii():
        return f"'{shown(host)}' is no host; write it as xn--..."
    return f"'{shown(host)}' is no host; write logs.example, 192.0.2.7 or [2001:db8::7]"


def read_host(host: str) -> str | None:
    """Return a host in its usual form, None if it is none."""
    if host.startswith("[") and host.endswith("]"):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1])}]" if "%" not in host else None
        except ValueError:
            return None
    if re.fullmatch(r"[\d.]+", host, re.ASCII):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    return host.lower() if _HOST.fullmatch(host) else None


def read_server_name(value: Value, key: str, faults: Faults) -> str | None:
    """Read the name that a certificate must have."""
    name = read_host(value.text) if isinstance(value, Scalar) else None
    if name is not None:
        return name
    faults.error(value.place, f"'{key}' takes a name of a host; write logs.example")
    return None


def read_brokers(value: Value, key: str, faults: Faults) -> tuple[str, ...] | None:
    """Read `[b1:9092, b2:9092]`, each with its port then; one alone need be no list."""
    if isinstance(value, Scalar) and value.text and "," not in value.text:
        found = [value]
    else:
        listed = scalars_of(value, key, "[b1:9092, b2:9092]", faults)
        if listed is None:
            return None
        found = listed
    if not found:
        faults.error(value.place, f"'{key}' is empty; write [b1:9092, b2:9092]")
        return None
    brokers = all_or_none([_broker(one, faults) for one in found])
    if brokers is None:
        return None
    for index, broker in enumerate(brokers):
        if broker in brokers[:index]:
            faults.error(found[index].place, f"'{broker}' is listed twice; remove one")
            return None
    return brokers


def _broker(scalar: Scalar, faults: Faults) -> str | None:
    text = scalar.text
    if "@" in text:
        what = "a broker holds no user; put it in 'username' and 'password_file'"
        faults.error(scalar.place, what)
        return None
    if "/" in text or "?" in text or "#" in text:
        faults.error(scalar.place, "a broker is host:port, no URL; write b1:9092")
        return None
    at = _host_and_port(scalar, text, BROKER_PORT, faults)
    return None if at is None else f"{at[0]}:{at[1]}"
