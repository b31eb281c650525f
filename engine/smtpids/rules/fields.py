"""Every name that a rule may use: its type, the events that carry it, and a sentence.

One row is one field. The loader refuses a rule that misspells a name or compares it with what it
can never be; the compiler reads from the types how a value is compared and from the actions which
rules an event can match at all; `rules/FIELDS.md` is this table as a page
(`python -m smtpids.rules.fields` prints it). A name in a rule is the path in the JSON.

The rows of the session stand in `protocol_fields.py`, those of its past in `history_fields.py`,
those of messages here.

To add a field is to add a row. Keep the order of the page, and never let one name be both a value
and the beginning of another name.
"""
# ruff: noqa: E501
# One row is one line however long it is: that is what makes a table of it.

from __future__ import annotations

from typing import Final

from smtpids.mail import ATTACHMENT_CLASSES, ATTACHMENT_TRACES, STRUCTURE_FAULTS
from smtpids.rules.field import ALL, BOOLEAN, INTEGER, KEYWORD, MESSAGE, TEXT, Field, Type
from smtpids.rules.history_fields import HISTORY_ROWS
from smtpids.rules.protocol_fields import AUTH_OUTCOMES, PROTOCOL_ROWS, TLS_MODES
from smtpids.smtp.events import Action

__all__ = ["ALL", "AUTH_OUTCOMES", "FIELDS", "TLS_MODES", "Field", "Type", "markdown"]

