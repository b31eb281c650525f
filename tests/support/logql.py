"""Reads LogQL as far as our dashboards write it; no parser for Python exists.

It follows the reference of the language: a selector of streams, stages after it, a range, and
aggregations around. What it does not know is an error, so a slip of the pen is one too. Labels
that a query can group by are found out on the way: those of the stream and those that its stages
take out of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

TOKENS: Final = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    | (?P<number>\d+(?:\.\d+)?)(?![\w.])
    | (?P<range>\[(?:\$__(?:auto|range|interval)|\d+(?:ms|[smhdw]))\])
    | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>\|~|\|=|\|>|!=|!~|=~|==|>=|<=|[{}(),|=<>+*/-])
    )""",
    re.VERBOSE,
)
RANGES: Final = {"count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time"}
VECTORS: Final = {"sum", "avg", "min", "max", "count", "stddev", "stdvar"}
RANKED: Final = {"topk", "bottomk"}
LINE_FILTERS: Final = {"|=", "|~", "|>", "!=", "!~"}
MATCHERS: Final = {"=", "!=", "=~", "!~"}
COMPARISONS: Final = MATCHERS | {"==", ">", ">=", "<", "<="}


class LogqlError(ValueError):
    """Something that is no LogQL, or more of it than is read here."""


@dataclass
class Logql:
    """A query that was read."""

    stream: list[tuple[str, str, str]] = field(default_factory=list)
    """Label, operator and value of each matcher."""
    taken: dict[str, str] = field(default_factory=dict)
    """Label -> the name in the line that it is taken from."""
    takes_all: bool = False
    grouped: set[str] = field(default_factory=set)
    ranges: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)

    @property
    def is_metric(self) -> bool:
        """Whether it counts lines rather than returns them."""
        return bool(self.ranges)


def read(expr: str) -> Logql:
    """Read a query; LogqlError says where it is wrong."""
    reader = _Reader(expr)
    reader.query()
    return reader.found


class _Reader:
    def __init__(self, expr: str) -> None:
        self.found = Logql()
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while expr[place:].strip():
            match = TOKENS.match(expr, place)
            if match is None or match.lastgroup is None:
                raise LogqlError(f"cannot be read: {expr[place : place + 20]!r}")
            self._tokens.append((match.lastgroup, match.group(match.lastgroup)))
            place = match.end()
        self._tokens.append(("end", ""))

    def query(self) -> None:
        if self._is("{"):
            self._lines()
        else:
            self._metric()
        self._take("end")

    def _metric(self) -> None:
        """Read an aggregation over series or over a range of lines."""
        name = self._take("name")
        if name in RANGES:
            self._sign("(")
            self._lines()
            self.found.ranges.append(self._take("range")[1:-1])
            self._sign(")")
            return
        if name not in VECTORS | RANKED:
            raise LogqlError(f"no aggregation: {name}")
        if self._peek() == ("name", "by"):
            self._take("name")
            self._sign("(")
            self.found.grouped.add(self._take("name"))
            while self._accept(","):
                self.found.grouped.add(self._take("name"))
            self._sign(")")
        self._sign("(")
        if name in RANKED:
            self._take("number")
            self._sign(",")
        self._metric()
        self._sign(")")

    def _lines(self) -> None:
        self._sign("{")
        self._matcher()
        while self._accept(","):
            self._matcher()
        self._sign("}")
        while self._peek()[1] in LINE_FILTERS or self._is("|"):
            self._stage()

    def _matcher(self) -> None:
        label, operator = self._take("name"), self._one_of(MATCHERS)
        self.found.stream.append((label, operator, self._text()))

    def _stage(self) -> None:
        if not self._accept("|"):
            self._one_of(LINE_FILTERS)
            self._text()
            return
        name = self._take("name")
        if name == "json":
            self._json()
        elif name == "line_format":
            self.found.templates.append(self._text())
        else:  # a filter by label
            self._one_of(COMPARISONS)
            if not self._accept_number():
                self._text()

    def _json(self) -> None:
        """Read `json`, alone or with the names that it takes."""
        if self._peek()[0] != "name":
            self.found.takes_all = True
            return
        while True:
            label = self._take("name")
            self._sign("=")
            self.found.taken[label] = self._text()
            if not self._accept(","):
                return

    def _text(self) -> str:
        return self._take("text")[1:-1]

    def _peek(self) -> tuple[str, str]:
        return self._tokens[0]

    def _is(self, sign: str) -> bool:
        return self._peek() == ("sign", sign)

    def _accept(self, sign: str) -> bool:
        if self._is(sign):
            self._tokens.pop(0)
            return True
        return False

    def _accept_number(self) -> bool:
        if self._peek()[0] != "number":
            return False
        self._tokens.pop(0)
        return True

    def _sign(self, sign: str) -> None:
        if not self._accept(sign):
            raise LogqlError(f"expected {sign}, found {self._peek()[1] or 'the end'!r}")

    def _one_of(self, signs: set[str]) -> str:
        kind, text = self._peek()
        if kind != "sign" or text not in signs:
            raise LogqlError(f"expected one of {sorted(signs)}, found {text or 'the end'!r}")
        self._tokens.pop(0)
        return text

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise LogqlError(f"expected a {kind}, found {text or 'the end'!r}")
        self._tokens.pop(0)
        return text
