from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from smtpids.rules.function_modules import main, modules
from smtpids.rules.matcher import Matcher
from smtpids.rules.prepared import NAME, read
from smtpids.rules.prepared_functions import module_for
from smtpids.rules.shipped_rules import folder
from smtpids.rules.usual import USUAL

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.rules.ruleset import RuleSet


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    ruleset = read(folder())
    assert ruleset is not None
    return ruleset


@pytest.mark.slow
def test_the_committed_modules_are_fresh(shipped: RuleSet) -> None:
    """Else: python -m smtpids.rules.function_modules."""
    there = {path.name: path.read_text() for path in (folder() / "prepared").glob("*.py")}
    assert there == dict(modules(shipped))


@pytest.mark.slow
def test_a_module_holds_what_the_compiler_writes_with_the_rule_of_each_line(
    shipped: RuleSet,
) -> None:
    matcher, written = Matcher(shipped), dict(modules(shipped))
    by_action = {f"{action}.py" for action in matcher.actions}
    by_kind = {f"{module_for(kind)}.py" for kind in USUAL}
    assert by_action | by_kind == written.keys() - {"__init__.py"}
    for action in matcher.actions:
        head, source, owners = written[f"{action}.py"].partition(matcher.source(action))
        assert source
        lines = ast.literal_eval(owners.removeprefix("OWNERS = "))
        assert len(lines) == (head + source).count("\n")
        assert set(lines[: head.count("\n")]) == {None}


@pytest.mark.slow
def test_folders_with_old_rules_are_refused_and_old_modules_removed(
    tmp_path: Path, shipped: RuleSet
) -> None:
    with pytest.raises(SystemExit, match=r"python -m smtpids\.rules\.prepared"):
        main(tmp_path)
    for path in folder().glob("*/*.yml"):
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        (tmp_path / path.parent.name / path.name).symlink_to(path.resolve())
    (tmp_path / NAME).symlink_to((folder() / NAME).resolve())
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared/old.py").write_text("")
    main(tmp_path)
    there = sorted(path.name for path in (tmp_path / "prepared").iterdir())
    assert there == sorted(name for name, _ in modules(shipped))
