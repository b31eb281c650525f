"""`smtpids rules show`: all that is known of one rule."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import click

from smtpids.cli.options import config_option, rules_option
from smtpids.cli.rule_facts import facts, fields_of, needs_of, rule_called, techniques
from smtpids.cli.ruleset import load_rules
from smtpids.cli.run import RunOptions
from smtpids.cli.words import counted
from smtpids.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule

#: Where the words of a line begin.
INDENT = 14


@click.command("show")
@click.argument("name", metavar="RULE")
@config_option
@rules_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(
    name: str, rule_paths: tuple[str, ...], config_file: str | None, *, as_json: bool
) -> ExitCode:
    """Show one rule: what it finds, what it asks, what it needs."""
    import json

    ruleset = load_rules(RunOptions(rule_paths=rule_paths, config_file=config_file).settings())
    rule = rule_called(name, ruleset)
    if as_json:
        click.echo(json.dumps(_facts(rule, ruleset), ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(rule, ruleset)))
    return ExitCode.DONE


def _facts(rule: Rule, ruleset: RuleSet) -> dict[str, Any]:
    return {
        **facts(rule, ruleset),
        "file": rule.path,
        "description": rule.description,
        "condition": condition(rule, ruleset),
        "fields": sorted(fields_of(rule.name, ruleset)),
        "tags": list(rule.tags),
        "references": list(rule.references),
        "false_positives": list(rule.false_positives),
        "message": rule.message,
        "tests": count_tests(rule),
    }


def _lines(rule: Rule, ruleset: RuleSet) -> Iterator[str]:
    yield f"{rule.name}: {rule.title}"
    yield ""
    yield from (f"  {line}" for line in rule.description.splitlines())
    yield ""
    state = "on by default" if rule.enabled else "off by default"
    yield from _entry("level", [f"{rule.level.value}, {state}"])
    yield from _entry("file", [rule.path])
    yield from _entry("asked of", [", ".join(sorted(rule.actions))])
    yield from _entry("true if", condition(rule, ruleset).splitlines())
    yield from _entry("fields", sorted(fields_of(rule.name, ruleset)))
    yield from _entry(
        "needs", [f"{key} in the configuration" for key in needs_of(rule.name, ruleset)]
    )
    yield from _entry("message", [rule.message] if rule.message else [])
    yield from _entry("told", [_held_back(rule)])
    yield from _entry("ATT&CK", [", ".join(techniques(rule))] if techniques(rule) else [])
    yield from _entry("tags", [", ".join(rule.tags)] if rule.tags else [])
    yield from _entry("false alarms", rule.false_positives)
    yield from _entry("read on", rule.references)
    yield from _entry("tests", [counted(count_tests(rule), "test")])


def _entry(name: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  {name if not number else '':<{INDENT}}{line}"


def _held_back(rule: Rule) -> str:
    if rule.once_per:
        return f"once for each {rule.once_per}"
    if rule.suppress is not None:
        seconds = rule.suppress.for_ns // 1_000_000_000
        return f"once in {seconds:,} s for each {', '.join(rule.suppress.by)}"
    return "each time"


def condition(rule: Rule, ruleset: RuleSet) -> str:
    """Return what a rule asks, as its file writes it; in words if the file is gone.

    How many values an average must be of stands elsewhere in the file, and here behind the rest.
    """
    from smtpids.rules.explain import words

    try:
        lines = Path(rule.path).read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        lines = []
    for key in ("detection:", "correlation:"):
        if key in lines:
            first = lines.index(key) + 1
            block = lines[first:]
            ends = [number for number, line in enumerate(block) if line and line[0] not in " #-"]
            asked = dedent("\n".join(block[: ends[0] if ends else len(block)])).rstrip()
            return "\n".join([asked, *_least(rule, ruleset)])
    conditions = [one.condition for one in ruleset.sources if one.rule.name == rule.name]
    return "".join(words(one) for one in conditions)


def _least(rule: Rule, ruleset: RuleSet) -> Iterator[str]:
    for one in ruleset.correlations:
        if one.rule.name == rule.name and one.min_values > 1:
            yield f"min_values: {one.min_values}"


def count_tests(rule: Rule) -> int:
    """Return how many tests stand beside a rule."""
    from smtpids.faults import Faults
    from smtpids.trial.reading import read_text

    path = Path(rule.path).with_suffix(".test.yml")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        return 0
    names = frozenset({rule.name})
    return sum(len(file.trials) for file in read_text(text, str(path), names, Faults()))
