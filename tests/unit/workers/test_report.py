from __future__ import annotations

from typing import Any

from smtpids.workers.report import (
    EVERY,
    FIGURES_EVERY,
    ITEM_OCTETS,
    MOST_ITEMS,
    SOON,
    WHOLE_ITEMS,
    Report,
)


class Post:
    """Takes messages, and is the clock."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.now = 0.0
        self.sent: list[Any] = []
        self.report = Report(self.sent.append, lambda: self.now, at_once=at_once)
        self.report.figures = lambda: {"packets": 7}


def test_items_wait_until_they_are_many() -> None:
    post = Post()
    for number in range(MOST_ITEMS - 1):
        post.report.add(((number,), 1))
    assert post.sent == []
    post.report.add(((MOST_ITEMS,), 1))
    ((items, place, figures, last),) = post.sent
    assert len(items) == MOST_ITEMS
    assert (place, figures, last) == ((MOST_ITEMS,), None, False)


def test_whole_events_count_for_more() -> None:
    post = Post()
    for number in range(MOST_ITEMS // WHOLE_ITEMS):
        assert post.sent == []
        post.report.add(((number,), 3), whole=True)
    assert len(post.sent) == 1


def test_octets_of_a_message_count_for_more() -> None:
    post = Post()
    post.report.add(((1,), 3), whole=True, octets=ITEM_OCTETS * (MOST_ITEMS - WHOLE_ITEMS - 1))
    assert post.sent == []
    post.report.add(((2,), 1))
    assert len(post.sent) == 1


def test_live_an_alert_goes_at_once_unless_one_went_just_now() -> None:
    post = Post(at_once=True)
    post.now = SOON
    post.report.add(((1,), 3), whole=True)
    assert post.sent == []
    post.report.add(((2,), 3), whole=True, alert=True)
    assert post.sent == [([((1,), 3), ((2,), 3)], (2,), None, False)]
    post.report.add(((3,), 3), whole=True, alert=True)
    post.report.add(((4,), 1))
    assert len(post.sent) == 1
    post.now += SOON
    post.report.add(((5,), 1))
    assert post.sent[1:] == [([((3,), 3), ((4,), 1), ((5,), 1)], (5,), None, False)]


def test_in_files_alerts_wait_like_everything() -> None:
    post = Post()
    post.now = SOON
    post.report.add(((2,), 3), whole=True, alert=True)
    assert post.sent == []


def test_in_a_pause_what_there_is_goes_if_it_has_waited() -> None:
    post = Post()
    post.report.add(((1,), 1))
    post.report.pause((5,))
    assert post.sent == []
    post.now = EVERY
    post.report.pause((5,))
    assert post.sent == [([((1,), 1)], (5,), None, False)]


def test_figures_go_now_and_then_and_with_the_last_message() -> None:
    post = Post()
    post.report.flush((1,))
    post.now = FIGURES_EVERY
    post.report.flush((2,))
    post.report.flush((3,))
    post.report.flush((4,), last=True)
    assert [message[2:] for message in post.sent] == [
        (None, False),
        ({"packets": 7}, False),
        (None, False),
        ({"packets": 7}, True),
    ]
