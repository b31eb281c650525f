"""What is true of every text file of the project, and of the pages that repeat a table."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.house.tree import ENGINE, ROOT

TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".sh", ".smtp", ".service", ""}
SKIPPED = {".git", ".venv", "venv", "build", "dist", "__pycache__", "node_modules", "_rules"}
#: Home folders, and the places where one machine keeps its checkouts and environments.
MACHINE = re.compile(r"(?<![\w./~-])/(?:root|work|farm|home/\w+|Users/\w+|opt/venv)/")
MOST_OCTETS = 1 << 20


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Return path and text of every text file that would be committed."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part in SKIPPED or part.endswith(("_cache", ".egg-info")) for part in parts)
        if hidden or ".hypothesis" in parts or not path.is_file():
            continue
        if path.suffix not in TEXTS or path.stat().st_size > MOST_OCTETS:
            continue
        text = _text(path)
        if text is not None:
            found.append((path.relative_to(ROOT).as_posix(), text))
    return tuple(found)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_no_text_names_a_folder_of_one_machine() -> None:
    own = Path(__file__).relative_to(ROOT).as_posix()
    assert [
        f"{name}: {found.group()}"
        for name, text in texts()
        if name != own and (found := MACHINE.search(text))
    ] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
    broken = [
        f"{name} -> {target}"
        for name, text in texts()
        if name.endswith(".md")
        for target in link.findall(text)
        if not ((ROOT / name).parent / target).exists()
    ]
    assert broken == []


def test_the_map_has_a_paragraph_for_every_folder_of_the_engine() -> None:
    page = (ROOT / "engine" / "README.md").read_text()
    folders = {
        path.name
        for path in ENGINE.iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    assert set() == {name for name in folders if f"`{name}/`" not in page}


def test_the_readme_names_every_command() -> None:
    from smtpids.cli.program import COMMANDS

    page = (ROOT / "README.md").read_text()
    assert set() == {name for name in COMMANDS if f"smtpids {name}" not in page}


def test_the_page_of_outputs_has_their_keys_as_they_are() -> None:
    """`smtpids list outputs --markdown` prints the table anew."""
    from click.testing import CliRunner

    from smtpids.cli.program import smtpids

    table = CliRunner().invoke(smtpids, ["list", "outputs", "--markdown"]).output
    assert table.count("\n") > 2
    assert table in (ENGINE / "outputs" / "README.md").read_text()


def test_the_readme_tells_to_trust_only_numbers_that_there_are() -> None:
    from smtpids.metrics.families import FAMILIES

    there = {name for family in FAMILIES.values() for name in family.series_names}
    page = (ROOT / "README.md").read_text().partition("### Which numbers to trust")[2]
    named = set(re.findall(r"`(smtpids_\w+)`", page.partition("\n## ")[0]))
    assert len(named) > 5
    assert named - there == set()
