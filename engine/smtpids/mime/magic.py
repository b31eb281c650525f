"""Says by its first octets what a file is.

A table of the kinds that rules about attachments tell apart, and no more: what runs, what packs,
what is a document, a picture or text. Names and declared types play no part in it. It is a table
of our own because the libraries for this know few of the kinds that attackers send (shortcuts,
notebooks, help files, disk images), look at a file in some hundred microseconds, and take most
of the time that the first alert may take to be loaded.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from smtpids.pattern import Pattern

#: Octets of the beginning that are enough to tell: the mark of tar ends at 262, some text begins
#: with a long comment.
HEAD_OCTETS: Final = 512

EXECUTABLE: Final = "executable"
SCRIPT: Final = "script"
ARCHIVE: Final = "archive"
DISK_IMAGE: Final = "disk_image"
DOCUMENT: Final = "document"
IMAGE: Final = "image"
MEDIA: Final = "media"
MARKUP: Final = "markup"
TEXT: Final = "text"
MAIL: Final = "mail"
DATA: Final = "data"
CLASSES: Final = frozenset(
    {EXECUTABLE, SCRIPT, ARCHIVE, DISK_IMAGE, DOCUMENT, IMAGE, MEDIA, MARKUP, TEXT, MAIL, DATA}
)


class Kind(NamedTuple):
    """A media type (IANA's where there is one) and the class that it belongs to."""

    mime_type: str
    content_class: str


UNKNOWN: Final[Kind] = Kind("application/octet-stream", DATA)
PLAIN_TEXT: Final[Kind] = Kind("text/plain", TEXT)
HTML: Final[Kind] = Kind("text/html", MARKUP)
SVG: Final[Kind] = Kind("image/svg+xml", MARKUP)
XML: Final[Kind] = Kind("text/xml", MARKUP)
PE: Final[Kind] = Kind("application/vnd.microsoft.portable-executable", EXECUTABLE)
DOS: Final[Kind] = Kind("application/x-dosexec", EXECUTABLE)
ZIP: Final[Kind] = Kind("application/zip", ARCHIVE)
OLE: Final[Kind] = Kind("application/x-ole-storage", DOCUMENT)
PDF: Final[Kind] = Kind("application/pdf", DOCUMENT)
RTF: Final[Kind] = Kind("application/rtf", DOCUMENT)
TAR: Final[Kind] = Kind("application/x-tar", ARCHIVE)
GZIP: Final[Kind] = Kind("application/gzip", ARCHIVE)
RAR: Final[Kind] = Kind("application/vnd.rar", ARCHIVE)
SEVEN_ZIP: Final[Kind] = Kind("application/x-7z-compressed", ARCHIVE)
WSF: Final[Kind] = Kind("application/x-wsf", SCRIPT)
JAVA_CLASS: Final[Kind] = Kind("application/java-vm", EXECUTABLE)
MACH_O: Final[Kind] = Kind("application/x-mach-binary", EXECUTABLE)

#: (octets at the beginning, kind)
BEGINNINGS: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"\x7fELF", Kind("application/x-elf", EXECUTABLE)),
    (b"\xfe\xed\xfa\xce", MACH_O),
    (b"\xfe\xed\xfa\xcf", MACH_O),
    (b"\xce\xfa\xed\xfe", MACH_O),
    (b"\xcf\xfa\xed\xfe", MACH_O),
    (b"dex\n", Kind("application/vnd.android.dex", EXECUTABLE)),
    (b"\x00asm", Kind("application/wasm", EXECUTABLE)),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Kind("application/x-ms-shortcut", EXECUTABLE)),
    (b"ITSF", Kind("application/vnd.ms-htmlhelp", EXECUTABLE)),
    (b"?_\x03\x00", Kind("application/winhlp", EXECUTABLE)),
    (b"!<arch>\ndebian", Kind("application/vnd.debian.binary-package", EXECUTABLE)),
    (b"\xed\xab\xee\xdb", Kind("application/x-rpm", EXECUTABLE)),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08", ZIP),
    (b"Rar!\x1a\x07", RAR),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"\x1f\x8b", GZIP),
    (b"BZh", Kind("application/x-bzip2", ARCHIVE)),
    (b"\xfd7zXZ\x00", Kind("application/x-xz", ARCHIVE)),
    (b"\x28\xb5\x2f\xfd", Kind("application/zstd", ARCHIVE)),
    (b"\x04\x22\x4d\x18", Kind("application/x-lz4", ARCHIVE)),
    (b"\x1f\x9d", Kind("application/x-compress", ARCHIVE)),
    (b"LZIP", Kind("application/x-lzip", ARCHIVE)),
    (b"MSCF", Kind("application/vnd.ms-cab-compressed", ARCHIVE)),
    (b"\x60\xea", Kind("application/x-arj", ARCHIVE)),
    (b"ISc(", Kind("application/x-installshield", ARCHIVE)),
    (b"MSWIM\x00\x00\x00", Kind("application/x-ms-wim", DISK_IMAGE)),
    (b"conectix", Kind("application/x-vhd", DISK_IMAGE)),
    (b"vhdxfile", Kind("application/x-vhdx", DISK_IMAGE)),
    (b"KDMV", Kind("application/x-vmdk", DISK_IMAGE)),
    (b"QFI\xfb", Kind("application/x-qemu-disk", DISK_IMAGE)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rt", RTF),
    (b"%PDF-", PDF),
    (b"%!PS", Kind("application/postscript", DOCUMENT)),
    (
        b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",
        Kind("application/msonenote", DOCUMENT),
    ),
    (b"AT&TFORM", Kind("image/vnd.djvu", DOCUMENT)),
    (b"\x78\x9f\x3e\x22", Kind("application/ms-tnef", MAIL)),
    (b"!BDN", Kind("application/vnd.ms-outlook-pst", MAIL)),
    (b"\x89PNG\r\n\x1a\n", Kind("image/png", IMAGE)),
    (b"\xff\xd8\xff", Kind("image/jpeg", IMAGE)),
    (b"GIF87a", Kind("image/gif", IMAGE)),
    (b"GIF89a", Kind("image/gif", IMAGE)),
    (b"II*\x00", Kind("image/tiff", IMAGE)),
    (b"MM\x00*", Kind("image/tiff", IMAGE)),
    (b"\x00\x00\x01\x00", Kind("image/vnd.microsoft.icon", IMAGE)),
    (b"8BPS", Kind("image/vnd.adobe.photoshop", IMAGE)),
    (b"\xd7\xcd\xc6\x9a", Kind("image/wmf", IMAGE)),
    (b"ID3", Kind("audio/mpeg", MEDIA)),
    (b"OggS", Kind("application/ogg", MEDIA)),
    (b"fLaC", Kind("audio/flac", MEDIA)),
    (b"MThd", Kind("audio/midi", MEDIA)),
    (b"\x1a\x45\xdf\xa3", Kind("video/x-matroska", MEDIA)),
    (b"\x00\x00\x01\xba", Kind("video/mpeg", MEDIA)),
    (b"SQLite format 3\x00", Kind("application/vnd.sqlite3", DATA)),
)
#: (place, octets, kind)
INSIDE: Final[tuple[tuple[int, bytes, Kind], ...]] = (
    (257, b"ustar", TAR),
    (7, b"**ACE**", Kind("application/x-ace", ARCHIVE)),
    *((2, b"-lh%d-" % method, Kind("application/x-lzh", ARCHIVE)) for method in range(8)),
    (3, b"\x14ftyp", Kind("video/mp4", MEDIA)),
    (3, b"\x18ftyp", Kind("video/mp4", MEDIA)),
    (3, b"\x1cftyp", Kind("video/mp4", MEDIA)),
    (3, b"\x20ftyp", Kind("video/mp4", MEDIA)),
)
#: What a RIFF file holds, by the four octets at 8.
RIFF: Final = {
    b"WEBP": Kind("image/webp", IMAGE),
    b"WAVE": Kind("audio/wav", MEDIA),
    b"AVI ": Kind("video/x-msvideo", MEDIA),
}
_BY_TWO: Final[dict[bytes, list[tuple[bytes, Kind]]]] = {}
for _octets, _kind in BEGINNINGS:
    _BY_TWO.setdefault(_octets[:2], []).append((_octets, _kind))

