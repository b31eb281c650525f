from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from smtpids.config import SECOND
from smtpids.fields import FIELDS
from smtpids.history.servers import (
    CLIENTS,
    FORMS,
    MOST_MARKED,
    UNKNOWN,
    Server,
    certify,
    context,
    extend,
    greet,
    mark_of_offer,
    mark_of_set,
    offer,
    restored,
    serve,
)

if TYPE_CHECKING:
    from smtpids.smtp.events import Value

DAY = 86_400 * SECOND


def test_a_server_that_was_never_seen_is_said_to_be_unknown() -> None:
    said = context(None, "192.0.2.1", DAY)
    assert said is UNKNOWN
    assert not any(said.values)


def test_a_server_comes_back_from_its_values() -> None:
    values = tuple(
        bytes([at]) if kind is bytes else kind(at)
        for at, kind in enumerate(Server.COLUMNS.values())
    )
    assert attrgetter(*Server.COLUMNS)(restored(values)) == values


def test_every_name_is_in_the_table_of_fields() -> None:
    server = Server()
    offer(server, "192.0.2.1", starttls=True, ts_ns=DAY)
    server.tls_rank = 6
    greet(server, "a.example ESMTP")
    found = greet(server, "b.example ESMTP")
    for sha256, keyword in (("AA", "DSN"), ("BB", "SIZE")):
        found |= certify(server, sha256, "CN=x") | extend(server, mark_of_set((keyword,), ()))
    names = {*UNKNOWN.names, *context(server, "192.0.2.1", DAY).names, *found}
    assert names == {name for name in FIELDS if name.startswith("history.server.")}


def test_ages_are_reckoned_to_the_start_of_the_session() -> None:
    server = Server()
    server.first_ns, server.sessions, server.tls_sessions, server.tls_rank = DAY, 4, 3, 5
    said = context(server, "192.0.2.1", 3 * DAY).fields()
    assert said["history.server.known"] is True
    assert said["history.server.first_seen"] == DAY
    assert said["history.server.age"] == 2 * 86_400
    assert said["history.server.tls_percent"] == 75
    assert said["history.server.tls_max_version"] == "1.2"


def test_offers_of_starttls_are_counted_with_their_span_and_clients() -> None:
    server = Server()
    for client, ts_ns in (("192.0.2.1", 2 * DAY), ("192.0.2.2", DAY), ("192.0.2.1", 3 * DAY)):
        offer(server, client, starttls=True, ts_ns=ts_ns)
    offer(server, "192.0.2.3", starttls=False, ts_ns=4 * DAY)
    said = context(server, "192.0.2.1", 5 * DAY).fields()
    beginning = "history.server.starttls_"
    assert {
        name.removeprefix(beginning): value
        for name, value in said.items()
        if name.startswith(beginning)
    } == {
        "seen": 3,
        "missing": 1,
        "clients": 2,
        "span": 2 * 86_400,
        "last_seen": 3 * DAY,
        "idle": 2 * 86_400,
    }


def test_what_is_held_of_a_server_is_bounded() -> None:
    server = Server()
    for number in range(100):
        offer(server, f"192.0.2.{number}", starttls=True, ts_ns=DAY)
        greet(server, f"host{number}.example ESMTP {'x' * 1000}")
        certify(server, f"{number}", f"CN={number}")
        extend(server, mark_of_set((f"X{number}",), ()))
    assert len(server.starttls_clients) == 8 * CLIENTS
    held = (server.banners, server.certificates, server.issuers, server.capabilities)
    assert {len(marks) for marks in held} == {8 * FORMS}
    assert len(server.banner) <= 128


def test_the_first_banner_is_no_change_and_another_one_is() -> None:
    server = Server()
    assert greet(server, "mail.example ESMTP Postfix") == {}
    assert greet(server, "mail.example ESMTP Postfix") == {"history.server.banner_changed": False}
    assert greet(server, "mail.example ESMTP Exim 4.96 Tue, 24 Nov 2026 04:09:02 +0000") == {
        "history.server.banner_changed": True,
        "history.server.banner_before": "mail.example ESMTP Postfix",
    }


