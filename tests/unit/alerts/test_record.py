from __future__ import annotations

import pytest

from smtpids.alerts.record import (
    DATASETS,
    RELATED,
    Observer,
    identity,
    record,
)
from smtpids.smtp.events import Event, Evidence
from tests.unit.alerts.samples import LINES, MS, NOON, event

SENSOR = Observer(name="sensor1", version="9.9")


@pytest.mark.parametrize(
    ("action", "dataset", "category", "types"),
    [
        ("message", "smtpids.message", ["email", "network"], ["info"]),
        ("session_end", "smtpids.session", ["network"], ["connection", "end"]),
        ("anomaly", "smtpids.anomaly", ["network"], ["protocol", "info"]),
    ],
)
def test_each_recorded_action_has_its_dataset(
    action: str, dataset: str, category: list[str], types: list[str]
) -> None:
    said = record(event(action), SENSOR)["event"]
    assert said["kind"] == "event"
    assert said["module"] == "smtpids"
    assert (dataset, category, types) == (said["dataset"], said["category"], said["type"])
    assert action == said["action"]


def test_only_three_actions_are_recorded() -> None:
    assert {"message", "session_end", "anomaly"} == set(DATASETS)
    with pytest.raises(KeyError):
        record(event("auth"), SENSOR)


def test_the_fields_are_found_under_their_names() -> None:
    message = record(event("message"), SENSOR)
    assert message["@timestamp"] == "2026-11-23T12:00:00.000000Z"
    assert message["session"]["id"] == "1f3c"
    assert message["source"] == {"address": "192.0.2.10", "ip": "192.0.2.10", "port": 51234}
    assert message["destination"]["port"] == 587
    assert message["smtp"]["rcpt_to"] == ["bob@example.org", "carol@example.org"]
    assert message["smtp"]["message"]["hash"]["md5"] == "0" * 32
    assert message["smtp"]["message"]["body"]["hash"]["md5"] == "2" * 32
    assert message["email"]["from"]["address"] == ["alice@example.net"]
    assert message["email"]["attachments"][0]["file"]["name"] == "a.pdf"
    assert message["smtpids"]["pcap"] == {"file": "mail.pcap", "packet": 7}


def test_a_session_says_its_span_in_words_of_ecs() -> None:
    session = record(event("session_end"), SENSOR)
    assert session["session"]["start"] == "2026-11-23T12:00:00.000000Z"
    assert session["session"]["duration"] == 1_500 * MS
    assert session["event"]["start"] == "2026-11-23T12:00:00.000000Z"
    assert session["event"]["end"] == "2026-11-23T12:00:01.500000Z"
    assert session["event"]["duration"] == 1_500 * MS
    assert session["smtp"]["dialogue"][0] == {"verb": "EHLO", "code": 250}


def test_a_command_without_reply_has_no_code_in_the_dialogue() -> None:
    session = record(event("session_end"), SENSOR)
    assert session["smtp"]["dialogue"][-1] == {"verb": "QUIT"}


def test_an_anomaly_says_its_sentence_and_section() -> None:
    anomaly = record(event("anomaly"), SENSOR)
    assert anomaly["event"]["reason"] == "a line ends in LF without CR (RFC 5321 2.3.8)"
    assert anomaly["smtp"]["anomaly"]["kind"] == "bare_lf"


def test_an_anomaly_of_an_unknown_kind_is_recorded_without_a_sentence() -> None:
    anomaly = record(event("anomaly", smtp__anomaly__kind="new"), SENSOR)
    assert "reason" not in anomaly["event"]


def test_the_network_is_described_as_ecs_wants_it() -> None:
    four = record(event("message"), SENSOR)["network"]
    six = record(event("message", source__ip="2001:db8::1"), SENSOR)["network"]
    assert tuple(four[name] for name in ("transport", "protocol", "iana_number", "type")) == (
        "tcp",
        "smtp",
        "6",
        "ipv4",
    )
    assert six["type"] == "ipv6"
    assert four["community_id"] == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="


def test_the_server_name_of_tls_is_the_destinations_domain() -> None:
    seen = record(event("message", tls__client__server_name="mx.example.net"), SENSOR)
    assert seen["destination"]["domain"] == "mx.example.net"
    assert seen["related"]["hosts"] == ["laptop.example", "mx.example.net"]


def test_what_an_analyst_pivots_on_is_gathered() -> None:
    related = record(event("message"), SENSOR)["related"]
    assert related == {
        "ip": ["192.0.2.10", "198.51.100.25"],
        "user": ["alice@example.net"],
        "hosts": ["laptop.example"],
        "hash": ["0" * 32, "1" * 64, "3" * 64],
    }


