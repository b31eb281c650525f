"""The captures of two public monitors' test suites, with facts that were verified without us.

The captures are those projects' own and no part of this one: they lie beside the repository where
somebody fetched them, with the program that compares what `inspect` says to the facts.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from smtpids.cli import main
from smtpids.errors import ExitCode
from tests.support.engine import CLEARTEXT, shipped_rules_unheld, told_of_capture

if TYPE_CHECKING:
    from types import ModuleType

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
#: Facts that held when this was last changed; it may only rise.
HELD = 1175

pytestmark = pytest.mark.skipif(
    not (CORPUS / "check.py").is_file(), reason="no corpus beside the repository (../shared/corpus)"
)


class Judged(NamedTuple):
    """What became of one capture."""

    code: int
    facts: list[tuple[str, bool, str]]


def test_no_capture_makes_the_engine_fail(capfd: pytest.CaptureFixture[str]) -> None:
    entries = corpus()
    assert entries != []
    failed = [
        entry["id"]
        for entry in entries
        if judged(entry, capfd).code not in {ExitCode.DONE, ExitCode.INPUT}
    ]
    assert failed == []


def test_as_many_facts_hold_as_ever(capfd: pytest.CaptureFixture[str]) -> None:
    facts = [
        (f"{entry['id']}: {label}: {detail}", holds)
        for entry in corpus()
        for label, holds, detail in judged(entry, capfd).facts
    ]
    held = sum(holds for _, holds in facts)
    assert held >= HELD, "\n".join(text for text, holds in facts if not holds)


def test_a_clean_capture_is_alerted_on_for_cleartext_at_most() -> None:
    clean = [entry for entry in corpus() if any(f["kind"] == "clean" for f in entry["facts"])]
    assert len(clean) >= 6
    told = {
        f"{entry['id']}: {rule}"
        for entry in clean
        for rule in told_of_capture(path_of(entry), shipped_rules_unheld()).rules
        if rule not in CLEARTEXT
    }
    assert told == set()


def test_the_attachments_of_every_capture_are_extracted_as_they_were_sent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    missing = []
    for entry in corpus():
        expected = [hashes_of(attachment) for attachment in attachments_of(entry)]
        if expected:
            folder = tmp_path / entry["id"]
            main(["inspect", "--json", "--extract", str(folder), "-r", str(path_of(entry))])
            capfd.readouterr()
            files = [path for path in folder.rglob("*") if path.is_file()]
            found = {sha256(path.read_bytes()).hexdigest() for path in files}
            assert found == {path.name for path in files}
            missing += [f"{entry['id']}: {hashes}" for hashes in expected if not hashes & found]
    assert missing == []


def attachments_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the attachments of a capture of which the content is known."""
    listed = [one for fact in entry["facts"] for one in fact.get("attachments") or []]
    return [one for one in listed if one.get("sha256")]


def hashes_of(attachment: dict[str, Any]) -> set[str]:
    """Return the SHA-256 of what may be the content: two readers may differ in a line end."""
    value = attachment["sha256"]
    return set(value["any_of"]) if isinstance(value, dict) else {value}


def path_of(entry: dict[str, Any]) -> Path:
    """Return where a capture lies."""
    return CORPUS / "pcaps" / Path(entry["file"]).name


@cache
def program() -> ModuleType:
    """Return the corpus's own program as a module."""
    spec = importlib.util.spec_from_file_location("corpus_check", CORPUS / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def corpus() -> list[dict[str, Any]]:
    """Return what is known of each capture."""
    loaded: list[dict[str, Any]] = json.loads((CORPUS / "expect.json").read_text(encoding="utf-8"))
    return loaded


_JUDGED: dict[str, Judged] = {}


def judged(entry: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> Judged:
    """Inspect one capture, once, and compare."""
    name = entry["id"]
    if name not in _JUDGED:
        code = main(["inspect", "--json", "-r", str(path_of(entry))])
        lines = capfd.readouterr().out.splitlines()
        run = program().Run([json.loads(line) for line in lines])
        _JUDGED[name] = Judged(code, list(program().misses(entry, run)))
    return _JUDGED[name]
