"""Draws lines and bars as SVG: no library, so that a picture can be made anywhere and be read."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 50
#: Colours that people with any sight tell apart (Okabe and Ito).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    'font-family="sans-serif" font-size="12" fill="#222">\n'
    '<rect width="{width}" height="{height}" fill="#fff"/>\n'
)

Point = tuple[float, float]


class Fit(NamedTuple):
    """The straight line that lies nearest to points, and how near it lies."""

    base: float
    slope: float
    share: float
    """The part of the variance that it explains (R squared): 1 is a straight line."""

    def at(self, x: float) -> float:
        """Return the height of the line."""
        return self.base + self.slope * x


def fit(points: Sequence[Point]) -> Fit:
    """Return the line of least squares."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    total = sum((y - mean_y) ** 2 for _, y in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    base = mean_y - slope * mean_x
    rest = sum((y - base - slope * x) ** 2 for x, y in points)
    return Fit(base, slope, 1 - rest / total if total else 1.0)


def marks(most: float, count: int = 6) -> list[float]:
    """Return round numbers from 0 to at least `most`, at most `count` steps."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / count
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough)
    return [step * number for number in range(ceil(most / step) + 1)]


def lines(title: str, across: str, up: str, points: Sequence[Point], note: str = "") -> str:
    """Return a picture of points and the straight line nearest to them."""
    xs, ys = marks(max(x for x, _ in points)), marks(max(y for _, y in points))
    straight = fit(points)

    def place(x: float, y: float) -> Point:
        inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + x / xs[-1] * inner_width, HEIGHT - BOTTOM - y / ys[-1] * inner_height

    parts = [HEAD.format(width=WIDTH, height=HEIGHT)]
    parts.append(f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>\n')
    parts.append(f'<text x="{LEFT}" y="40" fill="#555">{escape(note)}</text>\n')
    for x in xs:
        at, bottom = place(x, 0)
        parts += [_line(at, TOP, at, bottom), _text(at, bottom + 16, number(x), "middle")]
    for y in ys:
        left, at = place(0, y)
        parts += [_line(left, at, WIDTH - RIGHT, at), _text(left - 6, at + 4, number(y), "end")]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text transform="rotate(-90 16 {middle:.0f})" x="16" y="{middle:.0f}"'
        f' text-anchor="middle">{escape(up)}</text>\n'
    )
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    ends = place(first, straight.at(first)), place(last, straight.at(last))
    parts.append(_line(*ends[0], *ends[1], COLOURS[1], ' stroke-dasharray="5 4"'))
    for x, y in points:
        at, height = place(x, y)
        parts.append(f'<circle cx="{at:.1f}" cy="{height:.1f}" r="4" fill="{COLOURS[0]}"/>\n')
    return "".join([*parts, "</svg>\n"])


def bars(title: str, up: str, groups: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> str:
    """Return a picture of bars: for each group the name and value of each of its bars."""
    names = list(dict.fromkeys(name for _, values in groups for name, _ in values))
    count = sum(len(values) for _, values in groups)
    height = TOP + 30 + 20 * len(names) + 18 * count + 34 * len(groups)
    most = marks(max((value for _, values in groups for _, value in values), default=1.0))[-1]
    parts = [HEAD.format(width=WIDTH, height=height)]
    parts.append(f'<text x="20" y="22" font-size="15">{escape(title)}</text>\n')
    parts.append(f'<text x="20" y="40" fill="#555">{escape(up)}</text>\n')
    at = TOP + 10
    for name in names:
        colour = COLOURS[names.index(name) % len(COLOURS)]
        parts.append(f'<rect x="20" y="{at}" width="12" height="12" fill="{colour}"/>\n')
        parts.append(_text(38, at + 10, name, "start"))
        at += 20
    for group, values in groups:
        at += 22
        parts.append(_text(20, at, group, "start"))
        at += 6
        for name, value in values:
            colour = COLOURS[names.index(name) % len(COLOURS)]
            wide = max(value / most * (WIDTH - 120), 1)
            parts.append(
                f'<rect x="20" y="{at}" width="{wide:.1f}" height="14" fill="{colour}"/>\n'
            )
            parts.append(_text(26 + wide, at + 12, number(value), "start"))
            at += 18
        at += 6
    return "".join([*parts, "</svg>\n"])


def number(value: float) -> str:
    """Return a number as people write it, three digits of it."""
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _line(
    x: float, y: float, to_x: float, to_y: float, colour: str = "#ddd", more: str = ""
) -> str:
    place = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {place} stroke="{colour}"{more}/>\n'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>\n'
