from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

from smtpids.capture import backend_in_use
from smtpids.cli import main
from smtpids.packet import decode
from smtpids.version import __version__, revision

if TYPE_CHECKING:
    import pytest


def test_version_says_what_a_report_of_a_fault_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0] == f"smtpids {__version__}"
    for fact in (platform.python_version(), backend_in_use()):
        assert fact in text
    assert ("pure Python" in text) != ("compiled" in text)
    assert ("\n  revision " in text) == bool(revision())


def test_version_for_programs_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["version"], facts["revision"]) == (__version__, revision())
    assert facts["capture"] == backend_in_use()
    is_source = decode.__file__.endswith(".py")
    assert facts["engine"] == ("pure Python" if is_source else "compiled")
