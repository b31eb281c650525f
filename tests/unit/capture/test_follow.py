from __future__ import annotations

import gzip
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.capture.follow import MOST_OPEN, QUIET_NS, Follower
from smtpids.capture.frames import TICK
from smtpids.config import SECOND
from smtpids.errors import CaptureError
from tests.support.wire import START_NS, Conversation, pcap_bytes, pcapng_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.capture.frames import Frame

Given = list[tuple[str, int, int]]
"""(name of the file, number of the packet in it, its time in seconds)."""


def frames_at(second: int, count: int = 4) -> list[Frame]:
    talk = Conversation(start_ns=START_NS + second * SECOND).open()
    while len(talk.frames) < count:
        talk.client(b"x" * 40)
    return talk.frames[:count]


def capture_at(second: int, count: int = 4) -> bytes:
    return pcap_bytes(frames_at(second, count))


def packets(name: str, second: int, last: int = 4, first: int = 1) -> Given:
    return [(name, number, second) for number in range(first, last + 1)]


class Play:
    """A folder, what happens in it while its reader waits, and what the reader has had by then."""

    def __init__(self, folder: Path, pattern: str = "*") -> None:
        self.folder = folder
        self.now_ns = START_NS
        self.given: Given = []
        self.ticks = 0
        self.errors: list[str] = []
        self.steps: list[Callable[[], object]] = []
        self.at_steps: list[int] = []
        """Packets that had come at each step."""
        self.follower = Follower(folder, pattern, now_ns=lambda: self.now_ns, wait=self._wait)

    def _wait(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND)
        self.at_steps.append(len(self.given))
        if not self.steps:
            self.follower.stop()
            return
        self.steps.pop(0)()

    def run(self, *steps: Callable[[], object]) -> Given:
        """Follow; take one step at each wait, stop behind the last, return what came."""
        # three waits more: to see what came last, and that nothing comes again
        self.steps = [*steps, *[lambda: None] * 3]
        for source in self.follower:
            number = getattr(source, "given", 0)
            try:
                for ts_ns, linktype, _ in source:
                    if linktype == TICK:
                        self.ticks += 1
                        continue
                    number += 1
                    self.given.append(
                        (Path(source.name).name, number, (ts_ns - START_NS) // SECOND)
                    )
            except CaptureError as error:
                self.errors.append(str(error).removeprefix(f"{self.folder}/"))
        self.follower.close()
        return self.given

    # -- what happens ------------------------------------------------------------------------------

    def write(self, name: str, octets: bytes) -> None:
        (self.folder / name).write_bytes(octets)

    def append(self, name: str, octets: bytes) -> None:
        with (self.folder / name).open("ab") as file:
            file.write(octets)

    def compress(self, name: str) -> None:
        path = self.folder / name
        self.write(f"{name}.gz", gzip.compress(path.read_bytes()))
        path.unlink()

    def rename(self, name: str, other: str) -> None:
        (self.folder / name).rename(self.folder / other)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def let_pass(self, ns: int) -> None:
        self.now_ns += ns


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


def test_what_is_there_comes_in_time_order_and_then_what_is_new(play: Play) -> None:
    play.write("b", capture_at(10))
    play.write("a", capture_at(20))
    assert play.run(lambda: play.write("c", capture_at(30))) == [
        *packets("b", 10),
        *packets("a", 20),
        *packets("c", 30),
    ]
    assert (play.errors, play.at_steps[0]) == ([], 8)


def test_an_empty_folder_is_waited_for(play: Play) -> None:
    assert play.run(
        lambda: None, lambda: play.write("a", b""), lambda: play.write("a", capture_at(1))
    ) == packets("a", 1)
    assert play.at_steps[:3] == [0, 0, 0]


def test_a_record_that_is_cut_is_waited_for(play: Play) -> None:
    octets = capture_at(1)
    play.write("a", octets[:-10])
    assert play.run(lambda: play.append("a", octets[-10:-5]), lambda: play.append("a", octets[-5:]))
    assert (play.given, play.at_steps[:3], play.errors) == (packets("a", 1), [3, 3, 4], [])


def test_a_rotating_capture_is_read_from_file_to_file(play: Play) -> None:
    first, second = capture_at(1, 6), capture_at(2, 6)

    def rotate() -> None:
        play.append("mail0", first[200:])
        play.write("mail1", second[:30])

    play.write("mail0", first[:200])
    play.run(
        rotate,
        lambda: play.append("mail1", second[30:300]),
        lambda: play.append("mail1", second[300:]),
    )
    assert play.given == packets("mail0", 1, 6) + packets("mail1", 2, 6)
    assert play.errors == []


def test_a_ring_uses_its_names_again(play: Play) -> None:
    play.write("mail0", capture_at(1))
    play.run(
        lambda: play.write("mail1", capture_at(2)),
        lambda: play.write("mail0", capture_at(3)),
        lambda: play.write("mail1", b""),
        lambda: play.write("mail1", capture_at(4, 9)),
        lambda: play.write("mail1", capture_at(5)),
    )
    assert play.given == [
        *packets("mail0", 1),
        *packets("mail1", 2),
        *packets("mail0", 3),
        *packets("mail1", 4, 9),
        *packets("mail1", 5),
    ]
    assert play.errors == []


def test_the_same_capture_compressed_is_not_read_again(play: Play) -> None:
    play.write("mail0", capture_at(1))
    play.run(
        lambda: play.write("mail1", capture_at(2)),
        lambda: play.compress("mail0"),
        lambda: play.let_pass(QUIET_NS),
        lambda: play.compress("mail1"),
    )
    assert play.given == packets("mail0", 1) + packets("mail1", 2)
    assert play.errors == []


def test_a_capture_that_comes_compressed_is_read(play: Play) -> None:
    packed = gzip.compress(capture_at(2, 30))
    play.write("mail0.gz", gzip.compress(capture_at(1)))
    play.run(
        lambda: play.write("mail1.gz", packed[:60]), lambda: play.append("mail1.gz", packed[60:])
    )
    assert play.given == packets("mail0.gz", 1) + packets("mail1.gz", 2, 30)
    assert play.errors == []


def test_a_capture_that_was_compressed_before_it_was_read_is_read_once(play: Play) -> None:
    play.write("mail0", capture_at(1))
    play.write("mail1", capture_at(2))
    frames = iter(play.follower)
    assert len(list(next(frames))) == 4  # while the first is read, the second waits
    play.compress("mail1")
    play.let_pass(SECOND)
    play.run()
    assert play.given == packets("mail1.gz", 2)
    assert play.errors in ([], ["mail1: was removed or overwritten before it was read"])


def test_a_file_that_is_removed_is_read_to_its_end(play: Play) -> None:
    octets = capture_at(1)
    play.write("mail0", octets[:-20])
    writer = (play.folder / "mail0").open("ab", buffering=0)
    play.run(
        lambda: play.remove("mail0"),
        lambda: writer.write(octets[-20:]),
        lambda: play.write("mail1", capture_at(2)),
    )
    writer.close()
    assert play.given == packets("mail0", 1) + packets("mail1", 2)
    assert play.errors == []


def test_a_file_that_goes_before_it_is_read_is_told(play: Play) -> None:
    play.write("mail0", capture_at(1))
    play.write("mail1", capture_at(2))
    play.write("mail2", capture_at(3))
    source = next(iter(play.follower))
    assert len(list(source)) == 4
    play.remove("mail1")
    play.write("mail2", capture_at(4))
    play.let_pass(SECOND)
    play.run()
    assert sorted(play.errors) == [
        "mail1: was removed or overwritten before it was read",
        "mail2: was removed or overwritten before it was read",
    ]
    assert play.given == packets("mail2", 4)


def test_files_that_move_are_not_read_again_and_read_on(play: Play) -> None:
    octets = capture_at(1, 8)
    play.write("mail", octets[:400])
    play.run(
        lambda: play.rename("mail", "mail.1"),
        lambda: play.append("mail.1", octets[400:]),
        lambda: play.write("mail", capture_at(2)),
        lambda: play.rename("mail.1", "mail.2"),
    )
    assert play.given == packets("mail", 1, 8) + packets("mail", 2)
    assert play.errors == []


def test_a_copy_that_replaces_a_shorter_one_is_gone_on_with(play: Play) -> None:
    octets = capture_at(1, 8)

    def replace(octets: bytes) -> None:
        play.write(".mail.Xy12", octets)
        play.rename(".mail.Xy12", "mail")

    play.write("mail", octets[:400])
    play.run(lambda: replace(octets[:600]), lambda: replace(octets), lambda: replace(octets))
    assert play.given == packets("mail", 1, 8)
    assert play.errors == []


def test_two_writers_at_once_lose_nothing(play: Play) -> None:
    one, other = capture_at(1, 8), capture_at(2, 8)
    play.write("eth0", one[:100])
    play.write("eth1", other[:100])
    steps: list[Callable[[], object]] = []
    for at in range(100, len(one), 100):
        steps.append(partial(play.append, "eth1", other[at : at + 100]))
        steps.append(partial(play.append, "eth0", one[at : at + 100]))
    play.run(*steps)
    assert sorted(play.given) == packets("eth0", 1, 8) + packets("eth1", 2, 8)
    assert play.errors == []


def test_a_file_that_is_cut_is_told_when_it_was_quiet_for_long(play: Play) -> None:
    octets = capture_at(1)
    play.write("mail0", octets[:-10])
    told: list[int] = []
    play.run(
        lambda: play.write("mail1", capture_at(2)),
        lambda: told.append(len(play.errors)),
        lambda: play.let_pass(QUIET_NS),
        lambda: told.append(len(play.errors)),
        lambda: play.append("mail0", octets[-10:]),
    )
    assert told == [0, 1]
    assert "the file ends inside packet 4" in play.errors[0]
    # and if it grows after all, it is read on
    assert play.given == packets("mail0", 1, 3) + packets("mail1", 2) + packets("mail0", 1, 4, 4)
    assert len(play.errors) == 1


def test_only_so_many_files_are_kept_open(play: Play) -> None:
    count = MOST_OPEN + 10
    for number in range(count):
        play.write(f"mail{number:02}", capture_at(number)[:-10])
    play.run()
    assert len(play.given) == 3 * count
    assert len(play.errors) == count - MOST_OPEN


def test_a_damaged_file_is_told_once_and_the_next_one_read(play: Play) -> None:
    play.write("mail0", capture_at(1) + b"\xff" * 16)
    play.run(
        lambda: play.write("mail1", capture_at(2)),
        lambda: play.append("mail0", b"\xff" * 100),
        lambda: play.append("mail0", b"\xff" * 100),
    )
    assert play.given == packets("mail0", 1) + packets("mail1", 2)
    assert len(play.errors) == 1


def test_what_is_named_like_a_capture_and_is_none_is_told_once(play: Play) -> None:
    play.write("README.md", b"# Captures\n")
    play.write(".hidden", capture_at(9))
    (play.folder / "folder").mkdir()
    (play.folder / "link").symlink_to("nowhere")
    play.write("x.pcap", b"rubbish rubbish")
    play.run(
        lambda: play.append("x.pcap", b"more"),
        lambda: play.append("x.pcap", b"more"),
        lambda: play.write("x.pcap", capture_at(1)),
    )
    assert play.given == packets("x.pcap", 1)
    assert play.errors == ["x.pcap: is not a pcap or pcapng file (starts with 72 75 62 62: text)"]


def test_a_folder_that_goes_and_comes_back_is_told_once(tmp_path: Path) -> None:
    play = Play(tmp_path / "captures")
    play.folder.mkdir()
    play.write("mail0", capture_at(1))
    away = tmp_path / "away"
    play.run(
        lambda: play.folder.rename(away),
        lambda: None,
        lambda: away.rename(play.folder),
        lambda: play.write("mail1", capture_at(2)),
    )
    assert play.given == packets("mail0", 1) + packets("mail1", 2)
    folder = f"{tmp_path}/captures"
    assert play.errors == [
        f"{folder}: cannot list the folder: No such file or directory; it is tried again"
    ]


def test_a_file_copied_in_late_is_read_and_the_newest_gone_on_with(play: Play) -> None:
    octets = capture_at(5, 8)
    play.write("now", octets[:400])
    play.run(lambda: play.write("late", capture_at(1)), lambda: play.append("now", octets[400:]))
    assert [name for name, _, _ in play.given].count("late") == 4
    assert sorted(play.given) == packets("late", 1) + packets("now", 5, 8)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("mail*", ["mail0", "mail1"]), ("mail1", ["mail1"]), (".h*", [".hidden"])],
)
def test_a_pattern_says_which_files_are_meant(
    pattern: str, names: list[str], tmp_path: Path
) -> None:
    play = Play(tmp_path, pattern)
    for second, name in enumerate(["mail0", "mail1", "other", ".hidden"]):
        play.write(name, capture_at(second))
    assert list(dict.fromkeys(name for name, _, _ in play.run())) == names
    assert play.follower.name == f"{tmp_path}/{pattern}"


