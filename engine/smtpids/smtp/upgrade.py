"""STARTTLS and TLS inside a session: what came before the handshake, the handshake, what follows.

Between the client's STARTTLS, the server's 220 and the first TLS record nothing may be sent
(RFC 3207 4.2). What is sent all the same is kept apart by side and classified: octets of the client
are a command injection, octets of the server a response injection. If no TLS comes at all the
session goes on in cleartext, and so does the tracker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.events import Action
from smtpids.smtp.states import VERBS
from smtpids.tcp.events import CLIENT, SERVER, UNKNOWN
from smtpids.text import as_text
from smtpids.tls import TlsSession, looks_like_tls
from smtpids.tls.names import cipher_class, highest

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.smtp.events import Fields
    from smtpids.smtp.inbox import Inbox
    from smtpids.smtp.session import Session
    from smtpids.tls.certificate import Certificate

#: The first octets of a handshake record, of any version that was ever in use.
_HANDSHAKE: Final = b"\x16\x03"
#: Octets of which more would not change what is said of them.
_KEPT: Final = 4096


class Upgrade:
    """Follows one change from cleartext to TLS, by STARTTLS or from the first octet."""

    __slots__ = (
        "_injected",
        "_injected_at",
        "_injected_octets",
        "_limit_told",
        "_mode",
        "_odd",
        "_server_began",
        "_server_held",
        "_server_held_at",
        "_session",
        "_told",
        "_warned",
        "began",
        "tls",
    )

    def __init__(self, session: Session, limits: Limits, mode: str) -> None:
        self._session = session
        self._mode = mode
        self.tls = TlsSession(limits)
        self.began = False
        """Whether the client's first TLS record was seen."""
        self._injected = b""
        self._injected_octets = 0
        self._injected_at = (0, 0)
        self._server_held = b""
        self._server_held_at = (0, 0)
        self._server_began = False
        self._told = False
        self._limit_told = False
        self._warned = False
        self._odd: tuple[str, ...] = ()
        """Anomalies of TLS that were told."""

    # -- before the client's first record ------------------------------------------------------

    def wait(self, inbox: Inbox, early: int, replied_at: int) -> tuple[str, int]:
        """Read the client's octets behind STARTTLS.

        `early` of them were there before the reply; those whose sender had not seen the reply
        (offset `replied_at` of the server's stream) count as well. Returns what happened, `tls`,
        `cleartext` or `more`, and how many early octets are left.
        """
        while len(inbox):
            octets, ts_ns, packet, seen = inbox.next_mark()
            is_tls = looks_like_tls(inbox.peek(min(len(inbox), _KEPT)))
            injected = early > 0 or 0 <= seen < replied_at
            if is_tls:
                if injected and not self._injected_octets:
                    self._inject(inbox.peek(max(early, octets)), ts_ns, packet)
                self.begin(ts_ns, packet)
                return "tls", 0
            if not injected:
                return ("more", 0) if is_tls is None else ("cleartext", 0)
            if is_tls is None and octets == len(inbox):
                return "more", early
            block = inbox.peek(octets)
            record = block.find(_HANDSHAKE)
            block = inbox.take(record if record > 0 else octets)
            early -= len(block)
            self._inject(block, ts_ns, packet)
        return "more", 0

    def rest(self) -> None:
        """Take less room while nothing comes."""
        if self._told:
            self.tls.rest()

    def give_up(self, ts_ns: int, packet: int, *, answered: bool, inspected: bool = False) -> bytes:
        """No TLS came; return what the server said meanwhile, to be read as replies.

        `answered`: the 220 was seen; if not, the server may well have refused.
        `inspected`: a tap behind a TLS inspection appliance shows TLS as cleartext.
        """
        self._tell_injection()
        if inspected:
            context = self._session.context
            context["tls.established"] = context["tls.inspected"] = True
            context["tls.mode"] = self._mode
            context["smtp.starttls.state"] = "established"
            self._session.line(CLIENT, "[TLS, inspected]", ts_ns, packet)
        elif answered:
            self._session.anomaly("plaintext_after_starttls", CLIENT, "", ts_ns, packet)
        else:
            self._session.context["smtp.starttls.state"] = "requested"
        held, self._server_held = self._server_held, b""
        return held

    def _inject(self, block: bytes, ts_ns: int, packet: int) -> None:
        if not self._injected_octets:
            self._injected_at = (ts_ns, packet)
        self._injected_octets += len(block)
        self._injected += block[: _KEPT - len(self._injected)]

    def _tell_injection(self) -> None:
        """Say what came of the client between STARTTLS and the 220, once all of it is known."""
        octets = self._injected_octets
        if not octets:
            return
        ts_ns, packet = self._injected_at
        block, self._injected, self._injected_octets = self._injected, b"", 0
        tell_injection(self._session, block, octets, ts_ns, packet)

    def begin(self, ts_ns: int, packet: int) -> None:
        """The client's first record is due next."""
        self._tell_injection()
        self.began = True
        self._session.context["tls.mode"] = self._mode
        self._session.line(CLIENT, "[TLS]", ts_ns, packet)
        held, self._server_held = self._server_held, b""
        if held:
            held_ns, held_packet = self._server_held_at
            self.server(held, held_ns, held_packet)

    def join(self, sides: list[int], ts_ns: int, packet: int) -> None:
        """Begin amid TLS; of `sides` the capture does not show the beginning."""
        for side in sides:
            self.tls.join(side)
        if SERVER in sides:
            self._forget_held()
            self._server_began = True
        self.begin(ts_ns, packet)

    def _forget_held(self) -> None:
        """Let what the server sent before its first record be what it is: that one is lost."""
        held, self._server_held = self._server_held, b""
        if held and self.began and looks_like_tls(held) is False:
            self._respond(held, *self._server_held_at)

    # -- records ---------------------------------------------------------------------------------

    def client(self, data: bytes, ts_ns: int, packet: int) -> None:
        """Take octets of the client, its first record or later ones."""
        self.tls.feed(CLIENT, data)
        self._tell(ts_ns, packet)

    def server(self, data: bytes, ts_ns: int, packet: int) -> None:
        """Take octets of the server; before its first record they may be an injection."""
        if self._server_began:
            self.tls.feed(SERVER, data)
            self._tell(ts_ns, packet)
            return
        if not self._server_held:
            self._server_held_at = (ts_ns, packet)
        held = self._server_held + data
        is_tls = looks_like_tls(held)
        if is_tls is False:
            record = held.find(_HANDSHAKE)
            if record > 0 and self.began:
                self._respond(held[:record], *self._server_held_at)
                held, is_tls = held[record:], True
        if is_tls and self.began:
            self._server_began = True
            self._server_held = b""
            self.tls.feed(SERVER, held)
            self._tell(ts_ns, packet)
        else:
            self._server_held = held if len(held) < _KEPT else held[:8] + held[8 - _KEPT :]

    def _respond(self, octets: bytes, ts_ns: int, packet: int) -> None:
        own: Fields = {
            "smtp.starttls.injected.side": "server",
            "smtp.starttls.injected.octets": len(octets),
            "smtp.starttls.injected.kind": "text" if octets.isascii() else "binary",
        }
        session = self._session
        shown = as_text(octets.split(b"\n")[0].strip(), 120)
        session.line(SERVER, f"[before TLS] {shown}", ts_ns, packet)
        session.anomaly("starttls_response_injection", SERVER, "", ts_ns, packet, own)

    def is_answered_in_clear(self, data: bytes) -> bool:
        """Tell whether a server that was spoken to in TLS from the start begins with a reply."""
        return self._mode == "implicit" and not self._server_began and data[:3].isdigit()

    def gap(self, side: int, length: int) -> None:
        """Octets are lost."""
        self.tls.gap(side, length)
        if side == SERVER:
            self._forget_held()
            self._server_began = True

    # -- what is said ----------------------------------------------------------------------------

    @property
    def held_octets(self) -> int:
        """Octets held of the handshake."""
        return self.tls.held_octets

    def shed(self) -> None:
        """Let go of what is held."""
        self.tls.shed()

    def _tell(self, ts_ns: int, packet: int) -> None:
        tls = self.tls
        if tls.limit_reached and not self._limit_told:
            self._limit_told = True
            self._session.anomaly("limit_reached", CLIENT, "tls_handshake_octets", ts_ns, packet)
        if not self._told and (tls.established or tls.failed):
            self._say("established" if tls.established else "failed", ts_ns, packet)
        if tls.cleartext_after_tls and not self._warned:
            self._warned = True
            side = CLIENT if tls.cleartext(CLIENT) else SERVER
            self._session.anomaly("cleartext_after_tls", side, "", ts_ns, packet)
        if tls.malformed or tls.first_application_data == SERVER:
            self._tell_odd(ts_ns, packet)

    def _tell_odd(self, ts_ns: int, packet: int) -> None:
        """Say what contradicts TLS, and a server that speaks before its client."""
        tls, session = self.tls, self._session
        # TLS 1.3 sends tickets first, which look the same
        first = tls.first_application_data == SERVER and tls.established
        first = first and self._mode == "starttls" and tls.version != "1.3"
        for kind, side, seen in (
            ("tls_malformed", tls.malformed_side, tls.malformed and not tls.heartbleed),
            ("heartbeat_overread", CLIENT, tls.heartbleed),
            ("heartbeat_overread_answered", SERVER, tls.heartbleed_answered),
            ("server_first_in_tls", SERVER, first),
        ):
            if seen and kind not in self._odd and session.is_whole():
                self._odd = (*self._odd, kind)
                session.anomaly(kind, side, "", ts_ns, packet)

    def _say(self, outcome: str, ts_ns: int, packet: int) -> None:
        self._told = True
        tls = self.tls
        certificate = tls.certificate()
        context = self._session.context
        if outcome == "established":
            context["tls.established"] = True
            if self._mode == "starttls":
                context["smtp.starttls.state"] = "established"
        for name, value in (
            ("tls.version", tls.version),
            ("tls.version_protocol", tls.version_protocol if tls.version else ""),
            ("tls.cipher", tls.cipher),
            ("tls.cipher_class", cipher_class(tls.cipher)),
            ("tls.client.server_name", tls.server_name),
            ("tls.next_protocol", tls.alpn),
            ("tls.client.ja3", tls.ja3),
            ("tls.client.ja4", tls.ja4),
            ("tls.server.hash.sha256", certificate.sha256 if certificate else ""),
        ):
            if value:
                context[name] = value
        own: Fields = {
            "tls.outcome": outcome,
            "tls.client.supported_versions": list(tls.offered_versions),
            "tls.client.alpn": list(tls.alpn_offered),
            "tls.downgrade_sentinel": tls.downgrade_sentinel,
            "tls.fallback_scsv": tls.fallback_scsv,
            "tls.resumed": tls.resumed,
            "tls.certificate.visible": certificate is not None,
        }
        if newest := highest(tls.offered_versions):
            own["tls.client.max_version"] = newest
        if tls.alert:
            own["tls.alert"] = tls.alert
            own["tls.alert_side"] = "client" if tls.alert_side == CLIENT else "server"
        if tls.ja3s:
            own["tls.server.ja3s"] = tls.ja3s
        if certificate is not None:
            own["tls.certificate.chain_length"] = tls.certificates
            own.update(certificate_fields(certificate, tls.server_name, ts_ns))
            host = str(context.get("smtp.greeting.text", "")).partition(" ")[0]
            matches = certificate.is_for(host) if "." in host else None
            if matches is not None:
                own["tls.certificate.greeting_match"] = matches
            tls.shed()
        self._session.emit(Action.TLS, ts_ns, packet, own)

    def close(self, ts_ns: int, packet: int, *, certain: bool) -> None:
        """The connection ends: a handshake that was not finished has failed.

        It is unknown how it went on if not `certain`: the capture does not show all of it.
        """
        self._tell_injection()
        if self.began and not self._told:
            self._say("failed" if certain else "unknown", ts_ns, packet)
        elif self._server_held and self.began:
            shown = classify(self._server_held)[0]
            self._session.anomaly("plaintext_after_starttls", SERVER, shown, ts_ns, packet)
        if self.began:  # for the end of the session
            context, tls = self._session.context, self.tls
            context["tls.client.octets"], context["tls.server.octets"] = tls.application_octets
            if tls.first_application_data != UNKNOWN:
                context["tls.server_first"] = tls.first_application_data == SERVER


