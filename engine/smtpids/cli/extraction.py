"""`--extract`: opens the folder for attachments, and copies its figures into the counts.

The outputs layer writes; here is what it has to do with a command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.cli.screen import log

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.metrics import Counts
    from smtpids.outputs.extract import Extractor


def open_extractor(folder: str | None, limits: Limits) -> Extractor | None:
    """Return what writes attachments to `folder`, None without one; OutputError if it cannot."""
    if folder is None:
        return None
    from smtpids.outputs.extract import Extractor

    return Extractor(folder, limits, lambda said: log.error("%s", said))


def measure_extracted(counts: Counts, extractor: Extractor) -> None:
    """Copy what was written and what was not; called at a scrape."""
    counts.extracted.update(extractor.written)
    counts.extracted_octets = extractor.octets
    counts.extract_skipped.update(extractor.skipped)
