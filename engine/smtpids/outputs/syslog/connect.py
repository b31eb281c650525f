"""From an address to a connection, within a time, by whichever address of a name answers."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.outputs.contexts import make_context
from smtpids.outputs.lookup import Lookup
from smtpids.outputs.syslog import faults
from smtpids.outputs.syslog.address import TLS, UDP, UNIX
from smtpids.outputs.syslog.datagrams import Datagrams
from smtpids.outputs.syslog.link import Link
from smtpids.outputs.syslog.message import counted, terminated

if TYPE_CHECKING:
    from smtpids.config import OutputConfig
    from smtpids.outputs.lookup import Found
    from smtpids.outputs.syslog.address import Address

Way: TypeAlias = Link | Datagrams

FIRST_WORD: Final = 0.25
"""Seconds that a receiver with TLS has for its first word; one that has none to say costs them."""
#: A receiver that has vanished is noticed within a minute, with or without something to send.
KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class Connector:
    """Makes connections to one receiver."""

    def __init__(self, address: Address, config: OutputConfig) -> None:
        self.name = config.server_name or address.host
        """The name that the receiver's certificate must have."""
        self.doing = faults.CONNECTING
        """What was under way when `connect` raised TimeoutError."""
        self._address = address
        self._config = config
        kind = socket.SOCK_DGRAM if address.scheme == UDP else socket.SOCK_STREAM
        self._lookup = Lookup(address.host, address.port, kind)
        self._kind = kind
        if address.scheme == TLS:
            make_context(config)  # a file that cannot be used is told at once

    def connect(self, deadline: float) -> Way:
        """Return a connection.

        OSError of the address tried last if none answers, OutputError if a file of the
        configuration cannot be used any more.
        """
        if self._address.scheme == UNIX:
            return _connect_local(self._address.path, deadline)
        self.doing = faults.LOOKING_UP
        found = self._lookup.addresses(deadline - time.monotonic())
        failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for position, each in enumerate(found):
            share = (deadline - time.monotonic()) / (len(found) - position)
            try:
                return self._reach(each, time.monotonic() + share)
            except OSError as error:
                failure = error
        raise failure

    def _reach(self, found: Found, deadline: float) -> Way:
        self.doing = faults.CONNECTING
        sock = socket.socket(found.family, self._kind)
        try:
            sock.settimeout(_left(deadline))
            sock.connect(found.address)
            if self._kind == socket.SOCK_DGRAM:
                return Datagrams(sock)
            for option in KEEPALIVE:
                sock.setsockopt(*option)
            if self._address.scheme == TLS:
                return self._secure(sock, deadline)
            return Link(sock, counted)
        except BaseException:
            sock.close()
            raise

    def _secure(self, sock: socket.socket, deadline: float) -> Link:
        self.doing = faults.SHAKING_HANDS
        context = make_context(self._config)
        secured = context.wrap_socket(
            sock, server_hostname=self.name, do_handshake_on_connect=False
        )
        try:
            secured.settimeout(_left(deadline))
            secured.do_handshake()
            link = Link(secured, counted)
            if secured.version() == "TLSv1.3":
                link.listen(min(FIRST_WORD, _left(deadline)))
            link.check()
        except EOFError as error:
            secured.close()
            raise ssl.SSLEOFError from error
        except BaseException:
            secured.close()
            raise
        return link


def _connect_local(path: str, deadline: float) -> Way:
    """Connect to a socket of this machine, of datagrams (as /dev/log is) or else of a stream."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        sock = socket.socket(socket.AF_UNIX, kind)
        try:
            sock.settimeout(_left(deadline))
            sock.connect(path)
        except OSError as error:
            sock.close()
            if error.errno == errno.EPROTOTYPE and kind == socket.SOCK_DGRAM:
                continue
            raise
        return Datagrams(sock) if kind == socket.SOCK_DGRAM else Link(sock, terminated)
    raise OSError(errno.EPROTOTYPE, "neither datagrams nor a stream")


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)