def test_an_address_literal_is_no_host_name() -> None:
    related = record(event("message", smtp__helo="[192.0.2.10]"), SENSOR)["related"]
    assert "hosts" not in related


def test_related_values_are_bounded() -> None:
    many = [{"file": {"hash": {"md5": f"{n:032}"}}} for n in range(RELATED + 5)]
    related = record(event("message", email__attachments=many), SENSOR)["related"]
    assert len(related["hash"]) == RELATED


def test_the_observer_names_sensor_and_interface() -> None:
    live = Observer(name="sensor1", version="9.9", interface="eth1")
    assert record(event("message"), live)["observer"] == {
        "vendor": "smtpids",
        "product": "smtpids",
        "type": "ids",
        "version": "9.9",
        "name": "sensor1",
        "ingress": {"interface": {"name": "eth1"}},
    }


def test_a_capture_file_is_named_and_standard_input_is_no_path() -> None:
    named = record(event("message"), SENSOR)
    from_observer = record(event("message", smtpids__pcap__file=None), Observer(file="other.pcap"))
    piped = record(event("message", smtpids__pcap__file="-"), SENSOR)
    live = record(event("message", smtpids__pcap__file=None), SENSOR)
    assert named["log"]["file"]["path"] == "mail.pcap"
    assert from_observer["log"]["file"]["path"] == "other.pcap"
    assert piped["smtpids"]["pcap"]["file"] == "-"
    assert "log" not in piped
    assert live["smtpids"]["pcap"] == {"packet": 7}


def test_a_field_that_nobody_knows_goes_through() -> None:
    seen = record(event("message", new__thing=[1]), SENSOR)
    assert seen["new"]["thing"] == [1]


def test_an_event_without_any_context_is_still_recorded() -> None:
    bare = record(Event("anomaly", NOON, 1, {}), Observer())
    assert bare["@timestamp"] == "2026-11-23T12:00:00.000000Z"
    assert "related" not in bare


def test_the_same_event_has_the_same_identity_on_every_run() -> None:
    assert identity(event(), "r") == identity(event(smtpids__pcap__file="moved.pcap"), "r")
    assert len(identity(event(), "r")) == 32


@pytest.mark.parametrize(
    "other",
    [
        event(at=NOON + 1),
        event(packet=8),
        event("command"),
        event(session__id="2"),
        event(smtp__anomaly__kind="bare_cr"),
        Event("auth", NOON, 7, event().fields, Evidence(LINES, 4)),
    ],
    ids=["time", "packet", "action", "session", "anomaly", "line of the dialogue"],
)
def test_another_event_has_another_identity(other: Event) -> None:
    assert identity(event(), "r") != identity(other, "r")


def test_what_the_history_has_not_seen_is_left_out_but_for_what_is_new() -> None:
    fields = {
        "history.server.known": False,
        "history.server.sessions": 0,
        "history.server.banner_changed": False,
        "history.client.known": True,
        "history.client.sessions": 2,
        "history.client.first_seen": 10**18,
        "history.user.network_known": False,
        "history.user.failures": 0,
        "smtp.command.count": 0,
    }
    written = record(Event("session_end", 0, 1, {**fields}), Observer())
    assert written["history"] == {
        "server": {"known": False},
        "client": {"known": True, "sessions": 2, "first_seen": "2001-09-09T01:46:40.000000Z"},
        "user": {"network_known": False},
    }
    assert written["smtp"] == {"command": {"count": 0}}


def test_two_rules_on_one_event_have_two_identities() -> None:
    assert identity(event(), "r") != identity(event(), "s")


def test_an_identity_needs_no_valid_text() -> None:
    assert identity(event(smtp__reply__text="\ud800")) != identity(
        event(smtp__reply__text="\ud801")
    )


def test_a_record_says_when_it_was_made_if_there_is_a_clock() -> None:
    made = record(event("message"), Observer(clock=lambda: NOON + 5 * MS))
    assert made["event"]["created"] == "2026-11-23T12:00:00.005000Z"
    assert "created" not in record(event("message"), Observer())["event"]


def test_octets_and_packets_of_both_sides_are_added_up() -> None:
    told = event("session_end", source__bytes=10, destination__bytes=32, session__packets=9)
    assert record(told, Observer())["network"]["bytes"] == 42
    assert record(told, Observer())["network"]["packets"] == 9


def test_a_mail_goes_where_its_connection_goes_if_that_is_known() -> None:
    inbound = record(event("message", network__direction="inbound"), Observer())
    assert inbound["email"]["direction"] == "inbound"
    assert "direction" not in record(event("message"), Observer())["email"]
