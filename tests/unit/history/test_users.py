from __future__ import annotations

import pytest

from smtpids.config import SECOND
from smtpids.fields import FIELDS
from smtpids.history.marks import network_of
from smtpids.history.users import NAME, NETWORKS, UNKNOWN, User, context, key_of, login

HOME, AWAY = network_of("192.0.2.1"), network_of("203.0.113.9")


def test_a_user_who_never_logged_in_is_said_to_be_unknown() -> None:
    said = context(None, HOME, SECOND)
    assert said is UNKNOWN
    assert not any(said.values())


def test_every_name_is_in_the_table_of_fields() -> None:
    user = User()
    login(user, HOME, SECOND)
    names = {*UNKNOWN, *context(user, HOME, SECOND)}
    assert names == {name for name in FIELDS if name.startswith("history.user.")}


def test_logins_are_counted_with_their_networks() -> None:
    user = User()
    login(user, HOME, 100 * SECOND)
    user.failures = 3
    login(user, AWAY, 200 * SECOND)
    user.failures += 2
    assert context(user, HOME, 300 * SECOND) == {
        "history.user.known": True,
        "history.user.first_seen": 100 * SECOND,
        "history.user.last_seen": 200 * SECOND,
        "history.user.age": 200,
        "history.user.logins": 2,
        "history.user.failures": 2,
        "history.user.networks": 2,
        "history.user.network_known": True,
        "history.user.network_idle": 200,
    }


def test_a_network_without_login_is_not_known() -> None:
    user = User()
    login(user, HOME, SECOND)
    said = context(user, AWAY, SECOND)
    assert said["history.user.network_known"] is False
    assert "history.user.network_idle" not in said


def test_a_login_read_late_is_no_later_login() -> None:
    user = User()
    login(user, HOME, 500 * SECOND)
    login(user, HOME, 100 * SECOND)
    said = context(user, HOME, 500 * SECOND)
    assert said["history.user.first_seen"] == 100 * SECOND
    assert said["history.user.last_seen"] == 500 * SECOND
    assert said["history.user.network_idle"] == 0
    assert said["history.user.networks"] == 1


def test_of_too_many_networks_the_one_idle_for_longest_goes() -> None:
    user = User()
    login(user, HOME, SECOND)
    for number in range(NETWORKS - 1):
        login(user, network_of(f"10.0.{number}.1"), 2 * SECOND)
    login(user, HOME, 3 * SECOND)
    login(user, AWAY, 4 * SECOND)
    assert len(user.networks) == 12 * NETWORKS
    assert context(user, HOME, SECOND)["history.user.network_known"] is True
    first = context(user, network_of("10.0.0.1"), SECOND)
    assert first["history.user.network_known"] is False


def test_a_time_beyond_the_calendar_of_a_row_is_its_end() -> None:
    user = User()
    login(user, HOME, (1 << 63) - 1)
    assert context(user, HOME, SECOND)["history.user.network_idle"] == 0


@pytest.mark.parametrize(
    ("name", "key"),
    [("Alice@Example.COM", "alice@example.com"), ("x" * NAME, "x" * NAME)],
)
def test_upper_and_lower_case_are_one_user(name: str, key: str) -> None:
    assert key == key_of(name)


def test_long_names_are_short_and_differ() -> None:
    one, other = key_of("x" * 1000), key_of("x" * 999 + "y")
    assert (len(one), len(other)) == (NAME, NAME)
    assert one != other
