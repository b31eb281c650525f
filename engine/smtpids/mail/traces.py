"""Finds, in files that may act when they are opened, the words without which they cannot.

Macros, scripts, programs inside of documents: each shows by a name that must stand in clear. A
table says which words are looked for in which kind of file and what finding one means. A trace is
no proof; the words may stand in a text about them, and what is packed or encrypted shows none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mail import magic

if TYPE_CHECKING:
    from smtpids.mail.magic import Kind

VBA: Final = "vba"
ENCRYPTED: Final = "encrypted"
EMBEDDED_FILE: Final = "embedded_file"
JAVASCRIPT: Final = "javascript"
SCRIPT: Final = "script"
#: The traces that are told; `encrypted` becomes a flag of the file.
TRACES: Final = frozenset(
    {
        VBA,
        "excel4_macro",
        EMBEDDED_FILE,
        "embedded_object",
        "external_template",
        JAVASCRIPT,
        "launch_action",
        "open_action",
        SCRIPT,
        "script_made_file",
        "password_form",
    }
)


def _wide(name: str) -> bytes:
    """Return a name as the directory of an OLE file has it."""
    return name.encode("utf-16-le")


#: What an OLE file is, by names in its directory; the one that may hold the others comes first.
OLE_KINDS: Final[dict[bytes, Kind]] = {
    # the class id of Windows Installer
    bytes.fromhex("84100c0000000000c000000000000046"): magic.Kind(
        "application/x-msi", magic.EXECUTABLE
    ),
    _wide("__substg1.0_"): magic.Kind("application/vnd.ms-outlook", magic.MAIL),
    _wide("WordDocument"): magic.Kind("application/msword", magic.DOCUMENT),
    _wide("PowerPoint Document"): magic.Kind("application/vnd.ms-powerpoint", magic.DOCUMENT),
    _wide("Workbook"): magic.Kind("application/vnd.ms-excel", magic.DOCUMENT),
}
_OLE: Final[dict[bytes, str]] = {
    _wide("_VBA_PROJECT"): VBA,
    _wide("EncryptedPackage"): ENCRYPTED,
    _wide("\x01Ole10Native"): "embedded_object",
}
_PDF: Final[dict[bytes, str]] = {
    b"/JavaScript": JAVASCRIPT,
    b"/JS": JAVASCRIPT,
    b"/Launch": "launch_action",
    b"/OpenAction": "open_action",
    b"/EmbeddedFile": EMBEDDED_FILE,
    b"/Encrypt": ENCRYPTED,
}
_RTF: Final[dict[bytes, str]] = {
    b"\\objdata": "embedded_object",
    b"\\objupdate": "embedded_object",
    b"\\*\\template http": "external_template",
}
_MARKUP: Final[dict[bytes, str]] = {
    b"<script": SCRIPT,
    b"createobjecturl": "script_made_file",
    b"mssaveoropenblob": "script_made_file",
    b'type="password"': "password_form",
    b"type=password": "password_form",
    b"type='password'": "password_form",
}
_ONENOTE: Final[dict[bytes, str]] = {
    # FileDataStoreObject (MS-ONESTORE 2.6.13)
    bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac"): EMBEDDED_FILE,
}
#: The words of each kind, and whether they are looked for in either case.
WORDS: Final[dict[str, tuple[dict[bytes, str], bool]]] = {
    magic.OLE.mime_type: (_OLE, False),
    magic.PDF.mime_type: (_PDF, False),
    magic.RTF.mime_type: (_RTF, True),
    magic.HTML.mime_type: (_MARKUP, True),
    magic.SVG.mime_type: (_MARKUP, True),
    "application/msonenote": (_ONENOTE, False),
}
#: Members of an OOXML document, by the end of their names in lower case.
MEMBERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"vbaproject.bin", VBA),
    (b"xl/macrosheets/", "excel4_macro"),
    (b"/embeddings/oleobject", "embedded_object"),
)


class TraceReader:
    """Reads one file of a kind that WORDS has."""

    __slots__ = ("_fold", "_held", "_kinds", "_seam", "_words", "found")

    def __init__(self, mime_type: str) -> None:
        words, self._fold = WORDS[mime_type]
        self._words = words.copy()
        self._kinds = {}
        if mime_type == magic.OLE.mime_type:
            self._kinds = dict.fromkeys(OLE_KINDS, False)
        self._seam = max(map(len, [*self._words, *self._kinds])) - 1
        self._held = b""
        self.found: set[str] = set()

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the file."""
        window = self._held + octets
        self._held = window[-self._seam :]
        if self._fold:
            window = window.lower()
        for word in [word for word in self._words if word in window]:
            self.found.add(self._words.pop(word))
        for word, seen in self._kinds.items():
            if not seen and word in window:
                self._kinds[word] = True

    def kind(self) -> Kind | None:
        """Return what an OLE file turned out to be."""
        return next((OLE_KINDS[word] for word, seen in self._kinds.items() if seen), None)


def traces_of_members(names: list[bytes]) -> set[str]:
    """Return what the members of a document show."""
    lowered = [name.lower() for name in names]
    return {trace for part, trace in MEMBERS if any(part in name for name in lowered)}
