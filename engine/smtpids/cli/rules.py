"""`smtpids rules`: what the rules are, and whether they do what they should."""

from __future__ import annotations

import json

import click

from smtpids.cli.export import export
from smtpids.cli.options import config_option, rules_option
from smtpids.cli.rule_facts import facts, table
from smtpids.cli.rules_explain import explain
from smtpids.cli.rules_show import show
from smtpids.cli.rules_stats import stats
from smtpids.cli.rules_test import run_tests
from smtpids.cli.ruleset import load_rules
from smtpids.cli.run import RunOptions
from smtpids.errors import ExitCode

HEAD = ["rule", "level", "default", "asked of", "needs", "ATT&CK"]


@click.group()
def rules() -> None:
    """Show, explain and test the rules."""


@rules.command("list")
@config_option
@rules_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
def list_rules(rule_paths: tuple[str, ...], *, config_file: str | None, as_json: bool) -> ExitCode:
    """List the rules: name, level, whether it is on, its events, settings that it needs, ATT&CK."""
    ruleset = load_rules(RunOptions(rule_paths=rule_paths, config_file=config_file).settings())
    told = [facts(rule, ruleset) for rule in ruleset.rules]
    if as_json:
        for one in told:
            click.echo(json.dumps(one, ensure_ascii=False))
        return ExitCode.DONE
    rows = [
        [
            one["name"],
            one["level"],
            "on" if one["enabled"] else "off",
            ", ".join(one["actions"]),
            ", ".join(one["needs"]),
            ", ".join(one["attack"]),
        ]
        for one in told
    ]
    click.echo("\n".join(table([HEAD, *rows])))
    return ExitCode.DONE


for command in (export, show, run_tests, explain, stats):
    rules.add_command(command)
