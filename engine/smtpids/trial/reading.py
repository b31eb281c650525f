"""Test files into trials, or into everything that is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smtpids.config import MIB, Config
from smtpids.document import Items, Mapping, Scalar, read_documents
from smtpids.errors import Location, RuleSetError
from smtpids.faults import Faults, unknown
from smtpids.fields import FIELDS, Type
from smtpids.rules.specialise import carried_by
from smtpids.trial import values
from smtpids.trial.dialog import read_dialog
from smtpids.trial.trials import CLIENT, SERVER, Occasion, Session, Trial, TrialFile, When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from smtpids.document import Value
    from smtpids.rules import RuleSet

SUFFIXES: Final = (".test.yml", ".test.yaml")
MOST_OCTETS: Final = MIB
MOST_REPEAT: Final = 100_000
FILE_KEYS: Final = ("rule", "config", "defaults", "needless", "tests")
ENDS: Final = ("port", "client", "server")
INPUTS: Final = ("dialog", "dialogs", "events", "pcap")
TRIAL_KEYS: Final = ("name", *INPUTS, *ENDS, "config", "expect", "messages", "also")
TIMING: Final = ("at", "repeat", "every")
SESSION_KEYS: Final = ("dialog", *TIMING, *ENDS)
STRICT: Final = Config(any_port=True, strict=True)


def find_files(paths: Sequence[str | Path]) -> list[Path]:
    """Return the test files that are named or lie in folders that are named, by path."""
    found: dict[str, Path] = {}
    for root in map(Path, paths):
        inner = [root]
        if root.is_dir():
            inner = [
                Path(folder, name)
                for folder, _, names in os.walk(root)
                for name in names
                if name.endswith(SUFFIXES)
            ]
        for path in sorted(inner):
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def read_files(paths: Sequence[Path], ruleset: RuleSet) -> list[TrialFile]:
    """Return the test files; raises `RuleSetError` with all that is wrong with them."""
    faults = Faults()
    names = frozenset(rule.name for rule in ruleset.rules)
    found = [file for path in paths for file in _read_file(path, names, faults)]
    first: dict[str, TrialFile] = {}
    for file in found:
        if first.setdefault(file.rule, file) is not file:
            where = first[file.rule].path
            faults.error(
                file.rule_place, f"'{file.rule}' has its tests in {where}; add these there"
            )
    if faults.errors:
        raise RuleSetError(faults.errors)
    return found


def read_text(text: str, path: str, names: frozenset[str], faults: Faults) -> Iterator[TrialFile]:
    """Yield the trials in the text of a file; `names` are the rules that there are."""
    before = len(faults.errors)
    documents = read_documents(text, path, faults)
    if len(documents) != 1:
        if len(faults.errors) == before:
            faults.error(Location(path, 1, 1), "a test file holds one document with 'tests:'")
        return
    mapping = values.mapping_of(documents[0], "a test file", faults)
    if mapping is not None:
        yield _Reader(mapping, path, names, faults).file()


def _read_file(path: Path, names: frozenset[str], faults: Faults) -> Iterator[TrialFile]:
    place = Location(str(path))
    try:
        if path.stat().st_size > MOST_OCTETS:
            faults.error(place, f"is larger than {MOST_OCTETS} octets")
            return
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        faults.error(place, f"cannot be read: {error.strerror or error}")
        return
    except UnicodeDecodeError:
        faults.error(place, "is not UTF-8; save as UTF-8")
        return
    yield from read_text(text, str(path), names, faults)


class _Reader:
    """Reads one test file."""

    def __init__(self, top: Mapping, path: str, names: frozenset[str], faults: Faults) -> None:
        self.top = top
        self.path = path
        self.names = names
        self.faults = faults
        self.config = STRICT
        self.defaults: dict[str, Any] = {}
        self.rule = ""

    def file(self) -> TrialFile:
        """Return the whole file."""
        top, faults = self.top, self.faults
        values.check_keys(top, FILE_KEYS, "key", faults)
        name = Path(self.path).name.removesuffix(".yaml").removesuffix(".yml")
        self.rule = values.text(top.get("rule"), "rule", faults) or name.removesuffix(".test")
        named = top.get("rule")
        place = top.place if named is None else named.place
        self.known(self.rule, place)
        self.config = values.config(top.get("config"), STRICT, faults)
        self.defaults = self.fields(top.get("defaults"), "defaults")
        needless = {}
        for value in values.items_of(top.get("needless"), "needless", faults):
            field = values.text(value, "needless", faults)
            needless[field] = value.place
            if field not in FIELDS:
                faults.error(value.place, unknown("field", field, FIELDS))
        tests = values.items_of(top.get("tests"), "tests", faults)
        if not tests and isinstance(top.get("tests"), Items | None):
            faults.error(top.place, "no tests; add 'tests:' with a list")
        trials = tuple(trial for value in tests for trial in self.trial(value))
        return TrialFile(self.path, self.rule, place, trials, needless)

    def known(self, rule: str, place: Location) -> None:
        """Refuse a rule that is not there."""
        if rule not in self.names:
            self.faults.error(place, unknown("rule", rule, sorted(self.names)))

    def trial(self, value: Value) -> Iterator[Trial]:
        """Yield a test, if it is one."""
        faults = self.faults
        mapping = values.mapping_of(value, "tests", faults)
        if mapping is None:
            return
        values.check_keys(mapping, TRIAL_KEYS, "key", faults)
        for key in ("name", "expect"):
            if mapping.get(key) is None:
                faults.error(mapping.place, f"a test needs '{key}'")
        given = [key for key in INPUTS if mapping.get(key) is not None]
        if len(given) != 1:
            faults.error(mapping.place, f"a test has one of {', '.join(INPUTS)}")
        also = values.text(mapping.get("also"), "also", faults)
        if also not in {"", "any"}:
            faults.error(mapping.key("also"), "'also' takes only 'any'")
        expect = self.expect(mapping.get("expect"))
        yield Trial(
            name=values.text(mapping.get("name"), "name", faults),
            place=mapping.place,
            rule=self.rule,
            sessions=tuple(self.sessions(mapping)),
            occasions=tuple(self.occasions(mapping)),
            pcap=self.pcap(mapping.get("pcap")),
            config=values.config(mapping.get("config"), self.config, faults),
            expect=expect,
            expect_place=mapping.key("expect"),
            messages=self.messages(mapping.get("messages"), expect),
            alone=also != "any",
        )

    def expect(self, value: Value | None) -> dict[str, int]:
        """Return how many alerts of each rule there must be."""
        found: dict[str, int] = {}
        if isinstance(value, Mapping):
            for name, (key, inner) in value.entries.items():
                self.known(name, key.place)
                count = values.number(inner, name, self.faults, 0, 10**6)
                if count:
                    found[name] = count
            return found
        for one in values.items_of(value, "expect", self.faults):
            name = values.text(one, "expect", self.faults)
            self.known(name, one.place)
            found[name] = found.get(name, 0) + 1
        return found

    def messages(self, value: Value | None, expect: dict[str, int]) -> dict[str, str]:
        """Return what must stand in the message of alerts."""
        mapping = values.mapping_of(value, "messages", self.faults)
        found: dict[str, str] = {}
        for name, (key, inner) in mapping.entries.items() if mapping is not None else ():
            if name not in expect:
                self.faults.error(key.place, f"'{name}' is not expected; add it to 'expect'")
            found[name] = values.text(inner, "messages", self.faults)
        return found

    def pcap(self, value: Value | None) -> Path | None:
        """Return the path of a capture, which counts from the test file."""
        if value is None:
            return None
        path = Path(self.path).parent / values.text(value, "pcap", self.faults)
        if not path.is_file():
            self.faults.error(value.place, f"there is no capture {path}")
            return None
        return path

    # -- dialogues ---------------------------------------------------------------------------------

    def sessions(self, mapping: Mapping) -> Iterator[Session]:
        """Yield the sessions of a test."""
        if mapping.get("dialog") is not None:
            yield from self.session(mapping, mapping)
        for value in values.items_of(mapping.get("dialogs"), "dialogs", self.faults):
            inner = values.mapping_of(value, "dialogs", self.faults)
            if inner is not None:
                values.check_keys(inner, SESSION_KEYS, "key", self.faults)
                yield from self.session(inner, mapping)

    def session(self, mapping: Mapping, around: Mapping) -> Iterator[Session]:
        """Yield a session; ends that it does not name are those of the test `around` it."""
        value, faults = mapping.get("dialog"), self.faults
        if not isinstance(value, Scalar):
            faults.error(mapping.place, "a dialogue needs 'dialog: |' and lines")
            return
        ends = {key: mapping.get(key) or around.get(key) for key in ENDS}
        block = value.shift is None and "\n" in value.text
        first = value.place.line + block
        dialog = read_dialog(value.text, _lines_from(self.path, first), faults)
        port = values.number(ends["port"], "port", faults, 1, 65535)
        yield Session(
            value.text,
            self.path,
            first,
            self.when(mapping),
            values.address(ends["client"], "client", faults, CLIENT),
            values.address(ends["server"], "server", faults, SERVER),
            dialog.port or port or 25,
        )

    def when(self, mapping: Mapping) -> When:
        """Return when something happens."""
        at_ns = values.duration(mapping.get("at"), "at", self.faults)
        every_ns = values.duration(mapping.get("every"), "every", self.faults)
        repeat = values.number(mapping.get("repeat"), "repeat", self.faults, 1, MOST_REPEAT)
        return When(at_ns or 0, repeat or 1, 10**9 if every_ns is None else every_ns)

    # -- events by hand ----------------------------------------------------------------------------

    def occasions(self, mapping: Mapping) -> Iterator[Occasion]:
        """Yield the events of a test."""
        for value in values.items_of(mapping.get("events"), "events", self.faults):
            inner = values.mapping_of(value, "events", self.faults)
            if inner is None:
                continue
            fields = {**self.defaults, **self.fields(inner, "events", TIMING)}
            action = fields.get("event.action")
            if action is None:
                self.faults.error(inner.place, "an event needs 'event.action'")
                continue
            for name in inner.entries:
                if name in FIELDS and action not in carried_by(name):
                    carriers = " or ".join(sorted(carried_by(name)))
                    self.faults.error(
                        inner.key(name), f"'{name}' is not in {action} events, but in {carriers}"
                    )
            own = {name: value for name, value in fields.items() if action in carried_by(name)}
            yield Occasion(own, self.when(inner))

    def fields(self, value: Value | None, what: str, others: Sequence[str] = ()) -> dict[str, Any]:
        """Return values by field; keys among `others` mean something else."""
        mapping = values.mapping_of(value, what, self.faults)
        found: dict[str, Any] = {}
        for name, (key, inner) in mapping.entries.items() if mapping is not None else ():
            if name in others:
                continue
            if name not in FIELDS:
                self.faults.error(key.place, unknown("field", name, FIELDS))
            elif FIELDS[name].type is Type.OBJECT:
                self.faults.error(key.place, f"'{name}' has no value of its own")
            else:
                found[name] = values.field_value(name, inner, self.faults)
        return found


def _lines_from(path: str, first: int) -> Callable[[int], Location]:
    return lambda index: Location(path, first + index)
