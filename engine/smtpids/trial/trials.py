"""What a test file says, once it is understood: trials of a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from smtpids.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from smtpids.errors import Location

CLIENT: Final = "198.51.100.7"
SERVER: Final = "192.0.2.10"


@dataclass(frozen=True, slots=True)
class When:
    """When something happens, from the beginning of the trial, and how often."""

    at_ns: int = 0
    repeat: int = 1
    every_ns: int = 1_000_000_000

    def times(self) -> list[int]:
        """Return the time of each repetition."""
        return [self.at_ns + number * self.every_ns for number in range(self.repeat)]


@dataclass(frozen=True, slots=True)
class Session:
    """One TCP connection as a dialogue; `{n}` in the text and the client is the repetition."""

    text: str
    path: str
    first_line: int
    """The line of the file in which the text begins."""
    when: When = When()
    client: str = CLIENT
    server: str = SERVER
    port: int = 25


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event by hand; `{n}` in its texts is the repetition."""

    fields: Mapping[str, Any]
    when: When = When()


@dataclass(frozen=True, slots=True)
class Trial:
    """One test: traffic, and the alerts that it must raise."""

    name: str
    place: Location
    rule: str
    """The rule that is tested."""
    sessions: tuple[Session, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    pcap: Path | None = None
    config: Config = field(default_factory=Config)
    expect: Mapping[str, int] = field(default_factory=dict)
    expect_place: Location | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    """A part of the message of each alert of a rule."""
    alone: bool = True
    """Whether rules that `expect` does not name must be quiet."""


@dataclass(frozen=True, slots=True)
class TrialFile:
    """All trials of a rule."""

    path: str
    rule: str
    rule_place: Location
    trials: tuple[Trial, ...] = ()
    needless: Mapping[str, Location] = field(default_factory=dict)
    """Fields whose conditions only tell readers what is meant, each with its place."""
