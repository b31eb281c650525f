"""Messages with parts, made octet by octet, and what the reader of mail says of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from smtpids.config import Limits
from smtpids.mime import MessageReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CRLF = b"\r\n"


def part(body: bytes, *fields: str) -> bytes:
    """Return a part, or a whole message, with these header fields."""
    return b"".join(field.encode() + CRLF for field in fields) + CRLF + body


def multipart(*parts: bytes, boundary: str = "b", subtype: str = "mixed", end: str = "--") -> bytes:
    """Return a multipart with its header; `end` is what follows its last boundary."""
    mark = b"--" + boundary.encode()
    body = b"".join(mark + CRLF + inner + CRLF for inner in parts)
    last = mark + end.encode() + CRLF if end else b""
    return part(body + last, f'Content-Type: multipart/{subtype}; boundary="{boundary}"')


def attached(body: bytes, name: str = "a.bin", *fields: str) -> bytes:
    """Return a part that is an attachment."""
    return part(body, f'Content-Disposition: attachment; filename="{name}"', *fields)


def read(*octets: bytes, limits: Limits | None = None) -> MessageReader:
    """Read a message that comes in these pieces to its end."""
    reader = MessageReader(limits or Limits())
    for piece in octets:
        reader.feed(piece)
    reader.end()
    return reader


def attachments(message: bytes) -> list[dict[str, Any]]:
    """Return the attachments of a message as its event has them."""
    listed: Any = read(message).fields().get("email.attachments", [])
    return list(listed)


class Kept:
    """Keeps the octets of one attachment in memory, and what was told at its end."""

    def __init__(self) -> None:
        self.octets = b""
        self.sha256 = ""
        self.whole: bool | None = None

    def feed(self, octets: bytes) -> None:
        self.octets += octets

    def end(self, sha256: str, *, whole: bool) -> str:
        self.sha256 = sha256
        self.whole = whole
        return "kept"


class Keeper:
    """A store that keeps attachments in memory, in the order in which they began."""

    def __init__(self) -> None:
        self.all: list[Kept] = []

    def __call__(self) -> Kept:
        self.all.append(Kept())
        return self.all[-1]


def contents(message: bytes) -> dict[str, bytes]:
    """Return the decoded octets of each attachment by its name; later ones of a name are added."""
    keeper = Keeper()
    reader = MessageReader(Limits(), store=keeper)
    reader.feed(message)
    reader.end()
    found: dict[str, bytes] = {}
    listed: Any = reader.fields().get("email.attachments", [])
    for attachment, kept in zip(listed, keeper.all, strict=True):
        name = attachment["file"].get("name", "")
        if kept.octets:
            found[name] = found.get(name, b"") + kept.octets
    return found


def pieces(octets: bytes, places: Iterable[int]) -> Sequence[bytes]:
    """Cut octets at these places."""
    edges = sorted({0, len(octets), *(place % (len(octets) + 1) for place in places)})
    return [octets[a:b] for a, b in itertools.pairwise(edges)]
