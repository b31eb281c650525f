from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import MIB
from smtpids.outputs.entry import Entry
from smtpids.outputs.segment import BLOCK, START, Segment, pack, unpack
from tests.support.disks import no_file_grows
from tests.support.entries import entries, entry

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = st.builds(
    Entry,
    line=st.binary(max_size=200),
    id=st.text(max_size=40),
    ts_ns=st.integers(-(2**63), 2**63 - 1),
    kind=st.sampled_from(["alert", "session", "stats"]),
    severity=st.integers(0, 99),
    key=st.text(max_size=40),
)


@given(one=ENTRIES)
def test_an_entry_is_read_as_it_was_written(one: Entry) -> None:
    assert unpack(pack(one)[8:]) == one


def test_what_has_no_place_in_a_record_is_made_to_fit() -> None:
    odd = Entry(b"1\n", "\udc80", 2**80, "k" * 70_000, 10**6, "")
    assert unpack(pack(odd)[8:]) == Entry(b"1\n", "\\udc80", 2**63 - 1, "k" * 65_535, 65_535, "")


def test_records_longer_than_a_block_are_read(tmp_path: Path) -> None:
    segment = Segment(tmp_path, 5)
    given_ = [entry(1, 10), entry(2, 3 * BLOCK), entry(3, BLOCK - 40), entry(4, 10)]
    for one in given_:
        assert segment.append(pack(one)) is None
    found, is_damaged = segment.read(START, 10, 10 * MIB)
    assert ([read.entry for read in found], is_damaged) == (given_, False)
    assert (segment.first, segment.end, segment.path.name) == (5, 9, f"{5:020d}.spool")
    segment.close()


def test_the_place_of_every_record_can_be_found(tmp_path: Path) -> None:
    segment = Segment(tmp_path, 7)
    places = [START]
    for one in entries(*range(20)):
        segment.append(pack(one))
        places.append(segment.size)
    assert [segment.offset_of(number) for number in range(7, 28)] == places
    segment.close()


def test_a_file_that_failed_to_begin_is_gone(tmp_path: Path) -> None:
    segment = Segment(tmp_path / "missing", 0)
    failure = segment.append(pack(entry(1)))
    assert isinstance(failure, FileNotFoundError)
    (tmp_path / "missing").mkdir()
    assert segment.append(pack(entry(1))) is None
    segment.remove()
    assert list((tmp_path / "missing").iterdir()) == []


def test_a_file_of_something_else_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / f"{0:020d}.spool"
    path.write_bytes(b"something else altogether")
    segment = Segment(tmp_path, 0, 0)
    assert segment.recover() == (25, 1)
    assert path.stat().st_size == 0
    segment.append(pack(entry(1)))
    assert len(segment.read(START, 10, MIB)[0]) == 1
    segment.close()


def test_a_write_that_was_cut_short_is_taken_back(tmp_path: Path) -> None:
    segment = Segment(tmp_path, 0)
    segment.append(pack(entry(0)))
    before = segment.size
    with no_file_grows(beyond=before + 100):
        assert isinstance(segment.append(pack(entry(1, 500))), OSError)
        assert segment.path.stat().st_size == before
    assert segment.append(pack(entry(2))) is None
    assert segment.size == segment.path.stat().st_size
    assert [read.entry for read in segment.read(START, 10, MIB)[0]] == entries(0, 2)
    segment.close()
