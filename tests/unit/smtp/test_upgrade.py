"""What stands between STARTTLS and the handshake."""

from __future__ import annotations

import pytest

from smtpids.smtp.upgrade import certificate_fields, classify
from smtpids.tls.certificate import Certificate
from tests.support.engine import PCAPS, every_rule, told_of_capture, told_of_frames
from tests.support.transcript import FOLDER, events_of, frames_of, load, parse, summary


@pytest.mark.parametrize(
    ("block", "kind", "verb"),
    [
        (b"RSET\r\n", "verb", "RSET"),
        (b"ehlo x\r\nmail from:<a@b>\r\n", "verb", "EHLO"),
        (b"\r\nNOOP\r\n", "verb", "NOOP"),
        (b"hello there\r\n", "text", ""),
        (b"", "text", ""),
        (b"\x00\x01\x02", "binary", ""),
        (b"\xff\xfe RSET", "binary", ""),
    ],
)
def test_injected_octets_are_classified(block: bytes, kind: str, verb: str) -> None:
    assert classify(block) == (kind, verb)


def test_octets_that_came_with_the_220_are_told_with_its_packet() -> None:
    events = events_of(load(FOLDER / "starttls_response_injection.smtp"))
    (accepted,) = (event for event in events if event.action == "starttls")
    (injected,) = (event for event in events if event.action == "anomaly")
    assert (injected.packet, injected.ts_ns) == (accepted.packet, accepted.ts_ns)
    assert injected.evidence.lines()[-1].packet == accepted.packet


@pytest.mark.parametrize(
    ("name", "state"), [("tls12_submission", "established"), ("ssl3_not_agreed", "accepted")]
)
def test_starttls_is_established_when_the_handshake_is(name: str, state: str) -> None:
    end = events_of(load(FOLDER / f"{name}.smtp"))[-1]
    assert end.fields["smtp.starttls.state"] == state
    assert end.fields["tls.established"] is (state == "established")


# -- fingerprints and certificates -----------------------------------------------------------------


def told_of_tls(name: str) -> tuple[dict[str, object], dict[str, object]]:
    """Return the fields of the only `tls` event of a capture, and of the session's end."""
    events = told_of_capture(PCAPS / name).events
    (tls,) = (event.fields for event in events if event.action == "tls")
    (end,) = (event.fields for event in events if event.action == "session_end")
    return {**tls}, {**end}


@pytest.mark.parametrize(
    ("name", "ja3", "ja4", "ja3s"),
    [
        (
            "tls10-starttls-587.pcap",
            "53652b2730564404986852cde177b6d9",
            "t10i090500_c491f621fb4c_195413a0cc0f",
            "bd665c27797205a73c67f1be8b8ed90f",
        ),
        (
            "tls11-465.pcap",
            "7cdb30cb25f718c9d2d963929ae8a30f",
            "t11d090500_c491f621fb4c_d4d584b446d3",
            "0de1e101dee09e557bb154de4d1d9a6d",
        ),
        (
            "starttls-25.pcap",
            "8a9d5d0f12f7d43ee3af1c51d2998d99",
            "t13i181000_85036bcba153_d41ae481755e",
            "15af977ce25de452b96affa2addb1036",
        ),
    ],
)
def test_fingerprints_are_those_of_wireshark(name: str, ja3: str, ja4: str, ja3s: str) -> None:
    """Its JA3 and JA3S; the version that was asked had no JA4."""
    tls, end = told_of_tls(name)
    assert (tls["tls.client.ja3"], tls["tls.server.ja3s"]) == (ja3, ja3s)
    assert (end["tls.client.ja3"], end["tls.client.ja4"]) == (ja3, ja4)


