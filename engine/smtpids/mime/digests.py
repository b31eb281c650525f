"""The hashes of a message, made as late as can be.

Hashing is the dearest thing that is done with a message, and nearly always nobody reads the result:
no rule asks for it, and the message makes no alert. So the octets of a message are kept as they
came until it has been judged and counted, up to a limit; a larger one is hashed as it comes, and so
is one for whose octets there is no room. Attachments are hashed by reading what is kept once more.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from smtpids.mime.header import Facts

MD5: Final = "smtp.message.hash.md5"
SHA256: Final = "smtp.message.hash.sha256"
BODY_MD5: Final = "smtp.message.body.hash.md5"
#: What is hashed of a message as a whole.
HASHES: Final = frozenset({MD5, SHA256, BODY_MD5})
#: The hashes of its attachments, as rules name them.
OF_ATTACHMENTS: Final = frozenset(
    {f"email.attachments.file.hash.{name}" for name in ("md5", "sha1", "sha256")}
)
#: All of them: each may be made later.
ALL_HASHES: Final = HASHES | OF_ATTACHMENTS
#: Octets kept of one message; of a larger one nothing is.
MOST_KEPT: Final = 256 * 1024

Plain: TypeAlias = "tuple[bytes, int, list[str]]"
"""The content, where its body begins, and the hashes that are put off."""


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Take the next octets."""

    def hexdigest(self) -> str:
        """Return the hash of all octets so far."""


class Digests:
    """The hashes of the content of one message, hexadecimal.

    If all of it is there, `content` is it and `body_at` says where its body begins.
    """

    __slots__ = ("_pieces", "_running", "body_at", "held_octets", "lost")

    def __init__(self, content: bytes = b"", body_at: int = -1) -> None:
        self.held_octets = len(content)
        """What is kept of the content."""
        self.lost = False
        """There are none: octets were lost."""
        self._pieces: list[bytes] = [content] if content else []
        self.body_at = body_at
        """How many octets stand before the body, -1 as long as that is not known."""
        self._running: tuple[Hash, Hash, Hash] | None = None
        """Those of all octets (MD5, SHA-256) and of the body (MD5), once nothing is kept any more
        and all is hashed as it comes."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the content."""
        if self.lost:
            return
        if self._running is not None:
            self._hash(octets, octets if self.body_at >= 0 else b"")
            return
        self._pieces.append(octets)
        self.held_octets += len(octets)
        if self.held_octets > MOST_KEPT:
            self.begin()

    def body(self, octets: bytes) -> None:
        """Note that the body begins, and that `octets` of it were fed already."""
        if self._running is not None:
            self._running[2].update(octets)
            self.body_at = 0
        else:
            self.body_at = self.held_octets - len(octets)

    def content(self) -> bytes:
        """Return what is kept of the content: all of it, or nothing."""
        return b"".join(self._pieces)

    def gap(self) -> None:
        """Octets were lost: what is left hashes to nothing that anybody knows."""
        self.lost = True
        self._pieces.clear()
        self.held_octets = 0

    def begin(self) -> None:
        """Keep nothing any more: hash what came, and what comes at once."""
        if self._running is not None or self.lost:
            return
        self._running = (
            hashlib.md5(usedforsecurity=False),
            hashlib.sha256(),
            hashlib.md5(usedforsecurity=False),
        )
        content = self.content()
        self._pieces.clear()
        self.held_octets = 0
        self._hash(content, content[self.body_at :] if self.body_at >= 0 else b"")

    def facts(self, names: frozenset[str] = HASHES) -> Facts:
        """Return the hashes of those names; none where octets were lost, no body, no hash of it."""
        if names:
            self.begin()
        if self.lost or self._running is None:
            return {}
        md5, sha256, body = self._running
        facts: Facts = {}
        if MD5 in names:
            facts[MD5] = md5.hexdigest()
        if SHA256 in names:
            facts[SHA256] = sha256.hexdigest()
        if BODY_MD5 in names and self.body_at >= 0:
            facts[BODY_MD5] = body.hexdigest()
        return facts

    def _hash(self, octets: bytes, body: bytes) -> None:
        if self._running is not None:
            md5, sha256, of_body = self._running
            md5.update(octets)
            sha256.update(octets)
            of_body.update(body)


class PutOff:
    """Makes hashes of a message when it is called; what it keeps may go elsewhere before that."""

    __slots__ = ("_digests", "_names")

    def __init__(self, digests: Digests, names: frozenset[str]) -> None:
        self._digests = digests
        self._names = names

    def __call__(self) -> Facts:
        """Return the hashes by field name."""
        return self._digests.facts(self._names)

    def plain(self) -> Plain | None:
        """Return this as plain data; None if no content is kept, or needed."""
        content = self._digests.content() if self._names else b""
        return (content, self._digests.body_at, sorted(self._names)) if content else None

    @classmethod
    def restored(cls, content: bytes, body_at: int, names: list[str]) -> PutOff:
        """Return it from plain data."""
        return cls(Digests(content, body_at), frozenset(names))
