"""What is learnt of whole sessions, and what is not believed of those that were half seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import SECOND, Config, Limits
from smtpids.history import Memory, Past
from smtpids.history.servers import Server
from smtpids.smtp.events import Event
from tests.support.transcript import FOLDER, frames_of, load
from tests.support.visits import (
    NO_STARTTLS,
    Visit,
    history_of,
    last_of,
    told_with_history,
)
from tests.support.wire import START_NS

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Frame
    from smtpids.smtp import Fields

DAY = 86_400


def after(*visits: Visit, memory: Memory | None = None) -> Event:
    """Return the end of the last of some sessions."""
    return last_of(told_with_history(*(visit.frames for visit in visits), memory=memory))


def server_after(*visits: Visit) -> dict[str, object]:
    return history_of(after(*visits), "server")


def transcript(name: str, client_port: int = 50000, at: float = 0) -> list[Frame]:
    """Return a transcript's packets from another port and at another time."""
    frames = frames_of(load(FOLDER / f"{name}.smtp"))
    old, new = (50000).to_bytes(2, "big"), client_port.to_bytes(2, "big")
    return [
        (ts_ns + int(at * SECOND), link, data.replace(old, new, 1)) for ts_ns, link, data in frames
    ]


# -- sessions that were seen whole -----------------------------------------------------------------


def test_the_first_session_knows_nobody_and_not_itself() -> None:
    events = told_with_history(Visit(logins=(("ann", True),), mail=True).frames)
    for event in events:
        assert event.fields["history.server.known"] is False
        assert event.fields["history.client.known"] is False
        assert event.fields["history.client.server_known"] is False
        assert event.fields.get("history.user.known") in {None, False}
    last = events[-1].fields
    assert (last["history.server.sessions"], last["history.client.sessions"]) == (0, 0)
    assert (last["history.client.messages"], last["history.user.logins"]) == (0, 0)
    assert "history.client.helo_known" not in last
    assert "history.server.banner_changed" not in last


def test_a_client_that_names_itself_twice_does_not_know_its_own_name() -> None:
    _, past = learnt(GREETING, HELLO, ("reply", HELLO[1] | {"smtp.helo": "other.example"}), HELLO)
    event = Event("session_end", START_NS, 1, {})
    past.enrich(event)
    assert "history.client.helo_known" not in event.fields


def test_the_second_session_knows_server_client_and_user() -> None:
    first = Visit(logins=(("Ann", True),), mail=True)
    second = Visit(at=DAY, client_port=50001, logins=(("ann", True),))
    end = after(first, second)
    assert history_of(end, "client") == {
        "known": True,
        "first_seen": START_NS,
        "age": DAY,
        "sessions": 1,
        "messages": 1,
        "helo_names": 1,
        "helo_known": True,
        "servers": 1,
        "server_known": True,
        "tls_sessions": 0,
        "tls_percent": 0,
    }
    assert history_of(end, "server") == {
        "known": True,
        "first_seen": START_NS,
        "age": DAY,
        "sessions": 1,
        "clients": 1,
        "only_client": True,
        "tls_sessions": 0,
        "tls_percent": 0,
        "starttls_seen": 1,
        "starttls_missing": 0,
        "starttls_clients": 1,
        "starttls_span": 0,
        "starttls_last_seen": START_NS + 5_000_000,
        "starttls_idle": DAY - 1,
        "banners": 1,
        "banner_changed": False,
        "capabilities_changed": False,
        "certificates": 0,
    }
    assert history_of(end, "user") == {
        "known": True,
        "first_seen": START_NS + 7_000_000,
        "last_seen": START_NS + 7_000_000,
        "age": DAY,
        "logins": 1,
        "failures": 0,
        "networks": 1,
        "network_known": True,
        "network_idle": DAY,
    }


def test_all_events_of_a_session_say_the_same_of_its_ends() -> None:
    events = told_with_history(Visit().frames, Visit(at=9, client_port=50001, mail=True).frames)
    later = [event for event in events if event.fields["source.port"] == 50001]
    assert len(later) > 10
    for name in ("history.server.sessions", "history.client.sessions", "history.server.age"):
        assert len({event.fields[name] for event in later}) == 1


