from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smtpids.settings.loader import load
from smtpids.settings.table import KEYS
from smtpids.settings.written import WIDTH, blank, dumped
from tests.unit.settings.test_loader import SITE

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.settings import Settings

FULL = (
    SITE
    + """\
rules:
  paths: [shipped, own/]
  disable: [port_25_no_tls]
  enable: [starttls_capability_vanished]
  level: {tls_legacy_version: low}
  suppress: {port_465_cleartext: {by: [source.ip, destination.ip], for: 90m}}
"""
)


def values(settings: Settings) -> dict[str, object]:
    """Return all values, without the places of names."""
    site = settings.site()
    found = {name: settings[name] for name in KEYS if not name.startswith("rules.")}
    found["disable"], found["enable"] = list(site.disable), list(site.enable)
    found["level"] = {name: level for name, (level, _) in site.level.items()}
    found["suppress"] = {name: suppress for name, (suppress, _) in site.suppress.items()}
    return found


def read(folder: Path, text: str) -> Settings:
    path = folder / "read.yml"
    path.write_text(text)
    return load(str(path), {})


def test_a_blank_file_leaves_the_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, blank())
    assert [settings.setting(name).origin for name in KEYS] == ["default"] * len(KEYS)


def test_a_blank_file_holds_every_key_with_its_default(tmp_path: Path) -> None:
    settings = read(tmp_path, re.sub(r"(?m)^( *)#(?=\S)", r"\1", blank()))
    assert {name: settings[name] for name in KEYS} == {k: KEYS[k].default for k in KEYS}
    assert [name for name in KEYS if settings.setting(name).origin == "default"] == []


def test_a_blank_file_holds_every_sentence_in_lines_that_fit() -> None:
    words = " ".join(blank().replace("#", " ").split())
    assert [key.name for key in KEYS.values() if " ".join(key.sentence.split()) not in words] == []
    assert max(map(len, blank().splitlines())) <= WIDTH


def test_a_blank_file_names_every_variable_beside_its_key() -> None:
    named = re.findall(r"\[(SMTPIDS_\w+)\]", blank())
    assert named == [key.variable for key in KEYS.values() if key.variable]


def test_what_is_dumped_is_read_as_the_same_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first = read(tmp_path, FULL)
    again = read(tmp_path / "other", dumped(first))
    assert values(again) == values(first)
    assert again.config(live=True) == first.config(live=True)
    assert again.config(live=False) == first.config(live=False)
    assert again.rule_paths() == first.rule_paths()


def test_the_defaults_are_dumped_as_the_defaults(tmp_path: Path) -> None:
    assert values(read(tmp_path, dumped(load(None, {})))) == values(load(None, {}))


def test_every_value_has_its_origin_behind_it(tmp_path: Path) -> None:
    lines = dumped(read(tmp_path, FULL)).splitlines()
    path = tmp_path / "read.yml"
    assert f'sensor: "tap1"  # {path}:12' in lines
    assert "  connections: 100000  # default" in lines


def test_outputs_and_servers_stand_one_below_the_other(tmp_path: Path) -> None:
    text = """\
mail_servers:
  - {network: 192.0.2.10, role: mx}
  - {network: 192.0.2.11, role: relay, ports: [25]}
outputs:
  - {type: stdout, format: table}
  - type: syslog
    url: tls://logs.example:6514
    events: [alert, session]
"""
    lines = dumped(read(tmp_path, text)).splitlines()
    at = f"# {tmp_path / 'read.yml'}"
    assert lines[lines.index(f"mail_servers:  {at}:1") :][1:3] == [
        '  - {network: "192.0.2.10/32", role: mx}',
        '  - {network: "192.0.2.11/32", role: relay, ports: [25]}',
    ]
    assert lines[lines.index(f"outputs:  {at}:4") :][1:6] == [
        f"  - type: stdout  {at}:5",
        f"    format: table  {at}:5",
        f"  - type: syslog  {at}:6",
        f'    url: "tls://logs.example:6514"  {at}:7',
        f"    events: [alert, session]  {at}:8",
    ]
    assert "outputs: []  # default" in dumped(load(None, {})).splitlines()


def test_a_path_cannot_end_the_comment_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a\nsensor: b"
    path.write_text("ports: [25]\n")
    assert (
        "ports: [25]  # " + str(tmp_path) + "/a?sensor: b:1"
        in dumped(load(str(path), {})).splitlines()
    )
