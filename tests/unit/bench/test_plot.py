"""Pictures of the benches: what is drawn, and that it is XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.bench.plot import Fit, bars, fit, lines, marks, number

SVG = "{http://www.w3.org/2000/svg}"


def test_points_on_a_line_are_fitted_by_it() -> None:
    assert fit([(1, 5), (2, 7), (3, 9)]) == Fit(3, 2, 1)
    assert fit([(1, 5), (2, 7), (3, 9)]).at(10) == 23


def test_a_square_is_no_line() -> None:
    assert fit([(x, x * x) for x in range(1, 7)]).share < 0.97


def test_points_of_one_height_are_a_line() -> None:
    assert fit([(1, 4), (2, 4)]) == Fit(4, 0, 1)


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, [0, 1]), (1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (7, [0, 2, 4, 6, 8]), (60_000, 7)],
)
def test_an_axis_has_few_round_numbers(most: float, expected: list[float] | int) -> None:
    found = marks(most)
    assert found[-1] >= most
    if isinstance(expected, int):
        assert len(found) == expected
    else:
        assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.25, "0.25"), (12.345, "12.3"), (1_234_567, "1,234,567")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_a_picture_of_points_has_each_of_them_and_says_what_it_shows() -> None:
    picture = lines("Cost & more", "packets", "seconds", [(1, 1), (2, 2), (3, 3)], note="a < b")
    root = ET.fromstring(picture)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"Cost & more", "packets", "seconds", "a < b"} <= set(texts)
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_a_picture_of_bars_has_each_of_them_with_its_number() -> None:
    groups = [("small", [("pure", 2.0), ("tshark", 8.0)]), ("large", [("pure", 1.0)])]
    root = ET.fromstring(bars("Compared", "seconds", groups))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts == [
        "Compared", "seconds", "pure", "tshark", "small", "2", "8", "large", "1",
    ]  # fmt: skip
    # the ground, two in the legend, three bars
    assert len(list(root.iter(f"{SVG}rect"))) == 6
