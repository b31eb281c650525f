from __future__ import annotations

from operator import attrgetter

from smtpids.config import SECOND
from smtpids.fields import FIELDS
from smtpids.history.clients import NAMES, SERVERS, UNKNOWN, Client, call, context, reach, restored

DAY = 86_400 * SECOND
MX = "198.51.100.2:25"


def test_a_client_that_was_never_seen_is_said_to_be_unknown() -> None:
    said = context(None, MX, DAY)
    assert said is UNKNOWN
    assert not any(said.values)


def test_a_client_comes_back_from_its_values() -> None:
    values = tuple(
        bytes([at]) if kind is bytes else kind(at)
        for at, kind in enumerate(Client.COLUMNS.values())
    )
    assert attrgetter(*Client.COLUMNS)(restored(values)) == values


def test_every_name_is_in_the_table_of_fields() -> None:
    client = Client()
    client.tls_rank, client.tls_sessions = 6, 1
    names = {*UNKNOWN.names, *context(client, MX, DAY).names, *call(client, "x", b"12345678")}
    assert names == {name for name in FIELDS if name.startswith("history.client.")}


def test_a_client_is_told_by_what_it_did() -> None:
    client = Client()
    client.first_ns, client.sessions, client.messages = DAY, 4, 9
    client.tls_sessions, client.tls_rank, client.tls_last_ns = 2, 6, 2 * DAY
    reach(client, MX)
    assert context(client, MX, 3 * DAY).fields() == {
        "history.client.known": True,
        "history.client.first_seen": DAY,
        "history.client.age": 2 * 86_400,
        "history.client.sessions": 4,
        "history.client.messages": 9,
        "history.client.helo_names": 0,
        "history.client.servers": 1,
        "history.client.server_known": True,
        "history.client.tls_sessions": 2,
        "history.client.tls_percent": 50,
        "history.client.tls_max_version": "1.3",
        "history.client.tls_last_seen": 2 * DAY,
    }


def test_another_port_is_another_server() -> None:
    client = Client()
    reach(client, MX)
    assert context(client, "198.51.100.2:587", DAY).fields()["history.client.server_known"] is False


def test_a_name_is_compared_with_those_from_before_the_session() -> None:
    client = Client()
    assert call(client, "pc.example", b"") == {}
    before = client.helo_names
    known = "history.client.helo_known"
    assert call(client, "PC.example", before) == {known: True}
    assert call(client, "other.example", before) == {known: False}
    assert call(client, "other.example", before) == {known: False}
    assert call(client, "other.example", client.helo_names) == {known: True}


def test_what_is_held_of_a_client_is_bounded() -> None:
    client = Client()
    for number in range(200):
        call(client, f"pc{number}", b"")
        reach(client, f"192.0.2.{number}:25")
    said = context(client, MX, DAY).fields()
    assert (said["history.client.helo_names"], said["history.client.servers"]) == (NAMES, SERVERS)
