"""Rules and events for tests: from YAML without files, and what was said about them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.rules.detection import read_selection
from smtpids.rules.rule import Level, Rule
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.schema import read_document
from smtpids.rules.specialise import actions_of
from smtpids.smtp.events import Event

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.document import Value
    from smtpids.rules.schema import Document
    from smtpids.rules.tree import Node

PROBE = """\
title: Probe
id: 7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11
name: probe
description: A rule for tests.
logsource: {product: smtpids, category: smtp}
detection:
    selection:
        event.action: auth
        tls.established: false
    condition: selection
level: high
"""
"""A rule without fault, to be spoiled in one place by a test."""


def spoiled(old: str, new: str) -> str:
    """Return PROBE with one piece replaced."""
    assert PROBE.count(old) == 1
    return PROBE.replace(old, new)


def written(folder: Path, name: str, text: str = "") -> Path:
    """Write a rule file; without a text, PROBE under the file's name and without id."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not text:
        text = "".join(line for line in PROBE.splitlines(True) if not line.startswith("id:"))
        text = text.replace("name: probe", f"name: {path.name.rpartition('.')[0]}")
    path.write_text(text)
    return path


def document(text: str) -> tuple[Value | None, list[str]]:
    """Read one YAML document; return it and what was said."""
    faults = Faults()
    found = read_documents(dedent(text), "probe.yml", faults)
    return found[0] if found else None, said(faults)


def selection(text: str) -> Node:
    """Read a selection that has no error; it may be unwise."""
    node, told = judged(text)
    assert [fault for fault in told if " error: " in fault] == []
    return node


def judged(text: str) -> tuple[Node, list[str]]:
    """Read a selection; return its tree and what was said."""
    faults = Faults()
    (value,) = read_documents(dedent(text), "probe.yml", faults)
    node = read_selection(value, faults)
    return node, said(faults)


def rule_document(text: str, path: str = "probe.yml") -> tuple[Document | None, list[str]]:
    """Read a rule or filter; return it and what was said."""
    faults = Faults()
    found = [
        read_document(value, path, "auth", faults) for value in read_documents(text, path, faults)
    ]
    return found[0] if found else None, said(faults)


def said(faults: Faults) -> list[str]:
    """Return errors and warnings as they are printed."""
    return [str(fault) for fault in (*faults.errors, *faults.warnings)]


def ruleset(**conditions: str | Node) -> RuleSet:
    """Return rules by name, whose conditions are selections as YAML or trees."""
    sources = []
    for name, condition in sorted(conditions.items()):
        node = selection(condition) if isinstance(condition, str) else condition
        rule = Rule(name, name.title(), Level.HIGH, actions=actions_of(node))
        sources.append(RuleSource(rule, node))
    return RuleSet(tuple(sources))


def event(action: str, fields: dict[str, Any] | None = None, *, ts_ns: int = 0) -> Event:
    """Return an event with its action among its fields."""
    return Event(action, ts_ns, 1, {"event.action": action, **(fields or {})})
