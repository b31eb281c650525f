"""Says whether the content of a file is of another class than its name or type promises.

Clients open a file by its extension, so the extension decides where it is one of the table; else
the declared type. Text, markup and what is unknown pass for anything: tables are exported as text
under every name there is.
"""

from __future__ import annotations

from typing import Final

from smtpids.mime import magic
from smtpids.mime.magic import (
    ARCHIVE,
    DISK_IMAGE,
    DOCUMENT,
    EXECUTABLE,
    IMAGE,
    MAIL,
    MARKUP,
    MEDIA,
    SCRIPT,
    TEXT,
)

#: Classes that are recognised beyond doubt; only these can be out of place.
MARKED: Final = frozenset({EXECUTABLE, SCRIPT, ARCHIVE, DISK_IMAGE, DOCUMENT, IMAGE, MEDIA})

_OFFICE = (
    "docm docx dotm dotx epub key numbers odf odg odp ods odt oxps pages potm potx ppsm ppsx pptm "
    "pptx vsdm vsdx xlam xlsb xlsm xlsx xltm xltx xps"
)
#: (classes that are in place, extensions)
_EXTENSIONS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    ((DOCUMENT,), "djvu doc dot one pdf pot pps ppt ps pub rtf vsd wps xla xls xlt"),
    ((DOCUMENT, ARCHIVE), _OFFICE),  # archives to whoever looks only at the beginning
    ((ARCHIVE, DOCUMENT), "zip"),
    ((ARCHIVE,), "7z ace arj bz2 cab gz lha lzh rar tar tbz tgz txz xz z zst"),
    ((DISK_IMAGE, ARCHIVE), "img iso udf vhd vhdx vmdk wim"),
    ((IMAGE,), "bmp emf gif heic ico jfif jpe jpeg jpg png tif tiff webp wmf"),
    ((IMAGE, DOCUMENT), "ai eps psd"),
    ((MEDIA,), "aac avi flac m4a m4v mid mkv mov mp3 mp4 mpeg mpg ogg wav webm wma wmv"),
    ((MARKUP, SCRIPT), "htm html mht mhtml shtml svg xhtml xml"),
    ((TEXT,), "asc conf csv ics ini json log md txt vcf yml"),
    ((MAIL, DOCUMENT), "eml msg"),
    ((EXECUTABLE,), "chm com cpl dll drv exe hlp lnk ocx pif scr sys"),
    ((EXECUTABLE, DOCUMENT), "msi msp mst"),
    ((EXECUTABLE, ARCHIVE), "apk appx ear jar msix war xpi"),
    ((SCRIPT,), "bat cmd hta js jse php ps1 psm1 reg sh url vb vbe vbs wsf wsh"),
)
BY_EXTENSION: Final[dict[str, tuple[str, ...]]] = {
    extension: classes for classes, extensions in _EXTENSIONS for extension in extensions.split()
}

#: Declared types by the class of their content, beside those that mime/magic.py knows.
_TYPES: Final[dict[str, tuple[str, ...]]] = {
    DOCUMENT: (
        "application/msword",
        "application/onenote",
        "application/vnd.ms-excel",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-word.document.macroenabled.12",
        "application/vnd.visio",
        "text/rtf",
    ),
    ARCHIVE: (
        "application/x-compressed",
        "application/x-gtar",
        "application/x-gzip",
        "application/x-rar",
        "application/x-rar-compressed",
        "application/x-zip-compressed",
    ),
    EXECUTABLE: (
        "application/x-ms-installer",
        "application/x-msdos-program",
        "application/x-msdownload",
    ),
    SCRIPT: (
        "application/javascript",
        "application/x-javascript",
        "text/javascript",
        "text/vbscript",
    ),
}
_PREFIXES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("image/", (IMAGE,)),
    ("audio/", (MEDIA,)),
    ("video/", (MEDIA,)),
    ("text/", (TEXT,)),
    ("application/vnd.openxmlformats-officedocument.", (DOCUMENT, ARCHIVE)),
    ("application/vnd.oasis.opendocument.", (DOCUMENT, ARCHIVE)),
)
BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    **{
        kind.mime_type: (kind.content_class,)
        for kind in (*(row[1] for row in magic.BEGINNINGS), *(row[2] for row in magic.INSIDE))
        if kind.content_class in MARKED
    },
    **{name: (content_class,) for content_class, names in _TYPES.items() for name in names},
}


def is_mismatch(content_class: str, extension: str, declared_type: str) -> bool:
    """Return whether content of this class is out of place under this name and type."""
    if content_class not in MARKED:
        return False
    expected = BY_EXTENSION.get(extension) or _by_type(declared_type)
    return bool(expected) and content_class not in expected


def promises_marked(declared_type: str) -> bool:
    """Return whether content of this type would be recognised beyond doubt."""
    expected = _by_type(declared_type)
    return bool(expected) and MARKED.issuperset(expected)


def _by_type(declared_type: str) -> tuple[str, ...]:
    known = BY_TYPE.get(declared_type)
    if known is not None:
        return known
    return next((classes for prefix, classes in _PREFIXES if declared_type.startswith(prefix)), ())
