"""The file and the environment into settings, or into everything that is wrong with them.

What is not understood is an error and one error keeps all from being used, as with rules: a
misspelt key would else be a setting that silently is not there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.config import MIB
from smtpids.document import Mapping, Scalar, read_documents
from smtpids.errors import ConfigError, ConfigSetError, Location
from smtpids.faults import Faults, unknown
from smtpids.settings.settings import Setting, Settings
from smtpids.settings.siterules import check_switches
from smtpids.settings.table import KEYS, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from smtpids.document import Value

#: A configuration has some hundred lines; lists of networks make it longer.
MOST_OCTETS: Final = 4 * MIB


def load(path: str | None, environment: Table[str, str]) -> Settings:
    """Return the settings of a file, if one is given, with those of the environment above them.

    Raises ConfigSetError with all faults if there is one.
    """
    faults = Faults()
    given = {} if path is None else read(path, faults)
    given.update(_of_environment(environment, faults))
    settings = Settings(given, path)
    check_switches(settings.site(), faults)
    if faults.errors:
        errors = sorted(faults.errors, key=lambda f: (f.location.line, f.location.column))
        raise ConfigSetError([ConfigError(fault.message, fault.location) for fault in errors])
    return settings


def read(path: str, faults: Faults) -> dict[str, Setting]:
    """Return what a file gives; what is wrong with it goes to `faults`."""
    text = _text(path, faults)
    return {} if text is None else understood(text, path, faults)


def understood(text: str, path: str, faults: Faults) -> dict[str, Setting]:
    """Return what the text of a file gives."""
    documents = read_documents(text, path, faults)
    if len(documents) > 1:
        faults.error(documents[1].place, "a configuration is one document; remove the '---'")
    if not documents or _is_empty(documents[0]):
        return {}
    document = documents[0]
    if not isinstance(document, Mapping):
        faults.error(document.place, "a configuration has keys; 'smtpids config init' shows them")
        return {}
    given: dict[str, Setting] = {}
    known = [name for name in KEYS if "." not in name] + list(SECTIONS)
    for name, (key, value) in document.entries.items():
        if name in SECTIONS:
            _read_section(name, value, given, faults)
        elif name in known:
            _read_key(name, key, value, given, faults)
        else:
            faults.error(key.place, unknown("key", name, known))
    return given


def _read_section(section: str, value: Value, given: dict[str, Setting], faults: Faults) -> None:
    prefix = section + "."
    known = [name.removeprefix(prefix) for name in KEYS if name.startswith(prefix)]
    if _is_empty(value):  # all below it are commented out
        return
    if not isinstance(value, Mapping):
        faults.error(value.place, f"'{section}' has keys: {', '.join(known[:4])}, ...")
        return
    for name, (key, inner) in value.entries.items():
        if name in known:
            _read_key(prefix + name, key, inner, given, faults)
        else:
            faults.error(key.place, unknown(f"key of '{section}'", name, known))


def _read_key(
    name: str, key: Scalar, value: Value, given: dict[str, Setting], faults: Faults
) -> None:
    if _is_empty(value):
        faults.error(key.place, f"'{key.text}' has no value; give it one, or remove it")
        return
    found = KEYS[name].kind.read(value, key.text, faults)
    if found is not None:
        given[name] = Setting(found, f"{key.place.path}:{key.place.line}")


def _is_empty(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _of_environment(environment: Table[str, str], faults: Faults) -> dict[str, Setting]:
    """Return the keys that variables give; an empty variable gives none."""
    given: dict[str, Setting] = {}
    for name, key in KEYS.items():
        text = environment.get(key.variable, "") if key.variable else ""
        if not text:
            continue
        word = {"true": True, "false": False}.get(text.lower(), text)
        value = Scalar(word, Location(f"${key.variable}"), text)
        found = key.kind.read(value, key.variable, faults)
        if found is not None:
            given[name] = Setting(found, f"env {key.variable}")
    return given


def _text(path: str, faults: Faults) -> str | None:
    place = Location(path)
    try:
        with Path(path).open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        faults.error(place, f"cannot be read: {reason}")
        return None
    if len(octets) > MOST_OCTETS:
        faults.error(place, f"is larger than {MOST_OCTETS} octets")
        return None
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = octets[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        what = f"the octet 0x{octets[error.start]:02x} is not UTF-8; save as UTF-8"
        faults.error(Location(path, line, column), what)
        return None
