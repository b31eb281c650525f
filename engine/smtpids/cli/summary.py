"""What a run came to, in a few lines for people or one JSON object."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from smtpids.cli.words import counted
from smtpids.rules.rule import Level

if TYPE_CHECKING:
    from smtpids.cli.costs import Costs
    from smtpids.cli.delivery import RuleTally

#: Rules named in the summary.
TOP = 5


@dataclass(slots=True)
class OutputTally:
    """What became of the records of one output."""

    name: str
    delivered: int
    lost: int = 0
    waiting: int = 0
    """Kept for the next run."""


@dataclass(slots=True)
class Summary:
    """The figures of one run."""

    files: int
    """0 for a live capture."""
    packets: int
    packets_lost: int
    """Lost by the kernel or the interface."""
    sessions: int
    messages: int
    seconds: float
    """Wall time."""
    rules: list[RuleTally] = field(default_factory=list)
    """The rules that alerted."""
    events_lost: int = 0
    """Events that no output took."""
    outputs: list[OutputTally] = field(default_factory=list)
    """The outputs; none if there is standard output alone."""
    attachments: int | None = None
    """Attachments written to files; None without --extract."""
    attachments_skipped: int = 0
    """Attachments that were not written though they should have been."""
    costs: Costs | None = None
    """What the rules have cost; None without --profile-rules."""

    @property
    def alerts(self) -> int:
        """All alerts together."""
        return sum(rule.alerts for rule in self.rules)

    def by_level(self) -> dict[str, int]:
        """Return the alerts of each level that has any, worst first."""
        counted = {
            level: sum(rule.alerts for rule in self.rules if rule.level is level)
            for level in sorted(Level, key=lambda level: -level.severity)
        }
        return {level.value: alerts for level, alerts in counted.items() if alerts}

    def busiest(self) -> list[RuleTally]:
        """Return the rules that alerted, the most frequent first."""
        return sorted(self.rules, key=lambda rule: (-rule.alerts, rule.name))


def as_text(summary: Summary) -> str:
    """Return the summary as a few lines."""
    rate = summary.packets / summary.seconds if summary.seconds else 0.0
    read = [
        *([counted(summary.files, "file")] if summary.files else []),
        counted(summary.packets, "packet") + f" ({summary.packets_lost:,} lost)",
        counted(summary.sessions, "session"),
        counted(summary.messages, "message"),
    ]
    lines = [f"{', '.join(read)} in {summary.seconds:.1f} s ({rate:,.0f} packets/s)"]
    levels = ", ".join(f"{number:,} {level}" for level, number in summary.by_level().items())
    lines.append(counted(summary.alerts, "alert") + (f": {levels}" if levels else ""))
    busiest = summary.busiest()
    width = max((len(f"{rule.alerts:,}") for rule in busiest), default=0)
    names = max((len(rule.name) for rule in busiest[:TOP]), default=0)
    lines += [
        f"  {rule.alerts:>{width},}  {rule.name:<{names}}  {rule.title}" for rule in busiest[:TOP]
    ]
    if len(busiest) > TOP:
        lines.append(f"  and {counted(len(busiest) - TOP, 'more rule')}")
    if summary.attachments is not None:
        left = f", {summary.attachments_skipped:,} not" if summary.attachments_skipped else ""
        lines.append(f"{counted(summary.attachments, 'attachment')} written to files{left}")
    lines += [f"{_became(output)}" for output in summary.outputs]
    if summary.events_lost:
        lines.append(f"{counted(summary.events_lost, 'event')} lost: an output did not take them")
    if summary.costs is not None:
        from smtpids.cli.costs import cost_lines

        lines += cost_lines(summary.costs)
    return "\n".join(lines)


def _became(output: OutputTally) -> str:
    """Return what became of the records of an output."""
    told = [f"{output.delivered:,} delivered"]
    if output.lost:
        told.append(f"{output.lost:,} lost")
    if output.waiting:
        told.append(f"{output.waiting:,} wait for the next run")
    return f"{output.name}: {', '.join(told)}"


def as_json(summary: Summary) -> str:
    """Return the summary as one line of JSON."""
    told = asdict(replace(summary, rules=[]))  # which are told by their names below
    if summary.attachments is None:
        del told["attachments"], told["attachments_skipped"]
    if not summary.outputs:
        del told["outputs"]
    if summary.costs is None:
        del told["costs"]
    told["seconds"] = round(summary.seconds, 3)
    told["alerts"] = {"total": summary.alerts, **summary.by_level()}
    told["rules"] = {rule.name: rule.alerts for rule in summary.busiest()}
    return json.dumps(told)
