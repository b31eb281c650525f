"""What a server offers in its reply to EHLO (RFC 5321 4.1.1.1).

A server says the same in session after session, so what was read of a reply is kept for the next.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.smtp.parameters import is_masked, keywords_of, mechanisms_of
from smtpids.smtp.path import size_limit

if TYPE_CHECKING:
    from smtpids.smtp.events import Value

#: Longer replies are read each time, so that nobody can fill the memory with them.
MOST_KEPT: Final = 2_048


class Offer(NamedTuple):
    """What one reply offers; its lists are those of all sessions, and never changed."""

    keywords: list[Value]
    masked: list[Value]
    """Those that a middlebox wrote over."""
    mechanisms: list[Value]
    """Those of SASL."""
    names: frozenset[str] = frozenset()
    """The keywords without their parameters, in upper case."""
    size_limit: int | None = None


NO_OFFER: Final = Offer([], [], [])


def offer_of(lines: list[bytes]) -> Offer:
    """Return what the lines of a reply offer, the first of which is a greeting."""
    # the first line tells whom the server greets, and offers nothing
    offers = (b"", *lines[1:])
    if sum(map(len, offers)) > MOST_KEPT:
        return _read(offers)
    return _kept(offers)


def _read(lines: tuple[bytes, ...]) -> Offer:
    keywords = keywords_of([*lines])
    names = frozenset({keyword.partition(" ")[0].upper() for keyword in keywords})
    return Offer(
        keywords=[*keywords],
        masked=[keyword for keyword in keywords if is_masked(keyword)],
        mechanisms=[*mechanisms_of(keywords)],
        names=names,
        size_limit=size_limit(keywords) if "SIZE" in names else None,
    )


_kept: Final = lru_cache(maxsize=256)(_read)
