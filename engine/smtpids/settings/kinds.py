"""The kinds of values that keys take: how each is read from YAML and written as YAML.

A reader returns None after it has said what is wrong; what it returns else, its writer writes so
that it is read as the same again.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from smtpids.address import parse_address
from smtpids.config import KIB, MIB, MOST_WORKERS, SECOND, MailServer
from smtpids.document import Items, Mapping, Scalar
from smtpids.errors import UsageError
from smtpids.faults import unknown
from smtpids.pattern import Pattern
from smtpids.roles import SERVER_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtpids.document import Value
    from smtpids.errors import Location
    from smtpids.faults import Faults

Row: TypeAlias = "tuple[str, Location | None]"
"""A line of YAML, and where its value is from if it is known closer than that of the key."""

MOST_PORT: Final = 65535
#: Digits of a number that is a size; more is a slip of the finger.
MOST_DIGITS: Final = 15
SIZES: Final = {"": 1, "K": KIB, "M": MIB, "G": 1024 * MIB, "T": 1024 * 1024 * MIB}
SPANS: Final = {
    "ms": SECOND // 1000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86400 * SECOND,
}
AUTO: Final = "auto"
OFF: Final = "off"

_SIZE: Final = Pattern(r"(\d+)([KMGT]?)(?:i?B)?", re.ASCII | re.IGNORECASE)
_SPAN: Final = Pattern(r"([1-9]\d{0,8})(ms|s|m|h|d)", re.ASCII)
_PORTS: Final = Pattern(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
_DOMAIN: Final = Pattern(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*",
    re.ASCII,
)


class Kind(NamedTuple):
    """One kind of values."""

    read: Callable[[Value, str, Faults], Any]
    """Takes the value, the name of its key, and where to say what is wrong."""
    write: Callable[[Any], str]
    scalar: bool = False
    """Whether it is a single value, which the environment can give too."""
    rows: Callable[[Any], list[Row]] | None = None
    """Writes what is too long for one line as several, to stand indented below the key."""


def quoted(text: str) -> str:
    """Return a text as YAML in double quotes, which are right for every text."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def listed(words: Iterable[str]) -> str:
    """Return words, each YAML already, as a list."""
    return f"[{', '.join(words)}]"


def items_of(value: Value, key: str, example: str, faults: Faults) -> tuple[Value, ...] | None:
    """Return the entries of a list."""
    if isinstance(value, Items):
        return value.items
    faults.error(value.place, f"'{key}' takes a list; write {example}")
    return None


def scalars_of(value: Value, key: str, example: str, faults: Faults) -> list[Scalar] | None:
    """Return the entries of a list of single values."""
    items = items_of(value, key, example, faults)
    if items is None:
        return None
    found = [one for one in items if isinstance(one, Scalar) and one.value is not None]
    for one in items:
        if one not in found:
            faults.error(one.place, f"an entry of '{key}' is a single value; write {example}")
    return found if len(found) == len(items) else None


def all_or_none(found: list[Any]) -> tuple[Any, ...] | None:
    """Return the values, or None if one could not be read."""
    return None if any(one is None for one in found) else tuple(found)


def _read_flag(value: Value, key: str, faults: Faults) -> bool | None:
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    faults.error(value.place, f"'{key}' is true or false")
    return None


def _read_auto(value: Value, key: str, faults: Faults) -> bool | str | None:
    if isinstance(value, Scalar) and (isinstance(value.value, bool) or value.text == AUTO):
        return value.value if isinstance(value.value, bool) else AUTO
    faults.error(value.place, f"'{key}' is true, false or auto")
    return None


def _write_flag(value: bool | str) -> str:
    return str(value).lower()


def _read_text(value: Value, key: str, faults: Faults) -> str | None:
    if isinstance(value, Scalar) and isinstance(value.value, str):
        return value.value
    hint = "put it in quotes" if isinstance(value, Scalar) and value.text else "write one word"
    faults.error(value.place, f"'{key}' takes a text; {hint}")
    return None


def one_of(*words: str) -> Kind:
    """Return the kind of a value that is one of some words."""

    def read(value: Value, key: str, faults: Faults) -> str | None:
        if isinstance(value, Scalar) and value.text in words:
            return value.text
        if isinstance(value, Scalar):
            what = unknown(f"value of '{key}'", value.text, words) + f"; one of {', '.join(words)}"
            faults.error(value.place, what)
        else:
            faults.error(value.place, f"'{key}' is one word; one of {', '.join(words)}")
        return None

    return Kind(read, str, scalar=True)


def _read_file(value: Value, key: str, faults: Faults) -> str | None:
    """Read a path, seen from the folder of the file in which it stands."""
    text = _read_text(value, key, faults)
    if not text:
        return text
    return str((Path(value.place.path).parent / text).absolute())


