"""Which way the rules of a run are had; that both ways give the same is in test_prepared.py."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.rules.loading import load
from tests.support.rules import written

if TYPE_CHECKING:
    from pathlib import Path

ASKS = """
import datetime as dt, sys
from smtpids import rules
from smtpids.rules import shipped_rules
rules.load({arguments})
print(*sorted({{"yaml", "sigma", "smtpids.rules.loader"}} & set(sys.modules)))
"""


def loads(arguments: str) -> list[str]:
    """Return what of the loader is there after the rules are."""
    done = subprocess.run(
        [sys.executable, "-c", ASKS.format(arguments=arguments)], capture_output=True, check=True
    )
    return done.stdout.decode().split()


@pytest.mark.slow
def test_the_shipped_rules_need_no_loader() -> None:
    assert loads("None") == []


@pytest.mark.slow
def test_the_shipped_rules_say_nothing_that_pysigma_must_read() -> None:
    """It takes 30 ms to import it, also where rules of one's own stand beside them."""
    assert loads("[rules.shipped_rules.folder()]") == ["smtpids.rules.loader", "yaml"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", ["None, placeholders={'vips': ('Jane',)}", "None, today=dt.date(2026, 1, 1)"]
)
def test_what_depends_on_the_site_or_the_day_is_read(arguments: str) -> None:
    assert "smtpids.rules.loader" in loads(arguments)


def test_other_rules_are_read(tmp_path: Path) -> None:
    written(tmp_path, "a.yml")
    assert [rule.name for rule in load([tmp_path], today=dt.date(2026, 1, 1)).rules] == ["a"]
