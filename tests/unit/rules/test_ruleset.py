from __future__ import annotations

from tests.support.rules import ruleset


def test_the_rules_of_a_set_keep_its_order() -> None:
    rules = ruleset(b="smtp.helo: b", a="smtp.helo: a").rules
    assert [rule.name for rule in rules] == ["a", "b"]
