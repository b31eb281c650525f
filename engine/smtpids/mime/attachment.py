"""One attachment: what it is called, what it is, its size and hashes, and what it holds.

It takes the decoded octets as they come and keeps none. What rules ask is decided here once, for
each attachment by itself, because a rule that compares two columns cannot tell whether both values
are of the same attachment.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

from smtpids.mime import magic
from smtpids.mime.archive import Member, reader_for
from smtpids.mime.expected import MARKED, is_mismatch, promises_marked
from smtpids.mime.filename import ARCHIVES, looked_at
from smtpids.mime.filename import extension as extension_of
from smtpids.text import bounded, readable

if TYPE_CHECKING:
    from smtpids.mime.archive import ArchiveReader
    from smtpids.mime.declared import Declared
    from smtpids.mime.header import Facts, Value
    from smtpids.mime.magic import Kind
    from smtpids.mime.traces import TraceReader

#: Names listed of one attachment: there are four forms.
MOST_NAMES: Final = 4
#: Kinds that hold others which bear no mark.
UNCERTAIN: Final = (magic.UNKNOWN, magic.PLAIN_TEXT, magic.XML)


class Copy(Protocol):
    """Keeps the decoded octets of one attachment, for `--extract`."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""

    def end(self, sha256: str, *, whole: bool) -> str:
        """Nothing more comes; return the path of the file that holds them, "" if there is none.

        `sha256` is that of all octets, "" if it is not known; `whole` tells that none is missing.
        """


class Attachment:
    """One attachment. `room` says how many members of an archive may be listed.

    Texts have at most `most` characters. `copy` gets its octets up to the first that is lost.
    """

    __slots__ = (
        "_archive",
        "_copy",
        "_hashes",
        "_kind",
        "_looks",
        "_most",
        "_shown",
        "_traces",
        "complete",
        "declared_type",
        "disposition",
        "names",
        "path",
        "size",
    )

    def __init__(
        self,
        declared: Declared,
        kind: Kind,
        room: int,
        most: int,
        *,
        hashes: bool,
        copy: Copy | None = None,
    ) -> None:
        self.declared_type = declared.type.decode("ascii", "replace")
        self.disposition = declared.disposition
        names = list(dict.fromkeys(filter(None, declared.names)))
        self._looks = [looked_at(name) for name in names] or [looked_at("")]
        self._most = most
        self.names = [bounded(name, most) for name in names[:MOST_NAMES]]
        """The forms of the name, the preferred one first."""
        self.size = 0
        self.complete = True
        """No octet of it was lost."""
        self.path = ""
        """The file that it was written to."""
        self._copy = copy
        self._kind = kind
        self._archive: ArchiveReader | None = reader_for(kind, room)
        self._traces: TraceReader | None = _trace_reader(kind)
        self._shown: set[str] = set()
        """The traces in its first octets."""
        self._hashes = (
            (
                hashlib.md5(usedforsecurity=False),
                hashlib.sha1(usedforsecurity=False),
                hashlib.sha256(),
            )
            if hashes
            else ()
        )

    @property
    def name(self) -> str:
        """The name that the clients prefer which know RFC 2231."""
        return self.names[0] if self.names else ""

    @property
    def kind(self) -> Kind:
        """What the content is, as far as it was seen."""
        found = self._archive.kind() if self._archive is not None else None
        if found is None and self._traces is not None:
            found = self._traces.kind()
        return found or self._kind

    @property
    def member_count(self) -> int:
        """Members of an archive seen so far."""
        return len(self._archive.members()) if self._archive is not None else 0

    @property
    def members_overflowed(self) -> bool:
        """The archive has more members than could be listed."""
        return self._archive is not None and self._archive.overflowed

    def feed(self, octets: bytes) -> None:
        """Take the next decoded octets."""
        if not self.size:
            self._shown |= _in_head(octets[: magic.HEAD_OCTETS])
        self.size += len(octets)
        for digest in self._hashes:
            digest.update(octets)
        if self._archive is not None and self.complete:
            self._archive.feed(octets)
        if self._traces is not None:
            self._traces.feed(octets)
        if self._copy is not None and self.complete:
            self._copy.feed(octets)

    def end(self, *, whole: bool) -> None:
        """Nothing more comes; `whole` tells that this is where it ends, as far as was captured."""
        copy, self._copy = self._copy, None
        if copy is not None:
            sha256 = self._hashes[2].hexdigest() if self._hashes else ""
            self.path = copy.end(sha256, whole=whole and self.complete)

    def gap(self) -> None:
        """Octets of it were lost: neither size nor hashes can be known."""
        self.complete = False
        self._hashes = ()

    def facts(self) -> Facts:
        """Return the attachment as an object of ECS."""
        kind, looks = self.kind, self._looks
        extension = looks[0].extension
        found = self._found(kind)
        facts: Facts = {
            "file": self._file(kind, extension),
            "declared_type": self.declared_type,
            "content_class": kind.content_class,
            "type_mismatch": is_mismatch(kind.content_class, extension, self.declared_type),
            "name_disagrees": len(self.names) > 1,
            "extension_disagrees": len({look.extension for look in looks}) > 1,
            "double_extension": any(look.double_extension for look in looks),
            "right_to_left": any(look.right_to_left for look in looks),
            "path_characters": any(look.path_characters for look in looks),
            "control_characters": any(look.control_characters for look in looks),
            "padding": max(look.padding for look in looks),
            "encrypted": self._is_encrypted(found),
            "complete": self.complete,
        }
        if self.disposition:
            facts["disposition"] = readable(self.disposition, self._most)
        if len(self.names) > 1:
            facts["names"] = [*self.names]
        if found - {"encrypted"}:
            facts["traces"] = [*sorted(found - {"encrypted"})]
        if self._archive is not None and kind.content_class == magic.ARCHIVE:
            size = self.size if self.complete else 0
            facts["archive"] = _archive_facts(self._archive.members(), self._most, size)
        return facts

    def _file(self, kind: Kind, extension: str) -> Facts:
        file: Facts = {"mime_type": self._mime_type(kind)}
        if self.name:
            file["name"] = self.name
        if extension:
            file["extension"] = bounded(extension, self._most)
        if self.complete:
            file["size"] = self.size
        if self._hashes:
            md5, sha1, sha256 = (digest.hexdigest() for digest in self._hashes)
            file["hash"] = {"md5": md5, "sha1": sha1, "sha256": sha256}
        if self.path:
            file["path"] = self.path
        return file

    def _mime_type(self, kind: Kind) -> str:
        """Return what the content shows, or what is declared where it shows nothing certain."""
        certain = kind.content_class in MARKED or kind not in UNCERTAIN
        if certain or self.declared_type == magic.UNKNOWN.mime_type:
            return kind.mime_type
        if kind is not magic.UNKNOWN and promises_marked(self.declared_type):
            return kind.mime_type
        return self.declared_type

    def _found(self, kind: Kind) -> set[str]:
        found = self._shown | (self._traces.found if self._traces is not None else set())
        if self._archive is not None and kind.content_class == magic.DOCUMENT:
            from smtpids.mime.traces import traces_of_members
            from smtpids.mime.zipfiles import ZipReader

            found |= traces_of_members([member.name for member in self._archive.members()])
            if isinstance(self._archive, ZipReader):
                found |= self._archive.traces
        return found

    def _is_encrypted(self, found: set[str]) -> bool:
        return "encrypted" in found or (self._archive is not None and self._archive.encrypted)


