"""What is shipped for receivers can be read, is short, and names only fields that we write."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from configparser import RawConfigParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from smtpids.outputs.http.loki import WORDS
from smtpids.rules.rule import SEVERITIES, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
RECEIVERS = ROOT / "grafana" / "receivers"
FILES = sorted(path for path in RECEIVERS.rglob("*") if path.suffix not in {"", ".md"})
SCHEMA = json.loads((ROOT / "engine/smtpids/alerts/event.schema.json").read_text())
#: A field where one is named: `source.ip`, `[event][id]`, "\"@timestamp\"".
DOTTED = re.compile(
    r"(?<![\w./-])((?:event|rule|source|destination|network|observer|session|smtp|smtpids|related"
    r"|email|tls|history|log|threat)(?:\.@?[a-z_0-9]+)+)(?![\w.]*[(/])"
)
BRACKETED = re.compile(r"((?:\[[a-z_]+\])+)")
#: Fields that a receiver adds, and takes away again.
FOREIGN = {"event.original"}


def leaves(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each path of the schema that has a value."""
    while node.get("type") == "array":
        node = node["items"]
    if "properties" not in node:
        yield path, node
    for name, below in node.get("properties", {}).items():
        yield from leaves(below, f"{path}.{name}" if path else name)


LEAVES = dict(leaves(SCHEMA))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_short_and_listed(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 30
    page = (RECEIVERS / "README.md").read_text()
    assert f"({path.relative_to(RECEIVERS).as_posix()})" in page


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_names_only_fields_that_are_written(path: Path) -> None:
    text = re.sub(r"^\s*(#|//|<!--).*$", "", path.read_text(), flags=re.MULTILINE)
    named = set(DOTTED.findall(text))
    if path.suffix == ".conf":
        named |= {
            found[1:-1].replace("][", ".") for found in BRACKETED.findall(text) if "][" in found
        }
    datasets = set(LEAVES["event.dataset"]["enum"])
    assert named - set(LEAVES) - datasets - FOREIGN == set()


def test_fields_are_found_where_they_are_named() -> None:
    """The test above would pass if it found none."""
    for name, field in (
        ("splunk/props.conf", "source.ip"),
        ("wazuh/local_rules.xml", "event.severity"),
        ("loki/config.alloy", "event.dataset"),
        ("filebeat.yml", "event.id"),
    ):
        assert field in DOTTED.findall((RECEIVERS / name).read_text())


def test_json_yaml_xml_and_stanzas_can_be_read() -> None:
    for path in FILES:
        text = path.read_text()
        if path.suffix == ".json":
            assert json.loads(text)
        elif path.suffix == ".yml":
            assert yaml.safe_load(text)
        elif path.suffix == ".xml":
            assert ET.fromstring(text).tag == "group"
        elif path.parent.name == "splunk":
            stanzas = RawConfigParser(delimiters=("=",), comment_prefixes=("#",))
            stanzas.read_string(text)
            assert stanzas.sections()


def test_the_template_types_every_field_that_is_no_word() -> None:
    template = json.loads((RECEIVERS / "elastic/component-template.json").read_text())
    typed = template["template"]["mappings"]["properties"]
    dates = {name for name, leaf in LEAVES.items() if leaf.get("format") == "date-time"}
    addresses = {name for name in LEAVES if name.endswith(".ip")}
    numbers = {name for name, leaf in LEAVES.items() if leaf.get("type") == "number"}
    assert {name for name, how in typed.items() if how["type"] == "date"} == dates
    assert {name for name, how in typed.items() if how["type"] == "ip"} == addresses
    assert numbers <= {name for name, how in typed.items() if how["type"] in {"float", "double"}}
    assert set(typed) <= set(LEAVES)


def test_the_index_template_is_made_of_the_component_that_the_page_names() -> None:
    index = json.loads((RECEIVERS / "elastic/index-template.json").read_text())
    page = (RECEIVERS / "README.md").read_text()
    assert [f"/_component_template/{name}`" in page for name in index["composed_of"]] == [True]
    assert index["index_patterns"] == ["logs-smtpids.*-*"]


def test_every_level_has_its_number_everywhere() -> None:
    numbers = {SEVERITIES[level]: str(level) for level in Level if SEVERITIES[level]}
    wazuh = ET.fromstring((RECEIVERS / "wazuh/local_rules.xml").read_text())
    told = {
        int(field.text.strip("^$")): rule.findtext("description", "")
        for rule in wazuh.iter("rule")
        for field in rule.iter("field")
        if field.get("name") == "event.severity" and field.text
    }
    assert set(told) == set(numbers)
    assert all(f"({numbers[number]})" in words for number, words in told.items())
    splunk = (RECEIVERS / "splunk/props.conf").read_text()
    assert dict(re.findall(r"'event\.severity'==(\d+), \"(\w+)\"", splunk)) == {
        str(number): word for number, word in numbers.items()
    }
    alloy = (RECEIVERS / "loki/config.alloy").read_text()
    pairs = dict(re.findall(r'eq \.Value \\"(\d+)\\" }}(\w+)', alloy))
    assert pairs == {str(number): WORDS[number] for number in numbers}