def _read_listen(value: Value, key: str, faults: Faults) -> str | None:
    text = value.text.lower() if isinstance(value, Scalar) else ""
    if text in {AUTO, OFF}:
        return text
    try:
        return str(parse_address(text))
    except UsageError as error:
        _, _, reason = str(error).partition(": ")
        faults.error(value.place, f"'{key}': {reason}")
        return None


def _read_names(value: Value, key: str, faults: Faults) -> tuple[str, ...] | None:
    found = scalars_of(value, key, "[eth1]", faults)
    return None if found is None else tuple(one.text for one in found)


def _network(scalar: Scalar, faults: Faults) -> str | None:
    """Return one network in its usual form; an address is a network of one."""
    try:
        return str(ipaddress.ip_network(scalar.text))
    except ValueError:
        pass
    try:
        right = ipaddress.ip_network(scalar.text, strict=False)
        what = f"'{scalar.text}' has bits set beyond its prefix; write {right}"
    except ValueError:
        what = f"'{scalar.text}' is no network; write 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32"
    faults.error(scalar.place, what)
    return None


def _read_networks(value: Value, key: str, faults: Faults) -> tuple[str, ...] | None:
    found = scalars_of(value, key, "[192.0.2.0/24]", faults)
    return None if found is None else all_or_none([_network(one, faults) for one in found])


def _domain(scalar: Scalar, faults: Faults) -> str | None:
    name = scalar.text.lower().removesuffix(".")
    if _DOMAIN.fullmatch(name):
        return name
    if name.startswith(("*.", "@", ".")) and _DOMAIN.fullmatch(bare := name.lstrip("*.@")):
        hint = f"write {bare}, which stands for its subdomains too"
    elif not name.isascii():
        hint = "write it as mail does, as xn--..."
    else:
        hint = "write example.com"
    faults.error(scalar.place, f"'{scalar.text}' is no domain; {hint}")
    return None


def _read_domains(value: Value, key: str, faults: Faults) -> tuple[str, ...] | None:
    found = scalars_of(value, key, "[example.com]", faults)
    return None if found is None else all_or_none([_domain(one, faults) for one in found])


def _span_of_ports(scalar: Scalar, faults: Faults) -> range | None:
    found = _PORTS.fullmatch(scalar.text)
    if found:
        first, last = int(found[1]), int(found[2] or found[1])
        if 0 < first <= last <= MOST_PORT:
            return range(first, last + 1)
    faults.error(scalar.place, f"'{scalar.text}' is no port; write 25 or 2500-2599, up to 65535")
    return None


def read_ports(value: Value, key: str, faults: Faults) -> frozenset[int] | None:
    """Read `[25, 2500-2599]`."""
    found = scalars_of(value, key, "[25, 587]", faults)
    if found is None:
        return None
    spans = all_or_none([_span_of_ports(one, faults) for one in found])
    if spans == ():
        faults.error(value.place, f"'{key}' is empty; write [25, 587]")
        return None
    return None if spans is None else frozenset(port for span in spans for port in span)


def write_ports(ports: frozenset[int]) -> str:
    """Return the ports, each by itself."""
    return listed(map(str, sorted(ports)))


MAIL_SERVER: Final = "{network: 192.0.2.10, role: mx, ports: [25]}"


def _mail_server(value: Value, faults: Faults) -> MailServer | None:
    if not isinstance(value, Mapping):
        faults.error(value.place, f"an entry of 'mail_servers' has keys; write {MAIL_SERVER}")
        return None
    for name, (key, _) in value.entries.items():
        if name not in {"network", "role", "ports"}:
            what = "key of 'mail_servers'"
            faults.error(key.place, unknown(what, name, ("network", "role", "ports")))
    missing = [name for name in ("network", "role") if value.get(name) is None]
    for name in missing:
        faults.error(value.place, f"a mail server needs '{name}'; write {MAIL_SERVER}")
    network = role = None
    if isinstance(at := value.get("network"), Scalar):
        network = _network(at, faults)
    elif at is not None:
        faults.error(at.place, "'network' is one network; give each a row of its own")
    if isinstance(kind := value.get("role"), Scalar) and kind.text in SERVER_KINDS:
        role = kind.text
    elif isinstance(kind, Scalar):
        words = ", ".join(SERVER_KINDS)
        faults.error(kind.place, unknown("role", kind.text, SERVER_KINDS) + f"; one of {words}")
    elif kind is not None:
        faults.error(kind.place, "'role' is one word; give each role a row of its own")
    ports: frozenset[int] | None = frozenset()
    if (listing := value.get("ports")) is not None:
        ports = read_ports(listing, "ports", faults)
    known = set(value.entries) <= {"network", "role", "ports"}
    if network is None or role is None or ports is None or not known:
        return None
    return MailServer(network, role, ports)


