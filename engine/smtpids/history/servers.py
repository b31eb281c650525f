"""What is remembered of a server, by address and port, and what an event says of it.

Of banners, certificates and sets of extensions the last few are remembered, since several machines
may answer in turn behind one address: what is new is what none of these had.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias, cast

from smtpids.history import marks
from smtpids.history.banner import normal
from smtpids.history.span import earliest, percent, seconds, word_of
from smtpids.smtp.events import Part, part_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.history.record import Values

    _Row: TypeAlias = tuple[
        int, int, int, int, int, int, int, int, bytes, str, bytes, bytes, bytes, bytes, bytes
    ]
    from smtpids.smtp.events import Fields, Value

#: Banners, certificates, issuers and sets of extensions remembered of a server.
FORMS: Final = 8
#: Clients remembered of a server, and of those that were offered STARTTLS; rules ask for two.
CLIENTS: Final = 16
#: Offers whose marks are at hand.
MOST_MARKED: Final = 256


class Server:
    """What earlier sessions told of a server."""

    __slots__ = (
        "banner",
        "banners",
        "capabilities",
        "certificates",
        "clients",
        "first_ns",
        "issuers",
        "sessions",
        "starttls_clients",
        "starttls_first_ns",
        "starttls_last_ns",
        "starttls_missing",
        "starttls_seen",
        "tls_rank",
        "tls_sessions",
    )
    COLUMNS: ClassVar[Mapping[str, type]] = {
        "first_ns": int,
        "sessions": int,
        "tls_sessions": int,
        "tls_rank": int,
        "starttls_seen": int,
        "starttls_missing": int,
        "starttls_first_ns": int,
        "starttls_last_ns": int,
        "starttls_clients": bytes,
        "banner": str,
        "banners": bytes,
        "capabilities": bytes,
        "certificates": bytes,
        "issuers": bytes,
        "clients": bytes,
    }

    def __init__(self) -> None:
        self.first_ns = 0
        self.sessions = 0
        self.tls_sessions = 0
        self.tls_rank = 0
        """The highest version that it chose, see `span.rank_of`."""
        self.starttls_seen = 0
        """Sessions whose reply to EHLO in cleartext offered STARTTLS."""
        self.starttls_missing = 0
        """Those whose reply did not."""
        self.starttls_first_ns = 0
        self.starttls_last_ns = 0
        self.starttls_clients = b""
        self.banner = ""
        """The last one, normalised."""
        self.banners = b""
        self.capabilities = b""
        self.certificates = b""
        self.issuers = b""
        self.clients = b""


UNKNOWN: Final[Part] = part_of(
    {
        "history.server.known": False,
        "history.server.sessions": 0,
        "history.server.clients": 0,
        "history.server.only_client": False,
        "history.server.tls_sessions": 0,
        "history.server.tls_percent": 0,
        "history.server.starttls_seen": 0,
        "history.server.starttls_missing": 0,
        "history.server.starttls_span": 0,
        "history.server.starttls_clients": 0,
        "history.server.banners": 0,
        "history.server.certificates": 0,
    }
)
"""What an event says of a server that was never seen."""
_NAMES: Final[tuple[str, ...]] = (
    "history.server.known",
    "history.server.first_seen",
    "history.server.age",
    "history.server.sessions",
    "history.server.clients",
    "history.server.only_client",
    "history.server.tls_sessions",
    "history.server.tls_percent",
    "history.server.starttls_seen",
    "history.server.starttls_missing",
    "history.server.starttls_span",
    "history.server.starttls_clients",
    "history.server.banners",
    "history.server.certificates",
)
_OF_TLS: Final[tuple[str, ...]] = ("history.server.tls_max_version",)
_OF_STARTTLS: Final[tuple[str, ...]] = (
    "history.server.starttls_last_seen",
    "history.server.starttls_idle",
)
#: With those of TLS or without, and of either those of STARTTLS.
_ALL_NAMES: Final = [
    [_NAMES, _NAMES + _OF_STARTTLS],
    [_NAMES + _OF_TLS, _NAMES + _OF_TLS + _OF_STARTTLS],
]


def held_fast(server: Server) -> Values:
    """Return the values of a server as a session keeps them to its end, for `context` alone."""
    # written out, since to go over the columns costs five times as much; `restored` has their order
    return (
        server.first_ns,
        server.sessions,
        server.tls_sessions,
        server.tls_rank,
        server.starttls_seen,
        server.starttls_missing,
        server.starttls_first_ns,
        server.starttls_last_ns,
        marks.sized(server.starttls_clients),
        server.banner,
        marks.sized(server.banners),
        marks.sized(server.capabilities),
        marks.sized(server.certificates),
        marks.sized(server.issuers),
        marks.sized(server.clients),
    )


def restored(values: Values) -> Server:
    """Return the server that had these values, faster than `record.restored`."""
    server = Server()
    (
        server.first_ns,
        server.sessions,
        server.tls_sessions,
        server.tls_rank,
        server.starttls_seen,
        server.starttls_missing,
        server.starttls_first_ns,
        server.starttls_last_ns,
        server.starttls_clients,
        server.banner,
        server.banners,
        server.capabilities,
        server.certificates,
        server.issuers,
        server.clients,
    ) = cast("_Row", values)
    return server


def context(server: Server | None, client_ip: str, start_ns: int) -> Part:
    """Return what every event says of a session of `client_ip` that began at `start_ns`."""
    if server is None:
        return UNKNOWN
    values: list[Value] = [
        True,
        server.first_ns,
        seconds(server.first_ns, start_ns),
        server.sessions,
        marks.count(server.clients),
        _is_only_client(server, client_ip),
        server.tls_sessions,
        percent(server.tls_sessions, server.sessions),
        server.starttls_seen,
        server.starttls_missing,
        seconds(server.starttls_first_ns, server.starttls_last_ns),
        marks.count(server.starttls_clients),
        marks.count(server.banners),
        marks.count(server.certificates),
    ]
    if server.tls_rank:
        values.append(word_of(server.tls_rank))
    if server.starttls_seen:
        values += [server.starttls_last_ns, seconds(server.starttls_last_ns, start_ns)]
    return Part(_ALL_NAMES[server.tls_rank > 0][server.starttls_seen > 0], values)


def _is_only_client(server: Server, client_ip: str) -> bool:
    # most servers have several, and then the mark, which may be new, need not be made
    return marks.count(server.clients) == 1 and server.clients == marks.mark_of(client_ip)


# -- what a session shows: it is compared with what is known, then learnt ------------------------


def greet(server: Server, greeting: str) -> Fields:
    """Take the text of a greeting; return whether it is a new one."""
    banner = normal(greeting)
    if not banner:
        return {}
    mark = marks.mark_of(banner)
    found: Fields = {}
    if server.banners:
        changed = not marks.holds(server.banners, mark)
        found["history.server.banner_changed"] = changed
        if changed:
            found["history.server.banner_before"] = server.banner
    server.banner = banner
    server.banners = marks.added(server.banners, mark, FORMS)
    return found


def serve(server: Server, client_ip: str) -> None:
    """Take that a client has a session with the server."""
    server.clients = _counted(server.clients, client_ip)


def _counted(clients: bytes, client_ip: str) -> bytes:
    """Return clients that are only counted with one more, up to CLIENTS: then nobody needs it."""
    if marks.count(clients) >= CLIENTS:
        return clients
    return marks.added(clients, marks.mark_of(client_ip), CLIENTS)


def offer(server: Server, client_ip: str, *, starttls: bool, ts_ns: int) -> None:
    """Take whether a reply to EHLO in cleartext offered STARTTLS."""
    if not starttls:
        server.starttls_missing += 1
        return
    server.starttls_seen += 1
    server.starttls_first_ns = earliest(server.starttls_first_ns, ts_ns)
    server.starttls_last_ns = max(server.starttls_last_ns, ts_ns)
    server.starttls_clients = _counted(server.starttls_clients, client_ip)


@lru_cache(maxsize=256)
def mark_of_set(keywords: tuple[str, ...], mechanisms: tuple[str, ...]) -> bytes:
    """Return the mark of a set of extensions, in whatever order.

    Parameters do not count but for the mechanisms of AUTH: some servers reckon SIZE anew each time.
    """
    names = {keyword.replace("=", " ", 1).partition(" ")[0].upper() for keyword in keywords}
    return marks.mark_of(" ".join([*sorted(names), "/", *sorted(mechanisms)]))


#: By the identity of the list of its keywords: an offer, and the mark of its set.
_marked: Final[dict[int, tuple[list[Value], list[Value], bytes]]] = {}


def mark_of_offer(keywords: list[Value], mechanisms: list[Value]) -> bytes:
    """Return the mark of what a reply to EHLO offers; sessions share its lists, which stay."""
    known = _marked.get(id(keywords))
    if known is not None and known[0] is keywords and known[1] is mechanisms:
        return known[2]
    # comprehensions: compiled, a third of what `map` costs
    listed = tuple([str(word) for word in keywords])
    mark = mark_of_set(listed, tuple([str(word) for word in mechanisms]))
    if len(_marked) >= MOST_MARKED:
        _marked.clear()
    _marked[id(keywords)] = (keywords, mechanisms, mark)
    return mark


def extend(server: Server, mark: bytes) -> Fields:
    """Take the extensions of a reply to EHLO in cleartext; return whether the set is a new one."""
    found: Fields = {}
    if server.capabilities:
        changed = not marks.holds(server.capabilities, mark)
        found["history.server.capabilities_changed"] = changed
    server.capabilities = marks.added(server.capabilities, mark, FORMS)
    return found


def certify(server: Server, sha256: str, issuer: str) -> Fields:
    """Take the hash and the issuer of a certificate; return whether they are new ones."""
    found: Fields = {}
    mark, issued = marks.mark_of(sha256), marks.mark_of(issuer)
    if server.certificates:
        known = marks.holds(server.certificates, mark)
        found["history.server.certificate_changed"] = not known
        found["history.server.issuer_changed"] = not marks.holds(server.issuers, issued)
    server.certificates = marks.added(server.certificates, mark, FORMS)
    server.issuers = marks.added(server.issuers, issued, FORMS)
    return found
