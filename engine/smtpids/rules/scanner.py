"""What RE2 finds of many expressions in one look at a text.

RE2 answers "nothing" when its memory does not suffice, hence the probe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smtpids.rules.operands import literal_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Memory for the states of one guard; RE2 starts anew when it is full.
MEMORY: Final = 64 << 20
#: What no rule asks for; found in itself if the guard works.
PROBE: Final = "\0smtpids probe\0"


def scanner(
    patterns: Mapping[str, Sequence[int]], *, many: bool
) -> Callable[[Any], Sequence[int]] | None:
    """Return what names the numbers whose expression is found in a text; None if RE2 cannot.

    With `many`, it takes a list of texts. In a text with a lone surrogate, which RE2 does not take,
    everything counts as found.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    searched = re2.Set.SearchSet(options)
    try:
        searched.Add(literal_pattern(PROBE))
        for pattern in patterns:
            searched.Add(pattern)
        searched.Compile()
    except re2.error:
        return None
    look: Callable[[bytes], list[int] | None] = searched.Match
    if not look(PROBE.encode()):
        return None
    named: list[tuple[int, ...]] = [(), *(tuple(numbers) for numbers in patterns.values())]
    everyone = sorted({number for numbers in named for number in numbers})

    def found(text: str | None) -> Sequence[int]:
        try:
            hits = look((text or "").encode())
        except UnicodeEncodeError:
            return everyone
        if not hits:
            return ()
        if len(hits) == 1:
            return named[hits[0]]
        return sorted({number for hit in hits for number in named[hit]})

    def found_in_any(texts: Sequence[str]) -> Sequence[int]:
        if len(texts) == 1:
            return found(texts[0])
        return sorted({number for text in texts for number in found(text)})

    return found_in_any if many else found