# fmt: off
_MESSAGE_ROWS: Final = (
    Field("email.from.address", KEYWORD, MESSAGE, "The addresses in From.", "alice@example.com", many=True),
    Field("email.from.name", TEXT, MESSAGE, "The names beside these addresses, decoded.", "Alice Example", many=True),
    Field("email.to.address", KEYWORD, MESSAGE, "The addresses in To.", "bob@example.net", many=True),
    Field("email.cc.address", KEYWORD, MESSAGE, "The addresses in Cc.", "carol@example.net", many=True),
    Field("email.bcc.address", KEYWORD, MESSAGE, "The addresses in Bcc.", "dave@example.net", many=True),
    Field("email.reply_to.address", KEYWORD, MESSAGE, "The addresses in Reply-To.", "alice@example.org", many=True),
    Field("email.sender.address", KEYWORD, MESSAGE, "The address in Sender.", "list@example.com"),
    Field("email.subject", TEXT, MESSAGE, "The subject, decoded.", "Invoice 17"),
    Field("email.message_id", KEYWORD, MESSAGE, "The Message-ID.", "17@client.example"),
    Field("email.origination_timestamp", KEYWORD, MESSAGE, "The Date, in UTC.", "2026-03-02T10:15:04Z"),
    Field("email.x_mailer", TEXT, MESSAGE, "The program that wrote it, by its own account.", "Mailer 2.1"),
    Field("email.received", TEXT, MESSAGE, "The Received fields, newest first.", "from client.example by mail.example", many=True),
    Field("email.content_type", KEYWORD, MESSAGE, "The type of the whole message.", "multipart/mixed"),
    Field("email.urls", KEYWORD, MESSAGE, "The URLs in its text and HTML, without passwords.", "https://example.com/login", many=True),
    Field("email.repeated_fields", KEYWORD, MESSAGE, "Fields that stand more than once and must not, in lower case.", "from", many=True),
    Field("email.mime.parts", INTEGER, MESSAGE, "Parts and attached messages in it; not there if it is one part.", "3"),
    Field("email.mime.depth", INTEGER, MESSAGE, "How deep these lie within each other.", "2"),
    Field("email.mime.faults", KEYWORD, MESSAGE, "What in its structure two programs may read in two ways.", "repeated_content_type", many=True, values=STRUCTURE_FAULTS),
    # a value for each attachment that has one; a rule that tests two of them tests any two attachments
    Field("email.attachments.file.name", KEYWORD, MESSAGE, "The names of the attachments, decoded.", "invoice.pdf", many=True),
    Field("email.attachments.file.extension", KEYWORD, MESSAGE, "Their last extensions in lower case.", "pdf", many=True),
    Field("email.attachments.file.size", INTEGER, MESSAGE, "Their octets, decoded.", "48213", many=True),
    Field("email.attachments.file.mime_type", KEYWORD, MESSAGE, "Their types as the content shows them; as declared where it shows nothing.", "application/pdf", many=True),
    Field("email.attachments.file.hash.md5", KEYWORD, MESSAGE, "MD5 of each attachment, decoded.", "9e107d9d372bb6826bd81d3542a419d6", many=True),
    Field("email.attachments.file.hash.sha1", KEYWORD, MESSAGE, "SHA-1 of each attachment, decoded.", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", many=True),
    Field("email.attachments.file.hash.sha256", KEYWORD, MESSAGE, "SHA-256 of each attachment, decoded.", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", many=True),
    Field("email.attachments.file.path", KEYWORD, MESSAGE, "Where each was written to (`--extract`); what ends in `.part` is cut.", "/var/spool/mail-files/d7/d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", many=True),
    Field("email.attachments.declared_type", KEYWORD, MESSAGE, "Their types as the sender declares them.", "application/octet-stream", many=True),
    Field("email.attachments.disposition", KEYWORD, MESSAGE, "How the sender wants them shown.", "attachment", many=True),
    Field("email.attachments.content_class", KEYWORD, MESSAGE, "What kind of file each is by its content.", "executable", many=True, values=ATTACHMENT_CLASSES),
    Field("email.attachments.type_mismatch", BOOLEAN, MESSAGE, "The content is of another class than the extension, or else the declared type, promises.", "false", many=True),
    Field("email.attachments.names", KEYWORD, MESSAGE, "All names of those attachments that have several.", "invoice.exe", many=True),
    Field("email.attachments.name_disagrees", BOOLEAN, MESSAGE, "The name is given in several forms that differ.", "false", many=True),
    Field("email.attachments.extension_disagrees", BOOLEAN, MESSAGE, "These forms differ in their extension.", "false", many=True),
    Field("email.attachments.double_extension", BOOLEAN, MESSAGE, "An extension that runs stands behind one that people trust.", "false", many=True),
    Field("email.attachments.right_to_left", BOOLEAN, MESSAGE, "The name holds a character that turns the direction of writing.", "false", many=True),
    Field("email.attachments.path_characters", BOOLEAN, MESSAGE, "The name holds a slash or backslash, or begins with two dots.", "false", many=True),
    Field("email.attachments.control_characters", BOOLEAN, MESSAGE, "The name holds a control character.", "false", many=True),
    Field("email.attachments.padding", INTEGER, MESSAGE, "The longest run of blanks in the name.", "0", many=True),
    Field("email.attachments.encrypted", BOOLEAN, MESSAGE, "An archive, its list of members, or a document needs a password.", "false", many=True),
    Field("email.attachments.traces", KEYWORD, MESSAGE, "Words found without which documents cannot act.", "vba", many=True, values=ATTACHMENT_TRACES),
    Field("email.attachments.complete", BOOLEAN, MESSAGE, "No octet of it was lost by the capture.", "true", many=True),
    Field("email.attachments.archive.member_count", INTEGER, MESSAGE, "Members listed of each archive.", "2", many=True),
    Field("email.attachments.archive.unpacked_size", INTEGER, MESSAGE, "Octets of all its members when unpacked, by its own account.", "91344", many=True),
    Field("email.attachments.archive.members.name", KEYWORD, MESSAGE, "The names of the members of archives.", "invoice.js", many=True),
    Field("email.attachments.archive.members.extension", KEYWORD, MESSAGE, "Their last extensions in lower case.", "js", many=True),
    Field("email.attachments.archive.members.size", INTEGER, MESSAGE, "Their octets when unpacked, by the archive's account.", "1204", many=True),
    Field("email.attachments.archive.members.encrypted", BOOLEAN, MESSAGE, "A member needs a password.", "false", many=True),
)
# fmt: on
_ROWS: Final = (*PROTOCOL_ROWS, *HISTORY_ROWS, *_MESSAGE_ROWS)

FIELDS: Final[dict[str, Field]] = {field.name: field for field in _ROWS}

_MEANINGS: Final[dict[Action, str]] = {
    Action.GREETING: "the first reply of the server",
    Action.COMMAND: "a command line is complete",
    Action.REPLY: "a reply is complete and paired with its command",
    Action.AUTH: "an attempt to log in is over",
    Action.STARTTLS: "STARTTLS was answered, or the answer can no longer come",
    Action.TLS: "the parameters of a handshake are known, or it failed",
    Action.MESSAGE: "the reply to the end of a message came, or it can no longer come",
    Action.ANOMALY: "an oddity was seen",
    Action.SESSION_END: "the session is over",
}

_OPENING: Final = """\
# Fields

What a rule may ask for.
This page is written by `python -m smtpids.rules.fields`; change the table there.

A field that an event lacks makes every test false, but for `null` and `exists: false`.
Times are compared by `minute`, `hour`, `day`, `week`, `month` and `year`, in UTC.
"""


def markdown() -> str:
    """Return the page `rules/FIELDS.md`."""
    parts = [_OPENING, "\n## Every event\n\n", _table(ALL)]
    for action, meaning in _MEANINGS.items():
        parts.append(f"\n## `event.action: {action}`\n\nWhen: {meaning}.\n")
        own = [field for field in _ROWS if action in field.actions and field.actions != ALL]
        if own:
            parts += ["\n", _rows(own)]
        else:
            parts.append("It carries the fields of every event and no others.\n")
    return "".join(parts)


def _table(actions: frozenset[str]) -> str:
    return _rows([field for field in _ROWS if field.actions == actions])


def _rows(fields: list[Field]) -> str:
    lines = ["| field | type | what it says | example |", "|---|---|---|---|"]
    for field in fields:
        says = field.sentence
        if field.values and len(field.values) <= len(_MEANINGS):
            says += " One of " + ", ".join(f"`{value}`" for value in sorted(field.values)) + "."
        if field.needs:
            says += f" Only there with `{field.needs}` in the configuration."
        example = field.example.replace("|", "\\|")
        lines.append(f"| `{field.name}` | {field.type_name} | {says} | `{example}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