def test_machines_that_take_turns_behind_one_address_are_no_change() -> None:
    server = Server()
    for host in ("mx1.example", "mx2.example"):
        greet(server, f"{host} ESMTP")
    assert greet(server, "mx1.example ESMTP") == {"history.server.banner_changed": False}


def test_a_banner_of_which_nothing_is_stable_says_nothing() -> None:
    server = Server()
    greet(server, "mail.example ESMTP")
    assert greet(server, "****************") == {}
    assert server.banner == "mail.example ESMTP"


def test_order_size_and_case_of_extensions_do_not_count() -> None:
    one = mark_of_set(("SIZE 1000", "STARTTLS", "AUTH PLAIN LOGIN"), ("PLAIN", "LOGIN"))
    other = mark_of_set(("AUTH=LOGIN PLAIN", "starttls", "SIZE 2000"), ("LOGIN", "PLAIN"))
    assert one == other


def test_an_extension_or_mechanism_more_or_less_is_a_change() -> None:
    server = Server()
    assert extend(server, mark_of_set(("STARTTLS", "AUTH PLAIN"), ("PLAIN",))) == {}
    changed = "history.server.capabilities_changed"
    assert extend(server, mark_of_set(("AUTH PLAIN",), ("PLAIN",))) == {changed: True}
    assert extend(server, mark_of_set(("AUTH PLAIN",), ("PLAIN", "LOGIN"))) == {changed: True}
    assert extend(server, mark_of_set(("STARTTLS", "AUTH PLAIN"), ("PLAIN",))) == {changed: False}


def test_a_new_certificate_by_the_same_issuer_is_told_from_one_by_another() -> None:
    server = Server()
    said = [certify(server, *each) for each in (("A", "CN=x"), ("B", "CN=x"), ("C", "CN=y"))]
    names = ("history.server.certificate_changed", "history.server.issuer_changed")
    assert said == [{}, dict(zip(names, (True, False), strict=True)), dict.fromkeys(names, True)]


def test_a_server_knows_whether_others_than_this_client_came() -> None:
    server = Server()
    serve(server, "192.0.2.1")
    serve(server, "192.0.2.1")
    said = [context(server, client, DAY).fields() for client in ("192.0.2.1", "192.0.2.2")]
    assert [fields["history.server.only_client"] for fields in said] == [True, False]
    serve(server, "192.0.2.2")
    later = context(server, "192.0.2.1", DAY).fields()
    assert later["history.server.clients"] == 2
    assert later["history.server.only_client"] is False


def test_clients_of_a_server_are_counted_up_to_a_most() -> None:
    server = Server()
    for number in range(CLIENTS + 5):
        serve(server, f"192.0.2.{number}")
    assert context(server, "192.0.2.1", DAY).fields()["history.server.clients"] == CLIENTS


def test_a_client_too_many_changes_nothing_that_is_said() -> None:
    server, full = Server(), Server()
    for number in range(CLIENTS):
        serve(server, f"192.0.2.{number}")
        offer(server, f"192.0.2.{number}", starttls=True, ts_ns=DAY)
        serve(full, f"192.0.2.{number}")
        offer(full, f"192.0.2.{number}", starttls=True, ts_ns=DAY)
    serve(full, "198.51.100.1")
    full.starttls_seen -= 1
    offer(full, "198.51.100.1", starttls=True, ts_ns=DAY)
    for client in ("192.0.2.1", "198.51.100.1"):
        assert context(full, client, DAY).fields() == context(server, client, DAY).fields()


def test_the_mark_of_an_offer_is_that_of_its_set_whichever_lists_say_it() -> None:
    keywords: list[Value] = ["PIPELINING", "SIZE 10"]
    plain: list[Value] = ["PLAIN"]
    expected = mark_of_set(("PIPELINING", "SIZE"), ("PLAIN",))
    assert mark_of_offer(keywords, plain) == mark_of_offer(keywords, plain) == expected
    assert mark_of_offer([*keywords], [*plain]) == expected
    assert mark_of_offer(keywords, []) == mark_of_set(("SIZE", "PIPELINING"), ()) != expected
    for number in range(MOST_MARKED + 1):
        mark_of_offer([f"X{number}"], [])
    assert mark_of_offer(keywords, plain) == expected
