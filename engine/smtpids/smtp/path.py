"""What a command tells beyond its words: its octets, its path, its parameters.

Nothing here follows the session. Secrets never come here: a line that may hold one has no path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
#: xtext (RFC 3461 4): "+" and two digits stand for an octet; here those that end lines or text.
_ENCODED: Final = re.compile(r"\+(?:0[0-9A-F]|1[0-9A-F]|7F)")
_XTEXT: Final = frozenset({"AUTH", "ORCPT", "ENVID"})
_SIZE: Final = re.compile(r"SIZE=(\d{1,18})", re.IGNORECASE)


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
    if path[:1] == b"@" and b":" in path:
        return SOURCE_ROUTE
    local, at, _ = path.rpartition(b"@")
    local = local if at else path
    quoted = local[:1] == b'"'
    if b"@" in local:
        return QUOTED_AT
    if b"%" in local:
        return PERCENT
    if b"!" in local and not quoted:
        return BANG
    return PLAIN


def declared_size(parameters: list[str]) -> int | None:
    """Return the size that MAIL declares (RFC 1870 3); None if it declares none or no number."""
    for parameter in parameters:
        found = _SIZE.fullmatch(parameter)
        if found is not None:
            return int(found[1])
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


def facts(path: bytes, parameters: list[str]) -> Fields:
    """Return what is said of the path and the parameters of MAIL or RCPT."""
    local, domain = split(path)
    said: Fields = {
        "smtp.command.local_part": local,
        "smtp.command.domain": domain,
        "smtp.command.path_form": form_of(path),
    }
    if parameters:
        said["smtp.command.parameters"] = [*parameters]
        said.update(parameter_facts(parameters))
    return said
