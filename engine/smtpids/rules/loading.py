"""The rules of a run: from their files, or, if they are the shipped ones, as they were prepared.

The loader and all that it needs to judge a rule are imported only where files are read: most runs
on a capture want the shipped rules, and the first alert soon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from smtpids.rules.placeholders import Placeholders
    from smtpids.rules.ruleset import RuleSet


def load(
    paths: Sequence[str | Path] | None,
    *,
    today: dt.date | None = None,
    placeholders: Placeholders | None = None,
) -> RuleSet:
    """Return the rules in `paths`, which are files and folders; None means the shipped ones.

    Rules and filters that expired before `today` are not used. `placeholders` are the values that
    `expand` asks for, by name. Raises `RuleSetError` with all errors if there is one.
    """
    if paths is None and today is None and not placeholders:
        from smtpids.rules import prepared, shipped_rules

        ready = prepared.read(shipped_rules.folder())
        if ready is not None:
            return ready
    from smtpids.rules import loader

    return loader.load(paths, today=today, placeholders=placeholders)
