"""What the name of a file says, and how it may deceive.

Windows decides by the last extension, ignores dots and blanks behind it, and people see what the
client shows: these are the ways in which one is made to differ from the other. The tables are
those of the extensions that run when they are opened, and of those that people trust.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from smtpids.pattern import Pattern

_RUNNABLE = (
    "ade adp app application appref-ms appx bat chm cmd com cpl dll exe hta inf ins isp jar jnlp "
    "js jse lib lnk mde msc msh msi msix msp mst ocx pif ps1 ps1xml ps2 psc1 psc2 psm1 reg scf scr "
    "sct settingcontent-ms sh shb shs sys url vb vbe vbs vxd wsc wsf wsh xll"
)
_TRUSTED = (
    "avi bmp csv doc docm docx dot eml gif htm html ics jpeg jpg mov mp3 mp4 msg odp ods odt pdf "
    "png pps ppsx ppt pptx pub rtf svg tif tiff txt wav xls xlsb xlsm xlsx xml"
)
_ARCHIVES = (
    "7z ace arj bz2 cab gz img iso lha lzh rar tar tbz tgz txz udf vhd vhdx wim xz z zip zst"
)
#: What holds other files.
ARCHIVES: Final = frozenset(_ARCHIVES.split())
#: What runs, or installs itself, when it is opened.
RUNNABLE: Final = frozenset(_RUNNABLE.split())
#: What people open without a thought: the first half of a double extension.
TRUSTED: Final = frozenset(_TRUSTED.split())
#: U+202E and U+202D turn the direction of what follows whatever it is; the other marks stand in
#: honest Arabic and Hebrew names.
OVERRIDE: Final = Pattern("[\u202d\u202e]")
CONTROL: Final = Pattern(r"[\x00-\x1f\x7f]")
PATH: Final = Pattern(r"[/\\]|\A\.\.")
BLANKS: Final = Pattern(r"\s+")
#: Blanks and dots behind an extension, which Windows ignores, and controls, which cut it short.
TRAILING: Final = " .\t\r\n\x00\xa0"
#: What stands between the two extensions of a name that deceives.
BETWEEN: Final = " .\t\r\n\xa0_-"
#: The longest extension that is one; the longest in use are those of the table above.
MOST_EXTENSION: Final = 32


class Name(NamedTuple):
    """What is conspicuous in the name of a file."""

    extension: str
    double_extension: bool
    """A trusted extension stands before one that runs."""
    right_to_left: bool
    """Characters turn the direction of writing."""
    path_characters: bool
    control_characters: bool
    padding: int
    """The longest run of blanks."""


def looked_at(name: str) -> Name:
    """Return what is conspicuous in `name`, which is not yet safe to show."""
    before, last = _split(name)
    return Name(
        last,
        last in RUNNABLE and _split(before.rstrip(BETWEEN))[1] in TRUSTED,
        OVERRIDE.search(name) is not None,
        PATH.search(name) is not None,
        CONTROL.search(name) is not None,
        max(map(len, BLANKS.findall(name)), default=0),
    )


def extension(name: str) -> str:
    """Return the last extension in lower case, as Windows sees it; nothing if there is none."""
    return _split(name)[1]


def _split(name: str) -> tuple[str, str]:
    """Return what stands before the last extension in the last part of a path, and that."""
    file = name.replace("\\", "/").rpartition("/")[2].rstrip(TRAILING)
    before, dot, last = file.rpartition(".")
    return (before, last.strip().lower()[:MOST_EXTENSION]) if dot else (file, "")