def certificate_fields(certificate: Certificate, server_name: str, ts_ns: int) -> Fields:
    """Return what is known of a server's certificate, judged for a host and at a time."""
    facts: Fields = {
        "tls.server.hash.sha1": certificate.sha1,
        "tls.server.subject": certificate.subject or None,
        "tls.server.issuer": certificate.issuer or None,
        "tls.server.not_before": certificate.not_before,
        "tls.server.not_after": certificate.not_after,
        "tls.server.x509.alternative_names": [*certificate.alternative_names] or None,
        "tls.server.x509.serial_number": certificate.serial or None,
        "tls.server.x509.public_key_algorithm": certificate.key_algorithm or None,
        "tls.server.x509.public_key_size": certificate.key_bits or None,
        "tls.server.x509.signature_algorithm": certificate.signature_algorithm or None,
        "tls.certificate.self_signed": certificate.self_signed,
        "tls.certificate.expired": certificate.is_expired(ts_ns),
        "tls.certificate.not_yet_valid": certificate.is_not_yet_valid(ts_ns),
        "tls.certificate.name_match": certificate.is_for(server_name),
        "tls.certificate.weak": certificate.is_weak(),
        "tls.certificate.days_left": certificate.days_left(ts_ns),
        "tls.certificate.days_valid": certificate.days_valid(),
    }
    return {name: value for name, value in facts.items() if value is not None}


