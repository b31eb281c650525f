"""The state file: what is read is what was written, and a file that is not ours stays as it is."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import pytest

from smtpids.config import Limits
from smtpids.errors import ExitCode, StateError
from smtpids.history import Memory
from smtpids.history.record import Record
from smtpids.history.store import APPLICATION, SCHEMA_VERSION, Store
from smtpids.smtp.events import Event
from tests.support.visits import Visit, told_with_history
from tests.support.wire import START_NS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smtpids.history import Table

Kind = TypeVar("Kind", bound=Record)


def noted(limit: int = 100) -> Memory:
    """Return a memory that notes what changes."""
    memory = Memory(Limits(history=limit))
    memory.call_when_due(lambda: None, changes=10**9)
    return memory


def meet(memory: Memory, *clients: str, at_ns: int = START_NS) -> None:
    """Let each client have a session."""
    for client in clients:
        past = memory.begin(client, "198.51.100.2", 25, at_ns)
        memory.learn(past, Event("greeting", at_ns, 1, {"smtp.greeting.code": 554}))


def everything(memory: Memory) -> dict[str, list[tuple[object, ...]]]:
    """Return all that a memory holds, in order of use."""
    return {
        "servers": rows(memory.servers),
        "clients": rows(memory.clients),
        "users": rows(memory.users),
    }


def rows(table: Table[Kind]) -> list[tuple[object, ...]]:
    found = []
    for key in table:
        record = table.get(key)
        assert record is not None
        found.append((key, *(getattr(record, column) for column in record.COLUMNS)))
    return found


def kept(path: Path, limit: int = 100) -> Memory:
    """Return the memory that a file holds."""
    store, memory = Store(str(path)), noted(limit)
    store.load(memory)
    store.close()
    return memory


def saved(path: Path, *acts: Callable[[Memory], None], limit: int = 100) -> Memory:
    """Load a file, do something and save, once for each act; return the memory."""
    store, memory = Store(str(path)), noted(limit)
    store.load(memory)
    for act in acts:
        act(memory)
        store.save(memory)
    store.close()
    return memory


def visits(memory: Memory) -> None:
    sessions = [
        Visit(at=n, client=f"192.0.2.{n}", client_port=50000 + n, logins=((f"user{n}", True),))
        for n in range(1, 6)
    ]
    told_with_history(*(visit.frames for visit in sessions), memory=memory)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    memory = saved(tmp_path / "state", visits)
    assert len(memory.users) == 5
    assert everything(kept(tmp_path / "state")) == everything(memory)


def test_a_later_batch_adds_changes_and_keeps_the_order_of_use(tmp_path: Path) -> None:
    def again(memory: Memory) -> None:
        meet(memory, "192.0.2.2", "192.0.2.99", "192.0.2.1", at_ns=START_NS + 10**12)

    memory = saved(tmp_path / "state", visits, again)
    assert [*memory.clients][-3:] == ["192.0.2.2", "192.0.2.99", "192.0.2.1"]
    assert everything(kept(tmp_path / "state")) == everything(memory)


def test_what_was_forgotten_is_not_stored_any_more(tmp_path: Path) -> None:
    path = tmp_path / "state"
    memory = saved(
        path,
        lambda memory: meet(memory, "192.0.2.1", "192.0.2.2", "192.0.2.3"),
        lambda memory: meet(memory, "192.0.2.4", "192.0.2.2"),
        limit=3,
    )
    assert [*memory.clients] == ["192.0.2.3", "192.0.2.4", "192.0.2.2"]
    assert [*kept(path).clients] == ["192.0.2.3", "192.0.2.4", "192.0.2.2"]


def test_a_smaller_limit_keeps_what_was_used_last(tmp_path: Path) -> None:
    path = tmp_path / "state"
    saved(path, lambda memory: meet(memory, *(f"192.0.2.{n}" for n in range(9))))
    memory = saved(path, lambda memory: None, limit=2)
    assert ([*memory.clients], memory.clients.evicted) == (["192.0.2.7", "192.0.2.8"], 7)
    assert [*kept(path).clients] == ["192.0.2.7", "192.0.2.8"]


def test_names_of_all_kinds_come_back(tmp_path: Path) -> None:
    def login(memory: Memory) -> None:
        past = memory.begin("192.0.2.1", "2001:db8::1", 25, START_NS)
        for name in ("ann", "Ünïcode", "nul\0", "'; DROP TABLE users; --", "\\xff"):
            fields = {"smtp.auth.user": name, "smtp.auth.outcome": "success"}
            memory.learn(past, Event("auth", 1 << 70, 1, {**fields}))

    memory = saved(tmp_path / "state", login)
    assert len(memory.users) == 5
    assert everything(kept(tmp_path / "state")) == everything(memory)


def test_the_file_is_for_the_owner_and_the_group(tmp_path: Path) -> None:
    path = tmp_path / "state"
    before = os.umask(0)
    try:
        saved(path, visits)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [path] == [*tmp_path.iterdir()]


def test_the_file_says_whose_it_is(tmp_path: Path) -> None:
    saved(tmp_path / "state", visits)
    database = sqlite3.connect(tmp_path / "state")
    marks = [
        *database.execute("PRAGMA application_id").fetchone(),
        *database.execute("PRAGMA user_version").fetchone(),
    ]
    database.close()
    assert marks == [APPLICATION, SCHEMA_VERSION]


# -- files that are not to be used -----------------------------------------------------------------


def refused(path: Path | str) -> str:
    """Return what is said of a file, which is a mistake of the operator."""
    with pytest.raises(StateError) as raised:
        kept(path)  # type: ignore[arg-type]  # a text is a path, too
    assert raised.value.exit_code is ExitCode.USAGE
    return str(raised.value)


def left_as_it_was(path: Path) -> str:
    before = path.read_bytes()
    said = refused(path)
    assert path.read_bytes() == before
    assert [path] == [*path.parent.iterdir()]
    return said


def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    saved(
        path, visits, lambda memory: meet(memory, *(f"10.0.{n}.1" for n in range(200))), limit=300
    )
    return path


def patched(path: Path, at: int, octets: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[at : at + len(octets)] = octets
    path.write_bytes(content)
    return path


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mail.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1" * 40)
    assert left_as_it_was(path) == f"{path}: is no state file of smtpids; name another file"


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE servers (key TEXT)")
    database.commit()
    database.close()
    assert left_as_it_was(path) == f"{path}: is no state file of smtpids; name another file"


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = patched(state(tmp_path), 60, (SCHEMA_VERSION + 1).to_bytes(4, "big"))
    assert left_as_it_was(path) == (
        f"{path}: was written by a newer smtpids (its version is 2, ours is 1); name another file"
    )


def test_a_file_without_version_is_damaged(tmp_path: Path) -> None:
    path = patched(state(tmp_path), 60, bytes(4))
    assert "is damaged (its version is 0); move it away" in left_as_it_was(path)


@pytest.mark.parametrize("cut", [50, 99, 100, 4096, 4097, -1, -4096])
def test_a_file_that_was_cut_is_damaged(tmp_path: Path, cut: int) -> None:
    path = state(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    said = left_as_it_was(path)
    assert "is damaged (" in said or "is no state file of smtpids" in said


@pytest.mark.parametrize("page", range(1, 6))
def test_a_page_of_noise_is_damage(tmp_path: Path, page: int) -> None:
    path = state(tmp_path)
    patched(path, page * 4096, bytes((7 * n) % 251 for n in range(4096)))
    assert "is damaged (" in left_as_it_was(path)


def test_any_octet_that_flips_is_refused_or_does_no_harm(tmp_path: Path) -> None:
    path = state(tmp_path)
    content = path.read_bytes()
    for at in range(0, len(content), 997):
        path.write_bytes(content)
        patched(path, at, bytes([content[at] ^ 0xFF]))
        with suppress(StateError):
            kept(path)


def test_a_value_of_a_wrong_type_is_damage(tmp_path: Path) -> None:
    path = state(tmp_path)
    database = sqlite3.connect(path)
    database.execute("UPDATE clients SET sessions = 'many' WHERE key = '192.0.2.1'")
    database.commit()
    database.close()
    assert "is damaged (sessions of clients has a wrong type)" in left_as_it_was(path)


def test_a_table_that_is_missing_is_damage(tmp_path: Path) -> None:
    path = state(tmp_path)
    database = sqlite3.connect(path)
    database.execute("DROP TABLE users")
    database.commit()
    database.close()
    assert "no such table" in left_as_it_was(path)


def test_a_folder_and_a_path_that_cannot_be_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refused(tmp_path) == f"{tmp_path}: cannot be opened: is a directory"
    assert refused(tmp_path / "none" / "state").endswith("no such file or directory")
    assert refused(tmp_path / "file" / "state").endswith("not a directory")


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").endswith("is no regular file; name another one")
    assert refused("/dev/null").endswith("is no regular file; name another one")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_file_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    path = state(tmp_path)
    path.chmod(0o440)
    assert left_as_it_was(path).endswith("cannot be opened: permission denied")


# -- two at once, and one that is killed -----------------------------------------------------------

HOLDER = """
import sys
from smtpids.history.store import Store
store = Store(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_file_belongs_to_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        assert refused(path) == f"{path}: is in use by another run; name another file"
        holder.communicate()
    assert everything(kept(path)) == everything(noted())


WRITER = """
import sys
from itertools import count
from smtpids.config import Limits
from smtpids.history import Memory
from smtpids.history.store import Store
from smtpids.smtp.events import Event
store, memory = Store(sys.argv[1]), Memory(Limits())
store.load(memory)
memory.call_when_due(lambda: None, changes=10**9)
for batch in count():
    for number in range(50):
        past = memory.begin(f"10.0.{batch % 250}.{number}", "198.51.100.2", 25, 1)
        memory.learn(past, Event("greeting", 1, 1, {"smtp.greeting.code": 554}))
    store.save(memory)
    print(batch, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 3, 10])
def test_a_run_that_is_killed_loses_its_last_batch_at_most(tmp_path: Path, batches: int) -> None:
    path = tmp_path / "state"
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(batches):
            told = int(writer.stdout.readline())
        writer.kill()
        rest = writer.stdout.read().splitlines()
    told = int(rest[-1]) if rest and rest[-1].isdigit() else told
    memory = kept(path, 100_000)
    server = memory.servers.get("198.51.100.2:25")
    assert server is not None
    assert server.sessions in {50 * (told + 1), 50 * (told + 2)}
    assert sum(row[2] for row in rows(memory.clients)) == server.sessions  # type: ignore[misc]  # integers
    saved(path, visits)


def test_a_run_that_is_killed_while_it_makes_its_file_leaves_one_that_can_be_used(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state"
    path.touch()
    assert everything(kept(path)) == everything(noted())


def test_what_cannot_be_written_is_an_error_and_stays_unsaved(tmp_path: Path) -> None:
    path = tmp_path / "state"
    store, memory = Store(str(path)), noted()
    meet(memory, "192.0.2.1")
    store.close()
    with pytest.raises(StateError, match="cannot be written") as raised:
        store.save(memory)
    assert raised.value.exit_code is ExitCode.OUTPUT
    assert memory.unsaved == 2
