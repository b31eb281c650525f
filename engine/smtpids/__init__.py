"""smtpids: an intrusion detector for SMTP. Packets in, alerts and metrics out."""

from smtpids.version import __version__

__all__ = ["__version__"]
