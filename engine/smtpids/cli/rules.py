"""`smtpids rules`: what the rules are."""

from __future__ import annotations

import json

import click

from smtpids.cli.options import rules_option
from smtpids.cli.rules_test import run_tests
from smtpids.errors import ExitCode


@click.group()
def rules() -> None:
    """Show the rules."""


@rules.command("list")
@rules_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
def list_rules(rule_paths: tuple[str, ...], *, as_json: bool) -> ExitCode:
    """List the rules: name, level, whether it is on, title."""
    from smtpids import rules as loader

    loaded = loader.load(list(rule_paths) or None).rules
    if as_json:
        for rule in loaded:
            facts = {
                "name": rule.name,
                "uuid": rule.uuid,
                "level": rule.level.value,
                "category": rule.category,
                "enabled": rule.enabled,
                "title": rule.title,
            }
            click.echo(json.dumps(facts, ensure_ascii=False))
        return ExitCode.DONE
    width = max((len(rule.name) for rule in loaded), default=0)
    for rule in loaded:
        state = "on " if rule.enabled else "off"
        click.echo(f"{rule.name:<{width}}  {rule.level.value:<13}  {state}  {rule.title}")
    return ExitCode.DONE


rules.add_command(run_tests)
