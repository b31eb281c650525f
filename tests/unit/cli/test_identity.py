from __future__ import annotations

import grp
import os
import pwd
import subprocess

import pytest

from smtpids.cli.identity import Identity, User, find_user, remains
from smtpids.errors import ExitCode, UsageError
from tests.house.tree import ENGINE
from tests.support.unprivileged import environment, open_folder, python

NOBODY = pwd.getpwnam("nobody")


def said(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        find_user(text)
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value)


def test_a_user_is_found_with_its_groups() -> None:
    assert find_user("nobody") == User(
        "nobody", NOBODY.pw_uid, NOBODY.pw_gid, tuple(os.getgrouplist("nobody", NOBODY.pw_gid))
    )


def test_a_group_takes_the_place_of_the_users_own() -> None:
    user = find_user("nobody:daemon")
    daemon = grp.getgrnam("daemon").gr_gid
    assert (user.gid, daemon in user.groups) == (daemon, True)


@pytest.mark.parametrize("name", ["nobody-of-this-name", "a\0b", ":daemon", "0"])
def test_an_unknown_user_is_refused_with_advice(name: str) -> None:
    text = said(name)
    assert "there is no such user; name one of /etc/passwd, or make it: sudo useradd" in text
    assert len(text.splitlines()) == 1


def test_a_user_that_is_not_of_the_command_line_is_refused_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"^site\.yml:3: user 'no-such': there is no such user; "):
        find_user("no-such", "site.yml:3")


def test_an_unknown_group_is_refused_with_advice() -> None:
    assert said("nobody:nogroup-of-this-name").endswith(
        "there is no group 'nogroup-of-this-name'; name one of /etc/group, or leave it out"
    )


@pytest.mark.parametrize(("name", "what"), [("root", "user 'root'"), ("nobody:root", "group root")])
def test_to_become_root_is_no_way_to_give_root_up(name: str, what: str) -> None:
    assert said(name) == f"{what} is root, which keeps its rights: name one that has none"


def test_whoever_is_not_asked_to_change_stays_as_he_is() -> None:
    before = os.getresuid(), os.getresgid(), os.getgroups()
    identity = Identity()
    identity.take_on()
    with identity.as_root():
        pass
    identity.settle()
    assert (os.getresuid(), os.getresgid(), os.getgroups()) == before
    assert identity.is_root == (os.geteuid() == 0)


def test_what_is_left_of_another_user_is_seen() -> None:
    stranger = User("stranger", os.getuid() + 1, os.getgid(), ())
    assert remains(stranger) == "ids"


# -- in a process of its own, which may give root up -----------------------------------------------