def test_a_certificate_in_clear_stands_in_the_event_and_its_hash_in_the_session() -> None:
    tls, end = told_of_tls("tls11-465.pcap")
    digest = "5359EED5329E0B191AD3795BF22A209738A3FD7A5A592A8368D92BFED54248B7"
    names = ("tls.certificate.", "tls.server.")
    assert {name: value for name, value in tls.items() if name.startswith(names)} == {
        "tls.certificate.visible": True,
        "tls.certificate.chain_length": 1,
        "tls.certificate.self_signed": False,
        "tls.certificate.expired": False,
        "tls.certificate.not_yet_valid": False,
        "tls.certificate.name_match": True,
        "tls.certificate.weak": False,
        "tls.certificate.days_left": 29,
        "tls.certificate.days_valid": 30,
        "tls.server.ja3s": "0de1e101dee09e557bb154de4d1d9a6d",
        "tls.server.hash.sha1": "D056758A8BCB6C210F9DD81C12A3D4E792FB049F",
        "tls.server.hash.sha256": digest,
        "tls.server.subject": "CN=mail.example.org",
        "tls.server.issuer": "CN=Recording",
        "tls.server.not_before": 1795477853000000000,
        "tls.server.not_after": 1798069853000000000,
        "tls.server.x509.alternative_names": ["mail.example.org"],
        "tls.server.x509.serial_number": "4698403ED5201391A40C781D2554D64D1B41E0A5",
        "tls.server.x509.public_key_algorithm": "RSA",
        "tls.server.x509.public_key_size": 2048,
        "tls.server.x509.signature_algorithm": "SHA256-RSA",
    }
    kept = [name for name in end if name.startswith(names)]
    assert kept == ["tls.server.hash.sha256", "tls.server.octets"]
    assert end["tls.server.hash.sha256"] == digest


def test_without_a_server_name_nobody_knows_whether_the_certificate_matches() -> None:
    tls, _ = told_of_tls("tls10-starttls-587.pcap")
    assert tls["tls.certificate.visible"] is True
    assert "tls.certificate.name_match" not in tls


def test_in_tls_1_3_a_certificate_is_not_visible_and_nothing_is_said_of_it() -> None:
    tls, _ = told_of_tls("implicit-tls-465.pcapng")
    assert tls["tls.version"] == "1.3"
    assert {name for name in tls if name.startswith(("tls.certificate.", "tls.server."))} == {
        "tls.certificate.visible",
        "tls.server.ja3s",
    }
    assert tls["tls.certificate.visible"] is False


def test_what_is_unknown_of_a_certificate_is_not_said() -> None:
    assert certificate_fields(Certificate("AA", "BB"), "mx.example.net", 0) == {
        "tls.server.hash.sha1": "BB"
    }


def test_a_certificate_is_judged_at_the_time_of_the_packet() -> None:
    certificate = Certificate("AA", "BB", not_before=10, not_after=20)
    judged = [certificate_fields(certificate, "", ts_ns) for ts_ns in (9, 10, 20, 21)]
    assert [
        (fields["tls.certificate.not_yet_valid"], fields["tls.certificate.expired"])
        for fields in judged
    ] == [(True, False), (False, False), (False, False), (False, True)]


# -- behind a TLS inspection appliance -------------------------------------------------------------

INSPECTED = """\
== port 587
== tap
S: 220 mx.example ESMTP
> greeting 220
C: EHLO client.example
> command EHLO client.example
S: 250-mx.example
S: 250 STARTTLS
> reply 250 EHLO
C: STARTTLS
> command STARTTLS
S: 220 2.0.0 go
> reply 220 STARTTLS
> starttls accepted 220
C: EHLO client.example
> command EHLO client.example
S: 250-mx.example
S: 250 AUTH PLAIN
> reply 250 EHLO
C: AUTH PLAIN AGFsaWNlAEh5ZHJhbmdlYS05MTgy
> command AUTH PLAIN [redacted]
S: 235 2.7.0 welcome
> reply 235 AUTH
> auth PLAIN success alice
C: MAIL FROM:<alice@client.example>
> command MAIL FROM:<alice@client.example>
S: 250 Ok
> reply 250 MAIL
C: QUIT
> command QUIT
S: 221 Bye
> reply 221 QUIT
== fin client
== fin server
> session_end fin
"""


