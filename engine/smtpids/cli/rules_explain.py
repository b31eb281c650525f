"""`smtpids rules explain`: why a rule alerted on a capture, or why it did not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from smtpids.cli.options import config_option, read_option, rules_option, tap_option
from smtpids.cli.replay import replay
from smtpids.cli.rule_facts import rule_called
from smtpids.cli.ruleset import load_rules
from smtpids.cli.run import RunOptions
from smtpids.cli.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.errors import ExitCode
    from smtpids.trial.inquiry import Answer, Inquiry

#: Answers that are shown.
MOST_SHOWN = 3


@click.command("explain")
@click.argument("name", metavar="RULE")
@read_option
@config_option
@rules_option
@tap_option
@click.option("--packet", type=int, metavar="N", help="Only what the N-th packet leads to.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each rule asked.")
def explain(
    name: str,
    inputs: tuple[str, ...],
    rule_paths: tuple[str, ...],
    packet: int | None,
    config_file: str | None,
    *,
    tls_inspection_tap: bool | None,
    as_json: bool,
) -> ExitCode:
    """Say why RULE is true of a capture, or which of its conditions fail.

    Of a correlation, the rules that it counts are asked.
    """
    from smtpids.trial.bench import with_parts
    from smtpids.trial.inquiry import Inquirer, Inquiry

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
    wanted = with_parts(rule_called(name, ruleset).name, ruleset)
    inquiries = [
        Inquiry(source, packet) for source in ruleset.sources if source.rule.name in wanted
    ]
    code = replay(inputs, options.config(settings), Inquirer(inquiries))
    for inquiry in inquiries:
        if as_json:
            click.echo(json.dumps(_facts(inquiry)))
        else:
            click.echo("\n".join(_lines(inquiry)))
    return code


def _lines(inquiry: Inquiry) -> Iterator[str]:
    rule = inquiry.source.rule
    if inquiry.true:
        held = f", {inquiry.held} of them held back" if inquiry.held else ""
        yield f"{rule.name}: true of {counted(inquiry.true, 'event')}{held}"
        for answer in inquiry.hits[:MOST_SHOWN]:
            yield from _answer(answer, inquiry, "because")
        return
    kinds = " and ".join(sorted(rule.actions))
    yield f"{rule.name}: true of no event; {inquiry.asked:,} asked ({kinds})"
    for answer in inquiry.misses[:MOST_SHOWN]:
        yield from _answer(answer, inquiry, "fails")


def _answer(answer: Answer, inquiry: Inquiry, word: str) -> Iterator[str]:
    held = ", held back" if answer.held else ""
    yield f"  packet {answer.event.packet}, {_event(answer)}{held}"
    for finding in answer.findings:
        selection = inquiry.places.selection(finding.node)
        yield f"    {word:<8} {selection + ': ' if selection else ''}{finding.text}"


def _event(answer: Answer) -> str:
    fields = answer.event.fields
    ends = [
        f"{fields.get(f'{end}.ip')}:{fields.get(f'{end}.port')}"
        for end in ("source", "destination")
    ]
    return f"{answer.event.action}, {' -> '.join(ends)}"


def _facts(inquiry: Inquiry) -> dict[str, Any]:
    return {
        "rule": inquiry.source.rule.name,
        "true": inquiry.true,
        "held": inquiry.held,
        "asked": inquiry.asked,
        "hits": [_told(answer, inquiry) for answer in inquiry.hits],
        "misses": [] if inquiry.hits else [_told(answer, inquiry) for answer in inquiry.misses],
    }


def _told(answer: Answer, inquiry: Inquiry) -> dict[str, Any]:
    fields = answer.event.fields
    return {
        "packet": answer.event.packet,
        "action": answer.event.action,
        "session": fields.get("session.id"),
        "source": f"{fields.get('source.ip')}:{fields.get('source.port')}",
        "destination": f"{fields.get('destination.ip')}:{fields.get('destination.port')}",
        "held": answer.held,
        "conditions": [
            {
                "selection": inquiry.places.selection(finding.node),
                "condition": finding.words,
                "wanted": finding.wanted,
                "field": finding.field,
                "value": finding.value,
            }
            for finding in answer.findings
        ],
    }