def test_what_is_new_is_said_from_the_event_on_that_shows_it() -> None:
    changed = Visit(at=9, client_port=50001, greeting="220 other.example ESMTP", hello="EHLO pc")
    events = told_with_history(Visit().frames, changed.frames)
    later = [event for event in events if event.fields["source.port"] == 50001]
    greeting, command, reply = later[:3]
    assert greeting.fields["history.server.banner_changed"] is True
    assert greeting.fields["history.server.banner_before"] == "mx.example ESMTP Postfix"
    assert "history.client.helo_known" not in command.fields
    assert reply.fields["history.client.helo_known"] is False
    assert reply.fields["history.server.capabilities_changed"] is False
    assert last_of(later).fields["history.server.banner_changed"] is True


def test_another_port_is_another_server_and_another_address_another_client() -> None:
    end = after(Visit(), Visit(at=9, port=587))
    assert (end.fields["history.server.known"], end.fields["history.client.known"]) == (False, True)
    assert end.fields["history.client.server_known"] is False
    end = after(Visit(), Visit(at=9, client="192.0.2.2"))
    assert (end.fields["history.server.known"], end.fields["history.client.known"]) == (True, False)


def test_ipv6_ends_are_remembered_too() -> None:
    ends = {"client": "2001:db8::1", "server": "2001:db8::25"}
    end = after(Visit(**ends), Visit(at=9, client_port=50001, **ends))  # type: ignore[arg-type]  # texts
    assert (end.fields["history.server.known"], end.fields["history.client.known"]) == (True, True)


def test_offers_of_starttls_count_once_a_session() -> None:
    memory, past = learnt(GREETING, HELLO, HELLO)
    server = memory.servers.get(past.server)
    assert server is not None
    assert server.starttls_seen == 1


IN_TLS: Fields = {
    "tls.established": True,
    "smtp.starttls.offered": False,
    "smtp.ehlo.keywords": [],
}


@pytest.mark.parametrize("hello_before", [False, True], ids=["implicit", "starttls"])
def test_a_reply_to_ehlo_in_tls_says_nothing_of_starttls(hello_before: bool) -> None:
    in_tls = (("tls", CERTIFICATE), ("reply", HELLO[1] | IN_TLS))
    memory, past = learnt(GREETING, *([HELLO] if hello_before else []), *in_tls)
    server = memory.servers.get(past.server)
    assert server is not None
    assert (server.starttls_seen, server.starttls_missing) == (int(hello_before), 0)
    assert len(server.capabilities) == 8 * hello_before


def test_a_session_counts_once_as_one_in_tls() -> None:
    again = ("reply", HELLO[1] | IN_TLS)
    memory, past = learnt(("tls", CERTIFICATE), again, ("tls", CERTIFICATE), again)
    server, client = memory.servers.get(past.server), memory.clients.get(past.client)
    assert server is not None
    assert client is not None
    assert (server.sessions, server.tls_sessions, client.tls_sessions) == (1, 1, 1)


def test_offers_to_several_clients_are_counted_with_their_span() -> None:
    said = server_after(Visit(), Visit(at=DAY, client="192.0.2.9"), Visit(at=2 * DAY))
    assert (said["starttls_seen"], said["starttls_clients"]) == (2, 2)
    assert said["starttls_span"] == DAY


def test_helo_says_nothing_of_extensions() -> None:
    said = server_after(Visit(hello="HELO a"), Visit(at=9, client_port=50001))
    assert (said["starttls_seen"], said["starttls_missing"], said["sessions"]) == (0, 0, 1)


def test_a_reply_to_ehlo_without_starttls_counts_as_such() -> None:
    said = server_after(Visit(keywords=NO_STARTTLS), Visit(at=9, client_port=50001))
    assert (said["starttls_seen"], said["starttls_missing"]) == (0, 1)
    assert said["capabilities_changed"] is True


def test_a_session_in_tls_counts_with_its_version() -> None:
    events = told_with_history(
        transcript("tls12_submission"), transcript("tls12_submission", 50001, 60)
    )
    said = last_of(events)
    assert history_of(said, "server")["tls_max_version"] == "1.2"
    assert history_of(said, "server")["tls_percent"] == 100
    client = history_of(said, "client")
    assert (client["tls_sessions"], client["tls_max_version"]) == (1, "1.2")
    assert isinstance(client["tls_last_seen"], int)


def test_a_session_that_an_appliance_decrypted_is_in_tls() -> None:
    frames = frames_of(load(FOLDER / "starttls_plaintext_after.smtp"))
    memory = Memory(Limits())
    config = Config(strict=True, tls_inspection_tap=True)
    told_with_history(frames, memory=memory, config=config)
    (server,) = [memory.servers.get(key) for key in memory.servers]
    assert server is not None
    assert (server.sessions, server.tls_sessions, server.tls_rank) == (1, 1, 0)


