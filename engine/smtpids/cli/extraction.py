"""`--extract`: opens the folder for attachments, and copies its figures into the counts.

The outputs layer writes; here is what it has to do with a command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from smtpids.cli.screen import log

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.metrics import Counts
    from smtpids.outputs.extract import Extractor
    from smtpids.outputs.extract_shares import Share


class Extracted(Protocol):
    """The figures of an extractor, or of several; as `Extractor` has them."""

    @property
    def written(self) -> dict[str, int]:
        """Attachments by what became of them."""

    @property
    def octets(self) -> int:
        """Octets written."""

    @property
    def skipped(self) -> dict[str, int]:
        """Attachments that were not written, by the reason."""

    @property
    def kept(self) -> int:
        """Attachments that are in files now."""

    @property
    def lost(self) -> int:
        """Attachments that could not be written, though no limit was met."""

    def close(self) -> None:
        """Give the folder back."""


def open_extractor(
    folder: str | None, limits: Limits, share: Share | None = None
) -> Extractor | None:
    """Return what writes attachments to `folder`, None without one; OutputError if it cannot.

    `share` is set where several processes write there.
    """
    if folder is None:
        return None
    from smtpids.outputs.extract import Extractor

    return Extractor(folder, limits, lambda said: log.error("%s", said), share)


def measure_extracted(counts: Counts, extractor: Extracted) -> None:
    """Copy what was written and what was not; called at a scrape."""
    counts.extracted.update(extractor.written)
    counts.extracted_octets = extractor.octets
    counts.extract_skipped.update(extractor.skipped)
