"""A while of fuzzing in every run of the tests, and what once broke something, first of all.

`SMTPIDS_FUZZ_SECONDS` is the time for all targets together (20), `SMTPIDS_FUZZ_SEED` repeats a run.
By hand: `python -m tests.fuzz --minutes 30`.
"""

from __future__ import annotations

import os
import random  # noqa: TID251 -- the seed of a run, which is printed
import time
from typing import TYPE_CHECKING

import pytest

from tests.fuzz import corpus, scripts
from tests.fuzz.loop import Run, measured
from tests.fuzz.mutation import Mutator
from tests.fuzz.scripts import Record
from tests.fuzz.targets import TARGETS, Target

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = float(os.environ.get("SMTPIDS_FUZZ_SECONDS", "20"))
BROKEN = [(name, path) for name in TARGETS for path in corpus.broken(name)]


@pytest.mark.parametrize(("name", "path"), BROKEN, ids=[path.stem for _, path in BROKEN])
def test_what_once_broke_something_does_so_no_more(name: str, path: Path) -> None:
    measured(TARGETS[name], path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_anything(name: str) -> None:
    said = os.environ.get("SMTPIDS_FUZZ_SEED", "")
    seed = int(said) if said else random.SystemRandom().randrange(1 << 32)
    print(f"SMTPIDS_FUZZ_SEED={seed}")
    run = Run(TARGETS[name], seed)
    run.begin()
    run.go_on(time.monotonic() + SECONDS / len(TARGETS))
    assert [str(finding) for finding in run.findings] == []
    assert run.inputs > len(run.target.seeds())


def _picky(octets: bytes) -> set[str]:
    """Fail where one octet follows another."""
    assert b"!\n" not in octets
    return {f"{len(octets) // 8}"}


PICKY = Target("picky", "one octet", lambda: [b"some text\n", b"more!"], [b"!"], False, _picky)


def test_what_breaks_a_target_is_found_made_small_and_saved() -> None:
    run = Run(PICKY, 1)
    run.begin()
    while not run.findings:
        run.take(run.next())
    (finding,) = run.findings
    assert finding.octets == b"!\n"
    assert finding.path.read_bytes() == b"!\n"
    assert f"python -m tests.fuzz --target picky {finding.path}" in str(finding)


def test_the_same_seed_makes_the_same_inputs() -> None:
    made = []
    for _ in range(2):
        run = Run(PICKY, 7)
        run.begin()
        made.append([run.next() for _ in range(200)])
    assert made[0] == made[1]
    assert len(set(made[0])) > 150


def test_a_script_is_the_same_when_it_was_read() -> None:
    records = [Record(scripts.CLIENT, b"EHLO a\r\n"), Record(scripts.SERVER_GAP, b"\0\5")]
    script = scripts.encode(17, records)
    assert scripts.decode(script) == (17, records)
    assert scripts.decode(b"") == (0, [])
    assert scripts.decode(b"\1\2\0\7abc") == (1, [Record(2, b"abc")])


@pytest.mark.parametrize("name", TARGETS)
def test_a_mutation_stays_within_its_bounds(name: str) -> None:
    target = TARGETS[name]
    mutator = Mutator(random.Random(5), target.words)
    seeds = target.seeds()
    change = mutator.script if target.is_script else mutator.octets
    sizes = [len(change(seeds[at % len(seeds)], seeds)) for at in range(300)]
    assert max(sizes) < 1_200_000
    assert min(sizes) >= 0