def test_ticks_go_on_while_the_newest_file_is_quiet(play: Play) -> None:
    play.now_ns = START_NS + 1 * SECOND
    play.write("mail0", capture_at(1))
    play.run(*[lambda: None] * 10, lambda: play.write("mail1", capture_at(3)), *[lambda: None] * 10)
    assert play.given == packets("mail0", 1) + packets("mail1", 3)
    assert 0 < play.ticks < 10


def test_after_a_file_was_given_up_the_newest_one_ticks_still(play: Play) -> None:
    play.now_ns = START_NS + 2 * SECOND
    play.write("mail0", capture_at(1))
    play.write("mail1", capture_at(2))
    seen: list[int] = []
    play.run(
        lambda: play.let_pass(QUIET_NS),
        lambda: seen.append(play.ticks),
        lambda: None,
        lambda: seen.append(play.ticks),
    )
    assert seen[0] < seen[1]


def test_a_stop_ends_a_wait_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpids.capture.follow.PAUSE", 600)
    (tmp_path / "mail0").write_bytes(capture_at(1))
    follower = Follower(tmp_path, now_ns=time.time_ns)
    seen: list[Frame] = []

    def stop() -> None:
        follower.stop()

    timer = threading.Timer(0.05, stop)
    timer.start()
    for source in follower:
        seen += source
    assert seen == frames_at(1)
    timer.join()
    follower.close()
    follower.close()
    follower.stop()
    assert list(follower) == []


