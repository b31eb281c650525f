"""The settings of a run: for each key a value and where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.config import Config, Limits
from smtpids.settings.kinds import AUTO
from smtpids.settings.siterules import SHIPPED, SiteRules
from smtpids.settings.table import KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "default"
OPTION: Final = "option"


class Setting(NamedTuple):
    """A value and its origin: `default`, `site.yml:3`, `env SMTPIDS_SENSOR` or `option`."""

    value: Any
    origin: str


class Settings:
    """All keys of the table; those that are not given have their default."""

    __slots__ = ("_given", "path")

    def __init__(self, given: Mapping[str, Setting] | None = None, path: str | None = None) -> None:
        self._given = dict(given or {})
        self.path = path
        """The file, if there is one."""

    def __getitem__(self, name: str) -> Any:
        """Return the value of a key."""
        return self.setting(name).value

    def setting(self, name: str) -> Setting:
        """Return the value of a key and its origin."""
        return self._given.get(name) or Setting(KEYS[name].default, DEFAULT)

    def overridden(self, options: Mapping[str, Any]) -> Settings:
        """Return the settings with those that options give; None and what is empty give none."""
        given = {
            name: Setting(value, OPTION)
            for name, value in options.items()
            if value is not None and value not in ((), "")
        }
        return Settings({**self._given, **given}, self.path)

    def config(self, *, live: bool) -> Config:
        """Return the settings of the engine."""
        any_port = self["any_port"]
        if any_port == AUTO:
            any_port = not live and self.setting("ports").origin == DEFAULT
        names = KEYS.keys() & set(Config._fields)
        values = {name: self[name] for name in names}
        limits = Limits(**{name: self[f"limits.{name}"] for name in Limits._fields})
        return Config(**values)._replace(limits=limits, any_port=any_port)

    def site(self) -> SiteRules:
        """Return what is set of rules."""
        return SiteRules(
            disable=self["rules.disable"],
            enable=self["rules.enable"],
            level=self["rules.level"],
            suppress=self["rules.suppress"],
        )

    def rule_paths(self) -> list[str] | None:
        """Return where the rules are, as `rules.load` takes it: None for the shipped ones."""
        paths = self["rules.paths"]
        if paths == (SHIPPED,):
            return None
        from smtpids.rules import shipped_rules

        option = self.setting("rules.paths").origin == OPTION
        folder = str(shipped_rules.folder())
        return [folder if path == SHIPPED and not option else path for path in paths]

    def waiting(self, newer: Settings) -> list[str]:
        """Return the keys that `newer` changes and that a run cannot take up before its end."""
        return [name for name, key in KEYS.items() if not key.reloads and self[name] != newer[name]]
