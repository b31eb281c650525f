"""YAML text into values that know their place.

PyYAML takes duplicate keys, builds trees of any depth (deep enough, its C part crashes) and lets
aliases multiply; and once a document is a dictionary, nobody knows where its words stood. So the
tree is built here from the parser's events, with limits, and every value keeps line and column.
What a plain scalar means (`25`, `true`, `2026-11-23`) is PyYAML's answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from smtpids.errors import Location

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from smtpids.faults import Faults

#: Levels of a document; a rule needs six.
MOST_DEPTH: Final = 32
#: Values of a file, those counted again that aliases repeat.
MOST_VALUES: Final = 20_000

Plain: TypeAlias = "str | int | float | bool | dt.date | bytes | None"


class Scalar(NamedTuple):
    """A single value."""

    value: Plain
    place: Location
    text: str
    """As it was written, without quotes."""
    shift: int | None = 0
    """Columns from `place` to the first character; None if the text is not one plain line."""

    def within(self, offset: int) -> Location:
        """Return the place of the character at `offset`, as exactly as it is known."""
        if self.shift is None:
            return self.place
        column = self.place.column + self.shift + offset
        return Location(self.place.path, self.place.line, column)


class Items(NamedTuple):
    """A list."""

    items: tuple[Value, ...]
    place: Location


class Mapping(NamedTuple):
    """Keys and values, in order; each key is a text."""

    entries: dict[str, tuple[Scalar, Value]]
    place: Location

    def get(self, key: str) -> Value | None:
        """Return the value of a key, None if the key is not there."""
        entry = self.entries.get(key)
        return None if entry is None else entry[1]

    def key(self, key: str) -> Location:
        """Return the place of a key; of the mapping if the key is not there."""
        entry = self.entries.get(key)
        return self.place if entry is None else entry[0].place


Value: TypeAlias = "Scalar | Items | Mapping"


def read_documents(text: str, path: str, faults: Faults) -> list[Value]:
    """Return the documents of a file; what is wrong with it goes to `faults`."""
    # imported here: reading no rules should not cost 30 ms
    import yaml

    try:
        return list(_Builder(text, path, faults).documents())
    except yaml.MarkedYAMLError as error:
        faults.error(_mark(error, path), _syntax(error))
    except yaml.reader.ReaderError as error:
        # the position is in characters, or in octets if the C parser says so
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        code = error.character if isinstance(error.character, int) else 0
        faults.error(
            Location(path, line, column),
            f"the character U+{code:04X} is not allowed in YAML; remove it, or write it as an"
            " escape in double quotes",
        )
    except _StoppedError as stop:
        faults.error(stop.place, stop.reason)
    return []


#: Problems that YAML meets late: where they begin helps more.
_BEGUN_EARLIER: Final = ("unexpected end of stream", "could not find expected ':'")


def _mark(error: Any, path: str) -> Location:
    """Return where the mistake is, as near as the parser knows."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark and str(error.problem).endswith(_BEGUN_EARLIER):
        mark = error.context_mark
    return Location(path) if mark is None else Location(path, mark.line + 1, mark.column + 1)


def _syntax(error: Any) -> str:
    problem = str(error.problem or error.context or "cannot be read")
    if "nesting depth" in problem:
        # the parser reads ahead of us, and has a limit of its own
        return f"nested deeper than {MOST_DEPTH} levels"
    if "cannot start any token" in problem and "'\\t'" not in problem:
        return (
            "a value cannot begin with this character; YAML indents by blanks, not tabs, and"
            " values that begin with one of `%@ need quotes"
        )
    if problem.endswith("unexpected end of stream"):
        return "not YAML: the quote that begins here is not closed"
    begin = f" in line {error.context_mark.line + 1}" if error.context_mark else ""
    hints = {
        "expected alphabetic or numeric": "; a text that begins with '*' or '&' needs quotes",
        "found a tab character": "; indent by blanks",
        "mapping values are not allowed": "; a value that holds ': ' needs quotes",
        "did not find expected ',' or ']'": f"; the '['{begin} is not closed",
        "did not find expected ',' or '}'": f"; the '{{'{begin} is not closed",
        "could not find expected ':'": "; a key needs a colon and a blank behind it",
        "did not find expected key": "; look at the indent, or at quotes that are not closed",
    }
    for words, hint in hints.items():
        if words in problem:
            return f"not YAML: {problem}{hint}"
    return f"not YAML: {problem}"


