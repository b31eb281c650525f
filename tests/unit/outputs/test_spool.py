from __future__ import annotations

import errno
import os
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpids.config import MIB
from smtpids.errors import ExitCode, OutputError
from smtpids.outputs.spool import POSITION, Spool
from tests.support.disks import no_file_grows
from tests.support.entries import entry, ids

MANY = 100_000
CAPACITY = 64 * 1024


def spool(
    root: Path, capacity: int = CAPACITY, *, drop_oldest: bool = False, memory_octets: int = MIB
) -> Spool:
    return Spool(str(root), "out", capacity, drop_oldest=drop_oldest, memory_octets=memory_octets)


def files(made: Spool) -> list[Path]:
    return sorted(Path(made.place).glob("*.spool"))


def read(made: Spool) -> list[int]:
    return ids(made.next(MANY, MIB))


def test_the_next_run_goes_on_with_what_is_left(tmp_path: Path) -> None:
    made = spool(tmp_path)
    for number in range(200):
        assert made.append(entry(number, 200))
    made.next(70, MIB)
    made.acknowledge(50)
    made.close()
    again = spool(tmp_path)
    assert len(again) == 150
    again.append(entry(200))
    assert read(again) == list(range(50, 201))
    again.acknowledge(151)
    again.close()
    assert files(again) == []
    last = spool(tmp_path)
    assert (len(last), read(last), list(last.news)) == (0, [], [])
    last.close()


def test_a_killed_process_leaves_all_that_was_taken(tmp_path: Path) -> None:
    """Nothing is closed: a copy of the folder is what a kill would leave."""
    made = spool(tmp_path)
    copy = tmp_path / "copy" / "out"
    copy.mkdir(parents=True)
    for number in range(30):
        made.append(entry(number))
        if number == 20:
            made.next(10, MIB)
            made.acknowledge(10)
    for path in Path(made.place).iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    again = spool(tmp_path / "copy")
    assert read(again) == list(range(10, 30))
    again.close()
    made.close()


def test_a_record_that_was_not_written_whole_is_cut_off_at_every_offset(tmp_path: Path) -> None:
    made = spool(tmp_path / "whole")
    made.append(entry(1))
    whole = files(made)[0].stat().st_size
    made.append(entry(2))
    name, octets = files(made)[0].name, files(made)[0].read_bytes()
    made.close()
    for end in range(len(octets) + 1):
        root = tmp_path / str(end)
        (root / "out").mkdir(parents=True)
        (root / "out" / name).write_bytes(octets[:end])
        again = spool(root)
        assert len(again) == (end >= whole) + (end == len(octets))
        again.append(entry(3))
        expected = [1] * (end >= whole) + [2] * (end == len(octets)) + [3]
        assert read(again) == expected
        assert again.lost == {}
        is_torn = end not in {0, 16, whole, len(octets)}
        assert [news.split(": ")[1].split(" of ")[0] for news in again.news] == [
            f"{end - (whole if end > whole else 16 if end > 16 else 0)} octets cut off,"
        ] * is_torn
        again.close()


@pytest.mark.parametrize("at", [0, 3, 4, 10, 30, 60])
def test_of_damage_in_the_middle_what_is_lost_is_counted(tmp_path: Path, at: int) -> None:
    """A wrong length costs the rest of the file, anything else one record."""
    made = spool(tmp_path, 16 * 1024)
    for number in range(60):
        made.append(entry(number, 100))
    segments = files(made)
    assert len(segments) > 3
    in_first = int(segments[1].stem)
    record = (segments[0].stat().st_size - 16) // in_first
    made.close()
    octets = bytearray(segments[0].read_bytes())
    octets[16 + record + at] ^= 0x55
    segments[0].write_bytes(octets)
    again = spool(tmp_path, 16 * 1024)
    cost = in_first - 1 if at < 4 else 1
    assert read(again) == [0, *range(1 + cost, 60)]
    assert (again.lost, len(again)) == ({"write": cost}, 60 - cost)
    assert [news.rsplit(": ", 1)[1] for news in again.news] == [f"{cost} records lost"]
    again.rewind()
    assert read(again) == [0, *range(1 + cost, 60)]
    assert again.lost == {"write": cost}
    again.acknowledge(60 - cost)
    assert len(again) == 0
    again.close()