def run(code: str, *arguments: str, path: str = "") -> list[str]:
    """Run a program as root and return the lines that it prints."""
    done = subprocess.run(
        [python(), "-c", HEAD + code, *arguments],
        env={**environment(), **({"PYTHONPATH": path} if path else {})},
        capture_output=True, text=True, check=False, timeout=60, cwd="/",
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


HEAD = """
import os, sys
from pathlib import Path
from threading import Event, Thread
from smtpids.cli.identity import Identity, remains, find_user
from smtpids.errors import UsageError
def said(act):
    try:
        act()
    except UsageError as error:
        print(error)
"""


def test_root_is_given_up_for_good_in_every_thread() -> None:
    lines = run("""
over = Event()
one = Identity("nobody")
one.take_on()
print(os.geteuid(), os.getresuid()[2])
with one.as_root():
    print(os.geteuid())
thread = Thread(target=over.wait)
thread.start()
one.settle()
print(os.getresuid(), os.getresgid(), os.getgroups(), one.is_root)
for status in sorted(Path("/proc/self/task").glob("*/status")):
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    print(*(lines[name].strip() for name in ("Uid", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs")))
over.set()
try:
    os.seteuid(0)
except PermissionError:
    print("no way back")
""")
    uid, gid = NOBODY.pw_uid, NOBODY.pw_gid
    groups = os.getgrouplist("nobody", gid)
    none = "0" * 16
    rights = "\t".join([str(uid)] * 4) + f" {none} {none} {none} 1"
    assert lines == [
        f"{uid} 0", "0", f"{(uid,) * 3} {(gid,) * 3} {groups} False",
        rights, rights, "no way back",
    ]  # fmt: skip


def test_a_way_back_that_is_left_is_seen() -> None:
    assert run("""
user = find_user("nobody")
os.setgroups(user.groups)
os.setresgid(user.gid, user.gid, user.gid)
os.setresuid(user.uid, user.uid, 0)
print(remains(user))
""") == ["ids"]


def test_groups_of_root_that_are_left_are_seen() -> None:
    assert run("""
user = find_user("nobody")
os.setgroups([0])
os.setresgid(user.gid, user.gid, user.gid)
os.setresuid(user.uid, user.uid, user.uid)
print(remains(user))
""") == ["groups"]


def test_capabilities_that_are_left_are_seen() -> None:
    """PR_SET_KEEPCAPS lets them outlive the change of the user."""
    assert run("""
import ctypes
user = find_user("nobody")
ctypes.CDLL(None).prctl(8, 1, 0, 0, 0)
os.setgroups(user.groups)
os.setresgid(user.gid, user.gid, user.gid)
os.setresuid(user.uid, user.uid, user.uid)
print(remains(user))
""") == ["capabilities"]


def test_what_is_made_meanwhile_belongs_to_the_user() -> None:
    with open_folder() as folder:
        folder.chmod(0o777)
        assert run(
            """
one = Identity("nobody")
one.take_on()
Path(sys.argv[1]).touch()
with one.as_root():
    Path(sys.argv[2]).touch()
print(Path(sys.argv[1]).stat().st_uid, Path(sys.argv[2]).stat().st_uid)
""",
            f"{folder}/theirs",
            f"{folder}/ours",
        ) == [f"{NOBODY.pw_uid} 0"]


def test_a_configuration_that_the_user_may_not_read_is_told_at_the_start() -> None:
    with open_folder() as folder:
        path = folder / "smtpids.yml"
        path.touch(0o600)
        group = grp.getgrgid(NOBODY.pw_gid).gr_name
        assert run('said(lambda: Identity("nobody").take_on(sys.argv[1]))', str(path)) == [
            (
                f"{path}: user 'nobody' may not read it, so nothing could be reloaded; "
                f"sudo chgrp {group} {path}, sudo chmod g+r {path}"
            )
        ]


def test_an_installation_that_the_user_may_not_read_is_told_at_the_start() -> None:
    with open_folder() as folder:
        hidden = folder / "hidden"
        hidden.mkdir(0o700)
        (hidden / "smtpids").symlink_to(ENGINE)
        path = environment()["PYTHONPATH"].replace(str(ENGINE.parent), str(hidden))
        assert run('said(lambda: Identity("nobody").take_on())', path=path) == [
            (
                f"user 'nobody' may not read {hidden}/smtpids/cli, which smtpids runs from; "
                "install it where everybody can read, such as in /opt/smtpids"
            )
        ]


def test_only_root_can_become_another_user() -> None:
    assert run("""
os.setresuid(1, 1, 1)
said(lambda: Identity("nobody"))
Identity("daemon").take_on()
print(os.getresuid())
Identity("nobody", "site.yml:3").take_on()
print(os.getresuid())
""") == [
        "user 'nobody': only root can become another user; start as root, or leave 'user' out",
        "(1, 1, 1)",
        "(1, 1, 1)",
    ]


def test_a_process_that_may_not_change_users_says_which_right_it_lacks() -> None:
    """Root in a container may have next to none: here CAP_SETGID, which is number 6."""
    lines = run("""
import ctypes, struct
header = struct.pack("Ii", 0x20080522, 0)
assert ctypes.CDLL(None).capset(header, struct.pack("6I", 1 << 6, 1 << 6, 0, 0, 0, 0)) == 0
said(lambda: Identity("nobody").take_on())
""")
    assert lines == [
        (
            "user 'nobody': this process may not become another user, it needs CAP_SETUID and "
            "CAP_SETGID (Operation not permitted)"
        )
    ]
