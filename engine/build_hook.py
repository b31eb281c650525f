"""Compiles the time-critical modules with mypyc while a wheel is built, and notes the revision.

`pyproject.toml` has the table of these modules. The `.py` files are in the wheel, too: tracebacks
quote them, and a Python that cannot use the compiled ones reads them. Where there is no C compiler,
and in an editable installation, nothing is compiled and the wheel is for any machine.

SMTPIDS_PURE=1 asks for pure Python; SMTPIDS_PURE=0 makes a wheel without compiled modules a fault.
SMTPIDS_PGO=1 has GCC compile twice, the second time by what a run over the shipped captures did
(profile-guided optimisation): what is often called lies together, what hardly ever happens far off.

A wheel or sdist that is built from a checkout of git has the commit in `revision.txt`, which a
wheel that is built from that sdist takes over. What is built is the same for the same commit, but
for what SMTPIDS_PGO takes from a run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterable

#: mypyc is part of mypy; setuptools calls the C compiler.
#: Its minor version is fixed: what it compiles is what the tests have seen.
TOOLS = ("mypy>=2.4,<2.5", "setuptools>=65")
#: How hard the C compiler tries (`-O`).
OPTIMISATION = "2"
#: What mypyc's functions say to each other goes through no table of the dynamic linker, as it would
#: for all that another library could replace: 7 % of the time of a run.
HIDDEN = "-fvisibility=hidden"
#: What only an error comes by. The compiler lays the ways there apart from those that packets take,
#: also where no run has shown it which they are: 3 % of the time of a run.
COLD = """\
struct _object;
#define COLD __attribute__((cold)) void
COLD CPyError_OutOfMemory(void);
COLD CPy_TypeError(const char *, struct _object *);
COLD CPy_AddTraceback(const char *, const char *, int, struct _object *);
COLD CPy_TypeErrorTraceback(
    const char *, const char *, int, struct _object *, const char *, struct _object *);
"""
#: What is given to the compiler and the linker so that a run leaves notes, and so that it is
#: compiled by them; what the run did not come by is compiled as ever.
LEARNING = ("-fprofile-generate",)
LEARNT = (
    "-fprofile-use",
    "-fprofile-partial-training",
    "-fprofile-correction",
    "-Wno-missing-profile",
)
#: What an option of the environment says no by.
NO = {"", "0"}
#: A flaw of mypyc's own C code, and what it must be: `b"abc"[2:1]` is empty and raises nothing.
FLAW = (
    "bytes_ops.c",
    "Py_ssize_t slice_len = endn - startn;",
    "Py_ssize_t slice_len = endn > startn ? endn - startn : 0;",
)


#: Where the revision lies beside the modules, by what is built.
REVISION = {"wheel": "smtpids/revision.txt", "sdist": "engine/smtpids/revision.txt"}
#: What of a checkout gets into a wheel.
SOURCES = ("engine", "rules", "pyproject.toml", "README.md", "LICENSE")


class CompiledModules(BuildHookInterface[Any]):
    """The hook that hatchling calls, before and after it decides what is needed to build."""

    def dependencies(self) -> list[str]:
        """Return what must be installed for the build."""
        if self.target_name != "wheel" or obstacle() is not None:
            return []
        return [*TOOLS, *self.metadata.core.dependencies] if is_trained() else list(TOOLS)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say what belongs into the wheel."""
        if version == "editable":
            return
        self._note_revision(build_data)
        if self.target_name != "wheel":
            return
        reason = obstacle()
        if reason is None:
            try:
                built = compiled(Path(self.root), modules(Path(self.root), self.config))
            except (Exception, SystemExit) as fault:  # noqa: BLE001 -- pure Python works all the same
                reason = f"mypyc or the C compiler failed: {fault}"
            else:
                build_data["pure_python"] = False
                build_data["infer_tag"] = True
                build_data["force_include"].update(built)
                return
        if os.environ.get("SMTPIDS_PURE") == "0":
            raise RuntimeError(f"SMTPIDS_PURE=0, but {reason}")
        if is_trained():
            raise RuntimeError(f"SMTPIDS_PGO is set, but {reason}")
        self.app.display_warning(f"smtpids is installed as pure Python: {reason}")

    def _note_revision(self, build_data: dict[str, Any]) -> None:
        """Add a file with the revision, if it is known."""
        root = Path(self.root)
        known = revision(root)
        if known and not (root / REVISION["sdist"]).exists():  # an sdist knows better
            self._folder = (
                TemporaryDirectory()
            )  # as long as the hook, which is as long as the build
            note = Path(self._folder.name, "revision.txt")
            note.write_text(f"{known}\n", encoding="ascii")
            build_data["force_include"][str(note)] = REVISION[self.target_name]


