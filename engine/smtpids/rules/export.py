"""Rules as queries of other programs, with what such a query can and cannot find.

A query runs over the lines that smtpids writes. Rules are asked of every event, but only sessions,
messages and anomalies are written without a rule; of other events only the alerts are there.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smtpids.document import Items, Mapping, Scalar, read_documents
from smtpids.errors import SmtpIdsError
from smtpids.faults import Faults
from smtpids.rules import conversion, shipped_rules
from smtpids.rules.files import find_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Mapping as MappingOf

    from smtpids.document import Value
    from smtpids.rules.placeholders import Placeholders

TARGETS: Final = tuple(conversion.BACKENDS)
#: What brings a target's backend.
PACKAGES: Final = {
    "splunk": "pysigma-backend-splunk",
    "esql": "pysigma-backend-elasticsearch",
    "lucene": "pysigma-backend-elasticsearch",
}
#: The values of `event.action` whose events are written without a rule.
WRITTEN: Final = frozenset({"session_end", "message", "anomaly"})
#: Seconds that the other interpreter may take for all rules.
MOST_SECONDS: Final = 600


class ExportError(SmtpIdsError):
    """The converter is not there, or does not answer."""


@dataclass(frozen=True, slots=True)
class Document:
    """A rule or correlation as it stands in its file, and what belongs to it."""

    name: str
    title: str
    level: str
    content: dict[str, Any]
    parts: tuple[str, ...] = ()
    """The rules that a correlation names."""


@dataclass(frozen=True, slots=True)
class Query:
    """A rule in the language of another program."""

    document: Document
    text: str
    """Empty if the target cannot say it."""
    fault: str
    notes: tuple[str, ...]


class Library:
    """The rules, correlations and filters of some files, by name."""

    def __init__(self, values: Iterable[Value]) -> None:
        self.documents: dict[str, Document] = {}
        self.filters: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self.by_id: dict[str, str] = {}
        for value in values:
            content = _plain(value)
            if isinstance(content, dict):
                self._add(content)

    def _add(self, content: dict[str, Any]) -> None:
        if isinstance(content.get("filter"), dict):
            named = content["filter"].get("rules")
            targets = [named] if isinstance(named, str) else named or []
            self.filters.append((tuple(str(one) for one in targets), content))
            return
        name = str(content.get("name") or "")
        correlation = content.get("correlation")
        parts = correlation.get("rules", []) if isinstance(correlation, dict) else []
        self.documents[name] = Document(
            name,
            str(content.get("title", "")),
            str(content.get("level", "")),
            content,
            tuple(str(one) for one in ([parts] if isinstance(parts, str) else parts)),
        )
        self.by_id[str(content.get("id", "")).lower()] = name

    def name_of(self, word: str) -> str:
        """Return the name of the rule that a name or id means; empty if none."""
        return word if word in self.documents else self.by_id.get(word.lower(), "")

    def closure(self, name: str) -> tuple[str, ...]:
        """Return a rule and all that it names, directly or not, what is named before what names."""
        found: dict[str, None] = {}
        asked: set[str] = set()

        def visit(one: str) -> None:
            if one in asked or one not in self.documents:
                return
            asked.add(one)
            for part in self.documents[one].parts:
                visit(self.name_of(part))
            found[one] = None

        visit(name)
        return tuple(found)

    def together(self, name: str) -> list[dict[str, Any]]:
        """Return the documents that make one query: the rule, its parts, the filters for them."""
        names = self.closure(name)
        contents = [_quiet(self.documents[one].content) for one in names]
        for targets, content in self.filters:
            wanted = {self.name_of(target) for target in targets}
            if "any" in targets or wanted & set(names):
                contents.append(content)
        return contents


def read_library(paths: Sequence[str | Path] | None) -> Library:
    """Return what the rule files hold; they were loaded before and have no fault."""
    roots = [shipped_rules.folder()] if paths is None else [Path(path) for path in paths]
    faults = Faults()
    values: list[Value] = []
    for file in find_files(roots, faults):
        values += read_documents(file.path.read_text("utf-8-sig"), str(file.path), faults)
    return Library(values)


def queries(
    library: Library,
    names: Sequence[str],
    target: str,
    python: str,
    actions: MappingOf[str, frozenset[str]],
    placeholders: Placeholders | None = None,
) -> list[Query]:
    """Return the query of each rule; raises `ExportError` if the converter cannot be run.

    `actions` are the values of `event.action` that a detection rule may be true of.
    """
    job = {
        "target": target,
        "sets": [library.together(name) for name in names],
        "placeholders": {name: list(values) for name, values in (placeholders or {}).items()},
    }
    answers = _answers(job, target, python)
    found: list[Query] = []
    for name, answer in zip(names, answers, strict=True):
        document = library.documents[name]
        closure = library.closure(name)
        asked = frozenset[str]().union(*(actions.get(one, frozenset()) for one in closure))
        counted = [library.documents[one] for one in closure]
        notes = (*_notes_of_events(document, asked), *_notes_of_target(document, counted, target))
        found.append(Query(document, answer.get("query", ""), answer.get("fault", ""), notes))
    return found


def _answers(job: dict[str, Any], target: str, python: str) -> list[dict[str, str]]:
    package = PACKAGES[target]
    hint = (
        f"make a place for it with 'python3 -m venv converters' and 'converters/bin/pip install"
        f" {package}', then add '--python converters/bin/python'"
    )
    try:
        done = subprocess.run(  # noqa: S603 - the operator names the interpreter
            [python, "-I", conversion.__file__],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportError(f"'{python}' cannot be run ({error}); {hint}") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise ExportError(f"'{python}' failed: {last[0]}; {hint}") from error
    if "missing" in answer:
        raise ExportError(
            f"'{python}' has no converter for {target}, which needs another pySigma than smtpids;"
            f" {hint}"
        )
    found: list[dict[str, str]] = answer["queries"]
    return found


def _notes_of_events(document: Document, asked: frozenset[str]) -> list[str]:
    written, other = sorted(asked & WRITTEN), sorted(asked - WRITTEN)
    alerts = f"search the alerts instead: rule.id is {document.name}"
    if not other:
        return [f"events: {', '.join(written)}, which 'run --events' writes"]
    if not written:
        return [f"events: {', '.join(other)}, which are not written without an alert; {alerts}"]
    missing = f"{', '.join(other)}, which are not written without an alert; {alerts}"
    return [f"events: {', '.join(written)}, which 'run --events' writes; {missing}"]


def _notes_of_target(document: Document, counted: Sequence[Document], target: str) -> list[str]:
    notes = []
    if document.parts:
        notes.append("approximation: counts in fixed spans of time, smtpids in a sliding one")
    for one in counted:
        least = (one.content.get("smtpids") or {}).get("min_values", 1)
        if least > 1:
            notes.append(f"approximation: an average of fewer than {least} values counts here, too")
    if target == "splunk" and "?" in json.dumps(document.content.get("detection", {})):
        notes.append("approximation: Splunk has no '?', it is '*' here")
    if document.level == "informational":
        notes.append("a building block that never alerts by itself")
    return notes


def _quiet(content: dict[str, Any]) -> dict[str, Any]:
    """Return a correlation without `generate`, so that its parts give no queries of their own."""
    correlation = content.get("correlation")
    if not isinstance(correlation, dict):
        return content
    kept = {key: value for key, value in correlation.items() if key != "generate"}
    return {**content, "correlation": kept}


def _plain(value: Value) -> Any:
    """Return a document as JSON can hold it."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, (_, inner) in value.entries.items()}
    if isinstance(value, Items):
        return [_plain(one) for one in value.items]
    assert isinstance(value, Scalar)
    return value.text if isinstance(value.value, (date, bytes)) else value.value
