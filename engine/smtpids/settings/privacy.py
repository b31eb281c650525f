"""`privacy.*`: what is written of addresses and subjects, and the key of the hashes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.errors import ConfigError, ConfigSetError, Location
from smtpids.settings.kinds import one_of

if TYPE_CHECKING:
    from smtpids.settings.settings import Settings

NONE: Final = "none"
HASH: Final = "hash"
MODES: Final = (NONE, "mask", HASH)
MODE: Final = one_of(*MODES)
#: 128 bits, below which a key could be found by trying.
LEAST_KEY_OCTETS: Final = 16
#: A key is short; a file that is not was named by mistake.
MOST_KEY_OCTETS: Final = 4096
_ADVICE: Final = "make one with 'head -c 32 /dev/urandom > privacy.key'"


def key_of(settings: Settings) -> bytes:
    """Return the key of the hashes; nothing if none are asked for.

    Raises ConfigSetError if they are and there is no file with a key.
    """
    asking = [name for name in ("privacy.addresses", "privacy.subjects") if settings[name] == HASH]
    if not asking:
        return b""
    path = settings["privacy.key_file"]
    if not path:
        what = (
            f"'{asking[0]}' is hash and 'privacy.key_file' is not set; {_ADVICE} and name it there"
        )
        raise ConfigSetError([ConfigError(what, _place(settings, asking[0]))])
    try:
        with Path(path).open("rb") as file:
            key = file.read(MOST_KEY_OCTETS + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        what = f"the key {path} cannot be read: {reason}; {_ADVICE}"
        raise ConfigSetError([ConfigError(what, _place(settings, "privacy.key_file"))]) from error
    if not LEAST_KEY_OCTETS <= len(key) <= MOST_KEY_OCTETS:
        size = f"from {LEAST_KEY_OCTETS} to {MOST_KEY_OCTETS} octets"
        what = f"the key {path} is not {size} long; {_ADVICE}"
        raise ConfigSetError([ConfigError(what, _place(settings, "privacy.key_file"))])
    return key


def _place(settings: Settings, name: str) -> Location | None:
    """Return where a key was set, if it was set in a file."""
    path, _, line = settings.setting(name).origin.rpartition(":")
    return Location(path, int(line)) if path and line.isdecimal() else None
