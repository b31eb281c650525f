"""Values that are legal and yet do not say what their author meant, or say it twice."""

from __future__ import annotations

import re
from ipaddress import ip_network
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from unicodedata import category

from smtpids.fields import Field, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.document import Scalar
    from smtpids.faults import Faults

_PLACEHOLDER: Final = re.compile(r"%\w+%")
#: An expression that holds nothing but characters, some of them escaped.
_LITERAL: Final = re.compile(r"(?:[^\\.^$*+?()\[\]{}|]|\\[^\w\s])+")
_EDGE: Final = re.compile(r"\.\*\??")
#: The ends of a value at which a modifier looks anywhere as it is.
_OPEN_ENDS: Final = {
    "contains": (True, True),
    "startswith": (False, True),
    "endswith": (True, False),
}
#: Values of a list that are compared with each other; a longer list is a list of data.
MOST_COMPARED: Final = 500


def value(field: Field, modifiers: tuple[str, ...], scalar: Scalar, faults: Faults) -> None:
    """Look at one value of a field."""
    found = scalar.value
    if not isinstance(found, str):
        return
    place, text = scalar.place, found
    expanded = "expand" in modifiers
    if not expanded and _PLACEHOLDER.fullmatch(text):
        faults.warning(
            place, f"'{text}' is taken as it stands; for a placeholder write '{field.name}|expand'"
        )
    if field.type is Type.INTEGER and not expanded:
        faults.warning(place, f"'{text}' is compared as a number; write it without quotes")
    control = next((char for char in text if category(char) == "Cc"), "")
    if control:
        faults.warning(
            place,
            f"the value holds the control character U+{ord(control):04X}, which nobody sees; write"
            f" '{field.name}|re' and \\x{ord(control):02x}",
        )
    if "re" in modifiers:
        _expression(field, modifiers, text, scalar, faults)
    for word, (front, back) in _OPEN_ENDS.items():
        ends = (front and text.startswith("*")) or (back and re.search(r"(?<!\\)\*$", text))
        if word in modifiers and ends and text.strip("*"):
            faults.warning(place, f"'{word}' looks beyond the value as it is; remove the '*'")


def _expression(
    field: Field, modifiers: tuple[str, ...], text: str, scalar: Scalar, faults: Faults
) -> None:
    if _LITERAL.fullmatch(text):
        cased = "" if {"i", "ignorecase"} & set(modifiers) else "|cased"
        plain = text.replace("\\", "")
        faults.warning(
            scalar.place,
            f"the expression is only a text; write '{field.name}|contains{cased}: {plain}'",
        )
        return
    begin = _EDGE.match(text)
    if begin and begin.end() < len(text):
        faults.warning(
            scalar.place,
            f"'{begin.group()}' at the beginning has no effect: expressions are found anywhere",
        )
    elif text.endswith(".*") and not text.endswith("\\.*") and len(text) > 2:
        faults.warning(
            scalar.place, "'.*' at the end has no effect: expressions are found anywhere"
        )


def values(modifiers: tuple[str, ...], scalars: list[Scalar], faults: Faults) -> None:
    """Look at the values of one field together."""
    seen: set[str] = set()
    cased = bool({"cased", "re"} & set(modifiers))
    for scalar in scalars:
        text = scalar.text if cased else scalar.text.lower()
        if text in seen:
            faults.warning(scalar.place, f"'{scalar.text}' stands in the list twice")
        seen.add(text)
    if "all" in modifiers or not 1 < len(scalars) <= MOST_COMPARED:
        return
    if "cidr" in modifiers:
        _networks(scalars, faults)
        return
    covers = next((_COVERS[word] for word in _COVERS if modifiers[:1] == (word,)), None)
    if covers is None or not set(modifiers) <= {*_COVERS, "cased", "neq"}:
        return
    for scalar in scalars:
        text = scalar.text if cased else scalar.text.lower()
        wider = next((other for other in seen if other != text and covers(text, other)), None)
        if wider and not set("*?\\") & set(wider + text):
            faults.warning(
                scalar.place, f"'{scalar.text}' adds nothing to '{wider}', which is in the list"
            )


_COVERS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, other: other in text,
    "startswith": lambda text, other: text.startswith(other),
    "endswith": lambda text, other: text.endswith(other),
}


def _networks(scalars: list[Scalar], faults: Faults) -> None:
    found = sorted(
        ((ip_network(scalar.text), scalar) for scalar in scalars),
        key=lambda one: (one[0].version, int(one[0].network_address), one[0].prefixlen),
    )
    wide = found[0]
    for _, (network, scalar) in pairwise(found):
        outer = wide[0]
        is_inside = network.version == outer.version and (
            int(network.broadcast_address) <= int(outer.broadcast_address)
        )
        if not is_inside:
            wide = network, scalar
        elif network != outer:
            faults.warning(
                scalar.place, f"'{network}' adds nothing to '{outer}', which is in the list"
            )
