"""Finds, in files that may act when they are opened, the words without which they cannot.

Macros, scripts, programs inside of documents: each shows by a name that must stand in clear. A
table says which words are looked for in which kind of file and what finding one means. A trace is
no proof; the words may stand in a text about them, and what is packed or encrypted shows none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from smtpids.mime import magic
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.mime.magic import Kind

VBA: Final = "vba"
ENCRYPTED: Final = "encrypted"
EMBEDDED_FILE: Final = "embedded_file"
JAVASCRIPT: Final = "javascript"
SCRIPT: Final = "script"
AUTO_RUN: Final = "auto_run"
EXTERNAL_TEMPLATE: Final = "external_template"
FORMAT_CODE: Final = "format_code"
EICAR: Final = "eicar"
PRIVATE_KEY: Final = "private_key"
#: The traces that are told; `encrypted` becomes a flag of the file.
TRACES: Final = frozenset(
    {
        VBA,
        AUTO_RUN,
        "excel4_macro",
        EMBEDDED_FILE,
        "embedded_object",
        "equation_object",
        EXTERNAL_TEMPLATE,
        FORMAT_CODE,
        JAVASCRIPT,
        "launch_action",
        "open_action",
        SCRIPT,
        "script_made_file",
        "script_decodes",
        "data_url",
        "event_handler",
        "external_form",
        "password_form",
        EICAR,
        PRIVATE_KEY,
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
#: Macros that run by themselves. Office keeps these names in clear beside the packed macros.
AUTO_RUN_NAMES: Final = (
    b"AutoOpen",
    b"AutoExec",
    b"AutoClose",
    b"Auto_Open",
    b"Auto_Close",
    b"Document_Open",
    b"DocumentOpen",
    b"Document_Close",
    b"Workbook_Open",
    b"Workbook_Activate",
    b"Workbook_BeforeClose",
)
#: Relations of an OOXML document to what another server keeps.
EXTERNAL_RELATION: Final = Pattern(
    rb"""<Relationship\b(?=[^<>]{0,2000}/(?:attachedTemplate|frame)")"""
    rb"""(?=[^<>]{0,2000}Target="(?:https?:|ftp:|(?:file:/{0,5})?\\\\|file:(?://|/{4,5})[^/:"]{1,255}/))""",
    re.IGNORECASE,
)
#: Number formats of which careless readers of spreadsheets make code (CVE-2023-7101).
CODE_IN_FORMAT: Final = Pattern(
    rb"""formatCode="[^"<>]{0,500}(?:system|exec|eval|qx)\s{0,8}[({/`&]""", re.IGNORECASE
)
#: The file with which people try whether a scanner scans; it begins with these octets.
TEST_FILE: Final = Pattern(
    rb"X5O!P%@AP\[4\\PZX54\(P\^\)7CC\)7\}\$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!\$H\+H\*"
)
#: RFC 7468 2: how keys are written.
KEY: Final = Pattern(rb"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_OLE: Final[dict[bytes, str]] = {
    _wide("_VBA_PROJECT"): VBA,
    **dict.fromkeys(AUTO_RUN_NAMES, AUTO_RUN),
    b";system(": FORMAT_CODE,
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
    b"\\*\\template http": EXTERNAL_TEMPLATE,
    # the name and the class id of the equation editor, as the data of an object has them
    b"4571756174696f6e2e33": "equation_object",
    b"02ce020000000000c000000000000046": "equation_object",
    b"equation.3": "equation_object",
}
_MARKUP: Final[dict[bytes, str]] = {
    b"<script": SCRIPT,
    b"createobjecturl": "script_made_file",
    b"mssaveoropenblob": "script_made_file",
    b"new blob(": "script_made_file",
    b"atob(": "script_decodes",
    b"fromcharcode": "script_decodes",
    b"data:application/": "data_url",
    b" onload=": "event_handler",
    b" onerror=": "event_handler",
    b'action="http': "external_form",
    b"action='http": "external_form",
    b"action=http": "external_form",
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


#: What is looked for in the unpacked members of OOXML documents, by the end of their names.
UNPACKED: Final[tuple[tuple[bytes, Pattern[bytes], str], ...]] = (
    (
        b"vbaproject.bin",
        Pattern(b"|".join(re.escape(name) for name in AUTO_RUN_NAMES)),
        AUTO_RUN,
    ),
    (b".xml.rels", EXTERNAL_RELATION, EXTERNAL_TEMPLATE),
    (b"xl/styles.xml", CODE_IN_FORMAT, FORMAT_CODE),
)


def traces_of_head(head: bytes) -> set[str]:
    """Return what the first octets of any file show."""
    found = {EICAR} if TEST_FILE.match(head) else set()
    return found | {PRIVATE_KEY} if KEY.search(head) else found


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
        # from behind they are found three times as fast, and most are not there
        for word in [word for word in self._words if window.rfind(word) >= 0]:
            self.found.add(self._words.pop(word))
        for word, seen in self._kinds.items():
            if not seen and window.rfind(word) >= 0:
                self._kinds[word] = True

    def kind(self) -> Kind | None:
        """Return what an OLE file turned out to be."""
        return next((OLE_KINDS[word] for word, seen in self._kinds.items() if seen), None)


def traces_of_members(names: list[bytes]) -> set[str]:
    """Return what the members of a document show."""
    lowered = [name.lower() for name in names]
    return {trace for part, trace in MEMBERS if any(part in name for name in lowered)}
