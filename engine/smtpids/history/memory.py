"""Learns from events and says of later ones what was known before.

    past = memory.begin(...)     when a session begins: what is known of its two ends is held fast
    memory.learn(past, event)    each event: what it shows is compared with what is known, and kept
    past.enrich(event)           where somebody reads it: `history.*` is put into the event
    past.lay_beside(event)       where it is told: `history.*` stands beside its fields
    past.put_off(event)          where somebody may read it later: it is then as it is now

A session never sees itself: `history.server.*` and `history.client.*` are what was known when it
began, `history.user.*` what was known when it named the user. What a session shows to be new
(`..._changed`, `helo_known`) is said from that event on.

Only what a whole capture shows is believed. Behind a gap, in mid-stream or with one side missing,
a reply may stand for another, and a STARTTLS that was lost is not one that is missing; such a
session counts as a session and teaches nothing else. A client and a server are remembered from the
first octets of the server, so a scan without answer leaves nothing. Time is the packets' own, in
any order; "before" is the order in which they are read.
"""

from __future__ import annotations

from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING, Final

from smtpids.history import clients, servers, users
from smtpids.history.clients import Client
from smtpids.history.marks import network_of
from smtpids.history.past import Past
from smtpids.history.servers import Server
from smtpids.history.span import earliest, moment, rank_of, seconds
from smtpids.history.table import Table
from smtpids.history.users import User
from smtpids.smtp.events import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.config import Limits
    from smtpids.history.record import Values
    from smtpids.smtp.events import Event, Fields

SERVICE_READY: Final = 220
HELLOS: Final = frozenset({"EHLO", "HELO", "LHLO"})

_of_client: Final[Callable[[Client], Values]] = attrgetter(*Client.COLUMNS)


