"""`smtpids rules test`: do the rules see what they must, and nothing else?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smtpids.cli.faults import fault_lines
from smtpids.cli.options import rules_option
from smtpids.errors import ExitCode, OutputError, RuleSetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.errors import RuleError
    from smtpids.trial.report import FileResult


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@rules_option
@click.option("--mutate", is_flag=True, help="Name each condition that no test would miss.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the results as JUnit XML, too.",
)
@click.option(
    "-k", "only", default="", metavar="NAME", help="Only rules and tests whose name holds NAME."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of files without a fault.")
def run_tests(
    paths: tuple[str, ...],
    rule_paths: tuple[str, ...],
    only: str,
    junit: str | None,
    *,
    mutate: bool,
    quiet: bool,
) -> ExitCode:
    """Run the tests (*.test.yml) in PATH, a folder or file. [default: the shipped rules]

    The rules in PATH are loaded, or those of --rules. Ends with 1 if a test fails, a rule has no
    test or, with --mutate, a condition is untested; with 3 if a rule or a test file has a fault.
    """
    from smtpids.trial import report, running

    try:
        session = running.prepare(paths, rule_paths, only)
    except RuleSetError as error:
        for fault in error.errors:
            click.echo("\n".join(fault_lines(fault)), err=True)
        return ExitCode.RULES
    results = []
    for result in running.results(session, mutate=mutate):
        results.append(result)
        if not quiet or result.failed or result.untested:
            click.echo("\n".join(report.lines_of(result)))
    for lack in session.lacking:
        click.echo(str(lack))
    click.echo(report.summary(results, session.lacking))
    if junit is not None:
        _write(Path(junit), report.junit(results, session.lacking))
    return ExitCode.ALERTED if _failed(results, session.lacking) else ExitCode.DONE


def _failed(results: Sequence[FileResult], lacking: Sequence[RuleError]) -> bool:
    return bool(lacking) or any(result.failed or result.untested for result in results)


def _write(path: Path, octets: bytes) -> None:
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
