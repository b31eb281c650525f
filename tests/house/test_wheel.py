"""What is built of the project: compiled modules where it can be, pure Python everywhere else."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from tests.house.tree import ENGINE, ROOT, Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TABLE = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["hooks"]["custom"]
BUILD = "import sys, hatchling.build as b; print(getattr(b, sys.argv[2])(sys.argv[1]))"
PURE = {"SMTPIDS_PURE": "1"}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def compiled() -> list[Module]:
    """Return the modules that the table names."""
    return [
        module
        for module in modules()
        if any(Path(module.name).match(pattern) for pattern in TABLE["compiled"])
        and module.name not in TABLE["interpreted"]
    ]


def built(
    folder: Path, environment: Mapping[str, str], what: str = "wheel", root: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Build a wheel or an sdist as pip does, in the environment given."""
    return subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), f"build_{what}"],
        cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def build_hook() -> Any:
    """Return the module that hatchling loads."""
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("build_hook", ROOT / "engine" / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def git(root: Path, *arguments: str) -> str:
    """Return what git says of a repository."""
    as_somebody = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    run = ["git", "-C", str(root), *as_somebody, *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()


def test_the_table_of_compiled_modules_names_only_what_there_is() -> None:
    assert [pattern for pattern in TABLE["compiled"] if not [*ENGINE.glob(pattern)]] == []
    assert [name for name in TABLE["interpreted"] if not (ENGINE / name).is_file()] == []


def test_whoever_hands_out_packets_lets_threads_and_signals_in() -> None:
    """Compiled code holds the interpreter for itself until it calls some that is not compiled."""
    readers = {"capture/live.py", "capture/pcap.py", "capture/pcapng.py"}
    assert readers.isdisjoint(module.name for module in compiled())


def test_annotations_that_mypyc_evaluates_are_imported_at_run_time() -> None:
    """Else the compiled module cannot be imported: KeyError with the name."""
    assert [
        f"{module.name}:{line}: {name}"
        for module in compiled()
        for line, name in missing(module.tree)
    ] == []


def test_what_is_joined_with_a_view_of_keys_stands_behind_it() -> None:
    """`frozenset & keys` is a set and to the type checker a frozenset: TypeError, compiled."""
    assert [
        f"{module.name}:{node.lineno}: {ast.unparse(node)}"
        for module in compiled()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.BinOp) and ast.unparse(node.right).endswith(".keys()")
    ] == []


def test_a_module_whose_annotations_are_not_there_is_found() -> None:
    source = """
if TYPE_CHECKING:
    from collections.abc import Mapping
    from smtpids.smtp import Event
class Kept(NamedTuple):
    fields: dict[str, Mapping[str, int]] | None
    event: Event
    other: Mapping[str, int]
class Plain:
    fields: Mapping[str, int]
"""
    assert [*missing(ast.parse(source))] == [(8, "Mapping")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SMTPIDS_PURE": "1"}, "smtpids is installed as pure Python: SMTPIDS_PURE is set"),
        ({"SMTPIDS_PURE": "", "CC": "no-such-cc -O2"}, "there is no C compiler (no-such-cc)"),
    ],
)
def test_without_a_compiler_the_wheel_is_for_every_machine(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    pytest.importorskip("hatchling")
    done = built(tmp_path, environment)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.iterdir()
    assert wheel.name.endswith("-py3-none-any.whl")
    assert said in done.stdout + done.stderr
    names = ZipFile(wheel).namelist()
    assert {"smtpids/tcp/stream.py", "smtpids/_rules/README.md"} <= {*names}
    assert [name for name in names if name.endswith(".so")] == []


@pytest.mark.slow
def test_who_demands_a_compiled_wheel_gets_no_other(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    done = built(tmp_path, {"SMTPIDS_PURE": "0", "CC": "no-such-cc"})
    assert done.returncode != 0
    assert "SMTPIDS_PURE=0, but there is no C compiler (no-such-cc)" in done.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SMTPIDS_PURE": "1"}, "SMTPIDS_PGO is set, but SMTPIDS_PURE is set"),
        ({"SMTPIDS_PURE": "", "CC": "echo clang"}, "it is for GCC, and echo clang is none"),
    ],
)
def test_who_demands_a_wheel_by_what_a_run_did_gets_no_other(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    pytest.importorskip("hatchling")
    done = built(tmp_path, {**environment, "SMTPIDS_PGO": "1"})
    assert done.returncode != 0
    assert said in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_a_run_to_learn_from_needs_captures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="captures are in a checkout"):
        build_hook().train(tmp_path, tmp_path)


@needs_git
def test_the_revision_is_the_commit_and_says_if_the_sources_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = build_hook().revision
    source = tmp_path / "engine" / "a.py"
    source.parent.mkdir()
    source.write_text("")
    assert revision(tmp_path) == ""
    git(tmp_path, "init", "-q")
    assert revision(tmp_path) == ""  # nothing is committed
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "a")
    commit = git(tmp_path, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
    assert revision(tmp_path) == commit
    (tmp_path / "notes").write_text("of nobody's concern")
    assert revision(tmp_path) == commit
    (source.parent / "b.py").write_text("")
    assert revision(tmp_path) == f"{commit}-dirty"
    assert revision(source.parent) == ""  # unpacked inside of somebody else's repository
    monkeypatch.setenv("PATH", str(source.parent))
    assert revision(tmp_path) == ""


@needs_git
@pytest.mark.slow
def test_the_revision_of_a_checkout_is_in_all_that_is_built_of_it(tmp_path: Path) -> None:
    known = build_hook().revision(ROOT)
    wheels = [tmp_path / "first", tmp_path / "second", tmp_path / "of_sdist"]
    for folder in wheels[:2]:
        assert built(folder, PURE).returncode == 0
    assert built(tmp_path, PURE, "sdist").returncode == 0
    (archive,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path, filter="data")
    root = tmp_path / archive.name.removesuffix(".tar.gz")
    if known:  # a packager's repository has commits of its own
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "imported")
    assert built(wheels[2], PURE, root=root).returncode == 0
    made = [next(folder.iterdir()) for folder in wheels]
    note = "smtpids/revision.txt"
    for wheel in map(ZipFile, made):
        assert (note in wheel.namelist()) == bool(known)
        assert not known or wheel.read(note) == f"{known}\n".encode()
    assert made[0].read_bytes() == made[1].read_bytes()


def missing(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each field's class that only a type checker imports.

    mypyc takes our own classes from their modules and evaluates no unions.
    """
    unknown = {
        alias.name
        for test in tree.body
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in test.body
        if isinstance(node, ast.ImportFrom) and not str(node.module).startswith("smtpids")
        for alias in node.names
    }
    for record in tree.body:
        if not isinstance(record, ast.ClassDef):
            continue
        marks = {
            ast.unparse(part).split("(")[0] for part in (*record.bases, *record.decorator_list)
        }
        if marks.isdisjoint({"NamedTuple", "dataclass"}):
            continue
        for field in record.body:
            if isinstance(field, ast.AnnAssign):
                outer = field.annotation
                outer = outer.value if isinstance(outer, ast.Subscript) else outer
                if isinstance(outer, ast.Name) and outer.id in unknown:
                    yield field.lineno, outer.id
