"""TLS as far as it is in clear: records, handshake messages, hellos, and what follows them."""

from smtpids.tls.records import looks_like_record, looks_like_tls
from smtpids.tls.session import TlsSession

__all__ = ["TlsSession", "looks_like_record", "looks_like_tls"]
