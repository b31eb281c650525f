"""`smtpids rules stats`: how often each rule would alert, before it is put to use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from smtpids.cli.options import config_option, read_option, rules_option, tap_option
from smtpids.cli.replay import replay
from smtpids.cli.rule_facts import table
from smtpids.cli.ruleset import load_rules
from smtpids.cli.run import RunOptions
from smtpids.cli.words import counted

if TYPE_CHECKING:
    from smtpids.errors import ExitCode
    from smtpids.trial.tally import RuleCount

HEAD = ["rule", "level", "default", "matches", "alerts", "sessions", "first packet"]


@click.command("stats")
@read_option
@config_option
@rules_option
@tap_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
def stats(
    inputs: tuple[str, ...],
    rule_paths: tuple[str, ...],
    config_file: str | None,
    *,
    tls_inspection_tap: bool | None,
    as_json: bool,
) -> ExitCode:
    """Count the matches and alerts of each rule in captures, those of rules that are off too.

    Rules without a match are not listed.
    """
    from smtpids.rules import Correlator, Matcher
    from smtpids.trial.bench import all_on
    from smtpids.trial.tally import Tally

    if not inputs:
        raise click.UsageError("nothing to read: give -r FILE")
    options = RunOptions(
        inputs=inputs,
        rule_paths=rule_paths,
        config_file=config_file,
        tls_inspection_tap=tls_inspection_tap,
    )
    settings = options.settings()
    ruleset = load_rules(settings)
    default = {rule.name for rule in ruleset.rules if rule.enabled}
    everything = all_on(ruleset)
    tally = Tally(Matcher(everything))
    code = replay(inputs, options.config(settings), tally, tally.alert, Correlator(everything))
    found = tally.busiest()
    if as_json:
        for count in found:
            click.echo(json.dumps(_facts(count, default)))
        return code
    if found:
        rows = [[str(value) for value in _row(count, default)] for count in found]
        click.echo("\n".join(table([HEAD, *rows])))
    quiet = len(ruleset.rules) - len(found)
    click.echo(f"{counted(len(found), 'rule')} matched, {quiet} did not")
    return code


def _row(count: RuleCount, default: set[str]) -> list[object]:
    facts = _facts(count, default)
    facts["enabled"] = "on" if facts["enabled"] else "off"
    return list(facts.values())


def _facts(count: RuleCount, default: set[str]) -> dict[str, Any]:
    return {
        "name": count.rule.name,
        "level": count.rule.level.value,
        "enabled": count.rule.name in default,
        "matches": count.matches,
        "alerts": count.alerts,
        "sessions": len(count.sessions),
        "first_packet": count.first_packet,
    }
