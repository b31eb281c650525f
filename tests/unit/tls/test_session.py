"""Real handshakes of the standard library's ssl, and what a bystander must say of them."""

from __future__ import annotations

import itertools
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.tcp.events import CLIENT, SERVER, UNKNOWN
from smtpids.tls.session import TlsSession
from tests.support.attributes import attributes
from tests.support.certificates import HOST, chain_message, make

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.tls.certificate import Certificate
    from tests.support.certificates import Made

NAME = HOST
DATA = b"EHLO client.example.org\r\n"
LIMITS = Limits()
Flights = list[tuple[int, bytes]]
Done = tuple[Flights, ssl.SSLObject, ssl.SSLObject]


class Authority:
    """A self-signed certificate and the contexts that use it."""

    def __init__(self, folder: Path) -> None:
        self.chain = make("ec").save(folder / "chain.pem")

    def server(self, *protocols: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def client(self, *protocols: str, trusts: bool = True) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if trusts:
            context.load_verify_locations(self.chain)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def handshake(
    client_context: ssl.SSLContext,
    server_context: ssl.SSLContext,
    *,
    session: ssl.SSLSession | None = None,
    name: str | None = NAME,
) -> Done:
    """Return what both sides sent, in order, with a line of data each way if they agree."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    wires = {CLIENT: ssl.MemoryBIO(), SERVER: ssl.MemoryBIO()}
    client = client_context.wrap_bio(
        wires[SERVER], to_server, server_hostname=name, session=session
    )
    server = server_context.wrap_bio(wires[CLIENT], to_client, server_side=True)
    ends = {CLIENT: (client, to_server), SERVER: (server, to_client)}
    flights: Flights = []
    for turn in range(12):
        side = turn % 2
        end, out = ends[side]
        try:
            end.do_handshake()
            if turn in {6, 7}:
                end.write(DATA)
            end.read(4096)
        except ssl.SSLError:
            pass
        sent = out.read()
        if sent:
            flights.append((side, sent))
            wires[side].write(sent)
    return flights, client, server


def watched(flights: Flights) -> TlsSession:
    session = TlsSession(LIMITS)
    for side, octets in flights:
        session.feed(side, octets)
    return session


def facts(session: TlsSession) -> dict[str, object]:
    """Return every public attribute that the way of cutting must not change."""
    names = [name for name in attributes(TlsSession) if not name.startswith("_")]
    told = {name: getattr(session, name) for name in names}
    return told | {
        "cleartext": (session.cleartext(CLIENT), session.cleartext(SERVER)),
        "after": session.cleartext_after_tls,
    }


def only(context: ssl.SSLContext, version: ssl.TLSVersion) -> ssl.SSLContext:
    context.minimum_version = version
    context.maximum_version = version
    return context


def test_a_tls_1_3_handshake_is_described_as_ssl_describes_it(authority: Authority) -> None:
    flights, client, server = handshake(authority.client("smtp", "h2"), authority.server("smtp"))
    session = watched(flights)
    suite = client.cipher()
    assert suite is not None
    assert client.version() == "TLSv1.3"
    assert (session.version_protocol, session.version) == ("tls", "1.3")
    assert suite[0] == session.cipher
    assert server.selected_alpn_protocol() == "smtp"
    assert session.alpn_offered == ["smtp", "h2"]
    assert session.alpn == ""  # TLS 1.3 encrypts the choice
    assert session.server_name == NAME
    assert "1.3" in session.offered_versions
    assert "1.2" in session.offered_versions
    assert session.established
    assert not session.failed
    assert not session.downgrade_sentinel
    assert not session.malformed


def test_a_tls_1_2_handshake_is_described_as_ssl_describes_it(authority: Authority) -> None:
    server = only(authority.server("h2", "smtp"), ssl.TLSVersion.TLSv1_2)
    flights, client, _ = handshake(authority.client("smtp"), server)
    session = watched(flights)
    assert client.version() == "TLSv1.2"
    assert (session.version_protocol, session.version) == ("tls", "1.2")
    suite = client.cipher()
    assert suite is not None
    assert suite[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
    assert session.cipher == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    assert client.selected_alpn_protocol() == session.alpn
    assert session.server_name == NAME
    assert session.established
    assert not session.resumed
    assert session.first_application_data == CLIENT


def test_a_client_that_cannot_do_better_is_not_called_downgraded(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    session = watched(handshake(client, authority.server())[0])
    assert session.offered_versions == ["1.2"]
    assert session.version == "1.2"
    assert not session.downgrade_sentinel


def test_a_server_that_says_it_could_do_better_is_heard(authority: Authority) -> None:
    """A ClientHello whose offer of TLS 1.3 was taken out on the way, as the server sees it."""
    better = handshake(authority.client(), authority.server())[0]
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    worse = handshake(client, authority.server())[0]
    session = watched([better[0], worse[1]])
    assert session.version == "1.2"
    assert session.downgrade_sentinel


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_is_told_apart(authority: Authority, version: ssl.TLSVersion) -> None:
    server = authority.server()
    client = only(authority.client(), version)
    first, ended, _ = handshake(client, server)
    again, resumed, _ = handshake(client, server, session=ended.session)
    assert resumed.session_reused
    assert not watched(first).resumed
    assert watched(again).resumed
    side, octets = again[1]
    hello_end = 5 + int.from_bytes(octets[3:5], "big")
    assert watched([again[0], (side, octets[:hello_end])]).resumed
    assert watched(again).established


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_that_the_client_refuses_ends_the_handshake(
    authority: Authority, version: ssl.TLSVersion
) -> None:
    client = only(authority.client(trusts=False), version)
    session = watched(handshake(client, authority.server())[0])
    assert session.failed
    assert not session.established
    assert (session.alert, session.alert_side) == ("unknown_ca", CLIENT)


def test_a_client_that_seals_its_refusal_is_betrayed_by_the_length(authority: Authority) -> None:
    """RFC 8446 6 asks for a protected alert, which OpenSSL does not send and others do."""
    flights, _, _ = handshake(authority.client(), authority.server())
    sealed_alert = b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x13" + bytes(19)
    session = watched([*flights[:2], (CLIENT, sealed_alert)])
    assert session.failed
    assert not session.established
    assert session.alert == ""
    assert session.alert_side == UNKNOWN


def test_sides_without_a_common_version_end_with_the_servers_alert(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    server = only(authority.server(), ssl.TLSVersion.TLSv1_3)
    session = watched(handshake(client, server)[0])
    assert (session.alert, session.alert_side) == ("protocol_version", SERVER)
    assert session.failed
    assert session.client_hello_seen
    assert not session.server_hello_seen


def test_a_server_that_asks_for_another_key_is_a_retry(authority: Authority) -> None:
    server = authority.server()
    server.set_ecdh_curve("secp521r1")
    flights, client, _ = handshake(authority.client(), server)
    session = watched(flights)
    assert client.version() == "TLSv1.3"
    assert session.hello_retry
    assert session.server_hello_seen
    assert session.established
    assert session.version == "1.3"


def test_without_a_name_there_is_no_name(authority: Authority) -> None:
    client = authority.client()
    client.check_hostname = False
    session = watched(handshake(client, authority.server(), name=None)[0])
    assert session.server_name == ""
    assert session.established


@pytest.fixture(scope="module")
def kinds(authority: Authority) -> list[Flights]:
    """Return one handshake of each kind."""
    server = authority.server("smtp")
    server.set_ecdh_curve("secp521r1")
    client_12 = only(authority.client("smtp"), ssl.TLSVersion.TLSv1_2)
    return [
        handshake(authority.client("smtp"), server)[0],
        handshake(client_12, authority.server("smtp"))[0],
        handshake(authority.client(trusts=False), authority.server())[0],
        [*handshake(client_12, authority.server())[0], (CLIENT, b"RSET\r\n"), (CLIENT, b"QUIT")],
        [(CLIENT, b"EHLO x\r\n"), (SERVER, b"500 what\r\n")],
    ]


def test_octets_one_at_a_time_say_the_same(kinds: list[Flights]) -> None:
    for flights in kinds:
        cut = [(side, octets[i : i + 1]) for side, octets in flights for i in range(len(octets))]
        assert facts(watched(flights)) == facts(watched(cut))


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 3), places=st.sets(st.integers(1, 2000), max_size=8))
def test_segments_cut_anywhere_say_the_same(
    kinds: list[Flights], index: int, places: set[int]
) -> None:
    flights = kinds[index]
    cut: Flights = []
    for side, octets in flights:
        edges = [0, *sorted(place for place in places if place < len(octets)), len(octets)]
        cut += [(side, octets[a:b]) for a, b in itertools.pairwise(edges)]
    assert facts(watched(flights)) == facts(watched(cut))


def fragmented(octets: bytes, size: int) -> bytes:
    """Return handshake records of `octets` with at most `size` octets each."""
    body = octets[5:]
    return b"".join(
        octets[:3] + len(body[i : i + size]).to_bytes(2, "big") + body[i : i + size]
        for i in range(0, len(body), size)
    )


@pytest.mark.parametrize("size", [1, 3, 4, 5, 64])
def test_a_client_hello_over_several_records_is_read_whole(authority: Authority, size: int) -> None:
    flights, _, _ = handshake(authority.client("smtp"), authority.server("smtp"))
    side, hello = flights[0]
    session = watched([(side, fragmented(hello, size)), *flights[1:]])
    whole = watched(flights)
    assert whole.server_name == session.server_name
    assert whole.offered_versions == session.offered_versions
    assert whole.alpn_offered == session.alpn_offered
    assert session.established


def test_a_gap_in_the_servers_certificate_hides_only_that(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    flights, _, _ = handshake(client, authority.server())
    session = TlsSession(LIMITS)
    for index, (side, octets) in enumerate(flights):
        if index == 1:
            session.feed(side, octets[:150])
            session.gap(side, 0)
        else:
            session.feed(side, octets)
    assert session.version == "1.2"
    assert session.established
    assert session.cleartext(SERVER) is None
    assert not session.failed


def test_a_gap_in_the_server_hello_leaves_the_version_unknown(authority: Authority) -> None:
    flights, _, _ = handshake(authority.client(), authority.server())
    session = TlsSession(LIMITS)
    for index, (side, octets) in enumerate(flights):
        if index == 1:
            session.gap(side, len(octets))
        else:
            session.feed(side, octets)
    assert not session.server_hello_seen
    assert session.version == ""
    assert session.established


def cut_out(flights: Flights, index: int, start: int, length: int) -> TlsSession:
    """Return the session that misses `length` octets of one flight, 0 for all that follow."""
    session = TlsSession(LIMITS)
    for number, (side, octets) in enumerate(flights):
        if number != index:
            session.feed(side, octets)
            continue
        session.feed(side, octets[:start])
        session.gap(side, length)
        session.feed(side, octets[start + length :] if length else b"lost")
    return session


def test_a_gap_in_a_certificate_does_not_look_like_a_resumed_session(
    authority: Authority,
) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    flights, _, _ = handshake(client, authority.server())
    session = cut_out(flights, 1, 200, 50)
    assert session.established
    assert not session.resumed


def test_a_gap_within_a_server_hello_hides_it_wholly(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    flights, _, _ = handshake(client, authority.server())
    session = cut_out(flights, 1, 20, 30)
    assert not session.server_hello_seen
    assert not session.malformed
    assert session.established


def test_a_client_that_was_lost_has_finished_if_its_server_sends_data(
    authority: Authority,
) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    flights, _, _ = handshake(client, authority.server())
    finished = next(i for i in range(1, len(flights)) if flights[i][0] == CLIENT)
    assert cut_out(flights, finished, 0, 0).established
    assert not cut_out(flights[: finished + 2], finished, 0, 0).established


def test_the_protected_handshake_of_a_server_does_not_prove_that_its_client_finished(
    authority: Authority,
) -> None:
    flights, _, _ = handshake(authority.client(), authority.server())
    session = TlsSession(LIMITS)
    session.feed(*flights[0])
    session.gap(CLIENT, 0)
    session.feed(*flights[1])
    assert session.server_hello_seen
    assert not session.established


def test_early_data_is_no_end_of_a_handshake(authority: Authority) -> None:
    flights, _, _ = handshake(authority.client(), authority.server())
    early = b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x40" + bytes(64)
    begun = [flights[0], (CLIENT, early), flights[1]]
    assert not watched(begun).established
    assert watched([*begun, *flights[2:]]).established


def test_a_gap_within_a_record_does_not_lose_the_framing(authority: Authority) -> None:
    flights, _, _ = handshake(authority.client(), authority.server())
    session = watched(flights)
    session.feed(CLIENT, b"\x17\x03\x03\x00\x64" + bytes(20))
    session.gap(CLIENT, 60)
    session.feed(CLIENT, bytes(20) + b"QUIT\r\n")
    assert session.cleartext(CLIENT) == b"QUIT\r\n"


def test_after_a_gap_of_unknown_length_nothing_is_called_cleartext(
    authority: Authority,
) -> None:
    flights, _, _ = handshake(authority.client(), authority.server())
    session = watched(flights)
    session.gap(CLIENT, 0)
    session.feed(CLIENT, b"QUIT\r\n")
    assert session.cleartext(CLIENT) is None
    assert not session.cleartext_after_tls


@pytest.mark.parametrize("side", [CLIENT, SERVER])
def test_cleartext_after_tls_is_kept_from_its_first_octet(authority: Authority, side: int) -> None:
    flights, _, _ = handshake(authority.client(), authority.server())
    session = watched([*flights, (side, b"MAIL FROM:<a@example.org>\r\n")])
    assert session.established
    assert session.cleartext_after_tls
    assert session.cleartext(side) == b"MAIL FROM:<a@example.org>\r\n"
    assert session.cleartext(1 - side) is None


def test_cleartext_is_bounded_and_counted() -> None:
    session = TlsSession(Limits(text_chars=16))
    for _ in range(10):
        session.feed(CLIENT, b"0123456789")
    assert session.cleartext(CLIENT) == b"0123456789012345"
    assert session.cleartext_octets(CLIENT) == 100
    assert not session.cleartext_after_tls


def test_a_text_answer_to_a_client_hello_is_a_failure(authority: Authority) -> None:
    hello = handshake(authority.client(), authority.server())[0][0]
    session = watched([hello, (SERVER, b"220 mx.example.net ESMTP\r\n")])
    assert session.failed
    assert session.cleartext(SERVER) == b"220 mx.example.net ESMTP\r\n"
    assert not session.cleartext_after_tls


def test_a_record_longer_than_any_may_be_is_malformed_and_not_cleartext() -> None:
    session = watched([(CLIENT, b"\x16\x03\x01\xff\xff" + bytes(50))])
    assert session.malformed
    assert session.cleartext(CLIENT) is None


def test_a_closing_alert_before_the_end_is_a_failure_without_a_fatal_alert(
    authority: Authority,
) -> None:
    hello = handshake(authority.client(), authority.server())[0][0]
    session = watched([hello, (SERVER, b"\x15\x03\x03\x00\x02\x01\x00")])
    assert session.failed
    assert session.alert == ""


def test_a_warning_does_not_end_a_handshake(authority: Authority) -> None:
    flights = handshake(authority.client(), authority.server())[0]
    warning = (SERVER, b"\x15\x03\x03\x00\x02\x01\x70")
    session = watched([flights[0], warning, *flights[1:]])
    assert session.alert == ""
    assert session.established


def test_an_alert_in_two_segments_is_read() -> None:
    session = watched([(SERVER, b"\x15\x03\x01\x00\x02\x02"), (SERVER, b"\x28")])
    assert (session.alert, session.alert_side) == ("handshake_failure", SERVER)


def test_a_heartbeat_that_asks_for_more_than_it_brings_is_seen(authority: Authority) -> None:
    flights = handshake(authority.client(), authority.server())[0]
    request = (CLIENT, b"\x18\x03\x02\x00\x03\x01\x40\x00")
    assert watched([flights[0], request]).heartbleed


def test_an_honest_heartbeat_is_not_an_attack(authority: Authority) -> None:
    flights = handshake(authority.client(), authority.server())[0]
    request = (CLIENT, b"\x18\x03\x02\x00\x17\x01\x00\x04" + bytes(20))
    assert not watched([flights[0], request]).heartbleed


SSL2_CLIENT_HELLO = (
    b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"
    b"\x00\x00\x2f\x00\x00\x35\x00\x00\x0a\x01\x00\x80\x00\x00\x05\x00\x00\x04\x00\x56\x00"
    + bytes(range(16))
)


def test_a_client_that_begins_with_ssl_2_offers_tls_all_the_same() -> None:
    session = watched([(CLIENT, SSL2_CLIENT_HELLO[:7]), (CLIENT, SSL2_CLIENT_HELLO[7:])])
    assert session.client_hello_seen
    assert session.offered_versions == ["1.0"]
    assert session.fallback_scsv
    assert session.cleartext(CLIENT) is None


def test_a_server_that_speaks_ssl_2_is_named_so() -> None:
    hello = b"\x04\x00\x01\x00\x02\x00\x04\x00\x03\x00\x10" + bytes(4 + 3 + 16)
    answer = bytes([0x80, len(hello)]) + hello
    session = watched([(CLIENT, SSL2_CLIENT_HELLO), (SERVER, answer), (CLIENT, b"\x80\x05abc")])
    assert (session.version_protocol, session.version) == ("ssl", "2.0")
    assert session.cleartext(CLIENT) is None


def test_a_handshake_message_beyond_the_limit_is_said() -> None:
    session = TlsSession(Limits(tls_handshake_octets=100))
    session.feed(CLIENT, b"\x16\x03\x01\x00\x08\x01\x00\x01\x00" + bytes(4))
    assert session.limit_reached


def test_application_octets_are_counted_by_record_length(authority: Authority) -> None:
    session = watched([(CLIENT, b"\x17\x03\x03\x00\x30" + bytes(48)), (SERVER, b"\x17\x03\x03")])
    assert session.application_octets == [48, 0]
    assert session.records == [1, 0]


# -- the server's certificate ----------------------------------------------------------------------


def shows(
    folder: Path,
    server: Made,
    *others: Made,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    name: str | None = NAME,
) -> TlsSession:
    """Return a handshake with a server of that chain; the client looks at nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.save(folder / "chain.pem", *others))
    client = only(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), version)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return watched(handshake(client, context, name=name)[0])