def test_a_stop_before_the_start_reads_nothing(play: Play) -> None:
    play.write("mail0", capture_at(1))
    play.follower.stop()
    assert play.run() == []


OF_A_CAPTURE = 6
WRITES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 260), st.sampled_from(["", "mv", "gz", "cp"])),
    max_size=40,
)


@given(writes=WRITES, kinds=st.lists(st.sampled_from([pcap_bytes, pcapng_bytes]), min_size=4))
def test_whatever_writers_do_each_packet_comes_once(
    writes: Sequence[tuple[int, int, str]],
    kinds: Sequence[Callable[[list[Frame]], bytes]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Four writers write pieces in any order, and move, compress or copy a file that is whole."""
    play = Play(tmp_path_factory.mktemp("follow"))
    left = [kinds[at](frames_at(at + 1, OF_A_CAPTURE)) for at in range(4)]

    def write(at: int, size: int, then: str) -> None:
        name = f"mail{at}"
        if left[at]:
            play.append(name, left[at][:size])
            left[at] = left[at][size:]
        if left[at] or not (play.folder / name).exists():
            return
        if then == "mv":
            play.rename(name, f"old{at}")
        elif then == "gz":
            play.compress(name)
        elif then == "cp":
            play.write(f"copy{at}", (play.folder / name).read_bytes())

    steps = [partial(write, *one) for one in writes]
    steps += [partial(write, at, 10_000, "") for at in range(4)]
    play.run(*steps)
    numbers = sorted((second, number) for _, number, second in play.given)
    assert numbers == [(at + 1, n) for at in range(4) for n in range(1, OF_A_CAPTURE + 1)]
    assert [error for error in play.errors if "before it was read" not in error] == []