class _StoppedError(Exception):
    """A limit was met; the rest of the file is not read."""

    def __init__(self, place: Location, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


class _Builder:
    """Builds the documents of one file from the parser's events."""

    def __init__(self, text: str, path: str, faults: Faults) -> None:
        import yaml

        self.yaml = yaml
        self.path = path
        self.faults = faults
        self.parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self.anchors: dict[str, tuple[Value, int] | None] = {}
        """Value and size by anchor; None while the value is being read."""
        self.count = 0

    def documents(self) -> Iterator[Value]:
        """Yield each document."""
        yaml, parser = self.yaml, self.parser
        while not parser.check_event(yaml.StreamEndEvent):
            event = parser.get_event()
            if isinstance(event, (yaml.StreamStartEvent, yaml.DocumentEndEvent)):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
                yield self.value(parser.get_event(), 1)

    def place(self, event: Any) -> Location:
        """Return where an event stands."""
        return Location(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def value(self, event: Any, depth: int) -> Value:
        """Return the value that begins with `event`."""
        if depth > MOST_DEPTH:
            raise _StoppedError(self.place(event), f"nested deeper than {MOST_DEPTH} levels")
        self.add(1, event)
        if isinstance(event, self.yaml.AliasEvent):
            return self.alias(event)
        before, anchor = self.count, event.anchor
        if anchor is not None:
            self.anchors[anchor] = None
        if isinstance(event, self.yaml.ScalarEvent):
            value: Value = self.scalar(event)
        elif isinstance(event, self.yaml.SequenceStartEvent):
            value = self.items(event, depth)
        else:
            value = self.mapping(event, depth)
        if anchor is not None:
            self.anchors[anchor] = value, self.count - before + 1
        return value

    def add(self, values: int, event: Any) -> None:
        """Count values, so that aliases cannot multiply without end."""
        self.count += values
        if self.count > MOST_VALUES:
            raise _StoppedError(self.place(event), f"more than {MOST_VALUES} values in one file")

    def alias(self, event: Any) -> Value:
        """Return the value that an alias repeats."""
        if event.anchor not in self.anchors:
            raise _StoppedError(
                self.place(event),
                f"no anchor '&{event.anchor}' before this alias; a text that begins with '*' needs"
                " quotes",
            )
        found = self.anchors[event.anchor]
        if found is None:
            raise _StoppedError(self.place(event), f"the alias '*{event.anchor}' repeats itself")
        self.add(found[1], event)
        return found[0]

    def items(self, event: Any, depth: int) -> Items:
        """Return a list."""
        found: list[Value] = []
        while not isinstance(inner := self.parser.get_event(), self.yaml.SequenceEndEvent):
            found.append(self.value(inner, depth + 1))
        return Items(tuple(found), self.place(event))

    def mapping(self, event: Any, depth: int) -> Mapping:
        """Return a mapping; the first of several equal keys counts."""
        entries: dict[str, tuple[Scalar, Value]] = {}
        while not isinstance(inner := self.parser.get_event(), self.yaml.MappingEndEvent):
            key = self.value(inner, depth + 1)
            value = self.value(self.parser.get_event(), depth + 1)
            if not isinstance(key, Scalar):
                self.faults.error(key.place, "a key must be a word, not a list or mapping")
                continue
            name = key.text
            if name in entries:
                first = entries[name][0].place.line
                self.faults.error(key.place, f"duplicate key '{name}' (first at line {first})")
                continue
            entries[name] = key, value
        return Mapping(entries, self.place(event))

    def scalar(self, event: Any) -> Scalar:
        """Return a single value; what it means is decided by PyYAML's rules."""
        text: str = event.value
        one_line = event.start_mark.line == event.end_mark.line
        quoted = event.style in {"'", '"'}
        width = event.end_mark.column - event.start_mark.column - (2 if quoted else 0)
        plain = one_line and len(text) == width and event.style not in {"|", ">"}
        shift = (1 if quoted else 0) if plain else None
        place = self.place(event)
        tag = event.tag
        if tag is None or tag == "!":
            tag = self.parser.resolve(self.yaml.ScalarNode, text, event.implicit)
        if tag == "tag:yaml.org,2002:str":
            return Scalar(text, place, text, shift)
        construct = self.parser.yaml_constructors.get(tag)
        if construct is None or tag.endswith((":merge", ":value")):
            if not tag.endswith((":merge", ":value")):
                self.faults.error(place, f"the YAML tag '{tag}' means nothing in a rule; remove it")
            return Scalar(text, place, text, shift)
        node = self.yaml.ScalarNode(tag, text, event.start_mark, event.end_mark)
        try:
            value: Plain = construct(self.parser, node)
        except (ValueError, LookupError, OverflowError, self.yaml.YAMLError) as error:
            if tag.endswith(":timestamp"):
                reason = f"'{text}' is no day that exists; a text needs quotes"
            else:
                reason = f"'{text}' is not a value of its kind ({error}); put it in quotes"
            self.faults.error(place, reason)
            value = text
        return Scalar(value, place, text, shift)