def known(session: TlsSession) -> Certificate:
    certificate = session.certificate()
    assert certificate is not None
    return certificate


@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_up_to_tls_1_2_the_certificate_is_seen(tmp_path: Path, kind: str) -> None:
    made = make(kind)
    session = shows(tmp_path, made)
    assert session.established
    assert session.certificates == 1
    certificate = known(session)
    assert certificate.sha256 == made.certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert certificate.sha1 == made.certificate.fingerprint(hashes.SHA1()).hex().upper()
    assert certificate.self_signed
    assert certificate.is_for(session.server_name)


def test_of_a_chain_the_servers_own_certificate_is_told(tmp_path: Path) -> None:
    root = make("rsa", "Example CA", names=())
    session = shows(tmp_path, make("ec", issuer=root), root)
    assert session.certificates == 2
    assert known(session).subject == r"O=Example\, Inc.,CN=mx.example.net"
    assert known(session).issuer == r"O=Example\, Inc.,CN=Example CA"
    assert known(session).self_signed is False


def test_a_certificate_for_another_host_does_not_match(tmp_path: Path) -> None:
    session = shows(tmp_path, make(names=("other.example.net",)))
    assert known(session).is_for(session.server_name) is False


def test_without_a_name_nobody_knows_whether_it_matches(tmp_path: Path) -> None:
    session = shows(tmp_path, make(), name=None)
    assert session.server_name == ""
    assert known(session).is_for(session.server_name) is None


