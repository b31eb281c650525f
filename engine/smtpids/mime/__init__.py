"""Mail as octets: header, addresses, parts, attachments, URLs, size and hashes of a message."""

from smtpids.mime.attachment import Copy
from smtpids.mime.bodytext import HIDDEN
from smtpids.mime.digests import PutOff
from smtpids.mime.findings import FAULTS as STRUCTURE_FAULTS
from smtpids.mime.findings import Store
from smtpids.mime.header import SHAPE_FAULTS as HEADER_FAULTS
from smtpids.mime.links import LINK_TRAITS
from smtpids.mime.magic import CLASSES as ATTACHMENT_CLASSES
from smtpids.mime.message import MessageReader
from smtpids.mime.reading import LATE, Reading
from smtpids.mime.traces import TRACES as ATTACHMENT_TRACES

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
    "Store",
]
