"""Regular expressions that are compiled when they are first asked.

Python takes some 150 us to compile a pattern. The engine has about 130 of them and a run over
ordinary mail asks ten, so 20 ms of each start would be for nothing. A call costs a little more than
one of `re.Pattern`: what each session asks is compiled by `re.compile` where it stands.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, AnyStr, Final, Generic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_END: Final = sys.maxsize


class Pattern(Generic[AnyStr]):
    """Has the methods of `re.Pattern` that the engine needs, and does the same by them."""

    __slots__ = ("_compiled", "_flags", "pattern")

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags
        self._compiled: re.Pattern[AnyStr] | None = None

    def compiled(self) -> re.Pattern[AnyStr]:
        """Return the pattern that does the work."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self._flags)
        return self._compiled

    def match(self, text: AnyStr, begin: int = 0, end: int = _END) -> re.Match[AnyStr] | None:
        """Look at the beginning."""
        return self.compiled().match(text, begin, end)

    def fullmatch(self, text: AnyStr) -> re.Match[AnyStr] | None:
        """Look whether it is all of a text."""
        return self.compiled().fullmatch(text)

    def search(self, text: AnyStr, begin: int = 0) -> re.Match[AnyStr] | None:
        """Look for the first place."""
        return self.compiled().search(text, begin)

    def finditer(self, text: AnyStr, begin: int = 0, end: int = _END) -> Iterator[re.Match[AnyStr]]:
        """Yield all places."""
        return self.compiled().finditer(text, begin, end)

    def findall(self, text: AnyStr) -> list[Any]:
        """Return what all places have, by groups if there are any."""
        return self.compiled().findall(text)

    def split(self, text: AnyStr, most: int = 0) -> list[Any]:
        """Return what stands between all places."""
        return self.compiled().split(text, most)

    def sub(
        self, put: AnyStr | Callable[[re.Match[AnyStr]], AnyStr], text: AnyStr, most: int = 0
    ) -> AnyStr:
        """Return the text with something else in all places."""
        return self.compiled().sub(put, text, most)

    def subn(
        self, put: AnyStr | Callable[[re.Match[AnyStr]], AnyStr], text: AnyStr, most: int = 0
    ) -> tuple[AnyStr, int]:
        """Return the same and how many places there were."""
        return self.compiled().subn(put, text, most)
