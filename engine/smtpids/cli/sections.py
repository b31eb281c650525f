"""The help of a command with many options: in sections, each with a heading, none left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Heading -> the options below it by their longest name, in order. What is in none comes last.
RUN: Final[Mapping[str, Sequence[str]]] = {
    "What is read": (
        "--read",
        "--follow",
        "--interface",
        "--ports",
        "--any-port",
        "--filter",
        "--checksums",
        "--tls-inspection-tap",
        "--duration",
    ),
    "What it is held against": (
        "--config",
        "--rules",
        "--reload",
        "--profile-rules",
        "--home-net",
        "--state",
    ),
    "What is written": (
        "--output",
        "--format",
        "--events",
        "--detail",
        "--privacy",
        "--sensor",
        "--extract",
        "--extract-quota",
    ),
    "Metrics": ("--metrics", "--metrics-textfile", "--web.config.file"),
    "The run itself": (
        "--test",
        "--workers",
        "--user",
        "--fail-on",
        "--progress",
        "--summary",
        "--quiet",
        "--verbose",
        "--help",
    ),
}


class RunCommand(click.Command):
    """`smtpids run`, whose help is cut into sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options below their headings."""
        rows: dict[str, tuple[str, str]] = {}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                rows[max(parameter.opts, key=len)] = row
        sections = {
            heading: [rows.pop(name) for name in names if name in rows]
            for heading, names in RUN.items()
        }
        for heading, found in (*sections.items(), ("Other options", list(rows.values()))):
            if found:
                with formatter.section(heading):
                    formatter.write_dl(found)
