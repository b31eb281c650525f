"""What each shipped rule says of itself, and the page about them.

What they find is told beside them and held by tests/golden/test_rule_tests.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from smtpids.faults import Faults
from smtpids.rules.loader import load
from smtpids.rules.rule import Level, Rule
from smtpids.rules.shipped_rules import folder
from smtpids.settings import apply
from smtpids.settings import load as load_settings
from smtpids.trial.reading import read_text
from tests.support.rules import judged, rule_document, said

if TYPE_CHECKING:
    from pathlib import Path

RULES = {rule.name: rule for rule in load(None).rules}

#: Blocks never alert by themselves; a correlation says what an analyst asks.
ALERTING = {name: rule for name, rule in RULES.items() if rule.level is not Level.INFORMATIONAL}
each_rule = pytest.mark.parametrize("rule", ALERTING.values(), ids=ALERTING.keys())


@each_rule
def test_a_rule_says_what_an_analyst_asks(rule: Rule) -> None:
    assert all(
        (rule.description, rule.message, rule.references, rule.false_positives, rule.revision)
    )
    assert rule.author == "smtpids"


@each_rule
def test_a_rule_has_the_tags_of_a_tactic_and_a_technique(rule: Rule) -> None:
    techniques = [tag for tag in rule.tags if re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag)]
    tactics = [
        tag for tag in rule.tags if re.fullmatch(r"attack\.[a-z]+-[a-z-]+|attack\.\w{6,}", tag)
    ]
    assert techniques
    assert set(tactics) - set(techniques)


@each_rule
def test_a_rule_has_a_random_uuid(rule: Rule) -> None:
    assert UUID(rule.uuid).version == 4


def test_every_rule_has_a_number_of_ours_and_its_own() -> None:
    strays = [name for name, rule in RULES.items() if not 1_000_000 < rule.sid < 2_000_000]
    assert strays == []
    assert len({rule.sid for rule in RULES.values()}) == len(RULES)


def test_the_rules_that_were_asked_for_are_on_with_their_levels() -> None:
    asked = {
        "auth_before_tls": Level.HIGH,
        "port_465_cleartext": Level.HIGH,
        "port_25_no_tls": Level.LOW,
    }
    assert asked == {name: RULES[name].level for name in asked if RULES[name].enabled}


def test_an_alert_about_port_25_comes_once_an_hour_for_client_and_server() -> None:
    suppress = RULES["port_25_no_tls"].suppress
    assert suppress is not None
    assert (suppress.by, suppress.for_ns) == (("source.ip", "destination.ip"), 3600 * 10**9)


def test_the_shipped_rules_have_no_warning() -> None:
    assert load(None).warnings == ()


def test_the_folder_of_the_shipped_rules_is_there() -> None:
    assert {"auth", "protocol", "transport"} <= {path.name for path in folder().iterdir()}


def test_the_examples_of_the_page_are_rules() -> None:
    page = (folder() / "README.md").read_text()
    # the values of a placeholder are the site's
    page = re.sub(r"\|expand: .*", ": x", page)
    found = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    blocks = [block for block in found if not block.startswith("rules:")]
    told = []
    for block in blocks:
        if block.startswith("title:"):
            name = re.search(r"^name: (\w+)", block, re.MULTILINE)
            told += rule_document(block, f"rules/own/{name[1] if name else 'filter'}.yml")[1]
        elif block.startswith(("tests:", "config:")):
            told += trials_said(block)
        else:
            told += judged(block.removeprefix("selection:\n"))[1]
    without_id = [fault for fault in told if "no id; add 'id:" not in fault]
    assert (without_id, len(blocks) >= 5) == ([], True)


def trials_said(block: str) -> list[str]:
    """Return what is wrong with an example of a test file, or of a part of one."""
    text = block if "tests:" in block else f"{block}tests: [{{name: a, events: [], expect: []}}]\n"
    faults = Faults()
    names = frozenset({*RULES, "login_at_night"})
    list(read_text(text, "rules/own/login_at_night.test.yml", names, faults))
    return said(faults)


def test_the_configuration_on_the_page_fits_the_shipped_rules(tmp_path: Path) -> None:
    page = (folder() / "README.md").read_text()
    (block,) = re.findall(r"```yaml\n(rules:.*?)```", page, re.DOTALL)
    path = tmp_path / "site.yml"
    path.write_text(block)
    site = load_settings(str(path), {}).site()
    before = {rule.name: rule for rule in load([folder()]).rules}
    after = {rule.name: rule for rule in apply(load([folder()]), site).rules}
    changed = {name for name, rule in after.items() if rule != before[name]}
    assert changed == {name for name, _ in site.places()}