def test_damage_at_the_end_of_the_newest_file_is_no_torn_record(tmp_path: Path) -> None:
    made = spool(tmp_path)
    for number in range(3):
        made.append(entry(number))
    path = files(made)[0]
    made.close()
    octets = path.read_bytes()
    path.write_bytes(octets + bytes(100))
    again = spool(tmp_path)
    assert (read(again), again.lost) == ([0, 1, 2], {"write": 1})
    assert "at least one record" in again.news[0]
    again.append(entry(3))
    assert read(again) == [3]
    again.close()


def test_a_middle_file_that_was_cut_short_costs_what_is_missing(tmp_path: Path) -> None:
    made = spool(tmp_path, 16 * 1024)
    for number in range(60):
        made.append(entry(number, 100))
    segments = files(made)
    made.close()
    os.truncate(segments[1], 16)
    again = spool(tmp_path, 16 * 1024)
    first, following = int(segments[1].stem), int(segments[2].stem)
    assert read(again) == [*range(first), *range(following, 60)]
    assert again.lost == {"write": following - first}
    again.close()


def test_what_is_not_known_to_be_acknowledged_is_sent_again(tmp_path: Path) -> None:
    made = spool(tmp_path)
    for number in range(5):
        made.append(entry(number))
    made.next(3, MIB)
    made.acknowledge(3)
    made.close()
    (Path(made.place) / POSITION).write_text("nonsense")
    again = spool(tmp_path)
    assert read(again) == [0, 1, 2, 3, 4]
    assert "sent again" in again.news[0]
    again.close()


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    made = spool(tmp_path)
    with pytest.raises(OutputError, match="in use by another process: end that one") as raised:
        spool(tmp_path)
    assert raised.value.exit_code is ExitCode.USAGE
    made.close()
    spool(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write .*file/out: "):
        spool(tmp_path / "file")


def test_what_is_kept_is_not_for_everybody_to_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = spool(tmp_path)
        made.append(entry(1))
        assert files(made)[0].stat().st_mode & 0o777 == 0o640
        assert Path(made.place).stat().st_mode & 0o777 == 0o750
        made.close()
    finally:
        os.umask(before)


def test_where_the_disk_is_full_entries_wait_in_memory_in_their_order(tmp_path: Path) -> None:
    made = spool(tmp_path)
    made.append(entry(0, 500))
    with no_file_grows(beyond=files(made)[0].stat().st_size + 100):
        for number in range(1, 6):
            assert made.append(entry(number, 500))
        assert made.errors == {errno.errorcode[errno.EFBIG]: 5}
        assert read(made) == [0, 1, 2, 3, 4, 5]
        made.acknowledge(3)
        made.rewind()
    made.append(entry(6, 500))
    assert read(made) == [3, 4, 5, 6]
    assert [news.split("; ")[0].rpartition(": ")[2] for news in made.news] == [
        "file too large",
        f"{made.place} takes records again",
    ]
    made.close()
    again = spool(tmp_path)
    assert (read(again), again.lost) == ([3, 4, 5, 6], {})
    again.close()


def test_what_is_delivered_from_memory_stays_there_until_it_is_settled(tmp_path: Path) -> None:
    made = spool(tmp_path)
    with no_file_grows(beyond=100):
        for number in range(4):
            made.append(entry(number, 500))
        made.next(2, MIB)
    made.append(entry(4))
    assert files(made) == []
    made.acknowledge(1)
    made.rewind()
    made.append(entry(5))
    assert int(files(made)[0].stem) == 1
    assert read(made) == [1, 2, 3, 4, 5]
    made.close()


def test_where_disk_and_memory_are_full_the_oldest_go(tmp_path: Path) -> None:
    made = spool(tmp_path, drop_oldest=True, memory_octets=4_000)
    for number in range(3):
        made.append(entry(number, 500))
    with no_file_grows(beyond=100):
        for number in range(3, 20):
            assert made.append(entry(number, 500))
        left = read(made)
        assert left == list(range(20 - len(left), 20))
        assert (made.lost, len(made)) == ({"full": 20 - len(left)}, len(left))
        made.append(entry(20, 500))
        made.acknowledge(len(left))
        assert read(made) == [20]
        assert made.lost == {"full": 20 - len(left)}
        made.close()
    assert made.lost == {"full": 21 - len(left)}


def test_where_disk_and_memory_are_full_nothing_is_taken_if_nothing_may_go(tmp_path: Path) -> None:
    made = spool(tmp_path, memory_octets=2_000)
    with no_file_grows(beyond=100):
        assert made.append(entry(0, 1_000))
        assert not made.append(entry(1, 1_000))
    assert made.append(entry(1, 1_000))
    assert read(made) == [0, 1]
    made.close()


def test_a_number_that_cannot_be_saved_is_counted(tmp_path: Path) -> None:
    made = spool(tmp_path)
    made.append(entry(0))
    made.next(1, MIB)
    (Path(made.place) / (POSITION + ".new")).mkdir()
    made.acknowledge(1)
    assert made.errors == {"EISDIR": 1}
    made.close()


@pytest.mark.parametrize("name", ["a/b", "..", "", ".", "é", "a" * 300, "https://h:1/x?y=z"])
def test_any_name_makes_a_folder_of_its_own_below_the_root(tmp_path: Path, name: str) -> None:
    made = Spool(str(tmp_path), name, CAPACITY, drop_oldest=False, memory_octets=0)
    assert Path(made.place).parent == tmp_path
    assert Path(made.place).is_dir()
    made.close()


class Model:
    """A spool as a list of what is not acknowledged, of which the first are in flight."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.flying = 0
        self.gone = 0
        self.lost = 0

    def drop(self, number: int) -> None:
        del self.waiting[:number]
        flying = min(self.flying, number)
        self.flying -= flying
        self.gone += flying
        self.lost += number - flying

    def next(self, number: int) -> list[int]:
        batch = self.waiting[self.flying : self.flying + number]
        self.flying += len(batch)
        return batch

    def acknowledge(self, number: int) -> None:
        absorbed = min(number, self.gone)
        self.gone -= absorbed
        number = min(number - absorbed, self.flying)
        self.flying -= number
        del self.waiting[:number]

    def rewind(self) -> None:
        self.lost += self.gone
        self.gone = self.flying = 0

    def close(self, kept: int) -> None:
        """Lose what waits in memory, the newest, if the disk takes none of it at the end."""
        self.rewind()
        self.lost += len(self.waiting) - kept
        del self.waiting[kept:]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 400)),
        st.tuples(st.just("append"), st.integers(0, 400)),
        st.tuples(st.just("next"), st.integers(1, 9)),
        st.tuples(st.just("acknowledge"), st.integers(1, 9)),
        st.tuples(st.sampled_from(["rewind", "restart", "full", "room"]), st.just(0)),
    ),
    max_size=60,
)


#: Entries go from a full memory while a segment that is acknowledged is still the newest.
PASSED_BY = [
    *(("append", 0), ("next", 1), ("acknowledge", 1), ("full", 0), ("append", 99), ("append", 0)),
    *(("append", 138), ("append", 0), ("append", 279), ("append", 0), ("append", 0)),
]


@given(steps=STEPS, drops=st.booleans())
@example(steps=PASSED_BY, drops=True)
@settings(max_examples=300)
def test_a_spool_is_a_list_with_a_cursor(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], *, drops: bool
) -> None:
    """Whatever is done in whatever order, with a full disk and restarts between."""
    root = tmp_path_factory.mktemp("spool")
    model, number = Model(), 0
    made = spool(root, 4_096, drop_oldest=drops, memory_octets=3_000)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for step, amount in [*steps, ("room", 0), ("rewind", 0)]:
            if step == "append":
                if made.append(entry(number, amount)):
                    model.waiting.append(number)
                else:
                    assert not drops
                number += 1
                dropped = len(model.waiting) - len(made)
                assert dropped >= 0
                assert drops or not dropped
                model.drop(dropped)
            elif step == "next":
                assert ids(made.next(amount, MIB)) == model.next(amount)
            elif step == "acknowledge":
                made.acknowledge(amount)
                model.acknowledge(amount)
            elif step == "rewind":
                made.rewind()
                model.rewind()
            elif step == "restart":
                made.close()
                model.close(len(made))
                assert sum(made.lost.values()) == model.lost
                made = spool(root, 4_096, drop_oldest=drops, memory_octets=3_000)
                model.lost = 0
            else:
                beyond = 200 if step == "full" else limit[0]
                resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, limit[1]))
            assert sum(made.lost.values()) == model.lost
            assert len(made) == len(model.waiting)
        assert read(made) == model.waiting
        assert made.errors.keys() <= {"EFBIG"}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
        made.close()


def test_no_folder_is_made_above_the_one_that_is_named(tmp_path: Path) -> None:
    made = spool(tmp_path / "spool")
    made.close()
    with pytest.raises(OutputError, match="create the folder or name another"):
        spool(tmp_path / "tpyo" / "spool")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spool"]
