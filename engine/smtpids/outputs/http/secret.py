"""Who we are to a receiver: a token or a password from a file, as the Authorization header.

The files are read at the start, so that a wrong path is told at once, and again when the receiver
no longer knows us, so that a secret can be changed under a running sensor. A file that cannot be
read by then leaves the old secret in place.
"""

from __future__ import annotations

import base64
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.buglog import LOG
from smtpids.config import KIB
from smtpids.errors import OutputError

if TYPE_CHECKING:
    from smtpids.config import OutputConfig

#: Octets of a file that holds a secret; signed tokens have some thousand.
MOST_OCTETS: Final = 64 * KIB
#: Stands for a secret in what a receiver says.
STRUCK: Final = "***"


class Secret:
    """The Authorization header of an output. `scheme` is the word before a token.

    OutputError if a file that the configuration names holds no secret.
    """

    def __init__(self, config: OutputConfig, scheme: str) -> None:
        self._config = config
        self._scheme = scheme
        self._hidden: tuple[str, ...] = ()
        self.header = ""
        """The header's value, "" if the receiver is told nothing."""
        self._read()
        for path in (config.token_file, config.password_file):
            if path and _is_open(path):
                LOG.warning("output %s: everybody may read %s; chmod o-r it", config.name, path)

    def renew(self) -> bool:
        """Read the files anew; return whether there is another secret in them."""
        before = self.header
        try:
            self._read()
        except OutputError:
            return False
        return self.header != before

    def hide(self, text: str) -> str:
        """Return the text without our secrets in it."""
        for secret in self._hidden:
            text = text.replace(secret, STRUCK)
        return text

    def _read(self) -> None:
        config = self._config
        if config.token_file:
            token = _secret_in("token_file", config.token_file)
            self.header, self._hidden = f"{self._scheme} {token}", (token,)
        elif config.username and config.password_file:
            password = _secret_in("password_file", config.password_file)
            pair = base64.b64encode(f"{config.username}:{password}".encode()).decode()
            self.header, self._hidden = f"Basic {pair}", (pair, password)
        if not self.header.isascii():
            raise OutputError(
                f"{config.token_file}: a token has no other letters than those of ASCII"
            )


def _is_open(path: str) -> bool:
    """Whether everybody on this machine may read a file."""
    try:
        return bool(Path(path).stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _secret_in(key: str, path: str) -> str:
    """Return the one line of the file that the key names."""
    try:
        with Path(path).open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except OSError as error:
        said = (error.strerror or "unknown error").lower()
        raise OutputError(f"{key} {path} cannot be read: {said}") from error
    try:
        text = octets.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or not text.isprintable() or len(octets) > MOST_OCTETS:
        raise OutputError(f"{key} {path} holds no secret; write it there as one line of text")
    return text
