from __future__ import annotations

from typing import Any

import pytest

from smtpids.alerts.eve_parts import eve_time, filled, of_email, of_flow, of_smtp, of_tls
from tests.unit.alerts.samples import MS, NOON, event


def test_a_zone_has_no_colon() -> None:
    assert eve_time(NOON + 5 * MS) == "2026-11-23T12:00:00.005000+0000"


def test_what_says_nothing_is_left_out_and_zero_says_something() -> None:
    said: dict[str, Any] = {"a": None, "b": "", "c": [], "d": {}, "e": 0, "f": False}
    assert filled(said) == {"e": 0, "f": False}


def test_paths_stand_in_angle_brackets() -> None:
    assert of_smtp(event("message").fields) == {
        "helo": "laptop.example",
        "mail_from": "<alice@example.net>",
        "rcpt_to": ["<bob@example.org>", "<carol@example.org>"],
    }


def test_the_sender_of_a_bounce_is_said_and_one_not_given_is_not() -> None:
    assert of_smtp({"smtp.mail_from": ""}) == {"mail_from": "<>"}
    assert of_smtp({}) == {}


def test_the_header_of_a_message_is_told() -> None:
    fields = event("message", email__cc__address=["dan@example.org"]).fields
    assert of_email(fields) == {
        "from": "alice@example.net",
        "to": ["bob@example.org"],
        "cc": ["dan@example.org"],
        "subject": "Grüße",
        "message_id": "x@example.net",
        "attachment": ["a.pdf"],
        "body_md5": "2" * 32,
        "status": "PARSE_DONE",
    }


def test_a_message_without_its_end_is_not_done() -> None:
    fields = event("message", smtp__message__complete=False).fields
    assert of_email(fields)["status"] == "BODY_STARTED"
    assert of_email(event("auth").fields) == {}


@pytest.mark.parametrize(
    ("version", "written"), [("1.2", "TLS 1.2"), ("1.3", "TLS 1.3"), ("ssl3", "SSLv3")]
)
def test_versions_are_written_as_suricata_does(version: str, written: str) -> None:
    assert of_tls({"tls.version": version}) == {"version": written}


def test_a_certificate_is_told() -> None:
    fields: dict[str, Any] = {
        "tls.client.server_name": "mx.example",
        "tls.client.ja3": "a" * 32,
        "tls.server.hash.sha1": "9E39FF",
        "tls.server.x509.serial_number": "55FB",
        "tls.server.not_before": NOON,
        "tls.server.not_after": 10**20,
        "tls.next_protocol": "smtp",
        "tls.resumed": False,
    }
    assert of_tls(fields) == {
        "sni": "mx.example",
        "serial": "55:FB",
        "fingerprint": "9e:39:ff",
        "notbefore": "2026-11-23T12:00:00",
        "ja3": {"hash": "a" * 32},
        "server_alpns": ["smtp"],
    }


@pytest.mark.parametrize(
    ("reason", "state", "said"),
    [
        ("fin", "closed", None),
        ("rst", "closed", None),
        ("timeout", "established", "timeout"),
        ("evicted", "established", "forced"),
        ("eof", "established", "shutdown"),
    ],
)
def test_a_session_that_is_over_says_how(reason: str, state: str, said: str | None) -> None:
    flow = of_flow(event("session_end", session__close_reason=reason).fields, ended=True)
    assert (flow["state"], flow.get("reason")) == (state, said)
    assert (flow["age"], flow["end"]) == (1, "2026-11-23T12:00:01.500000+0000")


def test_the_flow_of_an_alert_has_no_end() -> None:
    flow = of_flow(event("auth", session__start=NOON).fields)
    assert flow == {
        "src_ip": "192.0.2.10",
        "src_port": 51234,
        "dest_ip": "198.51.100.25",
        "dest_port": 587,
        "start": "2026-11-23T12:00:00.000000+0000",
    }
