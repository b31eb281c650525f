"""An answer, and what its status means for a batch where the dialect says nothing else.

    2xx                      taken
    413                      too large: halves; one record alone is refused
    408 425 429 5xx          later, after Retry-After if the receiver says so
    3xx                      later: where it points is told, nobody goes there
    401 403 404 ...          later: it is about us or the address, not about the records
    any other 4xx            it is about a record: halves until it is alone, then it is refused

What the receiver says is foreign text: it gets into a message only through `Answer.quote`, where
secrets that it may repeat are struck out, controls escaped and the rest cut.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.outputs.transport import Report, TooLargeError, UnavailableError
from smtpids.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Characters of what a receiver says that a message holds.
QUOTED_CHARS: Final = 240
#: A receiver that asks for more is asked again after this.
MOST_SECONDS: Final = 3600.0
#: Statuses that time alone may change.
BUSY: Final = frozenset({408, 425, 429})
#: Statuses about who we are or where we knock, and what to do about them.
ABOUT_US: Final = {
    401: "check token_file, or username and password_file",
    403: "check what the token or user may do",
    404: "check the target, there is nothing to write to",
    405: "check the target, it takes no records",
    406: "check the target, it takes no records",
    407: "a proxy stands before the receiver; name the receiver itself",
    410: "check the target, there is nothing to write to any more",
    411: "check what stands before the receiver",
    415: "check the dialect, or set gzip to false",
    421: "check the target and server_name",
    426: "write https:// in the target",
}
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


class Answer(NamedTuple):
    """What came back for one request."""

    source: str
    """Who answered: scheme, host and port."""
    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    is_whole: bool
    """Whether `body` is all of it; a receiver may say more than anybody wants to hold."""
    hide: Callable[[str], str]
    """Strikes out what is secret."""

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    @property
    def after(self) -> float | None:
        """Seconds that the receiver asks to be left alone, by its own clock."""
        said = self.headers.get("retry-after", "").strip()
        if _SECONDS.fullmatch(said):
            return min(float(said), MOST_SECONDS)
        try:
            then = parsedate_to_datetime(said)
            now = parsedate_to_datetime(self.headers.get("date", ""))
            return min(max((then - now).total_seconds(), 0.0), MOST_SECONDS)
        except (TypeError, ValueError, OverflowError):
            return None

    def quote(self, said: str | bytes) -> str:
        """Return what the receiver said, fit for a message."""
        text = said.decode("utf-8", "backslashreplace") if isinstance(said, bytes) else said
        return printable(" ".join(self.hide(text).split()), QUOTED_CHARS)

    def sentence(self, said: str | bytes = b"", advice: str = "") -> str:
        """Return `WHO answered 503 Service Unavailable: what it said; what to do`."""
        told = f"{self.source} answered {self.status} {_phrase(self.status)}".rstrip()
        quoted = self.quote(said or self.body[: 8 * QUOTED_CHARS])
        told = f"{told}: {quoted}" if quoted else told
        return f"{told}; {advice}" if advice else told


def judge(answer: Answer, count: int) -> Report:
    """Return or raise what the status means for a batch of `count` records."""
    status = answer.status
    if answer.is_success:
        return Report()
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return alone(answer.sentence(), count)
    if 300 <= status < 400:
        raise unavailable(answer, _place(answer), "redirects are not followed; correct the target")
    if status in ABOUT_US:
        raise unavailable(answer, advice=ABOUT_US[status])
    if status in BUSY or not 400 <= status < 500:
        raise unavailable(answer)
    return alone(answer.sentence(), count)


def alone(why: str, count: int) -> Report:
    """Refuse one record; of several it is not known which is meant, so try them in halves."""
    if count > 1:
        raise TooLargeError(why)
    return Report(refused={0: why})


def unavailable(answer: Answer, said: str | bytes = b"", advice: str = "") -> UnavailableError:
    """Return the error that puts off the whole batch."""
    return UnavailableError(answer.sentence(said, advice), after=answer.after, reason="refused")


def _place(answer: Answer) -> str:
    """Where a redirect points, without its query, which may hold a key."""
    place = answer.headers.get("location", "").partition("?")[0]
    return f"look at {place}" if place else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