#: Text by its first words, in lower case and without blanks in front.
WORDS: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"<!doctype html", HTML),
    (b"<html", HTML),
    (b"<head", HTML),
    (b"<body", HTML),
    (b"<script", HTML),
    (b"<!doctype svg", SVG),
    (b"<svg", SVG),
    (b"<hta:application", Kind("application/hta", SCRIPT)),
    (b"<job", WSF),
    (b"<package", WSF),
    (b"<?php", Kind("application/x-php", SCRIPT)),
    (b"#!", Kind("text/x-shellscript", SCRIPT)),
    (b"@echo off", Kind("text/x-msdos-batch", SCRIPT)),
    (b"windows registry editor", Kind("text/x-ms-regedit", SCRIPT)),
    (b"regedit4", Kind("text/x-ms-regedit", SCRIPT)),
    (b"[internetshortcut]", Kind("application/x-mswinurl", SCRIPT)),
    (b"begin:vcalendar", Kind("text/calendar", TEXT)),
    (b"begin:vcard", Kind("text/vcard", TEXT)),
    (b"-----begin pgp ", Kind("application/pgp-encrypted", TEXT)),
    (b"return-path:", Kind("message/rfc822", MAIL)),
    (b"received:", Kind("message/rfc822", MAIL)),
)
#: Elements that tell what an XML document is; they stand behind its declaration.
ELEMENTS: Final = ((b"<svg", SVG), (b"<html", HTML), (b"<job", WSF), (b"<package", WSF))
#: Elements that a page may begin with to browsers, and that attached pages often begin with
#: (MIME Sniffing 7.1 of the WHATWG, and `meta`, `form` and their like).
PAGE: Final = Pattern(
    rb"<(?:a|b|br|center|div|font|form|h1|iframe|img|input|link|meta|p|span|style|table|title)"
    rb"[\s/>]"
)
BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: What does not stand in text: controls other than blanks, ESC and form feed.
NOT_TEXT: Final = Pattern(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: Readers of PDF look for its mark in the first 1024 octets; all but the oddest have it earlier.
PDF_MARK: Final = b"%PDF-"


def sniffed(head: bytes) -> Kind | None:
    """Return the kind of a file whose first octets are a mark, as those of text never are."""
    for octets, kind in _BY_TWO.get(head[:2], ()):
        if head.startswith(octets):
            return _zip_kind(head) if kind is ZIP else kind
    if head[:2] == b"MZ":
        return _dos_kind(head)
    if head[:4] == b"\xca\xfe\xba\xbe":
        # a class file has its version here, a Mach-O file for several processors their number
        return MACH_O if int.from_bytes(head[4:8], "big") < 32 else JAVA_CLASS
    return None


def _sniffed_inside(head: bytes) -> Kind | None:
    """Return the kind of a file whose mark is not at its beginning, or is short."""
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return Kind("image/bmp", IMAGE)
    for place, octets, kind in INSIDE:
        if head.startswith(octets, place):
            return kind
    return PDF if head.find(PDF_MARK) >= 0 else None


def kind_of(head: bytes) -> Kind:
    """Return the kind of a file that begins with `head`; of text by its first words."""
    found = sniffed(head) or _sniffed_inside(head)
    if found is not None:
        return found
    if not head:
        return UNKNOWN
    wide = head[:2] in BYTE_ORDER_MARKS
    if wide:
        head = head[2:].replace(b"\x00", b"")
    elif NOT_TEXT.search(head):
        return UNKNOWN
    first = head.removeprefix(BYTE_ORDER_MARKS[0]).lstrip(b" \t\r\n\x0b\x0c").lower()
    for words, kind in WORDS:
        if first.startswith(words):
            return kind
    if PAGE.match(first):
        return HTML
    if first.startswith((b"<?xml", b"<!--")):
        page = first.startswith(b"<!--") and PAGE.search(first)
        return next((kind for words, kind in ELEMENTS if words in first), HTML if page else XML)
    return PLAIN_TEXT


def _dos_kind(head: bytes) -> Kind | None:
    """Tell a Windows program from one for DOS, and both from a text that begins with MZ."""
    place = int.from_bytes(head[60:64], "little") if len(head) >= 64 else 0
    if place and head[place : place + 4] == b"PE\x00\x00":
        return PE
    if not NOT_TEXT.search(head):
        return None
    # most place the mark within the head; one behind it is as good as seen
    return PE if place + 4 > len(head) and place < 1 << 16 else DOS


def _zip_kind(head: bytes) -> Kind:
    """An OpenDocument or EPUB file names its type in a first member that is not packed."""
    if head[30:38] != b"mimetype":
        return ZIP
    size = int.from_bytes(head[18:22], "little")
    begin = 38 + int.from_bytes(head[28:30], "little")
    named = head[begin : begin + min(size, 127)].strip().lower()
    if re.fullmatch(rb"[a-z0-9.+-]+/[a-z0-9.+-]+", named):
        return Kind(named.decode("ascii"), DOCUMENT)
    return ZIP
