"""`smtpids check`: are the rules right? For people, for machines, for GitHub's review view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smtpids.cli.faults import fault_lines
from smtpids.cli.options import config_option, rules_option
from smtpids.cli.ruleset import load_rules
from smtpids.cli.run import RunOptions
from smtpids.cli.words import counted
from smtpids.errors import (
    ConfigError,
    ConfigSetError,
    ExitCode,
    Location,
    RuleError,
    RuleSetError,
)
from smtpids.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.settings import Settings


@click.command()
@config_option
@rules_option
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="text for people, one JSON object, or workflow commands that GitHub shows at the line.",
)
def check(
    rule_paths: tuple[str, ...],
    form: str,
    *,
    config_file: str | None,
    strict: bool,
    outputs: tuple[str, ...] = (),
) -> ExitCode:
    """Read the rules and the configuration and say each fault with its place.

    Files that outputs need are looked at too. Ends with 3 if there is an error.
    """
    options = RunOptions(rule_paths=rule_paths, config_file=config_file, outputs=outputs)
    rules, faults = read_rules(options)
    if strict:
        faults = [as_error(fault) for fault in faults]
    FORMS[form](rules, faults)
    failed = any(fault.severity == "error" for fault in faults)
    return ExitCode.RULES if failed else ExitCode.DONE


def read_rules(options: RunOptions) -> tuple[int, list[RuleError]]:
    """Return how many rules were read, and all faults, errors and warnings; errors mean no rule."""
    from smtpids.cli.serving import open_web
    from smtpids.settings.privacy import key_of

    try:
        settings = options.settings()
        open_web(settings)
        key_of(settings)
        told = output_faults(options, settings)
    except ConfigSetError as error:
        return 0, [as_rule_error(fault) for fault in error.errors]
    try:
        ruleset = load_rules(settings)
    except RuleSetError as error:
        return 0, [*told, *error.errors]
    except ConfigSetError as error:
        return 0, [*told, *(as_rule_error(fault) for fault in error.errors)]
    return len(ruleset.rules), [*told, *ruleset.warnings]


def output_faults(options: RunOptions, settings: Settings) -> list[RuleError]:
    """Return what is wrong with the files that the outputs name."""
    from smtpids.cli.targets import read_all
    from smtpids.settings.options import NETWORK
    from smtpids.settings.outputfiles import check_files, check_folder

    faults = Faults()
    outputs = read_all(options.outputs) if options.outputs else settings["outputs"]
    check_files(outputs, faults)
    waits = any(one.type in NETWORK and "spool" not in one.given for one in outputs)
    if settings["spool"] and waits:
        path, _, line = settings.setting("spool").origin.rpartition(":")
        place = Location(path, int(line)) if path else Location("$SMTPIDS_SPOOL")
        check_folder(settings["spool"], place, faults)
    return [*faults.errors, *faults.warnings]


def as_rule_error(fault: ConfigError) -> RuleError:
    """Return a fault of the configuration as one that is told beside those of rules."""
    return RuleError(fault.location or Location(""), fault.message, secret=fault.secret)


def as_error(fault: RuleError) -> RuleError:
    """Return the fault with the severity of an error."""
    return RuleError(fault.location, fault.message, secret=fault.secret)


def _text(rules: int, faults: list[RuleError]) -> None:
    for fault in faults:
        click.echo("\n".join(fault_lines(fault)))
    errors = sum(fault.severity == "error" for fault in faults)
    warnings = len(faults) - errors
    words = [counted(errors, "error")]
    if warnings:
        words.append(counted(warnings, "warning"))
    if not errors:
        words.insert(0, counted(rules, "rule"))
    click.echo(", ".join(words))


def _json(rules: int, faults: list[RuleError]) -> None:
    import json

    told = [
        {
            "path": fault.location.path,
            "line": fault.location.line,
            "column": fault.location.column,
            "severity": fault.severity,
            "message": fault.message,
        }
        for fault in faults
    ]
    click.echo(json.dumps({"rules": rules, "faults": told}))


def _github(_rules: int, faults: list[RuleError]) -> None:
    for fault in faults:
        place = fault.location
        properties = [f"file={_property(place.path)}"]
        if place.line:
            properties.append(f"line={place.line}")
        if place.column:
            properties.append(f"col={place.column}")
        kind = "error" if fault.severity == "error" else "warning"
        click.echo(f"::{kind} {','.join(properties)}::{_escaped(fault.message)}")


def _escaped(text: str) -> str:
    """Escape what would end a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end a property of a workflow command."""
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


FORMS: dict[str, Callable[[int, list[RuleError]], None]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}