def obstacle() -> str | None:
    """Return why nothing can or shall be compiled."""
    if os.environ.get("SMTPIDS_PURE", "0") not in NO:
        return "SMTPIDS_PURE is set"
    if sys.implementation.name != "cpython":
        return f"mypyc compiles for CPython, this is {sys.implementation.name}"
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    if shutil.which(command.split()[0]) is None:
        return f"there is no C compiler ({command.split()[0]})"
    if not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        return "the header files of Python are not installed (Python.h)"
    if is_trained():
        run = [*command.split(), "--version"]
        said = subprocess.run(run, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
        if "Free Software Foundation" not in said.stdout:
            return f"it is for GCC, and {command} is none"
    return None


def is_trained() -> bool:
    """Tell whether modules are compiled by what a run did."""
    return os.environ.get("SMTPIDS_PGO", "0") not in NO


def revision(root: Path) -> str:
    """Return the commit of a checkout, with `-dirty` if its sources are not those of the commit.

    Empty if this is no checkout, or git cannot tell.
    """
    if not (root / ".git").exists():  # else it would be the commit of what lies around it
        return ""

    def git(*arguments: str) -> str:
        run = ["git", "--no-optional-locks", "-C", str(root), *arguments]
        done = subprocess.run(  # noqa: S603 -- the words are ours
            run, env=own, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    # a build that a hook of git starts is told of another repository
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--", *SOURCES)
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{commit}-dirty" if changed else commit


def modules(root: Path, table: dict[str, list[str]]) -> list[str]:
    """Return the files to be compiled, as paths from the root, by the table in pyproject.toml."""
    left_out = {f"engine/smtpids/{name}" for name in table["interpreted"]}
    found = [
        path.relative_to(root).as_posix()
        for pattern in table["compiled"]
        for path in sorted(root.glob(f"engine/smtpids/{pattern}"))
    ]
    return [name for name in found if name not in left_out]


def compiled(root: Path, names: list[str]) -> dict[str, str]:
    """Compile modules; return each file's path with its place in the wheel.

    What is compiled is kept in build/, so that the same sources are not compiled again.
    """
    state = hashlib.sha256(
        repr(
            (sys.version, TOOLS, metadata.version("mypy"), OPTIMISATION, HIDDEN, is_trained())
        ).encode()
    )
    # of a link such as _rules no ** tells
    sources = {*root.glob("engine/smtpids/**/*.py"), *(root / name for name in names)}
    for path in sorted((*sources, Path(__file__))):
        state.update(path.read_bytes() + b"\0" + str(path).encode() + b"\0")
    state.update(repr(names).encode())
    place = root / "build" / f"compiled-{state.hexdigest()[:16]}"
    if not place.is_dir():
        place.parent.mkdir(exist_ok=True)
        for former in place.parent.glob("compiled-*"):
            shutil.rmtree(former)
        with TemporaryDirectory(prefix="compiling-", dir=place.parent) as scratch, chdir(root):
            if is_trained():
                build(root, names, Path(scratch), LEARNING)
                train(root, Path(scratch))
                build(root, names, Path(scratch), LEARNT)
            else:
                build(root, names, Path(scratch))
            Path(scratch, "lib").rename(place)
    return {
        str(path): path.relative_to(place).as_posix()
        for path in place.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")
    }


def train(root: Path, scratch: Path) -> None:
    """Run what was compiled over the shipped captures; its notes lie beside the objects then."""
    captures = root / "pcaps"
    if not captures.is_dir():
        raise FileNotFoundError("its captures are in a checkout, not in an sdist")
    place = scratch / "run"
    shutil.copytree(root / "engine" / "smtpids", place / "smtpids")
    shutil.copytree(scratch / "lib", place, dirs_exist_ok=True)
    run = [sys.executable, "-m", "smtpids", "run", "-q", "-r", str(captures), "-o", os.devnull]
    own = {**os.environ, "PYTHONPATH": str(place), "PYTHONHASHSEED": "0"}
    subprocess.run([*run, "--events", "all"], env=own, check=True)  # noqa: S603 -- the words are ours


def build(root: Path, names: list[str], scratch: Path, more: tuple[str, ...] = ()) -> None:
    """Translate modules to C and compile that into `lib`, with as many compilers as cores."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    os.environ["MYPYPATH"] = str(root / "engine")
    # What is not installed here is Any: no stubs and no dependencies are needed to build.
    flags = ["--config-file=", "--explicit-package-bases", "--ignore-missing-imports"]
    extensions = mypycify(
        [*flags, "--follow-imports=silent", *names],
        opt_level=OPTIMISATION,
        multi_file=True,
        group_name="smtpids",
        target_dir=str(scratch / "c"),
    )
    cold = scratch / "c" / "cold.h"
    cold.write_text(COLD)
    for extension in extensions:
        # a list that all of them share
        before = extension.extra_compile_args
        extension.extra_compile_args = [*before, HIDDEN, "-include", str(cold), *more]
        extension.extra_link_args = [*extension.extra_link_args, *more]

    file, flawed, sound = FLAW
    runtime = scratch / "c" / file
    runtime.write_text(runtime.read_text().replace(flawed, sound))

    class Build(build_ext):  # type: ignore[misc]  # setuptools has no types
        """Compiles the files of one library at the same time."""

        def build_extensions(self) -> None:
            compile_one = self.compiler.compile

            def compile_all(sources: Iterable[str], **options: Any) -> list[str]:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    parts = pool.map(lambda source: compile_one([source], **options), sources)
                    return [path for part in parts for path in part]

            self.compiler.compile = compile_all
            super().build_extensions()

    command = Build(Distribution({"ext_modules": extensions}))
    command.build_lib, command.build_temp = str(scratch / "lib"), str(scratch / "o")
    command.force = True  # with other options the same sources are compiled again
    command.ensure_finalized()
    command.run()