def columns(name: str, objects: list[Value]) -> Facts:
    """Return the values in a list of objects as flat lists under their dotted names, for rules."""
    found: dict[str, list[Value]] = {}
    for item in objects:
        _gather(name, item, found)
    return {**found}


def _gather(name: str, value: Value, found: dict[str, list[Value]]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _gather(f"{name}.{key}", inner, found)
    elif isinstance(value, list):
        for inner in value:
            _gather(name, inner, found)
    else:
        found.setdefault(name, []).append(value)


def _archive_facts(members: list[Member], most: int, size: int) -> Facts:
    """Return what is said of an archive of `size` octets, 0 if that is not known."""
    listed: list[Value] = [_member_facts(member, most) for member in members]
    looks = [looked_at(_member_name(member)) for member in members]
    unpacked = sum(member.size for member in members)
    facts: Facts = {
        "member_count": len(members),
        "unpacked_size": unpacked,
        "nested": any(look.extension in ARCHIVES for look in looks),
        "double_extension": any(look.double_extension for look in looks),
    }
    if size:
        facts["ratio"] = unpacked // size
    if listed:
        facts["members"] = listed
    return facts


def _member_facts(member: Member, most: int) -> Facts:
    name = _member_name(member)
    facts: Facts = {"name": bounded(name, most), "size": member.size, "encrypted": member.encrypted}
    extension = extension_of(name)
    if extension:
        facts["extension"] = bounded(extension, most)
    return facts


def _member_name(member: Member) -> str:
    """Return a name in UTF-8, or in the code page that archives had before it."""
    if member.in_utf8:
        return member.name.decode("utf-8", "backslashreplace")
    try:
        return member.name.decode("utf-8")
    except UnicodeDecodeError:
        return member.name.decode("cp437")


def _in_head(head: bytes) -> set[str]:
    """Return the traces in the first octets; most files begin with neither of the two marks."""
    if head.find(b"-----BEGIN ") < 0 and not head.startswith(b"X5O!P"):
        return set()
    from smtpids.mime.traces import traces_of_head

    return traces_of_head(head)


def _trace_reader(kind: Kind) -> TraceReader | None:
    from smtpids.mime.traces import WORDS, TraceReader

    return TraceReader(kind.mime_type) if kind.mime_type in WORDS else None
