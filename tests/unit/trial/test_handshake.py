from __future__ import annotations

import pytest

from smtpids.config import Limits
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.tls.session import TlsSession
from smtpids.trial.handshake import VERSIONS, Handshake

SIDES = {"client": CLIENT, "server": SERVER}


def told(handshake: Handshake) -> TlsSession:
    session = TlsSession(Limits())
    for side, octets in handshake.flights():
        session.feed(SIDES[side], octets)
    return session


@pytest.mark.parametrize("word", VERSIONS)
def test_a_handshake_of_each_version_is_established(word: str) -> None:
    session = told(Handshake(version=VERSIONS[word]))
    assert (session.established, session.failed, session.malformed) == (True, False, False)
    assert session.version == word.replace("ssl3", "3.0")
    assert session.resumed is False


def test_what_is_asked_for_is_seen() -> None:
    session = told(Handshake(cipher=0x000A, sni="mx.example", alpn="smtp"))
    assert session.cipher == "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
    assert (session.server_name, session.alpn, session.alpn_offered) == (
        "mx.example",
        "smtp",
        ["smtp"],
    )


@pytest.mark.parametrize("side", ["client", "server"])
def test_an_alert_ends_the_handshake(side: str) -> None:
    session = told(Handshake(alert=40, alert_of="client" if side == "client" else "server"))
    assert (session.established, session.failed) == (False, True)
    assert (session.alert, session.alert_side) == ("handshake_failure", SIDES[side])


def test_both_sides_send_data_unless_none_is_wanted() -> None:
    assert told(Handshake(data=500)).application_octets == [500, 500]
    assert told(Handshake(data=0)).application_octets == [0, 0]
