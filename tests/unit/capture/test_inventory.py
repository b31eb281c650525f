from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

from smtpids.capture import inventory
from smtpids.capture.inventory import MOST_BETWEEN_NS, Inventory, digest_of
from tests.support.wire import Conversation, pcap_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def capture_at(second: int) -> bytes:
    return pcap_bytes(Conversation(start_ns=second * 1_000_000_000).open().frames)


class Looker:
    """An inventory whose clock goes on by ten seconds at each look."""

    def __init__(self, folder: Path, pattern: str = "*") -> None:
        self.now_ns = 0
        self.takes_ns = 0
        """What goes by from one reading of the clock to the next."""
        self.inventory = Inventory(folder, pattern, self._clock)

    def _clock(self) -> int:
        self.now_ns += self.takes_ns
        return self.now_ns

    def look(self) -> list[str]:
        """Return the names of what is to be opened, the first one first."""
        self.now_ns += MOST_BETWEEN_NS
        self.inventory.look()
        return [capture.path.name for capture in reversed(self.inventory.pending)]

    def errors(self) -> list[str]:
        """Return what there is to tell, without the folder."""
        told = [str(failure).rpartition("/")[2] for failure in self.inventory.failures]
        self.inventory.failures.clear()
        return told


def test_captures_wait_in_the_order_of_their_first_packets(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "b").write_bytes(capture_at(3))
    (tmp_path / "a.gz").write_bytes(gzip.compress(capture_at(5)))
    (tmp_path / "c").write_bytes(capture_at(4))
    (tmp_path / "README.md").write_text("# Captures\n")
    assert looker.look() == ["b", "c", "a.gz"]
    assert looker.look() == ["b", "c", "a.gz"]
    assert looker.errors() == []


def test_a_file_without_its_first_packet_is_passed_over_until_it_has_it(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    for size, expected in ((0, []), (3, []), (24, []), (60, []), (200, ["x.pcap"])):
        (tmp_path / "x.pcap").write_bytes(capture_at(1)[:size])
        assert looker.look() == expected
    assert looker.errors() == []


def test_a_copy_is_the_same_capture(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "a").write_bytes(capture_at(1))
    assert looker.look() == ["a"]
    (tmp_path / "b").write_bytes(capture_at(1))
    (tmp_path / "c.gz").write_bytes(gzip.compress(capture_at(1)))
    assert looker.look() == ["a"]


def test_a_capture_that_waits_is_found_under_its_new_name(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "a").write_bytes(capture_at(1))
    looker.look()
    (tmp_path / "a").rename(tmp_path / "b")
    assert looker.look() == ["b"]
    (tmp_path / "b.gz").write_bytes(gzip.compress(capture_at(1)))
    (tmp_path / "b").unlink()
    assert looker.look() == ["b.gz"]
    assert looker.errors() == []


def test_a_copy_stands_in_for_a_capture_that_goes(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "a").write_bytes(capture_at(1))
    (tmp_path / "a.gz").write_bytes(gzip.compress(capture_at(1)))
    assert len(looker.look()) == 1
    (tmp_path / "a").unlink()
    assert looker.look() == ["a.gz"]
    assert looker.errors() == []


def test_what_goes_before_it_was_opened_is_told(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "a").write_bytes(capture_at(1))
    (tmp_path / "b").write_bytes(capture_at(2))
    assert looker.look() == ["a", "b"]
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_bytes(capture_at(3))
    assert looker.look() == ["b"]
    words = "was removed or overwritten before it was read"
    assert looker.errors() == [f"a: {words}", f"b: {words}"]


def test_a_capture_of_which_one_doubts_is_looked_at_again(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "a").write_bytes(capture_at(1))
    looker.look()
    looker.inventory.doubt(looker.inventory.pending[0])
    assert looker.look() == ["a"]
    (tmp_path / "a").unlink()
    looker.inventory.doubt(looker.inventory.pending[0])
    assert looker.look() == []
    assert len(looker.errors()) == 1


def test_looks_follow_each_other_the_slower_the_longer_they_take(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    looker.takes_ns = 1_000_000
    looker.look()
    (tmp_path / "a").write_bytes(capture_at(1))
    looker.inventory.look()  # as much time has passed as the look took, and no more
    assert looker.inventory.pending == []
    looker.now_ns -= 10**15  # the clock was set back
    looker.inventory.look()
    assert [capture.path.name for capture in looker.inventory.pending] == ["a"]


def test_captures_that_went_away_are_not_remembered_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "MOST_REMEMBERED", 2)
    looker = Looker(tmp_path)
    for second in range(10):
        (tmp_path / "a").write_bytes(capture_at(second))
        os.utime(tmp_path / "a", (second, second))
        looker.look()
        looker.inventory.pending.pop().given = 3
    for second in range(10):
        (tmp_path / f"again{second}").write_bytes(gzip.compress(capture_at(second)))
    assert looker.look() == [f"again{second}" for second in range(7)]


def test_a_packet_is_told_apart_by_its_time_its_link_and_its_octets() -> None:
    frames = [(1, 1, b"a"), (2, 1, b"a"), (1, 2, b"a"), (1, 1, b"b"), (11, 1, b"a"), (1, 11, b"a")]
    assert len({digest_of(frame) for frame in frames}) == len(frames)


def test_what_is_named_like_a_capture_and_is_none_is_told_once(tmp_path: Path) -> None:
    looker = Looker(tmp_path)
    (tmp_path / "x.pcap").mkdir()
    assert (looker.look(), looker.errors()) == ([], [])
    (tmp_path / "y.pcap").write_bytes(b"rubbish rubbish")
    assert looker.look() == []
    assert looker.errors() == [
        "y.pcap: is not a pcap or pcapng file (starts with 72 75 62 62: text)"
    ]
    assert (looker.look(), looker.errors()) == ([], [])
