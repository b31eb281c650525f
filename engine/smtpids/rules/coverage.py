"""What the rules cover: by family, and by technique of ATT&CK.

`rules/COVERAGE.md` is this page of the shipped rules; `python -m smtpids.rules.coverage` prints it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.rules import attack, shipped_rules
from smtpids.rules.rule import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.rules.rule import Rule

_OPENING: Final = """\
# Coverage

What the rules of this folder find, by family and by technique of [ATT&CK](https://attack.mitre.org).
This page is written by `python -m smtpids.rules.coverage`; change the rules.

A rule in parentheses is off by default.
One of level informational alerts only through a correlation.
"""
_LEVELS: Final = (Level.CRITICAL, Level.HIGH, Level.MEDIUM, Level.LOW, Level.INFORMATIONAL)


def markdown(rules: Iterable[Rule]) -> str:
    """Return the page for some rules."""
    known = sorted(rules, key=lambda rule: (_LEVELS.index(rule.level), rule.name))
    parts = [_OPENING, "\n", _summary(known)]
    for family in sorted({rule.category for rule in known}):
        parts += [f"\n## {family or 'No family'}\n\n", _family(known, family)]
    parts += ["\n## By technique\n\n", _techniques(known)]
    without = [rule for rule in known if not _techniques_of(rule)]
    if without:
        listed = ", ".join(_named(rule) for rule in without)
        parts.append(f"\nWithout a technique: {listed}.\n")
    return "".join(parts)


def _summary(rules: list[Rule]) -> str:
    heads = [str(level) for level in _LEVELS]
    lines = [
        f"| family | rules | {' | '.join(heads)} | off |",
        f"|---|{'--:|' * (len(heads) + 2)}",
    ]
    families = sorted({rule.category for rule in rules})
    for family in (*families, None):
        own = [rule for rule in rules if family is None or rule.category == family]
        counts = [sum(rule.level is level for rule in own) for level in _LEVELS]
        off = sum(not rule.enabled for rule in own)
        cells = [str(count or "") for count in (len(own), *counts, off)]
        lines.append(f"| {'all' if family is None else family or 'none'} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _family(rules: list[Rule], family: str) -> str:
    lines = ["| rule | level | finds | events | ATT&CK |", "|---|---|---|---|---|"]
    for rule in rules:
        if rule.category != family:
            continue
        events = ", ".join(sorted(rule.actions)) or "matches of other rules"
        techniques = ", ".join(_link(word) for word in _techniques_of(rule))
        title = rule.title.replace("|", "\\|")
        lines.append(f"| {_named(rule)} | {rule.level} | {title} | {events} | {techniques} |")
    return "\n".join(lines) + "\n"


def _techniques(rules: list[Rule]) -> str:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        for word in _techniques_of(rule):
            found.setdefault(word, []).append(rule)
    lines = ["| technique | name | rules |", "|---|---|---|"]
    for word in sorted(found):
        named = ", ".join(_named(rule) for rule in found[word])
        lines.append(f"| {_link(word)} | {attack.NAMES.get(word, '')} | {named} |")
    return "\n".join(lines) + "\n"


def _techniques_of(rule: Rule) -> list[str]:
    words = [tag.removeprefix("attack.") for tag in rule.tags if tag.startswith("attack.")]
    return sorted(word for word in words if attack.looks_like_technique(word))


def _named(rule: Rule) -> str:
    return f"`{rule.name}`" if rule.enabled else f"(`{rule.name}`)"


def _link(word: str) -> str:
    path = word.upper().replace(".", "/")
    return f"[{word.upper()}](https://attack.mitre.org/techniques/{path}/)"


def main() -> str:
    """Return the page of the shipped rules."""
    from smtpids.rules.loader import load

    return markdown(load([shipped_rules.folder()]).rules)


if __name__ == "__main__":
    import sys

    sys.stdout.write(main())