class Memory:
    """The tables of servers, clients and users."""

    __slots__ = (
        "_changes",
        "_every_ns",
        "_first_ns",
        "_last_ns",
        "_on_due",
        "clients",
        "servers",
        "users",
    )

    def __init__(self, limits: Limits) -> None:
        self.servers: Table[Server] = Table(limits.history)
        self.clients: Table[Client] = Table(limits.history)
        self.users: Table[User] = Table(limits.history)
        self._on_due: Callable[[], None] | None = None
        self._changes = 0
        self._every_ns = 0
        self._last_ns = 0
        self._first_ns = 0
        """The earliest packet of any session, as far as it is remembered."""

    def begin(self, client_ip: str, server_ip: str, server_port: int, start_ns: int) -> Past:
        """Hold fast what is known of the two ends of a session that begins."""
        end = f"[{server_ip}]" if ":" in server_ip else server_ip
        key = intern(f"{end}:{server_port}")
        server, client = self.servers.get(key), self.clients.get(client_ip)
        return Past(
            client_ip,
            key,
            moment(start_ns),
            None if client is None else _of_client(client),
            None if server is None else servers.held_fast(server),
            self._age(moment(start_ns)),
        )

    def _age(self, start_ns: int) -> int:
        """Return for how many seconds anything was learnt when a session begins."""
        if not self._first_ns:
            # what a store gave us may be older than this run
            entries = (self.servers.get(key) for key in self.servers)
            self._first_ns = min((entry.first_ns for entry in entries if entry), default=start_ns)
        self._first_ns = min(self._first_ns, start_ns)
        return seconds(self._first_ns, start_ns)

    def learn(self, past: Past, event: Event) -> None:
        """Take what an event shows."""
        action = event.action
        if action == "reply":  # half of them are
            self.reply(past, event)
        elif action != "command":
            act = _ACTS.get(action)
            if act is not None:
                act(self, past, event)

    def call_when_due(self, on_due: Callable[[], None], *, changes: int, every_ns: int = 0) -> None:
        """Call `on_due` whenever so many entries have changed, or so much packet time has passed.

        Without `every_ns` time does not count.
        """
        self._on_due = on_due
        self._changes = changes
        self._every_ns = every_ns
        for table in (self.servers, self.clients, self.users):
            table.note()

    @property
    def unsaved(self) -> int:
        """Entries that changed or went and are not in a store yet."""
        return self.servers.unsaved + self.clients.unsaved + self.users.unsaved

    # -- what events show --------------------------------------------------------------------------

    def greeting(self, past: Past, event: Event) -> None:
        """The server's first reply."""
        self._meet(past, event)
        fields = event.fields
        if fields.get("smtp.greeting.code") != SERVICE_READY or not _is_whole(fields):
            return
        if not fields.get("smtp.greeting.masked"):
            server = self._server(past)
            past.note(servers.greet(server, str(fields.get("smtp.greeting.text", ""))))

    def reply(self, past: Past, event: Event) -> None:
        """Any other reply; those to a hello tell most."""
        fields = event.fields
        if not past.met:
            self._meet(past, event)
        if not past.tls and fields.get("tls.established"):
            self._secure(past, event)
        if fields.get("smtp.reply.verb") in HELLOS and fields.get("smtp.reply.class") == 2:
            self._hello(past, event)

    def tls(self, past: Past, event: Event) -> None:
        """A handshake is over."""
        fields = event.fields
        if fields.get("tls.outcome") != "established":
            return
        self._meet(past, event)
        self._secure(past, event)
        sha256 = fields.get("tls.server.hash.sha256")
        if fields.get("tls.certificate.visible") and isinstance(sha256, str):
            issuer = str(fields.get("tls.server.issuer", ""))
            past.note(servers.certify(self._server(past), sha256, issuer))

    def auth(self, past: Past, event: Event) -> None:
        """An attempt to log in is over."""
        fields = event.fields
        name = fields.get("smtp.auth.user")
        if not isinstance(name, str) or not name:
            return
        key, ts_ns = users.key_of(name), moment(event.ts_ns)
        network = network_of(str(fields.get("smtpids.proxied.ip") or past.client))
        user = self.users.get(key)
        if key != past.user or past.user_said is None:
            past.user = key
            past.user_said = users.context(user, network, ts_ns)
        outcome = fields.get("smtp.auth.outcome")
        if not _is_whole(fields):
            return
        # who comes as ANONYMOUS (RFC 4505) may call himself as he likes
        if outcome == "success" and fields.get("smtp.auth.mechanism") != "ANONYMOUS":
            if user is None:
                user = User()
            self.users.put(key, user)
            users.login(user, network, ts_ns)
        elif outcome == "failure" and user is not None and not fields.get("smtp.auth.succeeded"):
            self.users.use(key)
            user.failures += 1

    def message(self, past: Past, event: Event) -> None:
        """A message was sent."""
        if past.met and event.fields.get("smtp.message.accepted"):
            self._client(past).messages += 1

    def _hello(self, past: Past, event: Event) -> None:
        """A hello was accepted."""
        fields = event.fields
        if not _is_whole(fields):
            return
        client = self._client(past)
        if past.names is None:
            past.names = client.helo_names
        past.note(clients.call(client, str(fields.get("smtp.helo", "")), past.names))
        in_clear = not fields.get("tls.established")
        if past.hello or not in_clear or fields.get("smtp.reply.verb") != "EHLO":
            return
        past.hello = True
        server = self._server(past)
        starttls = fields.get("smtp.starttls.offered") is True
        servers.offer(server, past.client, starttls=starttls, ts_ns=moment(event.ts_ns))
        keywords, mechanisms = fields.get("smtp.ehlo.keywords"), fields.get("smtp.auth.offered")
        if isinstance(keywords, list) and isinstance(mechanisms, list):
            past.note(servers.extend(server, servers.mark_of_offer(keywords, mechanisms)))

    # -- the entries of a session ------------------------------------------------------------------

    def _meet(self, past: Past, event: Event) -> None:
        """The server has spoken: both ends are remembered."""
        if past.met:
            return
        server = self._server(past)
        server.sessions += 1
        servers.serve(server, past.client)
        client = self._client(past)
        client.sessions += 1
        clients.reach(client, past.server)
        past.met = True
        if self._on_due is not None and self._is_due(event.ts_ns):
            self._last_ns = event.ts_ns
            self._on_due()

    def _secure(self, past: Past, event: Event) -> None:
        """The session is in TLS."""
        if past.tls:
            return
        past.tls = True
        fields = event.fields
        rank = rank_of(fields.get("tls.version_protocol"), fields.get("tls.version"))
        server, client = self._server(past), self._client(past)
        server.tls_sessions += 1
        server.tls_rank = max(server.tls_rank, rank)
        client.tls_sessions += 1
        client.tls_rank = max(client.tls_rank, rank)
        client.tls_last_ns = max(client.tls_last_ns, moment(event.ts_ns))

    def _server(self, past: Past) -> Server:
        """Return the entry of a session's server, which is about to change."""
        server = self.servers.get(past.server)
        if server is None:
            server = Server()
            server.sessions = int(past.met)  # it was forgotten within the session
            self.servers.put(past.server, server)
        else:
            self.servers.use(past.server)
        server.first_ns = earliest(server.first_ns, past.start_ns)
        return server

    def _client(self, past: Past) -> Client:
        """Return the entry of a session's client, which is about to change."""
        client = self.clients.get(past.client)
        if client is None:
            client = Client()
            client.sessions = int(past.met)
            self.clients.put(past.client, client)
        else:
            self.clients.use(past.client)
        client.first_ns = earliest(client.first_ns, past.start_ns)
        return client

    def _is_due(self, ts_ns: int) -> bool:
        """Tell whether it is time to save; the first session of a run begins the time."""
        if not self._last_ns:
            self._last_ns = ts_ns
        # time may run backwards where files are read in another order
        waited = self._every_ns > 0 and abs(ts_ns - self._last_ns) >= self._every_ns
        return waited or self.unsaved >= self._changes


def _is_whole(fields: Fields) -> bool:
    """Tell whether the capture lost nothing of the session so far."""
    return not (
        fields.get("session.gap")
        or fields.get("session.midstream")
        or fields.get("session.one_sided")
    )


_ACTS: Final[dict[str, Callable[[Memory, Past, Event], None]]] = {
    Action.GREETING: Memory.greeting,
    Action.REPLY: Memory.reply,
    Action.TLS: Memory.tls,
    Action.AUTH: Memory.auth,
    Action.MESSAGE: Memory.message,
}