def test_the_order_of_reading_does_not_change_when_somebody_was_first_seen() -> None:
    visits = [Visit(at=at, client_port=50000 + int(at)) for at in (500, 100, 300)]
    end = after(*visits, Visit(at=600))
    assert end.fields["history.server.first_seen"] == START_NS + 100 * SECOND
    assert end.fields["history.client.first_seen"] == START_NS + 100 * SECOND
    assert end.fields["history.server.starttls_span"] == 400


# -- users -----------------------------------------------------------------------------------------


def login(user: str, *outcomes: bool, at: float, **more: Any) -> Visit:
    port = 50000 + int(at)
    return Visit(at=at, client_port=port, logins=tuple((user, ok) for ok in outcomes), **more)


def test_names_that_never_logged_in_are_not_remembered() -> None:
    memory = Memory(Limits())
    visits = [login(f"guess{number}", False, at=number) for number in range(5)]
    said = history_of(after(*visits, memory=memory), "user")
    assert len(memory.users) == 0
    assert said == {
        "known": False,
        "logins": 0,
        "failures": 0,
        "networks": 0,
        "network_known": False,
    }


def test_failures_of_a_known_user_count_until_the_next_login() -> None:
    before = [login("ann", True, at=1), login("ann", False, False, at=2), login("ann", False, at=3)]
    assert history_of(after(*before, login("ann", True, at=4)), "user")["failures"] == 3
    reset = history_of(after(*before, login("ann", True, at=4), login("ann", False, at=5)), "user")
    assert (reset["failures"], reset["logins"]) == (0, 2)


def test_a_login_from_another_network_is_told_from_one_of_the_same() -> None:
    ends = [
        after(login("ann", True, at=1), login("ann", True, at=2, client=client))
        for client in ("192.0.2.200", "203.0.113.1")
    ]
    assert [end.fields["history.user.network_known"] for end in ends] == [True, False]


def test_a_user_is_known_from_the_login_on_that_names_him() -> None:
    events = told_with_history(
        login("ann", True, at=1).frames, login("ann", True, at=2, mail=True).frames
    )
    later = [event for event in events if event.fields["source.port"] == 50002]
    carrying = [event.action for event in later if "history.user.known" in event.fields]
    assert carrying[0] == "auth"
    assert len(carrying) == len(later) - [event.action for event in later].index("auth")
    assert all(
        event.fields["history.user.logins"] == 1
        for event in later
        if "history.user.logins" in event.fields
    )


def test_the_user_named_last_is_the_one_that_is_told() -> None:
    both = Visit(at=9, client_port=50009, logins=(("bob", False), ("ann", True)))
    events = told_with_history(login("ann", True, at=1).frames, both.frames)
    auths = [event for event in events if event.action == "auth"]
    assert [event.fields["history.user.known"] for event in auths] == [False, False, True]
    assert "history.user.first_seen" not in auths[1].fields


# -- what is not believed --------------------------------------------------------------------------


def test_a_keyword_that_the_capture_lost_is_not_missing() -> None:
    lossy = Visit(at=9, client_port=50001, keywords=("STARTTLS",), lost="250 STARTTLS")
    memory = Memory(Limits())
    told_with_history(Visit().frames, lossy.frames, memory=memory)
    (server,) = [memory.servers.get(key) for key in memory.servers]
    assert server is not None
    assert (server.sessions, server.starttls_seen, server.starttls_missing) == (2, 1, 0)


def test_a_session_in_midstream_counts_and_teaches_nothing_else() -> None:
    frames = Visit(keywords=NO_STARTTLS, logins=(("ann", True),)).frames[4:]
    memory = Memory(Limits())
    told_with_history(frames, memory=memory)
    (server,) = [memory.servers.get(key) for key in memory.servers]
    assert server is not None
    assert (server.sessions, server.starttls_missing, server.banner) == (1, 0, "")
    assert server.capabilities == b""
    assert len(memory.users) == 0


@pytest.mark.parametrize("name", ["one_sided_client", "one_sided_auth", "one_sided_starttls"])
def test_a_client_whose_server_is_not_in_the_capture_leaves_nothing(name: str) -> None:
    memory = Memory(Limits())
    told_with_history(frames_of(load(FOLDER / f"{name}.smtp")), memory=memory)
    assert (len(memory.servers), len(memory.clients), len(memory.users)) == (0, 0, 0)


def test_a_scan_without_answer_leaves_nothing() -> None:
    memory = Memory(Limits())
    told_with_history(Visit().frames[:1], Visit(port=587).frames[:3], memory=memory)
    assert (len(memory.servers), len(memory.clients)) == (0, 0)


