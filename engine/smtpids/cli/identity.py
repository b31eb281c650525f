"""`--user`: root only opens the interfaces; all else, from the rules on, is done by another user.

The run takes on the user's rights before it reads a rule or opens an output, so whatever that user
may not read or write is told at the start and not by the first SIGHUP, and what is made belongs to
that user. Only while the interfaces are opened is it root again. Before the first packet root is
given up for good, with every capability, and it is proved of every thread that it is gone
(capabilities(7), setresuid(2)).
"""

from __future__ import annotations

import grp
import os
import pwd
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from smtpids.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

# linux/prctl.h
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
#: More than Linux has capabilities: 41 of them are numbered in version 6.
MOST_CAPABILITIES: Final = 64
#: Lines of /proc/PID/task/TID/status that must hold no right at the end.
SETS: Final = ("CapPrm", "CapEff", "CapAmb")


class User(NamedTuple):
    """A user of this machine, with all groups."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]


def find_user(text: str, place: str = "") -> User:
    """Read `NAME` or `NAME:GROUP`; UsageError if there is no such user, or it is root.

    `place` is where it stands, if not on the command line.
    """
    where = f"{place}: " if place else ""
    name, colon, group = text.partition(":")
    try:
        known = pwd.getpwnam(name)
    except (KeyError, ValueError):
        advice = "name one of /etc/passwd, or make it: sudo useradd --system smtpids"
        raise UsageError(f"{where}user {name!r}: there is no such user; {advice}") from None
    gid = known.pw_gid
    if colon:
        try:
            gid = grp.getgrnam(group).gr_gid
        except (KeyError, ValueError):
            advice = "name one of /etc/group, or leave it out"
            what = f"user {text!r}: there is no group {group!r}"
            raise UsageError(f"{where}{what}; {advice}") from None
    if known.pw_uid == 0 or gid == 0:
        what = f"user {name!r}" if known.pw_uid == 0 else f"group {group or gid}"
        raise UsageError(f"{where}{what} is root, which keeps its rights: name one that has none")
    return User(name, known.pw_uid, gid, tuple(os.getgrouplist(name, gid)))


class Identity:
    """Who a run is. `wanted` is `NAME[:GROUP]`, "" for whoever started it; see `find_user`.

    What stands in a configuration, at `place`, is for a run that root starts; others may read
    captures with it as themselves.
    """

    def __init__(self, wanted: str = "", place: str = "") -> None:
        self._user: User | None = None
        if not wanted or (place and os.geteuid() != 0):
            return
        user = find_user(wanted, place)
        if os.geteuid() == 0:
            self._user = user
        elif os.geteuid() != user.uid:
            raise UsageError(
                f"user {user.name!r}: only root can become another user; start as root, or leave "
                "'user' out"
            )

    @property
    def is_root(self) -> bool:
        """Whether the run keeps the rights of root."""
        return self._user is None and os.geteuid() == 0

    def take_on(self, config_file: str | None = None) -> None:
        """Be the user from now on, but for `as_root`; called while there is one thread.

        UsageError if that is not permitted, or the user may not read what a run needs.
        """
        user = self._user
        if user is None:
            return
        # Both hold for one thread and those that it makes, and need rights that are gone soon.
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        for capability in range(MOST_CAPABILITIES):
            _prctl(PR_CAPBSET_DROP, capability)
        try:
            os.setgroups(user.groups)
            os.setegid(user.gid)
            os.seteuid(user.uid)
        except OSError as error:
            raise UsageError(
                f"user {user.name!r}: this process may not become another user, it needs "
                f"CAP_SETUID and CAP_SETGID ({error.strerror})"
            ) from error
        for path in (Path(__file__), Path(os.__file__), Path(click.__file__)):
            if not _can_read(path):
                raise UsageError(
                    f"user {user.name!r} may not read {path.parent}, which smtpids runs from; "
                    "install it where everybody can read, such as in /opt/smtpids"
                )
        if config_file is not None and not _can_read(Path(config_file)):
            raise UsageError(
                f"{config_file}: user {user.name!r} may not read it, so nothing could be "
                f"reloaded; sudo chgrp {_group(user.gid)} {config_file}, sudo chmod g+r "
                f"{config_file}"
            )

    @contextmanager
    def as_root(self) -> Iterator[None]:
        """Open interfaces with the rights that the run was started with."""
        if self._user is None:
            yield
            return
        os.seteuid(0)
        try:
            yield
        finally:
            os.seteuid(self._user.uid)

    def settle(self) -> None:
        """Give root up for good; UsageError if any of it is left."""
        user = self._user
        if user is None:
            return
        os.seteuid(0)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
        left = remains(user)
        if left:
            raise UsageError(f"user {user.name!r}: rights of root are left ({left}); not started")


def remains(user: User) -> str:
    """Return what this process has beyond the rights of `user`, "" if nothing."""
    if os.getresuid() != (user.uid,) * 3 or os.getresgid() != (user.gid,) * 3:
        return "ids"
    if set(os.getgroups()) - {user.gid, *user.groups}:
        return "groups"
    try:
        os.setresuid(0, 0, 0)
    except PermissionError:
        pass
    else:
        return "the way back"
    for status in Path("/proc/self/task").glob("*/status"):
        try:
            text = status.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that has ended
        lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        if set(lines["Uid"].split()) != {str(user.uid)}:
            return "ids of a thread"
        if any(int(lines[name], 16) for name in SETS):
            return "capabilities"
    return ""


def _prctl(what: int, value: int) -> None:
    """Ask the kernel; what it does not know or permit is left as it is."""
    import ctypes

    ctypes.CDLL(None).prctl(what, value, 0, 0, 0)


def _can_read(path: Path) -> bool:
    return os.access(path, os.R_OK, effective_ids=True)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
