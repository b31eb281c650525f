"""Times and versions as records keep them: bounded integers, safe to store and to subtract."""

from __future__ import annotations

from typing import Final

from smtpids.config import SECOND

#: Versions of TLS and SSL, the lowest first: (`tls.version_protocol`, `tls.version`) -> its word.
VERSIONS: Final[dict[tuple[str, str], str]] = {
    ("ssl", "2.0"): "ssl2",
    ("ssl", "3.0"): "ssl3",
    ("tls", "1.0"): "1.0",
    ("tls", "1.1"): "1.1",
    ("tls", "1.2"): "1.2",
    ("tls", "1.3"): "1.3",
}
WORDS: Final = tuple(VERSIONS.values())
_RANKS: Final = {names: rank for rank, names in enumerate(VERSIONS, 1)}
#: The largest time that a store can hold: in the year 2262.
_LATEST_NS: Final = (1 << 63) - 1
#: Below it, in the year 2116, no integer is a large one to the compiled engine.
_SMALL: Final = 4_611_686_018_427_387_903


def moment(ts_ns: int) -> int:
    """Return a packet's time within what can be stored; a damaged capture may name any."""
    if 0 < ts_ns < _SMALL:
        return ts_ns
    return min(max(ts_ns, 1), _LATEST_NS)


def earliest(known_ns: int, ts_ns: int) -> int:
    """Return the earlier of two times, of which the first may be 0 for unknown."""
    return min(known_ns, ts_ns) if known_ns else ts_ns


def seconds(from_ns: int, to_ns: int) -> int:
    """Return whole seconds from one time to another; 0 if that one lies before it."""
    return max(to_ns - from_ns, 0) // SECOND


def rank_of(protocol: object, version: object) -> int:
    """Return a number for a version that is larger for a later one; 0 if it is not known."""
    return _RANKS.get((str(protocol), str(version)), 0)


def word_of(rank: int) -> str | None:
    """Return the word for a version's number; None for 0."""
    return WORDS[rank - 1] if 0 < rank <= len(WORDS) else None


def percent(part: int, whole: int) -> int:
    """Return how many of a hundred, rounded down; 0 of none."""
    return min(100 * part // whole, 100) if whole else 0
