from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.ntlm import OF_CLIENT, OF_SERVER, SIGNATURE, UNICODE, VERSION, names

CHARS = 64


def placed(header: int, *payloads: bytes) -> tuple[list[bytes], bytes]:
    """Return the descriptors (length, room, offset) of `payloads` after `header` octets."""
    descriptors = []
    at = header
    for payload in payloads:
        descriptors.append(struct.pack("<HHI", len(payload), len(payload), at))
        at += len(payload)
    return descriptors, b"".join(payloads)


def negotiate(domain: bytes, host: bytes) -> bytes:
    fields, payload = placed(32, domain, host)
    return SIGNATURE + struct.pack("<II", 1, 0xB207) + b"".join(fields) + payload


def challenge(target: str, pairs: list[tuple[int, str]], version: bytes) -> bytes:
    info = b"".join(
        struct.pack("<HH", kind, len(text) * 2) + text.encode("utf-16-le") for kind, text in pairs
    )
    fields, payload = placed(56, target.encode("utf-16-le"), info + bytes(4))
    return (
        SIGNATURE
        + struct.pack("<I", 2)
        + fields[0]
        + struct.pack("<I", UNICODE | VERSION)
        + bytes(16)
        + fields[1]
        + version
        + payload
    )


def authenticate(domain: str, user: str, host: str, response: bytes) -> bytes:
    texts = [text.encode("utf-16-le") for text in (domain, user, host)]
    fields, payload = placed(64, response, response, *texts, b"")
    return (
        SIGNATURE + struct.pack("<I", 3) + b"".join(fields) + struct.pack("<I", UNICODE) + payload
    )


def test_a_negotiate_message_may_name_domain_and_host() -> None:
    assert names(negotiate(b"CORP", b"PC7"), OF_CLIENT, CHARS) == {
        "smtp.auth.ntlm.domain": "CORP",
        "smtp.auth.ntlm.host": "PC7",
        "smtp.auth.ntlm.stage": 1,
    }


def test_a_negotiate_message_without_names_has_only_a_stage() -> None:
    token = SIGNATURE + struct.pack("<II", 1, 0xB207)
    assert names(token, OF_CLIENT, CHARS) == {"smtp.auth.ntlm.stage": 1}


def test_a_challenge_gives_away_the_server() -> None:
    pairs = [(2, "CORP"), (1, "EX1"), (4, "corp.example.net"), (3, "ex1.corp.example.net")]
    token = challenge("CORP", pairs, struct.pack("<BBHI", 10, 0, 17763, 0x0F000000))
    assert names(token, OF_SERVER, CHARS) == {
        "smtp.auth.ntlm.target": "CORP",
        "smtp.auth.ntlm.server": "ex1.corp.example.net",
        "smtp.auth.ntlm.os_build": "10.0.17763",
        "smtp.auth.ntlm.stage": 2,
    }


def test_an_authenticate_message_gives_names_and_no_response() -> None:
    token = authenticate("CORP", "grün", "PC7", b"R" * 24)
    assert names(token, OF_CLIENT, CHARS) == {
        "smtp.auth.ntlm.domain": "CORP",
        "smtp.auth.user": "grün",
        "smtp.auth.ntlm.host": "PC7",
        "smtp.auth.ntlm.stage": 3,
    }


def test_a_message_inside_another_token_is_found() -> None:
    token = b"\x60\x48\x06\x06" + negotiate(b"CORP", b"")
    assert names(token, OF_CLIENT, CHARS)["smtp.auth.ntlm.domain"] == "CORP"


def test_a_side_is_believed_only_what_it_may_say() -> None:
    assert names(authenticate("D", "u", "H", b""), OF_SERVER, CHARS) == {}
    assert names(challenge("T", [], bytes(8)), OF_CLIENT, CHARS) == {}


@pytest.mark.parametrize("token", [b"", SIGNATURE, SIGNATURE + b"\x09\x00\x00\x00", b"NTLM"])
def test_other_tokens_say_nothing(token: bytes) -> None:
    assert names(token, OF_CLIENT | OF_SERVER, CHARS) == {}


def test_pairs_after_the_last_are_not_read() -> None:
    pairs = [(0, ""), (3, "other.example.net")]
    assert "smtp.auth.ntlm.server" not in names(challenge("", pairs, bytes(8)), OF_SERVER, CHARS)


@pytest.mark.parametrize(("length", "offset"), [(4, 1 << 31), (9, 24)])
def test_a_name_outside_the_message_is_none(length: int, offset: int) -> None:
    token = SIGNATURE + struct.pack("<II", 1, 0) + struct.pack("<HHI", length, 0, offset) * 2
    assert names(token, OF_CLIENT, CHARS) == {"smtp.auth.ntlm.stage": 1}


@given(st.sampled_from([1, 2, 3]), st.binary(max_size=120))
def test_no_token_raises_and_texts_are_bounded(kind: int, rest: bytes) -> None:
    token = SIGNATURE + struct.pack("<I", kind) + rest
    for value in names(token, OF_CLIENT | OF_SERVER, 8).values():
        assert isinstance(value, int) or (isinstance(value, str) and len(value) <= 20)
