"""What the history has learnt, in an SQLite file, from one run to the next.

Entries that changed are written in batches, each one transaction in SQLite's rollback journal: a
process that is killed loses what it had not written, and the next one finds the last batch whole.
The rows stand in the order in which the entries were last used, so what is read is the same table.

The header of a file is read before SQLite may touch it. A file that is not ours, is damaged or was
written by a newer version is left as it is. A file belongs to one run at a time.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from smtpids.errors import StateError
from smtpids.history.clients import Client
from smtpids.history.record import Record, misfit, restored
from smtpids.history.servers import Server
from smtpids.history.users import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.history.memory import Memory
    from smtpids.history.record import Values
    from smtpids.history.table import Table

#: Marks a database as ours (`file` and SQLite call it the application id): "SmID".
APPLICATION: Final = 0x536D4944
#: Of the tables below; a file of a higher one is refused.
SCHEMA_VERSION: Final = 1
#: It names people: the owner writes, the group reads.
MODE: Final = 0o640
_HEADER: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_TYPES: Final = {int: "INTEGER", str: "TEXT", bytes: "BLOB"}
_TEXTS: Final = (
    "CREATE TABLE IF NOT EXISTS texts (name TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL)"
)
_TABLES: Final[dict[str, type[Record]]] = {"servers": Server, "clients": Client, "users": User}

Kind = TypeVar("Kind", bound=Record)


class Store:
    """An open state file, which no other run can open meanwhile."""

    __slots__ = ("_database", "path")

    def __init__(self, path: str) -> None:
        """Open the file or make it; StateError if it cannot be used."""
        self.path = path
        fresh = _begin(path)
        try:
            self._database = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                self._open(fresh=fresh)
            except BaseException:
                self._database.close()
                raise
        except (sqlite3.Error, UnicodeError) as error:
            raise StateError(_sentence(path, error)) from error

    def load(self, memory: Memory) -> None:
        """Put what is stored into a memory; StateError if it cannot be read."""
        for table in (memory.servers, memory.clients, memory.users):
            table.note()
        try:
            self._load("servers", Server, memory.servers)
            self._load("clients", Client, memory.clients)
            self._load("users", User, memory.users)
        except (sqlite3.Error, ValueError, UnicodeError) as error:
            raise StateError(_sentence(self.path, error)) from error

    def save(self, memory: Memory) -> None:
        """Write what changed since the last time, all or nothing; StateError if that fails."""
        if not memory.unsaved:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._save("servers", Server, memory.servers)
                self._save("clients", Client, memory.clients)
                self._save("users", User, memory.users)
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StateError(f"{self.path}: cannot be written: {error}", lost=True) from error
        for table in (memory.servers, memory.clients, memory.users):
            table.saved()

    def keep(self, name: str, text: str) -> None:
        """Write a text of another layer under a name; StateError if that fails."""
        try:
            # isolation_level None: each statement is a transaction
            self._database.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (name, text))
        except sqlite3.Error as error:
            raise StateError(f"{self.path}: cannot be written: {error}", lost=True) from error

    def kept(self, name: str) -> str | None:
        """Return the text under a name; StateError if it cannot be read."""
        try:
            with closing(
                self._database.execute("SELECT text FROM texts WHERE name = ?", (name,))
            ) as found:
                row = found.fetchone()
        except (sqlite3.Error, UnicodeError) as error:
            raise StateError(_sentence(self.path, error)) from error
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Let others have the file."""
        self._database.close()

    def _open(self, *, fresh: bool) -> None:
        database = self._database
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        if fresh:
            for name, kind in _TABLES.items():
                columns = "".join(
                    f", {column} {_TYPES[type_]} NOT NULL" for column, type_ in kind.COLUMNS.items()
                )
                database.execute(f"CREATE TABLE {name} (key TEXT NOT NULL PRIMARY KEY{columns})")
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        database.execute("COMMIT")
        verdict = self._asked("quick_check(1)")
        if verdict != "ok":
            raise StateError(_damaged(self.path, str(verdict)))
        # SQLite takes what is missing of the last page for zeros
        if Path(self.path).stat().st_size != self._asked("page_count") * self._asked("page_size"):
            raise StateError(_damaged(self.path, "it was cut"))
        # not in the files of the first versions, which know nothing of it and leave it alone
        database.execute(_TEXTS)

    def _asked(self, pragma: str) -> Any:
        with closing(self._database.execute(f"PRAGMA {pragma}")) as found:
            (answer,) = found.fetchone()
        return answer

    def _load(self, name: str, kind: type[Kind], table: Table[Kind]) -> None:
        columns = ", ".join(kind.COLUMNS)
        with closing(
            self._database.execute(f"SELECT key, {columns} FROM {name} ORDER BY rowid")  # noqa: S608 - names of ours
        ) as rows:
            for key, *values in rows:
                fault = misfit(kind, values) if isinstance(key, str) else "key"
                if fault:
                    raise ValueError(f"{fault} of {name} has a wrong type")
                table.fill(key, restored(kind, values))

    def _save(self, name: str, kind: type[Kind], table: Table[Kind]) -> None:
        values: Callable[[Kind], Values] = attrgetter(*kind.COLUMNS)
        holders = ", ".join("?" * (1 + len(kind.COLUMNS)))
        self._database.executemany(
            f"DELETE FROM {name} WHERE key = ?",  # noqa: S608 - a name of ours
            ((key,) for key in table.gone()),
        )
        # a row that is replaced gets a new number, the highest so far
        self._database.executemany(
            f"INSERT OR REPLACE INTO {name} VALUES ({holders})",  # noqa: S608 - a name of ours
            ((key, *values(entry)) for key, entry in table.changed()),
        )


def _begin(path: str) -> bool:
    """Look at a file before SQLite does; return whether it is a new one, StateError if not ours."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, MODE)
    except OSError as error:
        raise StateError(f"{path}: cannot be opened: {(error.strerror or '').lower()}") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StateError(f"{path}: is no regular file; name another one")
        header = file.read(_HEADER)
    if header:
        _check(path, header)
    return not header


def _check(path: str, header: bytes) -> None:
    """StateError unless a database has our mark and a version that we know."""
    # offsets by section 1.3 of SQLite's file format
    application, version = header[68:72], int.from_bytes(header[60:64], "big")
    if not header.startswith(_MAGIC) or application != APPLICATION.to_bytes(4, "big"):
        raise StateError(f"{path}: is no state file of smtpids; name another file")
    if version > SCHEMA_VERSION:
        raise StateError(
            f"{path}: was written by a newer smtpids (its version is {version}, ours is"
            f" {SCHEMA_VERSION}); name another file"
        )
    if version < SCHEMA_VERSION:
        raise StateError(_damaged(path, f"its version is {version}"))


def _sentence(path: str, error: Exception) -> str:
    """Say what is wrong with a file that SQLite cannot open or read."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"{path}: is in use by another run; name another file"
    if isinstance(error, sqlite3.OperationalError) and code is not None:
        return f"{path}: cannot be used: {error}"
    return _damaged(path, str(error))


def _damaged(path: str, reason: str) -> str:
    return f"{path}: is damaged ({reason}); move it away to begin anew"
