"""What is legal in a rule and yet unwise: warnings, which `check --strict` takes for errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from smtpids.document import Mapping, Scalar
from smtpids.rules.correlation import Kind
from smtpids.rules.fields import ALL
from smtpids.rules.metadata import place_of

if TYPE_CHECKING:
    from smtpids.errors import Location
    from smtpids.faults import Faults
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.rule import Rule

#: The tactics of ATT&CK for enterprises, as Sigma writes them.
TACTICS: Final = frozenset(
    [
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    ]
)
_TECHNIQUE: Final = re.compile(r"attack\.([tsg]\d{4}(\.\d{3})?)", re.ASCII)


def rule(rule: Rule, document: Mapping, faults: Faults) -> None:
    """Look at what a rule says of itself."""
    if not rule.uuid and document.get("id") is None and rule.name:
        made = uuid5(NAMESPACE_URL, f"smtpids:{rule.name}")
        faults.warning(document.place, f"no id; add 'id: {made}'")
    if not rule.description:
        faults.warning(document.place, "no description; say what is found and why it matters")
    for tag in rule.tags:
        tactic = tag.removeprefix("attack.")
        known = tactic == tag or tactic in TACTICS or _TECHNIQUE.fullmatch(tag)
        if not known:
            place = place_of(document, "tags")
            hint = f"; write 'attack.{tactic.replace('_', '-')}'" if "_" in tag else ""
            faults.warning(place, f"'{tag}' is neither a tactic nor a technique{hint}")


def actions(found: frozenset[str], place: Location, faults: Faults) -> None:
    """Look at the kinds of event on which a rule can be true."""
    if found == ALL:
        faults.warning(
            place, "the rule is asked of every event; add 'event.action' to each selection"
        )


def correlation(found: Correlation, document: Mapping, faults: Faults) -> None:
    """Look at a correlation."""
    if not found.group_by and found.kind is Kind.EVENT_COUNT:
        faults.warning(
            document.place,
            "no group-by: the events of all clients count together; add 'group-by: [source.ip]'",
        )


def filter_(document: Mapping, faults: Faults) -> None:
    """Look at a filter."""
    inner = document.get("filter")
    condition = inner.get("condition") if isinstance(inner, Mapping) else None
    if isinstance(condition, Scalar) and "not" not in condition.text.split():
        faults.warning(
            condition.place,
            "the condition is added to the rules'; write 'not selection' for what is to pass",
        )
