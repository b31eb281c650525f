"""What windows are given and what they answer."""

from __future__ import annotations

from smtpids.rules.hits import SAMPLE_CHARS, SAMPLES, Found, Hit, digest, numbers


def test_a_hit_has_no_values_unless_they_were_asked_for() -> None:
    hit = Hit(5, 1, "a")
    assert (hit.ts_ns, hit.number, hit.rule, hit.values) == (5, 1, "a", ())


def test_what_is_found_has_no_values_unless_they_are_counted() -> None:
    assert Found(3, 5, ("a",)) == Found(3, 5, ("a",), ())


def test_only_numbers_are_added() -> None:
    assert numbers(Hit(0, 0, "a", (1, "2", 2.5))) == [1, 2.5]


def test_a_number_and_its_text_are_one_value() -> None:
    assert digest(25) == digest("25") != digest("26")


def test_octets_that_are_no_text_have_a_digest_too() -> None:
    assert digest("\udcff") != digest("\udcfe")


def test_few_values_are_kept_readable_and_not_all_of_them() -> None:
    assert (SAMPLES, SAMPLE_CHARS) == (5, 128)