def test_a_refusal_is_no_banner() -> None:
    busy = Visit(at=9, client_port=50001, greeting="421 mx.example try again later")
    said = history_of(after(Visit(), busy), "server")
    assert "banner_changed" not in said


def test_a_greeting_that_was_masked_is_no_banner() -> None:
    masked = Visit(at=9, client_port=50001, greeting="220 ****************")
    assert "banner_changed" not in history_of(after(Visit(), masked), "server")


def learnt(*events: tuple[str, Fields]) -> tuple[Memory, Past]:
    """Return a memory that saw these events of one session in its order."""
    memory = Memory(Limits())
    past = memory.begin("192.0.2.1", "198.51.100.2", 25, START_NS)
    for action, fields in events:
        memory.learn(past, Event(action, START_NS, 1, fields))
    return memory, past


Shown: TypeAlias = tuple[str, "Fields"]

GREETING: Shown = (
    "greeting",
    {"smtp.greeting.code": 220, "smtp.greeting.text": "mx.example ESMTP"},
)
HELLO: Shown = (
    "reply",
    {
        "smtp.reply.verb": "EHLO",
        "smtp.reply.class": 2,
        "smtp.helo": "pc.example",
        "smtp.starttls.offered": True,
        "smtp.ehlo.keywords": ["STARTTLS"],
        "smtp.auth.offered": [],
    },
)
LOGIN: Fields = {
    "smtp.auth.user": "ann",
    "smtp.auth.outcome": "success",
    "smtp.auth.mechanism": "PLAIN",
}


@pytest.mark.parametrize(
    ("change", "users"),
    [
        ({}, 1),
        ({"smtp.auth.mechanism": "ANONYMOUS"}, 0),
        ({"smtp.auth.outcome": "unknown"}, 0),
        ({"smtp.auth.outcome": "aborted"}, 0),
        ({"session.gap": True}, 0),
        ({"session.midstream": True}, 0),
        ({"session.one_sided": True}, 0),
        ({"smtp.auth.user": ""}, 0),
    ],
)
def test_only_a_login_that_was_seen_to_succeed_makes_a_user(
    change: dict[str, Any], users: int
) -> None:
    memory, _ = learnt(GREETING, ("auth", LOGIN | change))
    assert users == len(memory.users)


def test_a_refusal_behind_a_login_is_no_failure_of_the_user() -> None:
    again = LOGIN | {"smtp.auth.outcome": "failure", "smtp.auth.succeeded": True}
    memory, _ = learnt(GREETING, ("auth", LOGIN), ("auth", again))
    user = memory.users.get("ann")
    assert user is not None
    assert (user.logins, user.failures) == (1, 0)


def test_the_client_of_a_proxy_header_is_where_a_user_logs_in_from() -> None:
    memory, _ = learnt(GREETING, ("auth", LOGIN | {"smtpids.proxied.ip": "203.0.113.1"}))
    past = memory.begin("192.0.2.1", "198.51.100.2", 25, START_NS)
    memory.learn(past, again := Event("auth", START_NS, 1, dict(LOGIN)))
    past.enrich(again)
    assert again.fields["history.user.network_known"] is False


CERTIFICATE: Fields = {
    "tls.outcome": "established",
    "tls.established": True,
    "tls.version_protocol": "tls",
    "tls.version": "1.2",
    "tls.certificate.visible": True,
    "tls.server.hash.sha256": "AA",
    "tls.server.issuer": "CN=x",
}


def test_a_certificate_is_compared_with_those_before_it() -> None:
    memory, _ = learnt(("tls", CERTIFICATE))
    past = memory.begin("192.0.2.1", "198.51.100.2", 25, START_NS)
    event = Event("tls", START_NS, 1, CERTIFICATE | {"tls.server.hash.sha256": "BB"})
    memory.learn(past, event)
    past.enrich(event)
    said = history_of(event, "server")
    assert (said["certificate_changed"], said["issuer_changed"], said["certificates"]) == (
        True, False, 1,
    )  # fmt: skip


@pytest.mark.parametrize("change", [{"tls.outcome": "failed"}, {"tls.certificate.visible": False}])
def test_a_handshake_that_failed_and_a_certificate_out_of_sight_teach_none(
    change: dict[str, Any],
) -> None:
    memory, past = learnt(("tls", CERTIFICATE | change))
    server = memory.servers.get(past.server)
    assert server is None or server.certificates == b""


# -- room, stores, and what a second look does -----------------------------------------------------


