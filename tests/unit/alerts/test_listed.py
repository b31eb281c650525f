from __future__ import annotations

from typing import Any

from smtpids.alerts.listed import MOST_CHARS, MOST_LISTS, keep, list_text, listed, shared


def test_a_list_is_known_by_itself_and_not_by_what_is_in_it() -> None:
    one: list[Any] = ["DSN"]
    other: list[Any] = ["DSN"]
    keep(one, '["DSN"]')
    assert (listed(one), listed(other)) == ('["DSN"]', None)


def test_an_empty_list_has_one_text() -> None:
    assert listed([]) == "[]"


def test_a_long_text_is_not_kept() -> None:
    long: list[Any] = ["x" * MOST_CHARS]
    keep(long, f'["{long[0]}"]')
    assert listed(long) is None


def test_of_more_lists_than_are_kept_the_first_are_forgotten() -> None:
    lists: list[list[Any]] = [[number] for number in range(MOST_LISTS + 1)]
    for one in lists:
        keep(one, str(one))
    assert (listed(lists[0]), listed(lists[-1])) == (None, f"[{MOST_LISTS}]")


def test_a_list_that_is_shared_is_written_once_and_one_that_cannot_be_is_not_kept() -> None:
    offer: list[Any] = ["SIZE 5"]
    odd: list[Any] = ["\ud800"]
    assert (shared(offer), shared(offer) is shared(offer)) == ('["SIZE 5"]', True)
    assert (shared(odd), listed(odd)) == ("", None)


def test_objects_in_a_list_leave_out_what_has_no_value_and_nest_their_names() -> None:
    assert list_text([{"verb": "EHLO", "code": None}, 3]) == '[{"verb":"EHLO"},3]'
    assert list_text([{"file.name": "a.pdf"}]) == '[{"file":{"name":"a.pdf"}}]'
    assert list_text([{"a": 10**19}]) == ""
