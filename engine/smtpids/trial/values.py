"""Readers of single values of a test file; each says what is wrong and returns a default."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from smtpids.config import Config, MailServer
from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import unknown
from smtpids.fields import FIELDS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtpids.document import Value
    from smtpids.faults import Faults

UNITS: Final = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)", re.ASCII)
ROLES: Final = ("mx", "submission", "relay")
NETWORKS: Final = ("home_nets", "trusted_relays", "monitors", "scanners")
CONFIG_KEYS: Final = (*NETWORKS, "own_domains", "mail_servers", "tls_inspection_tap")


def check_keys(mapping: Mapping, known: Iterable[str], what: str, faults: Faults) -> None:
    """Refuse keys that nobody would read."""
    known = tuple(known)
    for name, (key, _) in mapping.entries.items():
        if name not in known:
            told = unknown(what, name, known)
            hint = "" if "did you mean" in told else f"; there is {', '.join(known)}"
            faults.error(key.place, told + hint)


def mapping_of(value: Value | None, what: str, faults: Faults) -> Mapping | None:
    """Return a mapping; None if there is none."""
    if value is None or isinstance(value, Mapping):
        return value
    faults.error(value.place, f"'{what}' takes keys with values")
    return None


def items_of(value: Value | None, what: str, faults: Faults) -> tuple[Value, ...]:
    """Return the items of a list; none if there is no list."""
    if value is None:
        return ()
    if isinstance(value, Items):
        return value.items
    faults.error(value.place, f"'{what}' takes a list")
    return ()


def text(value: Value | None, what: str, faults: Faults) -> str:
    """Return a text, also one that YAML takes for a number; empty if there is none."""
    if value is None:
        return ""
    if isinstance(value, Scalar):
        return value.text
    faults.error(value.place, f"'{what}' takes one value")
    return ""


def flag(value: Value | None, what: str, faults: Faults) -> bool:
    """Return true or false; false if there is none."""
    if value is None:
        return False
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    faults.error(value.place, f"'{what}' is true or false")
    return False


def number(value: Value | None, what: str, faults: Faults, least: int, most: int) -> int | None:
    """Return a whole number; None if there is none."""
    if value is None:
        return None
    found = value.value if isinstance(value, Scalar) else None
    if isinstance(found, int) and not isinstance(found, bool) and least <= found <= most:
        return found
    faults.error(value.place, f"'{what}' takes a whole number from {least} to {most}")
    return None


def duration(value: Value | None, what: str, faults: Faults) -> int | None:
    """Return nanoseconds; None if there are none."""
    if value is None:
        return None
    found = _DURATION.fullmatch(value.text) if isinstance(value, Scalar) else None
    if found is not None:
        return round(float(found[1]) * UNITS[found[2]])
    faults.error(value.place, f"'{what}' takes a time such as 250ms, 10s, 5m, 2h or 1d")
    return None


def address(value: Value | None, what: str, faults: Faults, default: str) -> str:
    """Return an IP address, in which `{n}` may stand for a number."""
    if value is None:
        return default
    word = text(value, what, faults)
    try:
        ip_address(word.replace("{n}", "1"))
    except ValueError:
        faults.error(value.place, f"'{what}' takes an IP address, not '{word}'")
        return default
    return word


def config(value: Value | None, before: Config, faults: Faults) -> Config:
    """Return the settings of a test; what it does not say is as `before`."""
    mapping = mapping_of(value, "config", faults)
    if mapping is None:
        return before
    check_keys(mapping, CONFIG_KEYS, "setting", faults)
    found: dict[str, Any] = {}
    for name, (_, inner) in mapping.entries.items():
        if name in NETWORKS:
            found[name] = tuple(_network(one, faults) for one in items_of(inner, name, faults))
        elif name == "own_domains":
            domains = items_of(inner, name, faults)
            found[name] = tuple(text(one, name, faults).lower() for one in domains)
        elif name == "tls_inspection_tap":
            found[name] = flag(inner, name, faults)
        elif name == "mail_servers":
            servers = items_of(inner, name, faults)
            found[name] = tuple(_mail_server(one, faults) for one in servers)
    return before._replace(**found)


def _network(value: Value, faults: Faults) -> str:
    word = text(value, "a network", faults)
    try:
        return str(ip_network(word))
    except ValueError as error:
        faults.error(value.place, f"{error}; write 192.0.2.0/24 or 2001:db8::/32")
        return "192.0.2.0/24"


def _mail_server(value: Value, faults: Faults) -> MailServer:
    mapping = mapping_of(value, "mail_servers", faults)
    if mapping is None:
        return MailServer("192.0.2.0/24", "mx")
    check_keys(mapping, ("network", "role", "ports"), "key", faults)
    for key in ("network", "role"):
        if mapping.get(key) is None:
            faults.error(mapping.place, f"a mail server needs '{key}'")
    role = text(mapping.get("role"), "role", faults)
    if role and role not in ROLES:
        faults.error(mapping.key("role"), unknown("role", role, ROLES))
    network = mapping.get("network")
    ports = items_of(mapping.get("ports"), "ports", faults)
    return MailServer(
        "192.0.2.0/24" if network is None else _network(network, faults),
        role,
        frozenset(number(one, "ports", faults, 1, 65535) or 0 for one in ports),
    )


# -- fields of events ------------------------------------------------------------------------------


def field_value(name: str, value: Value, faults: Faults) -> Any:
    """Return the value of an event's field, of the type that the table of fields says."""
    field = FIELDS[name]
    if field.many:
        inner = value.items if isinstance(value, Items) else (value,)
        return [_single(name, one, faults) for one in inner]
    return _single(name, value, faults)


def _single(name: str, value: Value, faults: Faults) -> Any:
    field = FIELDS[name]
    if not isinstance(value, Scalar):
        faults.error(value.place, f"'{name}' takes one value")
        return None
    wanted, found = KINDS.get(field.type, (str, "a text"))
    if wanted is str:
        if field.values and value.text not in field.values:
            faults.error(value.place, unknown(f"value of '{name}'", value.text, field.values))
        return value.text
    if type(value.value) is not wanted:
        faults.error(value.place, f"'{name}' takes {found}, not '{value.text}'")
        return None
    return value.value


KINDS: Final[dict[Type, tuple[Callable[..., Any], str]]] = {
    Type.INTEGER: (int, "a whole number"),
    Type.TIME: (int, "nanoseconds since 1970"),
    Type.BOOLEAN: (bool, "true or false"),
}
