from __future__ import annotations

import gc
import subprocess
import sys
from typing import TYPE_CHECKING

from smtpids.cli.entry import main
from smtpids.version import __version__

if TYPE_CHECKING:
    import pytest


def test_a_process_that_runs_a_command_line_keeps_its_collector(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = gc.get_threshold()
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"smtpids {__version__}\n"
    assert (gc.isenabled(), gc.get_threshold()) == (True, before)


def test_no_circle_is_sought_while_a_command_is_imported_nor_at_the_end() -> None:
    script = (
        "import gc, sys\n"
        "from smtpids.cli import main\n"
        "searches = []\n"
        "gc.callbacks.append(lambda phase, told: searches.append(phase))\n"
        "sys.argv = ['smtpids', 'run', '--help']\n"
        "main()\n"
        "sys.exit(bool(searches) or gc.isenabled() or not gc.get_freeze_count())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
