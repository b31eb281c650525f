"""Mail as octets: the header of a message, its addresses, its size and hashes."""

from smtpids.mail.message import MessageReader

__all__ = ["MessageReader"]
