"""What every event of a session carries from its beginning."""

from __future__ import annotations

from sys import getsizeof

from smtpids.smtp import Ends
from smtpids.smtp.context import context_of, roomy

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 7)


def test_a_session_begins_with_its_ends_and_nothing_done() -> None:
    context = context_of(ENDS)
    assert (context["session.id"], context["network.community_id"]) == ("id", "1:x")
    assert (context["source.ip"], context["source.port"]) == ("192.0.2.1", 50000)
    assert (context["destination.ip"], context["destination.port"]) == ("198.51.100.2", 25)
    assert (context["session.start"], context["network.type"]) == (7, "ipv4")
    assert (context["session.state"], context["session.midstream"]) == ("connected", False)
    assert (context["network.direction"], context["session.client_role"]) == ("unknown", "unknown")
    assert "smtpids.pcap.file" not in context


def test_each_session_has_a_context_of_its_own() -> None:
    context_of(ENDS)["smtp.quit"] = True
    assert context_of(ENDS)["smtp.quit"] is False


def test_what_a_session_and_an_event_of_it_add_has_room() -> None:
    copy = context_of(ENDS).copy()
    size = getsizeof(copy)
    for number in range(50):
        copy[f"field {number}"] = number
    assert getsizeof(copy) == size


def test_a_mapping_with_room_is_the_same() -> None:
    context = context_of(ENDS)
    assert list(roomy(context).items()) == list(context.items())


def test_a_session_that_is_joined_is_lost_until_a_command_tells() -> None:
    ends = Ends("id", "1:x", "2001:db8::1", 1, "::2", 25, 7, midstream=True, file="a.pcap")
    context = context_of(ends)
    assert (context["session.state"], context["session.midstream"]) == ("lost", True)
    assert (context["network.type"], context["smtpids.pcap.file"]) == ("ipv6", "a.pcap")