def test_the_tables_keep_their_limits() -> None:
    memory = Memory(Limits(history=3))
    visits = [
        Visit(at=n, client=f"192.0.2.{n}", server=f"198.51.100.{n}", logins=((f"u{n}", True),))
        for n in range(1, 8)
    ]
    told_with_history(*(visit.frames for visit in visits), memory=memory)
    assert [*memory.clients] == ["192.0.2.5", "192.0.2.6", "192.0.2.7"]
    assert [*memory.users] == ["u5", "u6", "u7"]
    assert len(memory.servers) == 3
    assert {memory.clients.evicted, memory.servers.evicted, memory.users.evicted} == {4}


def test_an_entry_that_was_forgotten_within_its_session_counts_it() -> None:
    memory = Memory(Limits(history=1))
    past = memory.begin("192.0.2.1", "198.51.100.2", 25, START_NS)
    other = memory.begin("192.0.2.9", "198.51.100.9", 25, START_NS)
    memory.learn(past, Event("greeting", START_NS, 1, dict(GREETING[1])))
    memory.learn(other, Event("greeting", START_NS, 1, dict(GREETING[1])))
    memory.learn(past, Event("message", START_NS, 1, {"smtp.message.accepted": True}))
    client = memory.clients.get("192.0.2.1")
    assert client is not None
    assert (client.sessions, client.messages) == (1, 1)


def calls(*times: float, changes: int = 10**6, every: float = 0) -> list[float]:
    """Return the seconds of the sessions at which a store was called."""
    memory, called = Memory(Limits()), list[float]()
    now = 0.0

    def on_due() -> None:
        called.append(now)
        for table in (memory.servers, memory.clients, memory.users):
            table.saved()

    memory.call_when_due(on_due, changes=changes, every_ns=int(every * SECOND))
    for number, now in enumerate(times):
        past = memory.begin(f"192.0.2.{number}", "198.51.100.2", 25, START_NS)
        ts_ns = START_NS + int(now * SECOND)
        memory.learn(past, Event("greeting", ts_ns, 1, dict(GREETING[1])))
    return called


@pytest.mark.parametrize(
    ("run", "called"),
    [
        (lambda: calls(0, 59, 61, 62, 130, every=60), [61, 130]),
        (lambda: calls(100, 99, 30, every=60), [30]),
        (lambda: calls(0, 1000, 2000), []),
        (lambda: calls(0, 1, 2, 3, changes=3), [1, 3]),
    ],
    ids=["a minute has passed", "time ran backwards", "time does not count", "much has changed"],
)
def test_a_store_is_called_when_it_is_due(
    run: Callable[[], list[float]], called: list[float]
) -> None:
    assert called == run()


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 600), st.text(max_size=9), st.just(["x"])
)
NAMES = (
    "session.gap",
    "smtp.greeting.code",
    "smtp.greeting.text",
    "smtp.reply.class",
    "smtp.reply.verb",
    "smtp.helo",
    "smtp.ehlo.keywords",
    "smtp.auth.offered",
    "smtp.auth.user",
    "smtp.auth.outcome",
    "smtpids.proxied.ip",
    "tls.established",
    "tls.outcome",
    "tls.version",
    "tls.server.hash.sha256",
)
ACTIONS = ("greeting", "command", "reply", "auth", "tls", "message", "session_end")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(ACTIONS),
            st.integers(-(1 << 70), 1 << 70),
            st.dictionaries(st.sampled_from(NAMES), VALUES),
        ),
        max_size=8,
    )
)
def test_whatever_an_event_says_nothing_raises_and_every_event_can_be_enriched(
    said: list[tuple[str, int, dict[str, Any]]],
) -> None:
    memory = Memory(Limits(history=2))
    past = memory.begin("192.0.2.1", "2001:db8::1", 25, START_NS)
    for action, ts_ns, fields in said:
        event = Event(action, ts_ns, 1, {**fields, "smtp.reply.verb": "EHLO"})
        memory.learn(past, event)
        past.enrich(event)
        assert event.fields["history.server.known"] is False


def test_the_age_of_the_memory_is_that_of_its_earliest_session() -> None:
    assert after(Visit(mail=True)).fields["history.age"] == 0
    assert after(Visit(mail=True), Visit(mail=True, at=DAY)).fields["history.age"] == DAY


def test_the_age_counts_what_a_store_brought() -> None:
    memory = Memory(Limits())
    server = Server()
    server.first_ns = START_NS - 7 * DAY * SECOND
    memory.servers.fill("198.51.100.99:25", server)
    assert after(Visit(mail=True), memory=memory).fields["history.age"] == 7 * DAY