def _read_mail_servers(value: Value, key: str, faults: Faults) -> tuple[MailServer, ...] | None:
    items = items_of(value, key, f"- {MAIL_SERVER}", faults)
    return None if items is None else all_or_none([_mail_server(one, faults) for one in items])


def _write_mail_servers(servers: tuple[MailServer, ...]) -> str:
    return listed(map(_write_mail_server, servers))


def _write_mail_server(server: MailServer) -> str:
    ports = f", ports: {write_ports(server.ports)}" if server.ports else ""
    return f"{{network: {quoted(server.network)}, role: {server.role}{ports}}}"


def _read_size(value: Value, key: str, faults: Faults) -> int | None:
    found = _SIZE.fullmatch(value.text) if isinstance(value, Scalar) else None
    if found and len(found[1]) <= MOST_DIGITS and int(found[1]):
        return int(found[1]) * SIZES[found[2].upper()]
    faults.error(value.place, f"'{key}' takes a number above 0, such as 50000 or 64M")
    return None


def _write_size(size: int) -> str:
    unit = next((u for u in "TGMK" if size % SIZES[u] == 0), "")
    return f"{size // SIZES[unit]}{unit}"


def _read_count(value: Value, key: str, faults: Faults) -> int | None:
    text = value.text if isinstance(value, Scalar) else ""
    if text == AUTO:
        return 0
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= MOST_WORKERS:
        return int(text)
    faults.error(value.place, f"'{key}' takes a number from 1 to {MOST_WORKERS}, or auto")
    return None


def _write_count(count: int) -> str:
    return str(count) if count else AUTO


def _read_span(value: Value, key: str, faults: Faults) -> int | None:
    found = _SPAN.fullmatch(value.text) if isinstance(value, Scalar) else None
    if found:
        return int(found[1]) * SPANS[found[2]]
    faults.error(value.place, f"'{key}' takes a time such as 500ms, 30s, 10m, 1h or 1d")
    return None


def _write_span(span: int) -> str:
    unit = next(u for u in ("d", "h", "m", "s", "ms") if span % SPANS[u] == 0)
    return f"{span // SPANS[unit]}{unit}"


def _read_placeholders(value: Value, key: str, faults: Faults) -> dict[str, tuple[str, ...]] | None:
    example = "{vips: ['Jane Doe']}"
    if not isinstance(value, Mapping):
        faults.error(value.place, f"'{key}' takes names and their values; write {example}")
        return None
    found: dict[str, tuple[str, ...]] = {}
    for name, (at, words) in value.entries.items():
        if not re.fullmatch(r"\w{1,64}", name):
            faults.error(at.place, f"'{name}' is no name; letters, digits and '_' are")
        texts = scalars_of(words, name, f"{name}: [a, b]", faults)
        if texts == []:
            faults.error(words.place, f"'{name}' has no value, so no rule could match; write one")
        found[name] = tuple(one.text for one in texts or ())
    return found


def _write_placeholders(found: dict[str, tuple[str, ...]]) -> str:
    inside = (f"{quoted(name)}: {listed(map(quoted, words))}" for name, words in found.items())
    return f"{{{', '.join(inside)}}}"


def _write_texts(texts: tuple[str, ...]) -> str:
    return listed(map(quoted, texts))


FLAG: Final = Kind(_read_flag, _write_flag, scalar=True)
COUNT_OR_AUTO: Final = Kind(_read_count, _write_count, scalar=True)
"""0 is `auto`."""
FLAG_OR_AUTO: Final = Kind(_read_auto, _write_flag, scalar=True)
TEXT: Final = Kind(_read_text, quoted, scalar=True)
FILE: Final = Kind(_read_file, quoted, scalar=True)
NAMES: Final = Kind(_read_names, _write_texts)
LISTEN: Final = Kind(_read_listen, quoted, scalar=True)
SIZE: Final = Kind(_read_size, _write_size, scalar=True)
SPAN: Final = Kind(_read_span, _write_span, scalar=True)
NETWORKS: Final = Kind(_read_networks, _write_texts)
DOMAINS: Final = Kind(_read_domains, _write_texts)
PORTS: Final = Kind(read_ports, write_ports)
MAIL_SERVERS: Final = Kind(
    _read_mail_servers,
    _write_mail_servers,
    rows=lambda servers: [(f"- {_write_mail_server(server)}", None) for server in servers],
)
PLACEHOLDERS: Final = Kind(_read_placeholders, _write_placeholders)
