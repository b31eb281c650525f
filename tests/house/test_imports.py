"""What a command must not import: who asks for help or for the alerts of a small file waits for it.

An import is felt: pySigma takes 30 ms, prometheus_client 25, the whole of our rules and settings
40. What stands here is imported where it is needed and not before.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.house.tree import modules
from tests.support.engine import PCAPS

SMALL = str(PCAPS / "auth-plain-587.pcap")
#: Servers, clients, libraries of formats: no run on a plain file needs one.
HEAVY = frozenset(
    {
        "asyncio",
        "bcrypt",
        "concurrent.futures",
        "confluent_kafka",
        "cryptography",
        "cypcap",
        "ctypes",
        "dpkt",
        "email",
        "http",
        "importlib.metadata",
        "importlib.resources",
        "multiprocessing",
        "prometheus_client",
        "rich",
        "sigma",
        "smtpids.alerts.veil",
        "smtpids.rules.loader",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "unittest",
        "urllib.request",
        "xml",
        "yaml",
    }
)
#: What a run needs and an answer about the program does not.
ENGINE = frozenset(
    {
        "hashlib",
        "logging",
        "orjson",
        "re2",
        "smtpids.alerts",
        "smtpids.capture",
        "smtpids.metrics",
        "smtpids.pipeline",
        "smtpids.rules",
        "smtpids.settings",
        "smtpids.smtp",
        "socket",
    }
)
#: What other commands, interfaces and metrics that are shown need, and no run on a file.
OF_OTHERS = frozenset(
    {
        "random",
        "smtpids.alerts.stats",
        "smtpids.capture.interfaces",
        "smtpids.cli.check",
        "smtpids.cli.costs",
        "smtpids.cli.crew",
        "smtpids.cli.inspect",
        "smtpids.cli.rules",
        "smtpids.cli.state",
        "smtpids.metrics.collector",
        "smtpids.metrics.exporter",
        "smtpids.metrics.families",
        "smtpids.metrics.textfile",
        "smtpids.workers",
        "socket",
    }
)
#: Modules with patterns that each session asks; others make theirs at the first use (`Pattern`).
OF_EACH_SESSION = frozenset({"mime/address.py", "mime/head.py", "mime/header.py"})
#: The same of what reads the conditions of rules, once, before packets come.
OF_THE_COMPILER = frozenset({"rules/beginnings.py", "rules/exact.py", "rules/needed.py"})
RUN = """
import sys
from smtpids.cli import main
try:
    main({arguments!r})
finally:
    print("\\nmodules:", *sys.modules)
"""


def imported(*arguments: str, **environment: str) -> set[str]:
    """Return the modules that are there after a command."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(arguments=arguments)],
        capture_output=True,
        check=True,
        env={**os.environ, **environment},
    )
    return set(done.stdout.decode().rpartition("\nmodules:")[2].split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("--help",), ("run", "--help"), ("rules", "--help"), ("rub",)],
    ids=" ".join,
)
def test_an_answer_about_the_program_imports_no_engine(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) & (HEAVY | ENGINE) == set()


@pytest.mark.slow
def test_the_completion_of_a_shell_imports_no_engine() -> None:
    asked = {"_SMTPIDS_COMPLETE": "bash_complete", "COMP_WORDS": "smtpids ru", "COMP_CWORD": "1"}
    assert imported(**asked) & (HEAVY | ENGINE) == set()


@pytest.mark.slow
def test_what_is_seen_in_a_file_needs_no_library_of_rules() -> None:
    assert imported("inspect", "-r", SMALL) & (HEAVY | {"re2"}) == set()


@pytest.mark.slow
def test_the_alerts_of_a_file_need_nothing_heavy() -> None:
    assert imported("run", "-r", SMALL) & (HEAVY | OF_OTHERS) == set()


@pytest.mark.slow
def test_a_run_on_a_file_compiles_no_pattern_before_it_is_asked() -> None:
    """Each takes 150 us, and of some 130 a session of ordinary mail asks ten."""
    loaded = imported("run", "-r", SMALL)
    compiling = {
        module.name
        for module in modules()
        if re.search(r"^\S.*\bre\.compile\(", module.text, re.MULTILINE)
        and "smtpids." + module.name.removesuffix(".py").replace("/", ".") in loaded
    }
    assert compiling == OF_EACH_SESSION | OF_THE_COMPILER


@pytest.mark.slow
def test_what_a_command_imports_is_seen_here() -> None:
    """With rules of one's own the loader is there: the tests above do look."""
    rule = str(PCAPS.parent / "rules/auth/auth_before_tls.yml")
    assert {"smtpids.rules.loader", "yaml"} <= imported("run", "--rules", rule, "-r", SMALL)
