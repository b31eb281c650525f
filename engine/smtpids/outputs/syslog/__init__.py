"""Records to a syslog receiver, by RFC 5424 over TLS, TCP, UDP or a Unix socket.

message.py    a record as a syslog message, and its framing
address.py    the target as the configuration gives it
lookup.py     the addresses of a name, within a time
contexts.py   what TLS asks of the receiver, and shows it of us
link.py       a connection that carries a stream
datagrams.py  a socket that carries one record a datagram
ledger.py     what a lost connection may take with it
faults.py     what went wrong, for the operator
transport.py  the parts together
"""

from smtpids.outputs.syslog.transport import SyslogTransport

__all__ = ["SyslogTransport"]
