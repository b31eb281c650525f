"""What a command tells beyond its words: its octets, its path, its parameters.

Nothing here follows the session. Secrets never come here: a line that may hold one has no path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.pattern import Pattern
from smtpids.smtp.parameters import domain_of
from smtpids.text import as_text

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

PLAIN: Final = "plain"
NULL: Final = "null"
SOURCE_ROUTE: Final = "source_route"
PERCENT: Final = "percent"
BANG: Final = "bang"
QUOTED_AT: Final = "quoted_at"
FORMS: Final = frozenset({PLAIN, NULL, SOURCE_ROUTE, PERCENT, BANG, QUOTED_AT})

#: Controls that no command holds. A tab is a blank to servers.
_CONTROL: Final = Pattern(rb"[\x00-\x08\x0a-\x1f\x7f]")
#: xtext (RFC 3461 4): "+" and two digits stand for an octet; here those that end lines or text.
_ENCODED: Final = Pattern(r"\+(?:0[0-9A-F]|1[0-9A-F]|7F)")
_XTEXT: Final = frozenset({"AUTH", "ORCPT", "ENVID"})
_SIZE: Final = "SIZE="
_SIZE_DIGITS: Final = 18


def has_control(line: bytes) -> bool:
    """Tell whether a line without its end holds a control character."""
    return _CONTROL.search(line) is not None


def split(path: bytes) -> tuple[str, str]:
    """Return local part and domain (in lower case) of a path; a source route is no part of it."""
    if path[:1] == b"@":
        path = path.partition(b":")[2] or path
    local, at, domain = path.rpartition(b"@")
    return (as_text(local), as_text(domain).lower()) if at else (as_text(path), "")


def form_of(path: bytes) -> str:
    """Return which of `FORMS` a path has: forms other than plain once made servers relay."""
    if not path:
        return NULL
    if path[:1] == b"@" and 0x3A in path:
        return SOURCE_ROUTE
    local, at, _ = path.rpartition(b"@")
    local = local if at else path
    quoted = local[:1] == b'"'
    if 0x40 in local:
        return QUOTED_AT
    if 0x25 in local:
        return PERCENT
    if 0x21 in local and not quoted:
        return BANG
    return PLAIN


class Parts:
    """A path as text, and its parts."""

    __slots__ = ("domain", "form", "last_domain", "local_part", "text")

    def __init__(self, text: str, local_part: str, domain: str, form: str) -> None:
        self.text = text
        self.local_part = local_part
        self.domain = domain
        """In lower case, as `last_domain`."""
        self.last_domain = domain
        """What stands behind the last @, in a source route without a mailbox too."""
        self.form = form
        """One of `FORMS`."""


def parts_of(path: bytes) -> Parts:
    """Return the parts of any path."""
    local, domain = split(path)
    parts = Parts(as_text(path), local, domain, form_of(path))
    parts.last_domain = domain_of(path)
    return parts


def declared_size(parameters: list[str]) -> int | None:
    """Return the size that MAIL declares (RFC 1870 3); None if it declares none or no number."""
    for parameter in parameters:
        if parameter.startswith(_SIZE) or parameter[:5].upper() == _SIZE:
            size = parameter[5:]
            # digits of any script, as int takes them
            if 0 < len(size) <= _SIZE_DIGITS and size.isdecimal():
                return int(size)
    return None


def size_limit(keywords: list[str]) -> int | None:
    """Return the largest message that the server takes (RFC 1870 4), None if it does not say."""
    for keyword in keywords:
        name, _, rest = keyword.partition(" ")
        if name.upper() == "SIZE":
            most = rest.strip()
            # 0 is no limit
            return (
                int(most) or None if most.isascii() and most.isdigit() and len(most) < 19 else None
            )
    return None


def parameter_facts(parameters: list[str]) -> Fields:
    """Return what is odd about parameters behind a path."""
    names: set[str] = set()
    repeated = control = False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        name = name.upper()
        repeated = repeated or name in names
        names.add(name)
        if "+" in value and name in _XTEXT and _ENCODED.search(value.upper()):
            control = True
    return {
        "smtp.command.parameter_repeated": repeated,
        "smtp.command.parameter_control": control,
    }


def add_facts(said: Fields, parts: Parts, parameters: list[str]) -> None:
    """Add what is said of the path and the parameters of MAIL or RCPT."""
    said["smtp.command.local_part"] = parts.local_part
    said["smtp.command.domain"] = parts.domain
    said["smtp.command.path_form"] = parts.form
    if parameters:
        said["smtp.command.parameters"] = [*parameters]
        if len(parameters) == 1 and "+" not in parameters[0]:
            said["smtp.command.parameter_repeated"] = False
            said["smtp.command.parameter_control"] = False
        else:
            said.update(parameter_facts(parameters))
