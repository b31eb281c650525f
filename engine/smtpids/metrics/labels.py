"""The values that a label may have: closed sets, so that no traffic can make a time series.

Whatever is not in its set is `other`. The sets come from the tables of the layers that know them;
what those do not list is listed here. Labels without a set are named by the operator: rules, their
categories, interfaces, outputs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from smtpids.config import Limits
from smtpids.rules.rule import Level
from smtpids.smtp.anomalies import ANOMALIES as SMTP_ANOMALIES
from smtpids.smtp.sasl import READERS
from smtpids.smtp.states import VERBS
from smtpids.tcp.events import CloseReason
from smtpids.tls.names import VERSIONS

if TYPE_CHECKING:
    from smtpids.rules.rule import Rule

OTHER: Final = "other"
NONE: Final = "none"

#: Ports with a name of their own in `service`.
SERVICES: Final[dict[int, str]] = {port: str(port) for port in (25, 465, 587, 2525)}
SERVICE_NAMES: Final = frozenset(SERVICES.values()) | {OTHER}
#: `UNKNOWN` stands for a command that is not SMTP; it folds to `other` like one nobody knows.
COMMANDS: Final = frozenset(VERBS)
_CLASSES: Final[dict[int, str]] = {digit: f"{digit}xx" for digit in (2, 3, 4, 5)}
CODE_CLASSES: Final = frozenset(_CLASSES.values())
#: The subject of an enhanced status code (RFC 3463 3).
ENHANCED_CLASSES: Final = frozenset({NONE, *(f"x.{subject}" for subject in range(8))})
MAIL_OUTCOMES: Final = frozenset({"accepted", "rejected", "aborted"})
RECIPIENT_OUTCOMES: Final = frozenset({"accepted", "rejected"})
MECHANISMS: Final = frozenset(READERS) | {
    f"SCRAM-{name}{suffix}"
    for name in ("SHA-1", "SHA-256", "SHA-512", "SHA3-512")
    for suffix in ("", "-PLUS")
}
STARTTLS_OUTCOMES: Final = frozenset({"accepted", "refused", "unanswered", "not_offered"})
ANOMALIES: Final = frozenset(SMTP_ANOMALIES)
#: `2.0` and `3.0` are SSL's.
TLS_VERSIONS: Final = frozenset(version for _, version in VERSIONS.values())
TLS_OUTCOMES: Final = frozenset({"established", "failed", "unknown"})
SEVERITIES: Final = frozenset(str(level) for level in Level)
CLOSE_REASONS: Final = frozenset(str(reason) for reason in CloseReason)
DIRECTIONS: Final = frozenset({"to_server", "to_client"})
DROP_REASONS: Final = frozenset({"kernel", "interface", "queue"})
DECODE_LAYERS: Final = frozenset({"link", "ip", "fragment", "tcp", "checksum"})
FILE_RESULTS: Final = frozenset({"ok", "truncated", "error"})
LIMITS: Final = frozenset(Limits._fields)
ENGINE_LAYERS: Final = frozenset(
    {"capture", "tcp", "smtp", "tls", "mail", "rules", "alerts", "outputs"}
)
SUPPRESSIONS: Final = frozenset({"threshold", "suppression", "dedupe"})
RULE_FAULTS: Final = frozenset({"exception", "budget"})
RECORDS: Final = frozenset({"alert", "session", "message", "anomaly", "tls", "stats"})
#: Why an output lost an event or could not deliver it at first.
LOSSES: Final = frozenset(
    {"write", "full", "refused", "unreachable", "too_large", "timeout", "shutdown"}
)
#: What became of attachments with --extract, and why one was not written.
EXTRACTED: Final = frozenset({"whole", "part", "duplicate"})
NOT_EXTRACTED: Final = frozenset({"quota", "files", "open_files", "full", "write"})

#: File extension to the category of an attachment; the rest is `other`.
ATTACHMENT_CATEGORIES: Final[dict[str, str]] = {
    extension: category
    for category, extensions in {
        "document": "csv doc docm docx dot dotm dotx odp ods odt one pdf pps ppt pptm pptx pub rtf"
        " xla xlam xls xlsb xlsm xlsx xlt xltm",
        "archive": "7z ace arj bz2 cab gz img iso lha lzh rar tar tbz tgz udf uue vhd vhdx xz z"
        " zip zst",
        "executable": "apk app bin com cpl deb dll dmg elf exe jar lnk msi msix msp ocx pif rpm scr"
        " sys url",
        "script": "bash bat chm cmd hta inf js jse ps1 psm1 py reg sct sh svg vb vbe vbs wsf wsh",
        "markup": "htm html mht mhtml shtml xhtml xml",
        "image": "avif bmp gif heic ico jpeg jpg png tif tiff webp",
        "media": "aac avi flac m4a mkv mov mp3 mp4 mpeg mpg ogg wav webm wma wmv",
        "text": "asc ics log md p7s sig txt vcf",
        "mail": "eml msg",
    }.items()
    for extension in extensions.split()
}
CATEGORIES: Final = frozenset(ATTACHMENT_CATEGORIES.values())


def alert_key(rule: Rule) -> tuple[str, str, str]:
    """Return what tells the alerts of a rule from others: its name, its level, its category."""
    return rule.name, str(rule.level), rule.category or OTHER


def fold(value: object, known: frozenset[str]) -> str:
    """Return `value` if it is one of `known`, else `other`."""
    return value if isinstance(value, str) and value in known else OTHER


def service(port: object) -> str:
    """Return the label of a server's port."""
    return SERVICES.get(port, OTHER) if isinstance(port, int) else OTHER


def code_class(code: object) -> str:
    """Return `2xx` to `5xx` for a reply code."""
    return _CLASSES.get(code // 100, OTHER) if isinstance(code, int) else OTHER


def enhanced_class(code: object) -> str:
    """Return `x.0` to `x.7` for an enhanced status code such as `5.7.1`, `none` without one."""
    return _subject(code) if isinstance(code, str) and code else NONE


@lru_cache(maxsize=1024)
def _subject(code: str) -> str:
    return fold(f"x.{code[2:].partition('.')[0]}", ENHANCED_CLASSES)
