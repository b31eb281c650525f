from __future__ import annotations

import click
from click.testing import CliRunner

from smtpids.cli.program import smtpids
from smtpids.cli.run import run
from smtpids.cli.sections import RUN, RunCommand


def longest(parameter: click.Parameter) -> str:
    return max(parameter.opts, key=len)


def test_every_option_of_run_stands_in_one_section() -> None:
    context = click.Context(run)
    listed = [name for names in RUN.values() for name in names]
    assert sorted(listed) == sorted(longest(parameter) for parameter in run.get_params(context))


def test_the_help_of_run_has_the_headings_in_order_and_each_option_once() -> None:
    shown = CliRunner().invoke(smtpids, ["run", "--help"]).output
    places = [shown.index(f"\n{heading}:\n") for heading in RUN]
    assert places == sorted(places)
    lines = shown.splitlines()
    for names in RUN.values():
        for name in names:
            first = [line for line in lines if line.lstrip().startswith((name, "-"))]
            assert sum(name in line[:40].replace(",", " ").split() for line in first) == 1, name


def test_an_option_that_no_section_names_is_shown_all_the_same() -> None:
    command = RunCommand("run", params=[click.Option(["--new"], help="New.")])
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "Other options:\n  --new TEXT  New.\n" in shown
