"""What a rule's `attack.*` tags say in the words of ECS (`threat.*`).

Sigma writes tactics as slugs and techniques as lower-case numbers; ECS wants the identifiers and
names of MITRE ATT&CK. The tactics of the enterprise matrix are few and stable, so their table is
here; names of techniques are those that `rules/attack.py` knows, and one without is named by its
number, since the lists of numbers and names go side by side.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smtpids.pattern import Pattern
from smtpids.rules.attack import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.alerts.nesting import Record

TACTICS: dict[str, tuple[str, str]] = {
    "reconnaissance": ("TA0043", "Reconnaissance"),
    "resource-development": ("TA0042", "Resource Development"),
    "initial-access": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilege-escalation": ("TA0004", "Privilege Escalation"),
    "defense-evasion": ("TA0005", "Defense Evasion"),
    "credential-access": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateral-movement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "command-and-control": ("TA0011", "Command and Control"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "impact": ("TA0040", "Impact"),
}
"""Slug of the tag -> (identifier, name)."""

_TECHNIQUE = Pattern(r"(t\d{4})(\.\d{3})?", re.ASCII)


def threat(tags: Iterable[str]) -> Record:
    """Return the `threat` object for a rule's tags; it is empty if no tag is of ATT&CK.

    A sub-technique (`attack.t1110.003`) also names its technique. Other tags are passed over.
    """
    tactics: list[tuple[str, str]] = []
    techniques: list[str] = []
    subtechniques: list[str] = []
    for tag in tags:
        namespace, _, word = tag.lower().partition(".")
        if namespace != "attack":
            continue
        slug = word.replace("_", "-")  # Sigma before 2.0 wrote credential_access
        if slug in TACTICS:
            tactics.append(TACTICS[slug])
        elif found := _TECHNIQUE.fullmatch(word):
            techniques.append(found[1].upper())
            if found[2]:
                subtechniques.append(word.upper())
    result: Record = {}
    if tactics:
        unique = list(dict.fromkeys(tactics))
        result["tactic"] = {"id": [t[0] for t in unique], "name": [t[1] for t in unique]}
    if techniques:
        result["technique"] = _named(techniques)
    if subtechniques:
        result["technique"]["subtechnique"] = _named(subtechniques)
    return {"framework": "MITRE ATT&CK", **result} if result else {}


def _named(numbers: list[str]) -> Record:
    """Return numbers, each once, and their names beside them."""
    unique = list(dict.fromkeys(numbers))
    return {"id": unique, "name": [NAMES.get(number.lower(), number) for number in unique]}
