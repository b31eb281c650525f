"""Whether the files that outputs name are there, before a run needs them.

`smtpids check` and `run -T` ask; a run that starts finds out by opening them. Nothing is opened
here but for a look, nothing is written, and what stands in a file is not repeated.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.settings.addresses import shown
from smtpids.settings.options import NETWORK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.errors import Location
    from smtpids.faults import Faults
    from smtpids.settings.outputs import GivenOutput

SECRETS: Final = ("password_file", "token_file", "key_file")
CERTIFICATES: Final = ("ca_file", "cert_file")


def check_files(outputs: Iterable[GivenOutput], faults: Faults) -> None:
    """Say of each file that cannot be used what to do about it."""
    for output in outputs:
        for key in (*CERTIFICATES, *SECRETS):
            if key in output.given:
                _check_read(output, key, faults)
        if output.type == "file":
            _check_written(output.given["path"], "path", _place(output, "path"), faults)
        if "dead_letters" in output.given:
            path = output.given["dead_letters"]
            _check_written(path, "dead_letters", _place(output, "dead_letters"), faults)
        if output.given.get("spool"):
            check_folder(output.given["spool"], _place(output, "spool"), faults)
        _check_in_clear(output, faults)


def check_folder(path: str, place: Location, faults: Faults) -> None:
    """Check the folder of a spool; it need not be there, but the one above it must."""
    folder = Path(path)
    if folder.is_dir():
        if not os.access(folder, os.W_OK | os.X_OK):
            faults.error(place, f"'spool': no right to write in {shown(path)}")
    elif folder.exists():
        faults.error(place, f"'spool': {shown(path)} is no folder; name one")
    elif not folder.absolute().parent.is_dir():
        faults.error(place, f"'spool': there is no folder {shown(str(folder.parent))}; create it")


def _place(output: GivenOutput, key: str) -> Location:
    return output.places.get(key, output.place)


def _check_read(output: GivenOutput, key: str, faults: Faults) -> None:
    path, place = output.given[key], _place(output, key)
    told = shown(path)
    try:
        found = os.stat(path)  # noqa: PTH116 - the path is as the operator wrote it
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        faults.error(place, f"'{key}': {told} cannot be read: {reason}")
        return
    if stat.S_ISDIR(found.st_mode):
        faults.error(place, f"'{key}': {told} is a folder; name a file")
    elif not os.access(path, os.R_OK):
        faults.error(place, f"'{key}': no right to read {told}")
    elif stat.S_ISREG(found.st_mode) and not found.st_size:
        faults.error(place, f"'{key}': {told} is empty")
    elif key in SECRETS and found.st_mode & stat.S_IROTH:
        faults.warning(place, f"'{key}': everybody may read {told}; chmod o-r it")


def _check_written(path: str, key: str, place: Location, faults: Faults) -> None:
    folder = Path(path).parent
    told = shown(path)
    if Path(path).is_dir():
        faults.error(place, f"'{key}': {told} is a folder; name a file")
    elif not folder.is_dir():
        faults.error(place, f"'{key}': there is no folder {shown(str(folder))}; create it")
    elif not os.access(path if Path(path).exists() else folder, os.W_OK):
        faults.error(place, f"'{key}': no right to write {told}")


def _check_in_clear(output: GivenOutput, faults: Faults) -> None:
    """Warn of a secret that everybody on the way can read."""
    if output.type not in NETWORK or output.secure:
        return
    for key in ("password_file", "token_file"):
        clear = output.given.get("sasl_mechanism", "PLAIN") == "PLAIN"
        if key in output.given and clear:
            better = "tls: true" if output.type == "kafka" else "https://"
            told = f"what is in '{key}' goes over the network in clear; write {better}"
            faults.warning(_place(output, key), told)
