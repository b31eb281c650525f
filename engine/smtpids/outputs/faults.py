"""How the operating system's refusals are told: by name for counters, by sentence for people."""

from __future__ import annotations

import errno

ADVICE: dict[str, str] = {
    "ENOENT": "create the folder or name another file",
    "ENOTDIR": "create the folder or name another file",
    "EEXIST": "it is in the way of a folder; name another one",
    "EACCES": "give the user smtpids runs as the right to write there",
    "EPERM": "give the user smtpids runs as the right to write there",
    "EISDIR": "name a file in it",
    "EROFS": "name a file on a file system that can be written",
    "ENOSPC": "make room on the file system",
    "EDQUOT": "make room within the user's quota",
    "ENXIO": "start the reader of the pipe first",
    "ENAMETOOLONG": "name a shorter path",
}
"""Name of the error -> what to do about it."""

NO_RECEIVER = "nobody listens there; start the receiver or mend host and port"
NO_WAY = "no way leads there; mend the address or the routes"
NO_ANSWER = "the receiver no longer answers; see whether it and the way still are"
NO_ADDRESS = "the name has no address; mend the name or the resolver"
NETWORK: dict[int, str] = {
    errno.ECONNREFUSED: NO_RECEIVER,
    errno.EHOSTUNREACH: NO_WAY,
    errno.ENETUNREACH: NO_WAY,
    errno.EADDRNOTAVAIL: NO_WAY,
    errno.ETIMEDOUT: NO_ANSWER,
    errno.ECONNRESET: "the receiver broke the connection",
    errno.EPIPE: "the receiver closed the connection",
}
"""Number of an error of a connection -> what is said, and what to do."""


def name_of(error: OSError) -> str:
    """Return the error's name, such as `ENOSPC`; `other` if the system gave no number."""
    return errno.errorcode.get(error.errno or 0, "other")


def sentence(path: str, error: OSError) -> str:
    """Return `cannot write PATH: reason; what to do`."""
    said = f"cannot write {path}: {(error.strerror or 'unknown error').lower()}"
    advice = ADVICE.get(name_of(error))
    return f"{said}; {advice}" if advice else said
