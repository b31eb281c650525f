"""What became of all trials, as text for people and as JUnit XML for machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.errors import RuleError
    from smtpids.trial.trials import Trial, TrialFile


@dataclass(frozen=True, slots=True)
class Result:
    """A trial and what was not as expected."""

    trial: Trial
    differences: tuple[str, ...] = ()


@dataclass(slots=True)
class FileResult:
    """A test file and what became of its trials."""

    file: TrialFile
    results: list[Result] = field(default_factory=list)
    untested: list[RuleError] = field(default_factory=list)
    """Conditions that no test misses."""

    @property
    def failed(self) -> int:
        """How many trials failed."""
        return sum(bool(result.differences) for result in self.results)

    @property
    def passed(self) -> int:
        """How many trials passed."""
        return len(self.results) - self.failed


def lines_of(result: FileResult) -> Iterator[str]:
    """Yield a line about a file, and one for each failure."""
    counts = f"{result.passed} passed"
    if result.failed:
        counts += f", {result.failed} failed"
    if result.untested:
        counts += f", {len(result.untested)} untested"
    yield f"{result.file.path}: {counts}"
    for one in result.results:
        for difference in one.differences:
            yield f"{one.trial.place}: error: '{one.trial.name}': {difference}"
    for error in result.untested:
        yield f"{error.location}: {error.message}"


def summary(results: Sequence[FileResult], lacking: Sequence[RuleError]) -> str:
    """Return the last line."""
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    untested = sum(len(result.untested) for result in results)
    words = f"{passed} passed, {failed} failed"
    if untested:
        words += f", {untested} untested"
    return words + (f", {len(lacking)} rules lack tests" if lacking else "")


def junit(results: Sequence[FileResult], lacking: Sequence[RuleError]) -> bytes:
    """Return the results as JUnit XML: a suite for each file, a case for each trial."""
    top = ET.Element("testsuites", name="smtpids rules test")
    for result in results:
        suite = ET.SubElement(
            top,
            "testsuite",
            name=result.file.path,
            tests=str(len(result.results) + len(result.untested)),
            failures=str(result.failed + len(result.untested)),
            errors="0",
        )
        for one in result.results:
            case = _case(suite, result.file, one.trial.name, one.trial.place.line)
            for difference in one.differences:
                ET.SubElement(case, "failure", message=difference)
        for error in result.untested:
            case = _case(suite, result.file, error.message, error.location.line)
            ET.SubElement(case, "failure", message=str(error))
    if lacking:
        count = str(len(lacking))
        suite = ET.SubElement(
            top, "testsuite", name="coverage", tests=count, failures=count, errors="0"
        )
        for error in lacking:
            case = ET.SubElement(
                suite, "testcase", name=error.message, classname="coverage",
                file=error.location.path,
            )  # fmt: skip
            ET.SubElement(case, "failure", message=str(error))
    ET.indent(top)
    octets: bytes = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    return octets


def _case(suite: ET.Element, file: TrialFile, name: str, line: int) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", name=name, classname=file.rule, file=file.path, line=str(line)
    )