def tell_injection(session: Session, block: bytes, octets: int, ts_ns: int, packet: int) -> None:
    """Say that the client sent `octets` behind STARTTLS, of which `block` is the beginning."""
    kind, verb = classify(block)
    own: Fields = {
        "smtp.starttls.injected.side": "client",
        "smtp.starttls.injected.octets": octets,
        "smtp.starttls.injected.kind": kind,
    }
    if verb:
        own["smtp.starttls.injected.verb"] = verb
    session.line(CLIENT, f"[{octets} octets behind STARTTLS: {verb or kind}]", ts_ns, packet)
    session.anomaly("starttls_injection", CLIENT, verb or kind, ts_ns, packet, own)


def classify(block: bytes) -> tuple[str, str]:
    """Say what octets before a handshake are: (`verb`, the verb), or another kind and nothing.

    The other kinds are `clienthello`, `text` and `binary`.
    """
    if block.startswith(_HANDSHAKE):
        return "clienthello", ""
    first = block.lstrip(b"\r\n").split(b"\n", 1)[0].rstrip(b"\r")
    word = first.partition(b" ")[0].upper()
    if word.isalpha() and len(word) <= 8 and word.decode("ascii", "replace") in VERBS:
        return "verb", word.decode("ascii")
    printable = all(32 <= octet < 127 or octet in {9, 10, 13} for octet in block[:_KEPT])
    return ("text" if printable else "binary"), ""
