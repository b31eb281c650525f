"""Mail as octets: header, addresses, parts, attachments, URLs, size and hashes of a message."""

from smtpids.mail.attachment import Copy
from smtpids.mail.bodytext import HIDDEN
from smtpids.mail.digests import PutOff
from smtpids.mail.findings import FAULTS as STRUCTURE_FAULTS
from smtpids.mail.findings import Store
from smtpids.mail.header import SHAPE_FAULTS as HEADER_FAULTS
from smtpids.mail.links import LINK_TRAITS
from smtpids.mail.magic import CLASSES as ATTACHMENT_CLASSES
from smtpids.mail.message import MessageReader
from smtpids.mail.plainheader import Rest
from smtpids.mail.reading import LATE, Reading
from smtpids.mail.traces import TRACES as ATTACHMENT_TRACES

__all__ = [
    "ATTACHMENT_CLASSES",
    "ATTACHMENT_TRACES",
    "HEADER_FAULTS",
    "HIDDEN",
    "LATE",
    "LINK_TRAITS",
    "STRUCTURE_FAULTS",
    "Copy",
    "MessageReader",
    "PutOff",
    "Reading",
    "Rest",
    "Store",
]
