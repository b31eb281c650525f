from __future__ import annotations

from smtpids.rules.scanner import PROBE, scanner


def test_each_rule_whose_word_is_found_is_named_once() -> None:
    scan = scanner({"abcd": [3, 1], "efgh": [2, 3]}, many=False)
    assert scan is not None
    assert [scan("abcd efgh"), tuple(scan("abcd")), tuple(scan("x"))] == [[1, 2, 3], (3, 1), ()]


def test_a_list_is_looked_at_element_by_element() -> None:
    scan = scanner({"^abcd": [1], "efgh$": [2]}, many=True)
    assert scan is not None
    assert [tuple(scan(texts)) for texts in ([], ["abcd"], ["xabcd", "efgh"])] == [(), (1,), (2,)]


def test_in_a_text_with_a_lone_surrogate_everything_counts_as_found() -> None:
    scan = scanner({"abcd": [1], "efgh": [2]}, many=False)
    assert scan is not None
    assert tuple(scan("\ud800")) == (1, 2)


def test_the_probe_names_no_rule() -> None:
    scan = scanner({"abcd": [1]}, many=False)
    assert scan is not None
    assert tuple(scan(PROBE)) == ()


def test_what_re2_cannot_hold_has_no_guard() -> None:
    assert scanner({"((((a{1,100}){1,10})x){1,10}){1,100}": [1]}, many=False) is None
    assert scanner({"(": [1]}, many=False) is None


def test_words_that_a_peer_makes_up_do_not_wear_the_guard_out() -> None:
    words = [f"abc{number:04}def" for number in range(1000)]
    scan = scanner({word: [number] for number, word in enumerate(words)}, many=False)
    assert scan is not None
    for number in range(0, 1000, 7):
        hostile = "".join(word[: 1 + (number * 31 + each) % 9] for each, word in enumerate(words))
        assert number in scan(hostile + words[number])
