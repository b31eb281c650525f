"""Each module has its tests, a size one can read, an opening paragraph, and no bad habits."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.tree import ENGINE, ROOT, Module, modules

MOST_LINES = 400
#: Modules without a test file of their own, with the reason.
WITHOUT_TEST = {
    "__init__.py": "re-exports only",
    "__main__.py": "two lines; tests/unit/cli starts `python -m smtpids`",
}
#: Calls that read a clock or draw lots, and the modules where wall time is the subject.
CLOCKS = {
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
    "random.random",
    "random.randint",
    "random.choice",
    "uuid.uuid1",
    "uuid.uuid4",
    "os.urandom",
    "secrets.token_hex",
}
MAY_KNOW_THE_TIME = ("capture/live.py", "metrics", "cli/")
#: Folders of unit tests whose subject lies beside the engine.
BESIDE_THE_ENGINE = {"bench", "pcaps", "grafana", "support"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "handler", "common", "misc"}


def names_of(items: tuple[Module, ...]) -> list[str]:
    return [item.name for item in items]


each_module = pytest.mark.parametrize("module", modules(), ids=names_of(modules()))


@each_module
def test_a_module_has_its_test_file(module: Module) -> None:
    if module.path.name in WITHOUT_TEST:
        return
    folder = (ROOT / "tests" / "unit" / module.path.relative_to(ENGINE)).parent
    assert (folder / f"test_{module.path.name}").is_file()


@each_module
def test_a_module_can_be_read_in_one_sitting(module: Module) -> None:
    assert len(module.text.splitlines()) <= MOST_LINES


@each_module
def test_a_module_begins_with_what_it_is(module: Module) -> None:
    docstring = ast.get_docstring(module.tree) or ""
    assert len(docstring.split()) >= 4
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":", "?"))


@each_module
def test_a_module_reads_no_clock_and_draws_no_lots(module: Module) -> None:
    if module.name.startswith(MAY_KNOW_THE_TIME):
        return
    calls = [
        f"{module.name}:{node.lineno} {called}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in CLOCKS
    ]
    assert calls == []


@each_module
def test_a_module_is_named_for_what_it_does(module: Module) -> None:
    assert module.path.stem not in FORBIDDEN_NAMES


@each_module
def test_a_module_makes_no_star_import_and_no_metaclass(module: Module) -> None:
    stars = [
        node.lineno
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))
        or (
            isinstance(node, ast.ClassDef)
            and any(word.arg == "metaclass" for word in node.keywords)
        )
    ]
    assert stars == []


def test_a_package_only_re_exports() -> None:
    """An `__init__` holds a docstring, imports and `__all__`: no code to look for in it."""
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.If)
    assert [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if module.path.name == "__init__.py"
        for node in module.tree.body
        if not isinstance(node, allowed)
    ] == []


def test_every_unit_test_belongs_to_a_module() -> None:
    """A test file whose module is gone or renamed is found here."""
    folder = ROOT / "tests" / "unit"
    orphans = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("test_*.py")
        if path.relative_to(folder).parts[0] not in BESIDE_THE_ENGINE
        if not (ENGINE / path.relative_to(folder).parent / path.name.removeprefix("test_")).exists()
    ]
    assert orphans == []


def test_no_pattern_of_a_promise_stands_in_the_engine() -> None:
    promise = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b|pragma: no cover")
    assert [
        f"{module.name}: {found.group()}"
        for module in modules()
        if (found := promise.search(module.text))
    ] == []