def test_an_expired_certificate_is_expired_at_the_time_of_its_packet(tmp_path: Path) -> None:
    end = datetime(2021, 1, 1, tzinfo=UTC)
    certificate = known(shows(tmp_path, make(end=end)))
    then = int(end.timestamp()) * 1_000_000_000
    assert certificate.is_expired(then) is False
    assert certificate.is_expired(then + 1) is True


def test_tls_1_3_shows_no_certificate(tmp_path: Path) -> None:
    session = shows(tmp_path, make(), version=ssl.TLSVersion.TLSv1_3)
    assert session.established
    assert (session.certificate(), session.certificates) == (None, 0)


def test_a_resumed_session_shows_no_certificate(authority: Authority) -> None:
    server, client = authority.server(), only(authority.client(), ssl.TLSVersion.TLSv1_2)
    _, ended, _ = handshake(client, server)
    assert watched(handshake(client, server, session=ended.session)[0]).certificate() is None


def test_a_certificate_that_the_client_refuses_is_told(authority: Authority) -> None:
    client = only(authority.client(trusts=False), ssl.TLSVersion.TLSv1_2)
    session = watched(handshake(client, authority.server())[0])
    assert session.failed
    assert session.certificates == 1


def test_a_certificate_with_a_gap_in_it_is_not_seen(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    flights, _, _ = handshake(client, authority.server())
    assert watched(flights).certificates == 1
    assert cut_out(flights, 1, 200, 50).certificate() is None


def handshake_record(kind: int, body: bytes) -> bytes:
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


def test_a_certificate_in_clear_where_there_can_be_none_is_not_believed(
    authority: Authority,
) -> None:
    forged = (SERVER, handshake_record(11, chain_message(make().der)))
    assert watched([forged]).certificate() is None
    flights = handshake(authority.client(), authority.server())[0]
    side, octets = flights[1]
    hello_end = 5 + int.from_bytes(octets[3:5], "big")
    session = watched([flights[0], (side, octets[:hello_end]), forged])
    assert session.version == "1.3"
    assert session.certificate() is None


def test_the_first_certificate_counts(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    flights = handshake(client, authority.server())[0][:2]
    again = (SERVER, handshake_record(11, chain_message(make().der)))
    assert known(watched([*flights, again])) == known(watched(flights))


def test_a_chain_beyond_the_limit_is_not_held(authority: Authority) -> None:
    client = only(authority.client(), ssl.TLSVersion.TLSv1_2)
    session = TlsSession(Limits(tls_handshake_octets=300))
    for side, octets in handshake(client, authority.server())[0]:
        session.feed(side, octets)
    assert session.established
    assert session.limit_reached
    assert session.certificate() is None


# -- fingerprints ----------------------------------------------------------------------------------


def test_both_sides_have_fingerprints(authority: Authority) -> None:
    flights, _, _ = handshake(authority.client("smtp"), authority.server("smtp"))
    session = watched(flights)
    start, ciphers, rest = session.ja4.split("_")
    assert (start[:4], start[-2:]) == ("t13d", "sp")
    assert (len(ciphers), len(rest)) == (12, 12)
    assert len(session.ja3) == 32
    assert len(session.ja3s) == 32


def test_the_fingerprint_of_a_client_does_not_change_with_its_session(
    authority: Authority,
) -> None:
    sessions = [watched(handshake(authority.client(), authority.server())[0]) for _ in range(2)]
    assert sessions[0].ja3 == sessions[1].ja3
    assert sessions[0].ja4 == sessions[1].ja4


def test_after_a_retry_the_first_client_hello_counts(authority: Authority) -> None:
    server = authority.server()
    server.set_ecdh_curve("secp521r1")
    flights = handshake(authority.client(), server)[0]
    assert watched(flights).hello_retry
    assert watched(flights).ja3 == watched(flights[:1]).ja3
    assert len(watched(flights).ja3s) == 32


def test_a_client_that_begins_with_ssl_2_has_no_fingerprint() -> None:
    session = watched([(CLIENT, SSL2_CLIENT_HELLO)])
    assert (session.ja3, session.ja4) == ("", "")


# -- whatever they send ----------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_a_damaged_handshake_raises_nothing(
    kinds: list[Flights], places: list[tuple[int, int]]
) -> None:
    flights = kinds[1]
    sizes = [len(octets) for _, octets in flights]
    changed = [(side, bytearray(octets)) for side, octets in flights]
    for place, octet in places:
        at = place % sum(sizes)
        for (_, octets), size in zip(changed, sizes, strict=True):
            if 0 <= at < size:
                octets[at] = octet
            at -= size
    session = watched([(side, bytes(octets)) for side, octets in changed])
    certificate = session.certificate()
    assert (certificate is None) == (session.certificates == 0)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([CLIENT, SERVER]),
            st.one_of(
                st.binary(max_size=60),
                st.integers(0, 30),
                st.builds(
                    lambda kind, body: bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body,
                    st.integers(20, 24),
                    st.binary(max_size=40),
                ),
                st.builds(
                    lambda kind, body: (
                        b"\x16\x03\x03"
                        + (len(body) + 4).to_bytes(2, "big")
                        + bytes([kind])
                        + len(body).to_bytes(3, "big")
                        + body
                    ),
                    st.sampled_from([1, 2, 11, 14]),
                    st.binary(max_size=80),
                ),
            ),
        ),
        max_size=12,
    )
)
def test_whatever_both_sides_send_nothing_raises(parts: list[tuple[int, bytes | int]]) -> None:
    session = TlsSession(LIMITS)
    for side, part in parts:
        if isinstance(part, int):
            session.gap(side, part)
        else:
            session.feed(side, part)
    session.certificate()
    assert len(session.records) == 2
    assert not (session.established and session.failed)
