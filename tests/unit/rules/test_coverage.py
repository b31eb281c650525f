from __future__ import annotations

from smtpids.rules.coverage import main, markdown
from smtpids.rules.rule import Level, Rule
from smtpids.rules.shipped_rules import folder

RULES = (
    Rule("a", "First | One", Level.LOW, category="auth", tags=("attack.t1040", "attack.impact")),
    Rule("b", "Second", Level.CRITICAL, category="auth", tags=("attack.t1040",), enabled=False),
    Rule("c", "Third", Level.HIGH, category="mail", actions=frozenset({"message", "auth"})),
)


def test_the_committed_page_is_fresh() -> None:
    """Else: python -m smtpids.rules.coverage > rules/COVERAGE.md."""
    assert main() == (folder() / "COVERAGE.md").read_text()


def test_rules_are_counted_by_family_and_level() -> None:
    page = markdown(RULES)
    assert "| auth | 2 | 1 |  |  | 1 |  | 1 |" in page
    assert "| mail | 1 |  | 1 |  |  |  |  |" in page
    assert "| all | 3 | 1 | 1 |  | 1 |  | 1 |" in page


def test_a_technique_names_its_rules_the_worst_first() -> None:
    link = "[T1040](https://attack.mitre.org/techniques/T1040/)"
    assert f"| {link} | Network Sniffing | (`b`), `a` |" in markdown(RULES)


def test_a_rule_without_a_technique_is_told() -> None:
    assert markdown(RULES).endswith("\nWithout a technique: `c`.\n")


def test_a_rule_says_its_events_and_its_title_breaks_no_table() -> None:
    page = markdown(RULES)
    assert "| `c` | high | Third | auth, message |  |" in page
    assert "| First \\| One |" in page
