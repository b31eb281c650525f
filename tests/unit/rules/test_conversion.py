from __future__ import annotations

import json
import subprocess
import sys

from smtpids.rules import conversion

DOCUMENT = {
    "title": "Probe",
    "logsource": {"product": "smtpids", "category": "smtp"},
    "detection": {"selection": {"event.action": "auth"}, "condition": "selection"},
}


def run(job: dict[str, object]) -> dict[str, object]:
    """Run the program as `export.py` does."""
    done = subprocess.run(
        [sys.executable, "-I", conversion.__file__],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_program_needs_nothing_of_smtpids_and_says_what_is_not_installed() -> None:
    answer = run({"target": "splunk", "sets": [[DOCUMENT]]})
    assert answer == {"missing": "No module named 'sigma.backends.splunk'"}


def test_what_a_backend_raises_is_the_fault_of_one_rule() -> None:
    class Backend:
        def __init__(self, pipeline: object) -> None:
            self.pipeline = pipeline

        def convert(self, rules: object) -> list[str]:
            raise NotImplementedError("no such thing")

    assert conversion._query(Backend, [DOCUMENT], {}) == {"fault": "no such thing"}


def test_a_query_is_what_the_backend_makes_of_the_documents() -> None:
    class Backend:
        def __init__(self, pipeline: object) -> None:
            self.pipeline = pipeline

        def convert(self, rules: list[object]) -> list[str]:
            return [f"{len(rules)} rule"]

    assert conversion._query(Backend, [DOCUMENT], {}) == {"query": "1 rule"}
    assert conversion._query(Backend, [DOCUMENT], {"mine": ["a"]}) == {"query": "1 rule"}