def test_cleartext_that_an_appliance_mirrors_is_followed_as_if_it_were_tls() -> None:
    script = parse(INSPECTED)
    events = events_of(script)
    assert [summary(event) for event in events] == script.events
    before = [event for event in events if "tls.inspected" not in event.fields]
    assert [event.action for event in before] == [
        "greeting", "command", "reply", "command", "reply", "starttls",
    ]  # fmt: skip
    assert {event.fields["tls.established"] for event in before} == {False}
    for event in events[len(before) :]:
        assert event.fields["tls.inspected"] is True
        assert event.fields["tls.established"] is True
        assert event.fields["tls.mode"] == "starttls"
        assert event.fields["smtp.starttls.state"] == "established"
    assert events[len(before)].fields["session.state"] == "greeted"
    shown = [line.text for line in events[len(before)].evidence.lines()]
    assert shown[-3:] == ["220 2.0.0 go", "[TLS, inspected]", "EHLO client.example"]


def test_no_rule_alerts_on_what_an_appliance_mirrors() -> None:
    script = parse(INSPECTED)
    told = told_of_frames(frames_of(script), every_rule(), script.config)
    assert [summary(event) for event in told.events] == script.events
    assert told.rules == []


def test_without_the_setting_the_same_is_a_downgrade() -> None:
    script = parse(INSPECTED.replace("== tap\n", ""))
    told = told_of_frames(frames_of(script), every_rule(), script.config)
    assert {"auth_before_tls", "starttls_plaintext_after"} <= {*told.rules}
    assert not any("tls.inspected" in event.fields for event in told.events)


def test_a_tap_still_tells_of_commands_injected_behind_starttls() -> None:
    script = parse(INSPECTED.replace("C: STARTTLS\n", "C: STARTTLS\nC: RSET\n"))
    kinds = [event.fields.get("smtp.anomaly.kind") for event in events_of(script)]
    assert [kind for kind in kinds if kind] == ["starttls_injection"]


def test_a_tap_believes_in_tls_only_where_it_saw_the_220() -> None:
    script = parse(INSPECTED.replace("== tap\n", "== tap\n== only client\n"))
    events = events_of(script)
    assert not any("tls.inspected" in event.fields for event in events)
    assert events[-1].fields["smtp.starttls.state"] == "requested"


def test_real_tls_behind_a_tap_is_tls_like_any_other() -> None:
    script = parse("== tap\n" + (FOLDER / "tls12_submission.smtp").read_text(encoding="utf-8"))
    events = events_of(script)
    assert [summary(event) for event in events] == script.events
    assert not any("tls.inspected" in event.fields for event in events)


def test_the_end_of_a_session_says_how_much_was_sent_in_tls_and_who_began() -> None:
    end = events_of(load(FOLDER / "starttls_injection_executed.smtp"))[-1].fields
    names = ("tls.client.octets", "tls.server.octets", "tls.server_first")
    assert [end[name] for name in names] == [34, 32, True]
    clear = events_of(load(FOLDER / "plain_mail.smtp"))[-1].fields
    assert [name for name in names if name in clear] == []


def test_a_ticket_of_tls_1_3_is_no_server_that_speaks_first() -> None:
    anomalies = [
        event
        for event in told_of_capture(PCAPS / "starttls-25.pcap").events
        if event.action == "anomaly"
    ]
    assert anomalies == []


def test_the_handshake_says_the_class_of_the_suite_and_what_was_offered() -> None:
    tls, end = told_of_tls("tls10-starttls-587.pcap")
    assert (tls["tls.client.max_version"], end["tls.cipher_class"]) == ("1.0", "cbc")


def test_an_alert_has_a_side() -> None:
    events = events_of(load(FOLDER / "tls10_not_agreed.smtp"))
    (tls,) = (event.fields for event in events if event.action == "tls")
    assert (tls["tls.alert"], tls["tls.alert_side"]) == ("protocol_version", "client")
